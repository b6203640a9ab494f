import { FileError, FormatError } from '../errors.ts';
import type { Download, Platform } from '../platform.ts';
import { sha256 } from '../sha256.ts';

/** Web Crypto and streams take bytes of an ArrayBuffer only, not of memory that threads share. */
const unshared = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);

const failed = (url: string, why: string, cause?: unknown): FileError =>
  new FileError(`could not download ${url}: ${why}. Check the connection and try again.`, { cause });

const answerOf = async (url: string, request: RequestInit = {}): Promise<Response> => {
  let response: Response;
  try {
    response = await fetch(url, request);
  } catch (error) {
    throw failed(url, reasonOf(error), error);
  }
  if (!response.ok) throw failed(url, `the server answered ${response.status} ${response.statusText}`.trimEnd());
  return response;
};

const fetchBytes = async (url: string): Promise<Uint8Array> => {
  const response = await answerOf(url);
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw failed(url, `the transfer broke off (${reasonOf(error)})`, error);
  }
};

const fetchStream = async (url: string, from = 0): Promise<Download> => {
  const response = await answerOf(url, from === 0 ? {} : { headers: { Range: `bytes=${from}-` } });
  const { body } = response;
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    if (body === null) return;
    try {
      yield* chunksOf(body);
    } catch (error) {
      throw failed(url, `the transfer broke off (${reasonOf(error)})`, error);
    }
  };
  return { from: response.status === 206 ? from : 0, chunks: chunks() };
};

/** Not every browser iterates a stream by itself. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function* inflate(chunks: AsyncIterable<Uint8Array>, format: 'gzip' | 'deflate-raw'): AsyncGenerator<Uint8Array> {
  const stream = new DecompressionStream(format);
  const writer = stream.writable.getWriter();
  let cause: unknown; // where reading the packed bytes fails, that is the error, not that they end too early
  const feed = async (): Promise<void> => {
    try {
      for await (const chunk of chunks) await writer.write(unshared(chunk));
      await writer.close();
    } catch (error) {
      cause ??= error;
      await writer.abort(error).catch(() => undefined);
    }
  };
  const feeding = feed();
  try {
    yield* chunksOf(stream.readable);
  } catch (error) {
    await feeding;
    if (cause instanceof FileError) throw cause;
    throw new FormatError(
      `the packed data (${format === 'gzip' ? 'gzip' : 'deflate'}) is damaged or cut short. Fetch or pack the file again.`,
      { cause: error },
    );
  }
}

/** `fetch` hides the real reason ("getaddrinfo ENOTFOUND host") one level down. */
const reasonOf = (error: unknown): string => {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
};

const gunzip = async (bytes: Uint8Array, limit: number = Infinity): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const stream = new Blob([unshared(bytes)]).stream().pipeThrough(new DecompressionStream('gzip'));
    for await (const chunk of stream) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > limit) break; // leaving the loop cancels the stream
    }
  } catch (error) {
    throw new FormatError(`gunzip cannot read ${bytes.length} bytes: they are not one whole gzip stream. Fetch the file again.`, {
      cause: error,
    });
  }
  if (length > limit)
    throw new FormatError(
      `gunzip stopped: ${bytes.length} bytes unpack to more than the ${limit} expected. This is not the file it should be.`,
    );
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
};

/** What every platform of today has: fetch, streams, and Web Crypto where the page is served securely. */
export const webFunctions: Pick<Platform, 'fetchBytes' | 'fetchStream' | 'gunzip' | 'inflate' | 'sha256'> = {
  fetchBytes,
  fetchStream,
  inflate,
  gunzip,
  async sha256(bytes) {
    const subtle = (globalThis.crypto as Crypto | undefined)?.subtle; // undefined on a page served by plain http
    return subtle === undefined ? sha256(bytes) : new Uint8Array(await subtle.digest('SHA-256', unshared(bytes)));
  },
};
