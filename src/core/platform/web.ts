import { FileError, FormatError } from '../errors.ts';
import type { Platform } from '../platform.ts';
import { sha256 } from '../sha256.ts';

/** Web Crypto and streams take bytes of an ArrayBuffer only, not of memory that threads share. */
const unshared = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);

const fetchBytes = async (url: string): Promise<Uint8Array> => {
  const failed = (why: string, cause?: unknown): FileError =>
    new FileError(`could not download ${url}: ${why}. Check the connection and try again.`, { cause });
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw failed(reasonOf(error), error);
  }
  if (!response.ok) throw failed(`the server answered ${response.status} ${response.statusText}`.trimEnd());
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw failed(`the transfer broke off (${reasonOf(error)})`, error);
  }
};

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
export const webFunctions: Pick<Platform, 'fetchBytes' | 'gunzip' | 'sha256'> = {
  fetchBytes,
  gunzip,
  async sha256(bytes) {
    const subtle = (globalThis.crypto as Crypto | undefined)?.subtle; // undefined on a page served by plain http
    return subtle === undefined ? sha256(bytes) : new Uint8Array(await subtle.digest('SHA-256', unshared(bytes)));
  },
};
