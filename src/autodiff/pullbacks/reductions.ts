import { sizeOf } from '../../core/shape.ts';
import * as g from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import { none, type Pullback, type Pullbacks } from './rule.ts';

/** Puts the reduced axes back, each of size 1, and repeats along them. */
const spread = (reduced: Node, axes: readonly number[], x: Node): Node => g.broadcast(g.expandDims(reduced, axes), x.shape);

/** The adjoint goes to where the extremum is; ties share evenly. Nothing equals NaN: where the output is NaN no gradient flows. */
const extremum: Pullback<'max' | 'min'> = (y, dy) => {
  const { axes } = y.attributes;
  const x = y.inputs[0] as Node;
  const reached = g.equal(x, spread(y, axes, x));
  const ties = g.sum(g.cast(reached, x.dtype), axes);
  return [g.where(reached, spread(g.div(dy, ties), axes, x), 0)];
};

/** For each element of the last axis the product of all elements before it, in log₂ n steps (Hillis, Steele 1986). */
const productBefore = (x: Node): Node => {
  const last = x.shape.length - 1;
  const length = x.shape[last] as number;
  const none = x.shape.map(() => 0);
  const shifted = (from: Node, by: number): Node =>
    g.pad(
      g.sliceAxis(from, last, 0, length - by),
      none.map((_, axis) => (axis === last ? by : 0)),
      none,
      { value: 1 },
    );
  let product = shifted(x, 1);
  for (let by = 1; by < length; by *= 2) product = g.mul(product, shifted(product, by));
  return product;
};

/** dx_i = dy Π_{j ≠ i} x_j, from the products before and after i: right at zeros, where y / x_i is not. */
const product: Pullback<'prod'> = ({ inputs, attributes: { axes } }, dy) => {
  const x = inputs[0] as Node;
  if (sizeOf(x.shape) === 0) return [g.full(0, x.shape, x.dtype)];
  const kept = x.shape.map((_, axis) => axis).filter(axis => !axes.includes(axis));
  const order = [...kept, ...axes];
  const moved = g.permute(x, order);
  const rows = g.reshape(moved, [...kept.map(axis => x.shape[axis] as number), g.countOf(x, axes)]);
  const last = rows.shape.length - 1;
  const others = g.mul(productBefore(rows), g.flip(productBefore(g.flip(rows, [last])), [last]));
  const back = order.map((_, axis) => order.indexOf(axis));
  return [g.mul(spread(dy, axes, x), g.permute(g.reshape(others, moved.shape), back))];
};

/** Every summand receives dy. */
const sum: Pullback<'sum'> = ({ inputs, attributes: { axes } }, dy) => [spread(dy, axes, inputs[0] as Node)];

/** Operations that combine the elements of whole axes. */
export const reductions: Pullbacks<'sum' | 'prod' | 'max' | 'min' | 'any' | 'all' | 'argMax' | 'argMin'> = {
  sum,
  prod: product,
  max: extremum,
  min: extremum,
  any: none,
  all: none,
  argMax: none,
  argMin: none,
};
