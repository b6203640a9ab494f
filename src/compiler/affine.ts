import { type Shape, stridesOf } from '../core/shape.ts';

/** offset + Σ strides[a] i[a], over the axes i of a loop nest. */
export interface Affine {
  readonly offset: number;
  readonly strides: readonly number[];
}

export const affineConstant = (offset: number, axes: number): Affine => ({ offset, strides: new Array<number>(axes).fill(0) });

export const affineAxis = (axis: number, axes: number): Affine => ({
  offset: 0,
  strides: Array.from({ length: axes }, (_, i) => (i === axis ? 1 : 0)),
});

export const scaleAffine = (a: Affine, factor: number): Affine => ({
  offset: a.offset * factor,
  strides: a.strides.map(stride => stride * factor),
});

export const addAffine = (a: Affine, b: Affine): Affine => ({
  offset: a.offset + b.offset,
  strides: a.strides.map((stride, axis) => stride + (b.strides[axis] as number)),
});

export const shiftAffine = (a: Affine, by: number): Affine => ({ offset: a.offset + by, strides: a.strides });

export const sameAffine = (a: Affine, b: Affine): boolean =>
  a.offset === b.offset && a.strides.every((stride, axis) => stride === b.strides[axis]);

/** The position in a row-major array of the element with these indices. */
export const linearize = (indices: readonly Affine[], shape: Shape, axes: number): Affine => {
  const strides = stridesOf(shape);
  return indices.reduce((total, index, axis) => addAffine(total, scaleAffine(index, strides[axis] as number)), affineConstant(0, axes));
};

/**
 * The indices of the element at a linear position, where each is affine too: the terms of the position fall apart into those
 * that are multiples of the size of an axis and those that stay below it. `undefined` where they do not.
 */
export const delinearize = (position: Affine, shape: Shape, axisSizes: readonly number[]): Affine[] | undefined => {
  const indices: Affine[] = [];
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    if (axis === 0) {
      indices.unshift(rest);
      break;
    }
    if (size === 1) {
      indices.unshift(affineConstant(0, axisSizes.length));
      continue;
    }
    const offset = ((rest.offset % size) + size) % size;
    const low = { offset, strides: rest.strides.map(stride => (stride % size === 0 ? 0 : stride)) };
    const reach = low.strides.map((stride, i) => stride * Math.max(0, (axisSizes[i] as number) - 1));
    const largest = offset + reach.reduce((total, step) => total + Math.max(0, step), 0);
    const smallest = offset + reach.reduce((total, step) => total + Math.min(0, step), 0);
    if (largest >= size || smallest < 0) return undefined;
    indices.unshift(low);
    rest = { offset: (rest.offset - offset) / size, strides: rest.strides.map((stride, i) => (low.strides[i] === 0 ? stride / size : 0)) };
  }
  return indices;
};
