import { sizeOf } from '../../core/shape.ts';
import * as g from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import type { Attributes } from '../../graph/ops.ts';
import type { Adjoints, Pullback, Pullbacks } from './rule.ts';

const zeros = ({ shape, dtype }: Node): Node => g.full(0, shape, dtype);

/** What was read is added back at the place it was read from. */
const gather: Pullback<'gather'> = ({ inputs, attributes: { axis, batchDims } }, dy) => {
  const [x, indices] = inputs as [Node, Node];
  return [g.scatter(zeros(x), indices, dy, { axis, batchDims, mode: 'add' }), null];
};

type ScatterPullback = (
  node: { readonly inputs: readonly Node[]; readonly attributes: Attributes['scatter'] },
  dy: Node,
  y: Node,
) => Adjoints;

const scatterAdd: ScatterPullback = ({ inputs, attributes: { axis, batchDims } }, dy) => [
  dy,
  null,
  g.gather(dy, inputs[1] as Node, { axis, batchDims }),
];

/** The adjoint of a place is shared evenly by all that reach its maximum, the operand among them. */
const scatterMax: ScatterPullback = ({ inputs, attributes: { axis, batchDims } }, dy, y) => {
  const [operand, indices, updates] = inputs as [Node, Node, Node];
  const [operandReaches, updateReaches] = [g.equal(operand, y), g.equal(updates, g.gather(y, indices, { axis, batchDims }))];
  const count = (reached: Node): Node => g.cast(reached, y.dtype);
  const ties = g.scatter(count(operandReaches), indices, count(updateReaches), { axis, batchDims, mode: 'add' });
  const share = g.div(dy, ties);
  return [g.where(operandReaches, share, 0), null, g.where(updateReaches, g.gather(share, indices, { axis, batchDims }), 0)];
};

/** Updates are numbered and the numbers scattered alike: the number found at a place names the update that stayed there. */
const scatterReplace: ScatterPullback = ({ inputs, attributes }, dy) => {
  const [operand, indices, updates] = inputs as [Node, Node, Node];
  const { axis, batchDims } = attributes;
  const numbers = g.reshape(g.iota([sizeOf(updates.shape)], 0, 'int32'), updates.shape);
  const written = g.scatter(g.full(-1, operand.shape, 'int32'), indices, numbers, attributes);
  const stayed = g.equal(g.gather(written, indices, { axis, batchDims }), numbers);
  return [g.where(g.less(written, 0), dy, 0), null, g.where(stayed, g.gather(dy, indices, { axis, batchDims }), 0)];
};

const scatterPullbacks: { readonly [M in Attributes['scatter']['mode']]: ScatterPullback } = {
  add: scatterAdd,
  max: scatterMax,
  replace: scatterReplace,
};

const scatter: Pullback<'scatter'> = (y, dy) => scatterPullbacks[y.attributes.mode](y, dy, y);

/** dx_j = Σ over the i that x_j was added to: the same sums from the other end. */
const cumSum: Pullback<'cumSum'> = ({ attributes: { axis, reverse, exclusive } }, dy) => [
  g.cumSum(dy, axis, { reverse: !reverse, exclusive }),
];

const free = (x: Node, batch: readonly number[], contracted: readonly number[]): number[] =>
  x.shape.map((_, axis) => axis).filter(axis => !batch.includes(axis) && !contracted.includes(axis));

/** Axis i of the result is the axis of x that `axes` calls i. */
const arranged = (x: Node, axes: readonly number[]): Node =>
  g.permute(
    x,
    axes.map((_, axis) => axes.indexOf(axis)),
  );

/**
 * y = Σ_k a b: da is dy with b, summed over b's free axes; db is a with dy, summed over a's free axes.
 * Both come out with their batch axes first and the contracted ones in the other's order, and are then arranged.
 */
const contraction: Pullback<'contraction'> = ({ inputs, attributes: { batch, contract } }, dy, needs) => {
  const [a, b] = inputs as [Node, Node];
  const [freeA, freeB] = [free(a, batch[0], contract[0]), free(b, batch[1], contract[1])];
  const paired = batch[0].map((_, axis) => axis);
  const ofA = freeA.map((_, i) => paired.length + i);
  const ofB = freeB.map((_, i) => paired.length + freeA.length + i);
  /** The contracted axes of one input in ascending order of the other's, which is how they come out. */
  const partners = (side: 0 | 1): number[] =>
    [...contract[(1 - side) as 0 | 1]]
      .sort((i, j) => i - j)
      .map(axis => contract[side][contract[(1 - side) as 0 | 1].indexOf(axis)] as number);
  return [
    needs[0]
      ? arranged(g.contraction(dy, b, { batch: [paired, batch[1]], contract: [ofB, freeB] }), [...batch[0], ...freeA, ...partners(0)])
      : null,
    needs[1]
      ? arranged(g.contraction(a, dy, { batch: [batch[0], paired], contract: [freeA, ofA] }), [...batch[1], ...partners(1), ...freeB])
      : null,
  ];
};

/** Operations with a structure of their own: lookups, running sums, products of matrices. */
export const structured: Pullbacks<'gather' | 'scatter' | 'cumSum' | 'contraction'> = { gather, scatter, cumSum, contraction };
