import { joinBytes } from '../../core/bytes.ts';
import { FormatError } from '../../core/errors.ts';
import { byteSource, type FileInput, unpackedChunks } from '../files/bytes.ts';
import { type ArchiveEntry, type ArchiveOptions, archiveDefaults, safePath } from './entry.ts';

const block = 512;
/** A file of an archive is held in memory while it is read. */
const largestFile = 2 ** 31 - 1;

/** Reads a stream in pieces of the length that is asked for. */
const pieceReader = (chunks: AsyncIterable<Uint8Array>): { read(length: number): Promise<Uint8Array>; close(): Promise<void> } => {
  const iterator = chunks[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array();
  return {
    /** So many bytes; fewer at the end only. */
    async read(length: number): Promise<Uint8Array> {
      const parts: Uint8Array[] = [];
      let missing = length;
      for (;;) {
        if (held.length > missing) {
          parts.push(held.subarray(0, missing));
          held = held.subarray(missing);
          break;
        }
        parts.push(held);
        missing -= held.length;
        held = new Uint8Array();
        if (missing === 0) break;
        const { done, value } = await iterator.next();
        if (done === true) break;
        held = value;
      }
      return joinBytes(parts).slice();
    },
    close: async (): Promise<void> => void (await iterator.return?.()),
  };
};

const textOf = (header: Uint8Array, from: number, length: number): string => {
  const field = header.subarray(from, from + length);
  const zero = field.indexOf(0);
  return new TextDecoder().decode(zero < 0 ? field : field.subarray(0, zero));
};

/** A size: octal digits, or a number of 8 bytes where they do not suffice. */
const numberOf = (header: Uint8Array, from: number, length: number): number => {
  if (((header[from] as number) & 0x80) === 0) return Number.parseInt(textOf(header, from, length).trim() || '0', 8);
  let value = 0;
  for (let at = from + length - 8; at < from + length; at++) value = value * 256 + (header[at] as number);
  return value;
};

const isSound = (header: Uint8Array): boolean => {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  return sum === numberOf(header, 148, 8);
};

/** The records of an extended header: `LENGTH KEY=VALUE\n`, the length of the whole in bytes. */
const extended = (bytes: Uint8Array): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = space < 0 ? NaN : Number(decoder.decode(bytes.subarray(at, space)));
    if (!(length > 0)) break;
    const record = decoder.decode(bytes.subarray(space + 1, at + length - 1));
    const equals = record.indexOf('=');
    found.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return found;
};

/**
 * The files of a tar archive as they come, unpacked from gzip or xz on the way; each is in memory until the next. Links and devices are
 * passed over.
 *
 * Source: POSIX.1-2001, pax interchange format; GNU tar for long names.
 * @throws FormatError for a damaged archive, paths that lead out of its folder, and more bytes than the limits allow.
 */
export async function* tarEntries(input: FileInput, options: ArchiveOptions = {}): AsyncGenerator<ArchiveEntry> {
  const source = byteSource(input);
  const {
    maximumBytes = archiveDefaults.maximumBytes,
    maximumFiles = archiveDefaults.maximumFiles,
    maximumRatio = archiveDefaults.maximumRatio,
  } = options;
  const reader = pieceReader(unpackedChunks(source, { maximumRatio, maximumBytes }));
  const cut = (): FormatError => new FormatError(`cannot read ${source.name} as tar: it is cut short. Fetch the file again.`);
  const contentOf = async (size: number): Promise<Uint8Array> => {
    const content = await reader.read(size);
    if (content.length < size) throw cut();
    await reader.read((block - (size % block)) % block);
    return content;
  };
  let longPath: string | undefined;
  let longSize: number | undefined;
  let files = 0;
  try {
    for (;;) {
      const header = await reader.read(block);
      if (header.length === 0 && files > 0) return;
      if (header.length < block) throw cut();
      if (header.every(byte => byte === 0)) return;
      if (!isSound(header))
        throw new FormatError(`cannot read ${source.name} as tar: a header's checksum differs. It is no tar file, or damaged.`);
      const type = String.fromCharCode(header[156] as number);
      const size = longSize ?? numberOf(header, 124, 12);
      if (!(size >= 0 && size <= largestFile))
        throw new FormatError(`${source.name} holds a file of ${size} bytes, more than the ${largestFile} that are read.`);
      if (type === 'x' || type === 'g' || type === 'L') {
        const content = await contentOf(size);
        if (type === 'x') {
          const records = extended(content);
          longPath = records.get('path') ?? longPath;
          longSize = records.has('size') ? Number(records.get('size')) : undefined;
        } else if (type === 'L') longPath = textOf(content, 0, content.length);
        continue;
      }
      const prefix = textOf(header, 257, 5) === 'ustar' && header[262] === 0 ? textOf(header, 345, 155) : '';
      const path = safePath(source.name, longPath ?? (prefix ? `${prefix}/` : '') + textOf(header, 0, 100));
      [longPath, longSize] = [undefined, undefined];
      const content = await contentOf(size);
      if (type !== '0' && type !== '\0' && type !== '7') continue;
      if (++files > maximumFiles)
        throw new FormatError(`${source.name} holds more than ${maximumFiles} files. Raise maximumFiles if you trust it.`);
      const name = `${source.name}: '${path}'`;
      yield { ...byteSource(content, name), path, size };
    }
  } finally {
    await reader.close();
  }
}
