import { type DType, dtypes } from '../../core/dtype.ts';
import { FormatError, ValueError } from '../../core/errors.ts';
import { tensor } from '../../tensor/create.ts';
import { isTensor } from '../../tensor/tensor.ts';
import { isNumberArray, isPlainRecord } from './stacking.ts';

const arrays = {
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
};

/** How what JSON does not have is written in it: `{ "$": kind, … }`; numbers of arrays follow after the JSON, one block after the other. */
type Marked = { readonly $: string; readonly [field: string]: unknown };

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** An item as bytes: the length of its JSON (32 bits, little-endian), the JSON, the arrays. @throws ValueError for what cannot be kept. */
export const encodeItem = async (item: unknown): Promise<Uint8Array> => {
  const blocks: Uint8Array[] = [];
  const plain = async (value: unknown): Promise<unknown> => {
    if (value === undefined) return { $: 'undefined' };
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number')
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $: 'number', value: String(Object.is(value, -0) ? '-0' : value) };
    if (typeof value === 'bigint') return { $: 'bigint', value: String(value) };
    if (value instanceof Date) return { $: 'date', value: value.getTime() };
    if (isTensor(value)) {
      const data = await value.data();
      const bytes = bytesOf(data as unknown as ArrayBufferView).slice();
      blocks.push(bytes);
      return { $: 'tensor', shape: value.shape, dtype: value.dtype, array: data.constructor.name, bytes: bytes.length };
    }
    if (isNumberArray(value)) {
      blocks.push(bytesOf(value).slice());
      return { $: 'array', array: value.constructor.name, bytes: value.byteLength };
    }
    if (Array.isArray(value)) {
      const parts: unknown[] = [];
      for (const part of value) parts.push(await plain(part)); // one after the other: the blocks keep the order of the JSON
      return parts;
    }
    if (isPlainRecord(value)) {
      const entries: [string, unknown][] = [];
      for (const [key, part] of Object.entries(value)) entries.push([key, await plain(part)]);
      return { $: 'record', entries };
    }
    throw new ValueError(
      `cache cannot write a ${(value as object).constructor?.name ?? typeof value} into a file. Map the items to tensors, numbers, texts and records of them, or cache in memory.`,
    );
  };
  const json = new TextEncoder().encode(JSON.stringify(await plain(item)));
  const whole = new Uint8Array(4 + json.length + blocks.reduce((sum, block) => sum + block.length, 0));
  new DataView(whole.buffer).setUint32(0, json.length, true);
  whole.set(json, 4);
  let at = 4 + json.length;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
};

/** An item from what `encodeItem` wrote. @throws FormatError for other bytes. */
export const decodeItem = (bytes: Uint8Array, source: string): unknown => {
  const damaged = (cause?: unknown): FormatError =>
    new FormatError(`${source} is damaged. Remove it to have the cache written anew.`, { cause });
  if (bytes.length < 4) throw damaged();
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  let at = 4 + length;
  const block = (size: unknown): Uint8Array => {
    if (typeof size !== 'number' || at + size > bytes.length) throw damaged();
    at += size;
    return bytes.slice(at - size, at);
  };
  const arrayOf = ({ array, bytes: size }: Marked): ArrayBufferView => {
    const Storage = arrays[array as keyof typeof arrays];
    if (Storage === undefined) throw damaged();
    return new Storage(block(size).buffer as ArrayBuffer);
  };
  const rebuilt = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rebuilt);
    if (typeof value !== 'object' || value === null) return value;
    const marked = value as Marked;
    if (marked.$ === 'undefined') return undefined;
    if (marked.$ === 'number') return Number(marked.value);
    if (marked.$ === 'bigint') return BigInt(marked.value as string);
    if (marked.$ === 'date') return new Date(marked.value as number);
    if (marked.$ === 'array') return arrayOf(marked);
    if (marked.$ === 'tensor' && (marked.dtype as DType) in dtypes)
      return tensor(arrayOf(marked), { shape: marked.shape as number[], dtype: marked.dtype as DType });
    if (marked.$ === 'record')
      return Object.fromEntries((marked.entries as [string, unknown][]).map(([key, part]) => [key, rebuilt(part)]));
    throw damaged();
  };
  try {
    return rebuilt(JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))));
  } catch (error) {
    throw error instanceof FormatError ? error : damaged(error);
  }
};
