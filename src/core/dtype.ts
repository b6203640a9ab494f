import { DTypeError } from './errors.ts';

/** The element types of tensors. `float16` and `bfloat16` are stored narrow and computed as float32. */
export type DType = 'float32' | 'float64' | 'float16' | 'bfloat16' | 'int32' | 'uint8' | 'bool';

export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array | Uint16Array;

interface DTypeInfo {
  /** Bytes an element in memory. */
  readonly bytes: number;
  readonly kind: 'float' | 'integer' | 'bool';
  /** The typed array that has the element's bytes (half floats: their bits). */
  readonly storage: new (
    length: number,
  ) => TypedArray;
}

export const dtypes: { readonly [D in DType]: DTypeInfo } = {
  float32: { bytes: 4, kind: 'float', storage: Float32Array },
  float64: { bytes: 8, kind: 'float', storage: Float64Array },
  float16: { bytes: 2, kind: 'float', storage: Uint16Array },
  bfloat16: { bytes: 2, kind: 'float', storage: Uint16Array },
  int32: { bytes: 4, kind: 'integer', storage: Int32Array },
  uint8: { bytes: 1, kind: 'integer', storage: Uint8Array },
  bool: { bytes: 1, kind: 'bool', storage: Uint8Array },
};

export const isFloat = (dtype: DType): boolean => dtypes[dtype].kind === 'float';

export const byteSize = (dtype: DType, elements: number): number => dtypes[dtype].bytes * elements;

const kindOrder = { bool: 0, integer: 1, float: 2 } as const;

/**
 * The element type of an operation on two element types, as the array API standard promotes them:
 * within a kind the wider one wins (float16 with bfloat16 gives float32); bool gives way to integers.
 * An integer with a float gives the float (the standard leaves it open; NumPy would widen).
 */
export const promote = (a: DType, b: DType): DType => {
  if (a === b) return a;
  const [kindA, kindB] = [dtypes[a].kind, dtypes[b].kind];
  if (kindA !== kindB) return kindOrder[kindA] > kindOrder[kindB] ? a : b;
  if (dtypes[a].bytes === dtypes[b].bytes) return 'float32'; // float16 and bfloat16
  return dtypes[a].bytes > dtypes[b].bytes ? a : b;
};

/** The element type that a typed array of the user's has, with the array's own values kept. */
export const dtypeOf = (array: ArrayBufferView): DType => {
  if (array instanceof Float32Array) return 'float32';
  if (array instanceof Float64Array) return 'float64';
  if (array instanceof Int32Array) return 'int32';
  if (array instanceof Uint8Array || array instanceof Uint8ClampedArray) return 'uint8';
  throw new DTypeError(
    `tensor cannot take a ${array.constructor.name}: it takes Float32Array, Float64Array, Int32Array and Uint8Array. Convert it first: Int32Array.from(values).`,
  );
};
