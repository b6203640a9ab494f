import { type DType, dtypes, type TypedArray } from '../core/dtype.ts';
import { ShapeError, ValueError } from '../core/errors.ts';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../core/half.ts';
import { type Shape, sizeOf } from '../core/shape.ts';

/** Numbers or booleans in arrays of arrays, all of one shape. */
export type Nested = number | boolean | readonly Nested[];

/** What `array()` gives: numbers (booleans for bool) in nested arrays, for a scalar one alone. */
// biome-ignore lint/suspicious/noExplicitAny: its depth is the tensor's rank, which the type does not know
export type NestedArray = any;

/** Whole numbers without their fraction, within the range of int32; NaN is 0: as `cast` has it. */
const toInt32 = (value: number): number => (Number.isNaN(value) ? 0 : Math.trunc(Math.min(2147483647, Math.max(-2147483648, value))));

const narrow: { readonly [D in DType]?: (value: number) => number } = {
  float16: toFloat16,
  bfloat16: toBfloat16,
  int32: toInt32,
  uint8: value => toInt32(value) & 255,
  bool: value => (value === 0 ? 0 : 1),
};

/** Numbers in the storage format of an element type. */
export const storageFrom = (values: ArrayLike<number>, dtype: DType): TypedArray => {
  const stored = new dtypes[dtype].storage(values.length);
  const convert = narrow[dtype];
  if (convert === undefined) stored.set(values);
  else for (let index = 0; index < values.length; index++) stored[index] = convert(values[index] as number);
  return stored;
};

/** Values of an element type from its bytes, which are the caller's to give away: half floats become float32. */
export const valuesFrom = (bytes: Uint8Array, dtype: DType, elements: number): TypedArray => {
  const { storage: Storage, bytes: width } = dtypes[dtype];
  const aligned = bytes.byteOffset % width === 0 && bytes.buffer instanceof ArrayBuffer;
  const { buffer, byteOffset } = aligned ? bytes : bytes.slice();
  const stored = new (Storage as unknown as new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TypedArray)(
    buffer,
    byteOffset,
    elements,
  );
  if (dtype === 'float16') return Float32Array.from(stored, fromFloat16);
  if (dtype === 'bfloat16') return Float32Array.from(stored, fromBfloat16);
  return stored;
};

/** What a value is, with its article: for errors. */
export const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name = typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
};

/** The shape that the first elements suggest; all others are held against it. */
const shapeOfNested = (values: unknown): number[] => {
  const shape: number[] = [];
  for (let level = values; Array.isArray(level); level = level[0]) shape.push(level.length);
  return shape;
};

const place = (path: readonly number[]): string => path.map(index => `[${index}]`).join('');

/**
 * Nested arrays, flat and with their shape.
 * @throws ShapeError that names the first row of another length; ValueError for what is no number or boolean, and for a mixture.
 */
export const flattenNested = (values: Nested): { flat: number[]; shape: Shape; dtype: 'float32' | 'bool' } => {
  const shape = shapeOfNested(values);
  const flat: number[] = [];
  let kind: string | undefined;
  const path: number[] = [];
  const visit = (value: unknown, axis: number): void => {
    if (axis < shape.length) {
      if (!Array.isArray(value) || value.length !== shape[axis])
        throw new ShapeError(
          `tensor cannot take ragged arrays: row ${place(path)} is ${kindOf(value)}, where the first one there is an array of ${shape[axis]}. All rows must be equally long: fill up the shorter ones.`,
        );
      for (let index = 0; index < value.length; index++) {
        path.push(index);
        visit(value[index], axis + 1);
        path.pop();
      }
      return;
    }
    if (Array.isArray(value))
      throw new ShapeError(
        `tensor cannot take ragged arrays: element ${place(path)} is an array of ${value.length}, where the first one there is a ${typeof flat[0]}.`,
      );
    if (typeof value !== 'number' && typeof value !== 'boolean')
      throw new ValueError(`tensor takes numbers or booleans, got ${kindOf(value)}${path.length > 0 ? ` at ${place(path)}` : ''}.`);
    kind ??= typeof value;
    if (kind !== typeof value)
      throw new ValueError(
        `tensor cannot mix numbers and booleans: it started with a ${kind}, and ${place(path)} is ${value}. Write 0 and 1 for booleans.`,
      );
    flat.push(Number(value));
  };
  visit(values, 0);
  return { flat, shape, dtype: kind === 'boolean' ? 'bool' : 'float32' };
};

/** Flat values as nested arrays. */
export const nest = (flat: TypedArray, shape: Shape, dtype: DType): NestedArray => {
  const convert = dtype === 'bool' ? (value: number): NestedArray => value !== 0 : (value: number): NestedArray => value;
  const level = (axis: number, start: number, step: number): NestedArray => {
    if (axis === shape.length) return convert(flat[start] as number);
    const inner = step / (shape[axis] as number);
    return Array.from({ length: shape[axis] as number }, (_, index) => level(axis + 1, start + index * inner, inner));
  };
  return level(0, 0, sizeOf(shape));
};
