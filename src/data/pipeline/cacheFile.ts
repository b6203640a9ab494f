import { joinBytes } from '../../core/bytes.ts';
import { FormatError } from '../../core/errors.ts';
import { type OpenFile, platform } from '../../core/platform.ts';
import { decodeItem, encodeItem } from './codec.ts';
import { type Cursor, type End, end, type Stage } from './cursor.ts';

/** `GRADUSC1`: the first bytes of a cache, with the number of its format. */
const magic = new TextEncoder().encode('GRADUSC1');
const flushAt = 4 << 20;

const frame = (bytes: Uint8Array): Uint8Array => {
  const framed = new Uint8Array(4 + bytes.length);
  new DataView(framed.buffer).setUint32(0, bytes.length, true);
  framed.set(bytes, 4);
  return framed;
};

/** Writes items as they pass; the file gets its name when all have. */
const writeCursor = <T>(cursor: Cursor<T>, path: string): Cursor<T> => {
  const partial = `${path}.${globalThis.crypto.randomUUID()}.part`;
  let pending: Uint8Array[] = [magic];
  let size = 0;
  let isWhole = false;
  const flush = async (): Promise<void> => {
    const bytes = joinBytes(pending);
    pending = [];
    size = 0;
    await platform().appendFile(partial, bytes);
  };
  const next = async (): Promise<T | End> => {
    if (isWhole) return end;
    const item = await cursor.next();
    if (item === end) {
      await flush();
      await platform().renameFile(partial, path);
      isWhole = true;
      return end;
    }
    const bytes = frame(await encodeItem(item));
    pending.push(bytes);
    size += bytes.length;
    if (size >= flushAt) await flush();
    return item;
  };
  return {
    next,
    async skip(count) {
      for (let passed = 0; passed < count; passed++) if ((await next()) === end) return passed;
      return count;
    },
    async close() {
      await cursor.close();
      if (!isWhole) await platform().removeFile(partial);
    },
  };
};

const readCursor = <T>(path: string): Cursor<T> => {
  let file: OpenFile | undefined;
  let block: Uint8Array = new Uint8Array();
  let at = 0; // in the block
  let position = 0; // of the block's end in the file
  const cut = (): FormatError => new FormatError(`the cache ${path} is damaged or of another version. Remove it to have it written anew.`);
  const need = async (length: number): Promise<boolean> => {
    if (block.length - at >= length) return true;
    file ??= await platform().openFile(path);
    const rest = block.subarray(at);
    const more = await file.read(position, Math.max(length - rest.length, 1 << 20));
    position += more.length;
    block = joinBytes([rest, more]);
    at = 0;
    return block.length >= length;
  };
  const begin = async (): Promise<void> => {
    if (file !== undefined) return;
    if (!(await need(magic.length)) || magic.some((byte, index) => block[index] !== byte)) throw cut();
    at = magic.length;
  };
  /** The next item's bytes; undefined at the end. */
  const nextBytes = async (): Promise<Uint8Array | undefined> => {
    await begin();
    if (!(await need(4))) {
      if (block.length - at > 0) throw cut();
      return undefined;
    }
    const length = new DataView(block.buffer, block.byteOffset + at).getUint32(0, true);
    if (!(await need(4 + length))) throw cut();
    at += 4 + length;
    return block.subarray(at - length, at);
  };
  return {
    async next() {
      const bytes = await nextBytes();
      return bytes === undefined ? end : (decodeItem(bytes, `the cache ${path}`) as T);
    },
    async skip(count) {
      for (let passed = 0; passed < count; passed++) if ((await nextBytes()) === undefined) return passed;
      return count;
    },
    close: async () => file?.close(),
  };
};

/** Keeps what the first whole round gives, in a file; later rounds, and later runs, read it. */
export const cacheFileStage = <T>(stage: Stage<T>, path: string): Stage<T> => ({
  open: round => {
    let cursor: Cursor<T> | undefined;
    const current = async (): Promise<Cursor<T>> => {
      cursor ??= (await platform().exists(path)) ? readCursor<T>(path) : writeCursor(stage.open(round), path);
      return cursor;
    };
    return {
      next: async () => (await current()).next(),
      skip: async count => (await current()).skip(count),
      close: async () => cursor?.close(),
    };
  },
  count: stage.count,
  varies: false,
});
