import { type Shape, sizeOf } from '../../core/shape.ts';

/** start + Σ index · stride for each index of a shape, in row-major order. */
export const offsets = (shape: Shape, strides: readonly number[], start = 0): Int32Array => {
  const result = new Int32Array(sizeOf(shape));
  const index = shape.map(() => 0);
  let offset = start;
  for (let i = 0; i < result.length; i++) {
    result[i] = offset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [length, stride] = [shape[axis] as number, strides[axis] as number];
      offset += stride;
      if (++(index as number[])[axis]! < length) break;
      index[axis] = 0;
      offset -= length * stride;
    }
  }
  return result;
};

/** The same, for some of the axes of an array. */
export const offsetsAlong = (axes: readonly number[], shape: Shape, strides: readonly number[]): Int32Array =>
  offsets(
    axes.map(axis => shape[axis] as number),
    axes.map(axis => strides[axis] as number),
  );
