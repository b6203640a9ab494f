import { formatShape, ShapeError } from './errors.ts';

/** Sizes of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

export const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, axis) => size === b[axis]);

/** Steps in elements from one index to the next along each axis, of a row-major array. */
export const stridesOf = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis] as number;
  }
  return strides;
};

/** The shape that two shapes broadcast to (NumPy's rule), or an error that shows both. */
export const broadcastShapes = (what: string, a: Shape, b: Shape): Shape => {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let axis = 0; axis < rank; axis++) {
    const x = a[a.length - rank + axis] ?? 1;
    const y = b[b.length - rank + axis] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw new ShapeError(
        `${what} cannot broadcast shapes ${formatShape(a)} and ${formatShape(b)}: from the right, each pair of sizes must be equal or one of them 1.`,
      );
    shape[axis] = x === 1 ? y : x;
  }
  return shape;
};

/** Axis -1 is the last one. */
export const normalizeAxis = (what: string, axis: number, rank: number): number => {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new ShapeError(
      rank === 0
        ? `${what} cannot use axis ${axis}: the tensor is a scalar, which has no axes.`
        : `${what} cannot use axis ${axis}: a tensor of rank ${rank} has axes ${-rank} to ${rank - 1}.`,
    );
  return axis < 0 ? axis + rank : axis;
};

/** Axes as given by a user (one, several or none for all), ascending and each once. */
export const normalizeAxes = (what: string, axes: number | readonly number[] | undefined, rank: number): number[] => {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  if (typeof axes !== 'number' && !Array.isArray(axes))
    throw new ShapeError(`${what} takes an axis, several in an array, or none for all of them; got a value of type ${typeof axes}.`);
  const list = (typeof axes === 'number' ? [axes] : axes).map(axis => normalizeAxis(what, axis, rank));
  if (new Set(list).size !== list.length) throw new ShapeError(`${what} got an axis twice: ${list.join(', ')}. Name each axis once.`);
  return list.sort((x, y) => x - y);
};

/** A copy of a shape, whose sizes must be integers >= 0. */
export const checkShape = (what: string, shape: Shape): Shape => {
  if (!Array.isArray(shape))
    throw new ShapeError(`${what} needs a shape, which is an array of sizes: [2, 3] (a scalar's is []). Got ${shape}.`);
  for (const size of shape)
    if (!Number.isInteger(size) || size < 0)
      throw new ShapeError(`${what} cannot use shape ${formatShape(shape)}: each size must be a whole number >= 0.`);
  return [...shape];
};

/** Replaces one -1 in a requested shape by what is left, and checks that the number of elements stays. */
export const resolveReshape = (from: Shape, to: Shape): Shape => {
  const total = sizeOf(from);
  const holes = to.filter(size => size === -1).length;
  const known = to.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const shape = holes === 1 && known > 0 && total % known === 0 ? to.map(size => (size === -1 ? total / known : size)) : to;
  if (holes > 1 || shape.some(size => size < 0 || !Number.isInteger(size)) || sizeOf(shape) !== total)
    throw new ShapeError(
      `reshape cannot turn ${formatShape(from)} (${total} elements) into ${formatShape(to)}: the number of elements must stay the same; one size may be -1.`,
    );
  return shape;
};
