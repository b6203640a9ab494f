import * as g from '../../../src/graph/build.ts';
import type { Node } from '../../../src/graph/node.ts';
import { type Builds, of1 } from './case.ts';

const axesTried = [[0], [1], [2], [0, 2], [1, 2], [0, 1, 2]];

const mean = (x: Node, axes: readonly number[]): Node => g.div(g.sum(x, axes, { keepDims: true }), g.countOf(x, axes));

/** Operations that combine the elements of whole axes. */
export const reductionCases: Builds = {
  ...Object.fromEntries(axesTried.map(axes => [`sum [${axes.join(', ')}]`, of1(x => g.sum(x, axes))])),
  ...Object.fromEntries(axesTried.map(axes => [`max [${axes.join(', ')}]`, of1(x => g.max(x, axes))])),
  'min [1, 3]': of1(x => g.min(x, [1, 3])),
  'max of ties': of1(x => g.max(x, [1])),
  'min of ties': of1(x => g.min(x, [0, 1])),
  'max of NaN': ([x]) => [g.max(x as Node, [1]), g.min(x as Node, [1])],
  'sum of nothing': of1(x => g.sum(x, [1])),
  'prod of nothing': of1(x => g.prod(x, [1])),
  prod: of1(x => g.prod(x, [1])),
  'prod of one': of1(x => g.prod(x, [1])),
  'prod of two axes': of1(x => g.prod(x, [0, 2])),
  'prod with a zero': of1(x => g.prod(x, [1])),
  'sum of integers': inputs => {
    const [x] = inputs as [Node];
    return [g.sum(x, [1]), g.sum(x, [1]), g.max(x, [0]), g.min(x, [0])];
  },
  'any all': inputs => {
    const [x] = inputs as [Node];
    return [g.any(x, [2]), g.all(x, [2]), g.any(x, [1, 2]), g.all(x, [1, 2])];
  },
  'argMax argMin': inputs => {
    const [x] = inputs as [Node];
    return [...[0, 1, 2].map(axis => g.argMax(x, axis)), ...[0, 1, 2].map(axis => g.argMin(x, axis))];
  },
  'argMax of NaN': ([x]) => [g.argMax(x as Node, 1), g.argMin(x as Node, 1)],
  'mean and variance': inputs => {
    const [x] = inputs as [Node];
    const centred = g.sub(x, mean(x, [0]));
    return [g.reshape(mean(x, [1]), [7]), g.reshape(mean(g.mul(centred, centred), [0]), [9])];
  },
};
