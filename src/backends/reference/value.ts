import { type DType, dtypes } from '../../core/dtype.ts';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../../core/half.ts';
import { type Shape, sizeOf } from '../../core/shape.ts';

/** A tensor of the oracle: row-major, each element a number that its element type can hold. */
export interface Value {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: Float64Array;
}

/** The nearest number that the element type can hold; integers keep their lowest bits. */
export const roundTo: { readonly [D in DType]: (value: number) => number } = {
  float64: value => value,
  float32: Math.fround,
  float16: value => fromFloat16(toFloat16(value)),
  bfloat16: value => fromBfloat16(toBfloat16(value)),
  int32: value => value | 0,
  uint8: value => value & 255,
  bool: value => (value ? 1 : 0),
};

/** A value whose elements are computed one by one, in row-major order, and rounded. */
export const build = (shape: Shape, dtype: DType, element: (index: number) => number): Value => {
  const round = roundTo[dtype];
  const data = new Float64Array(sizeOf(shape));
  for (let index = 0; index < data.length; index++) data[index] = round(element(index));
  return { shape, dtype, data };
};

/** From the storage format of an element type. */
export const decode = (bytes: Uint8Array, shape: Shape, dtype: DType): Value => {
  const { storage: Storage } = dtypes[dtype];
  const stored = new Storage(sizeOf(shape));
  new Uint8Array(stored.buffer).set(bytes.subarray(0, stored.byteLength));
  const widen = dtype === 'float16' ? fromFloat16 : dtype === 'bfloat16' ? fromBfloat16 : (value: number) => value;
  return { shape, dtype, data: Float64Array.from(stored, widen) };
};

/** To the storage format of its element type, little-endian as WebAssembly has it. */
export const encode = ({ dtype, data }: Value): Uint8Array => {
  const { storage: Storage } = dtypes[dtype];
  const narrow = dtype === 'float16' ? toFloat16 : dtype === 'bfloat16' ? toBfloat16 : undefined;
  const stored = new Storage(data.length);
  stored.set(narrow === undefined ? data : data.map(narrow));
  return new Uint8Array(stored.buffer);
};
