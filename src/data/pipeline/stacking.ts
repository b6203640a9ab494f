import { ShapeError, ValueError } from '../../core/errors.ts';
import type { Nested } from '../../tensor/convert.ts';
import { stack, tensor } from '../../tensor/create.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import type { Batched, NumberArray } from './items.ts';

export const isPlainRecord = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

export const isNumberArray = (value: unknown): value is NumberArray =>
  ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof BigInt64Array) && !(value instanceof BigUint64Array);

/** A typed array as one that a tensor takes: small integers as int32, 32-bit ones without sign as float64. */
export const tensorArray = (values: NumberArray): Float32Array | Float64Array | Int32Array | Uint8Array => {
  if (values instanceof Float32Array || values instanceof Float64Array || values instanceof Int32Array || values instanceof Uint8Array)
    return values;
  if (values instanceof Uint8ClampedArray) return new Uint8Array(values.buffer, values.byteOffset, values.length);
  return values instanceof Uint32Array ? Float64Array.from(values) : Int32Array.from(values);
};

const ragged = (path: string, a: unknown, b: unknown): ShapeError =>
  new ShapeError(
    `batch cannot join items of different lengths${path && ` at '${path}'`}: ${a} and ${b}. Use paddedBatch, or map them to one length.`,
  );

const stackArrays = (values: readonly NumberArray[], path: string): Tensor => {
  const arrays = values.map(tensorArray);
  const [first] = arrays as [Float32Array, ...Float32Array[]];
  const Storage = first.constructor as new (length: number) => Float32Array;
  const joined = new Storage(first.length * arrays.length);
  for (const [index, array] of arrays.entries()) {
    if (array.length !== first.length) throw ragged(path, first.length, array.length);
    joined.set(array, index * first.length);
  }
  return tensor(joined, { shape: [arrays.length, first.length] });
};

const isNested = (value: unknown): boolean =>
  Array.isArray(value) ? value.every(isNested) : typeof value === 'number' || typeof value === 'boolean';

const stackNested = (values: readonly unknown[], path: string): Tensor => {
  const lengths = values.map(value => (value as readonly unknown[]).length);
  const other = lengths.findIndex(length => length !== lengths[0]);
  if (other >= 0) throw ragged(path, lengths[0], lengths[other]);
  return tensor(values as Nested);
};

const stackTensors = (values: readonly Tensor[], path: string): Tensor => {
  const [first] = values as [Tensor, ...Tensor[]];
  const other = values.find(({ shape }) => shape.length !== first.shape.length || shape.some((size, axis) => size !== first.shape[axis]));
  if (other !== undefined) throw ragged(path, `(${first.shape.join(', ')})`, `(${other.shape.join(', ')})`);
  return stack(values);
};

/** How arrays of numbers of different lengths are joined; the plain way refuses them. */
export type JoinArrays = (values: readonly unknown[], path: string) => Tensor;

const plainJoin: JoinArrays = (values, path) => {
  if (values.every(isTensor)) return stackTensors(values, path);
  if (values.every(isNumberArray)) return stackArrays(values, path);
  return stackNested(values, path);
};

const stackPart = (values: readonly unknown[], path: string, join: JoinArrays): unknown => {
  const [first] = values;
  if (typeof first === 'number' && values.every(value => typeof value === 'number')) return tensor(Float32Array.from(values as number[]));
  if (typeof first === 'boolean' && values.every(value => typeof value === 'boolean')) return tensor(values as boolean[]);
  if (values.every(isTensor) || values.every(isNumberArray) || values.every(value => Array.isArray(value) && isNested(value)))
    return join(values, path);
  if (isPlainRecord(first) && values.every(isPlainRecord)) {
    const keys = Object.keys(first);
    for (const value of values)
      if (Object.keys(value).length !== keys.length || keys.some(key => !(key in value)))
        throw new ValueError(
          `batch needs records with the same keys${path && ` at '${path}'`}: one has ${keys.join(', ')}, another ${Object.keys(value).join(', ')}.`,
        );
    return Object.fromEntries(
      keys.map(key => [
        key,
        stackPart(
          values.map(value => (value as Record<string, unknown>)[key]),
          path ? `${path}.${key}` : key,
          join,
        ),
      ]),
    );
  }
  return [...values];
};

/**
 * Items as one batch. Numbers become float32, booleans bool, tensors and typed arrays keep their element type (8- and 16-bit integers
 * become int32, except uint8), each with a new first axis; tuples go part by part, records key by key; texts, dates and the rest are
 * listed.
 *
 * @throws ShapeError for parts of different shapes; ValueError for tuples or records of different parts.
 */
export const stackItems = <T>(items: readonly T[], join: JoinArrays = plainJoin): Batched<T> => {
  const [first] = items;
  if (!Array.isArray(first)) return stackPart(items, '', join) as Batched<T>;
  const other = items.find(item => (item as readonly unknown[]).length !== first.length);
  if (other !== undefined)
    throw new ValueError(
      `batch needs tuples of equally many parts, got ${first.length} and ${(other as unknown as readonly unknown[]).length}. Rows of different lengths go into records or typed arrays: { tokens }.`,
    );
  return first.map((_, part) =>
    stackPart(
      items.map(item => (item as readonly unknown[])[part]),
      String(part),
      join,
    ),
  ) as Batched<T>;
};
