import { type DType, dtypeOf, dtypes, type TypedArray } from '../core/dtype.ts';
import { formatShape, ShapeError, unknownName, ValueError } from '../core/errors.ts';
import { checkShape, type Shape, sizeOf } from '../core/shape.ts';
import { input, type Node } from '../graph/node.ts';
import { flattenNested, kindOf, type Nested, storageFrom } from './convert.ts';
import { unknownOptions } from './options.ts';
import { countAllocated, currentDevice } from './runtime.ts';
import { Value } from './value.ts';

export interface TensorOptions {
  /** By default the nested arrays' own, or one axis for a typed array. */
  readonly shape?: Shape;
  /** By default float32 for numbers, bool for booleans, a typed array's own. */
  readonly dtype?: DType;
}

/** A leaf with the given storage copied into a buffer. */
export const storedLeaf = (stored: TypedArray, shape: Shape, dtype: DType): Node => {
  const device = currentDevice();
  const buffer = device.allocate(dtype, stored.length);
  device.write(buffer, new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength));
  countAllocated(dtype, stored.length);
  const node = input(shape, dtype, { symbolic: false });
  node.value = new Value(device, buffer);
  return node;
};

const isHalf = (dtype: DType): boolean => dtype === 'float16' || dtype === 'bfloat16';

/** Typed values in the storage of an element type. Half floats come as their bits (Uint16Array) or as numbers. */
const converted = (values: ArrayLike<number> & ArrayBufferView, dtype: DType): TypedArray => {
  const ownStorage = values instanceof dtypes[dtype].storage && dtype !== 'bool';
  if (ownStorage && (!isHalf(dtype) || values instanceof Uint16Array)) return values as unknown as TypedArray;
  return storageFrom(values, dtype);
};

/** A leaf that holds a copy of the user's values. */
export const leafOf = (values: Nested | ArrayBufferView, options: TensorOptions = {}): Node => {
  unknownOptions('tensor', options, ['shape', 'dtype']);
  const { dtype } = options;
  if (dtype !== undefined && !(dtype in dtypes)) throw unknownName('element type', String(dtype), Object.keys(dtypes));
  if (ArrayBuffer.isView(values)) {
    const array = values as ArrayBufferView & ArrayLike<number>;
    const type = dtype ?? dtypeOf(values);
    if (typeof array.length !== 'number' || typeof array[0] === 'bigint') dtypeOf(values); // says what it takes
    return storedLeaf(converted(array, type), fitted(array.length, options.shape ?? [array.length]), type);
  }
  if (typeof values !== 'number' && typeof values !== 'boolean' && !Array.isArray(values))
    throw new ValueError(`tensor takes numbers, booleans, nested arrays of them and typed arrays, got ${kindOf(values)}.`);
  const { flat, shape, dtype: own } = flattenNested(values);
  const type = dtype ?? own;
  return storedLeaf(storageFrom(flat, type), fitted(flat.length, options.shape ?? shape), type);
};

const fitted = (elements: number, shape: Shape): Shape => {
  if (sizeOf(checkShape('tensor', shape)) !== elements)
    throw new ShapeError(
      `tensor cannot give ${elements} values the shape ${formatShape(shape)}, which has ${sizeOf(shape)}. Change the shape or the values.`,
    );
  return [...shape];
};
