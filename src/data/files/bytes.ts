import { joinBytes } from '../../core/bytes.ts';
import { FormatError } from '../../core/errors.ts';
import { platform } from '../../core/platform.ts';
import { packageFor } from '../packages.ts';

/** Bytes with a name: a file, a download, an entry of an archive. */
export interface ByteSource {
  /** What errors call it; its ending tells the format. */
  readonly name: string;
  /** Its bytes as they come, from the beginning each time. */
  stream(): AsyncIterable<Uint8Array>;
  /** In bytes, where it is known. */
  readonly size?: number | undefined;
  /** A part of it, where it can be had without reading what comes before. */
  readonly read?: ((position: number, length: number) => Promise<Uint8Array>) | undefined;
}

/** A path (Node), an address (`https://…`), bytes, a `Blob` or `File` of the browser, an entry of an archive. */
export type FileInput = string | Uint8Array | Blob | ByteSource;

const blockSize = 1 << 20;

const isAddress = (text: string): boolean => /^https?:\/\//.test(text);

async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  const file = await platform().openFile(path);
  try {
    let next = file.read(0, blockSize);
    for (let position = 0; ; ) {
      const block = await next;
      if (block.length === 0) return;
      position += block.length;
      next = file.read(position, blockSize); // while this block is in use
      next.catch(() => undefined);
      yield block;
    }
  } finally {
    await file.close();
  }
}

async function* addressChunks(url: string): AsyncGenerator<Uint8Array> {
  yield* (await platform().fetchStream(url)).chunks;
}

async function* blobChunks(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < blob.size; position += blockSize)
    yield new Uint8Array(await blob.slice(position, position + blockSize).arrayBuffer());
}

async function* memoryChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < bytes.length; position += blockSize) yield bytes.subarray(position, position + blockSize);
}

/** What a reader was given, as bytes with a name. */
export const byteSource = (input: FileInput, name?: string): ByteSource => {
  if (typeof input === 'string') {
    if (isAddress(input)) return { name: name ?? input, stream: () => addressChunks(input) };
    const read = async (position: number, length: number): Promise<Uint8Array> => {
      const file = await platform().openFile(input);
      try {
        return await file.read(position, length);
      } finally {
        await file.close();
      }
    };
    return { name: name ?? input, stream: () => fileChunks(input), read };
  }
  if (input instanceof Uint8Array)
    return {
      name: name ?? 'the bytes',
      size: input.length,
      stream: () => memoryChunks(input),
      read: async (position, length) => input.subarray(position, position + length),
    };
  if (typeof Blob !== 'undefined' && input instanceof Blob)
    return {
      name: name ?? ('name' in input ? String(input.name) : 'the file'),
      size: input.size,
      stream: () => blobChunks(input),
      read: async (position, length) => new Uint8Array(await input.slice(position, position + length).arrayBuffer()),
    };
  return input as ByteSource;
};

/** All bytes. @throws FormatError past `limit` bytes. */
export const readBytes = async ({ name, stream }: ByteSource, limit: number = Infinity): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream()) {
    parts.push(chunk);
    length += chunk.length;
    if (length > limit) throw new FormatError(`${name} is larger than the ${limit} bytes that are read. Cut it, or raise the limit.`);
  }
  return joinBytes(parts);
};

const startsWith = (bytes: Uint8Array, ...magic: readonly number[]): boolean => magic.every((byte, index) => bytes[index] === byte);

interface XzPackage {
  readonly XzReadableStream: new (stream: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>;
}

/** Unpacks xz by the package `xz-decompress`. */
async function* unpackXz(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const module = await packageFor<XzPackage & { readonly default?: XzPackage }>('xz-decompress', `unpacking ${name}`);
  const Xz = module.XzReadableStream ?? module.default?.XzReadableStream;
  const iterator = chunks[Symbol.asyncIterator]();
  const packed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => void (await iterator.return?.()),
  });
  const reader = new Xz(packed).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value.slice(); // a view of the decoder's memory, which it writes over
    }
  } catch (error) {
    throw new FormatError(`${name} is damaged or cut short: it cannot be unpacked as xz. Fetch the file again.`, { cause: error });
  } finally {
    await reader.cancel().catch(() => undefined);
    await iterator.return?.(); // the decoder does not pass the end on to what it reads
  }
}

async function* continued(first: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (;;) {
      const { done, value } = await iterator.next();
      if (done === true) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** How much larger than its packed bytes a file may become. */
export interface UnpackOptions {
  /** Bytes out for each byte in: past 16 MB, more is taken for a bomb. Default 250; real data stay below 50. */
  readonly maximumRatio?: number;
  /** Bytes out at the most. Default: no limit for streams. */
  readonly maximumBytes?: number;
}

interface Guard {
  readonly packed: (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array>;
  readonly unpacked: (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array>;
}

/** Counts what goes in and comes out. @throws FormatError for a bomb. */
export const guardRatio = (name: string, options: UnpackOptions): Guard => {
  const { maximumRatio = 250, maximumBytes = Infinity } = options;
  let [packed, unpacked] = [0, 0];
  return {
    async *packed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        packed += chunk.length;
        yield chunk;
      }
    },
    async *unpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        unpacked += chunk.length;
        if (unpacked > maximumBytes || (unpacked > 16e6 && unpacked > packed * maximumRatio))
          throw new FormatError(
            `${name} unpacks to more than ${unpacked > maximumBytes ? `${maximumBytes} bytes` : `${maximumRatio} times its size`}: it may be a bomb. Raise maximum${unpacked > maximumBytes ? 'Bytes' : 'Ratio'} if you trust it.`,
          );
        yield chunk;
      }
    },
  };
};

/** Bytes as they come, unpacked where they begin as gzip or xz do. */
export async function* unpackedChunks(source: ByteSource, options: UnpackOptions = {}): AsyncGenerator<Uint8Array> {
  const guard = guardRatio(source.name, options);
  const iterator = guard.packed(source.stream());
  try {
    let first: Uint8Array = new Uint8Array();
    while (first.length < 6) {
      const { done, value } = await iterator.next();
      if (done === true) break;
      first = first.length === 0 ? value : joinBytes([first, value]);
    }
    const chunks = continued(first, iterator);
    if (startsWith(first, 0x1f, 0x8b)) yield* guard.unpacked(named(source.name, platform().inflate(chunks, 'gzip')));
    else if (startsWith(first, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)) yield* guard.unpacked(unpackXz(chunks, source.name));
    else if (startsWith(first, 0x28, 0xb5, 0x2f, 0xfd) || startsWith(first, 0x42, 0x5a, 0x68))
      throw new FormatError(
        `${source.name} is packed with ${first[0] === 0x28 ? 'zstd' : 'bzip2'}, which is not read. Unpack it, or pack it with gzip or xz.`,
      );
    else if (first.length > 0) yield* chunks;
  } finally {
    await iterator.return(undefined);
  }
}

/** Errors of unpacking with the file's name. */
async function* named(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    if (error instanceof FormatError && !error.message.includes(name)) throw new FormatError(`${name}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** The same source, unpacked where it is packed. */
export const unpacked = (source: ByteSource, options: UnpackOptions = {}): ByteSource => ({
  name: source.name,
  stream: () => unpackedChunks(source, options),
});

/** The name without the ending of a packing: `a.csv.gz` -> `a.csv`. */
export const plainName = (name: string): string => name.replace(/[?#].*$/, '').replace(/\.(gz|xz)$/i, '');
