import * as g from '../../../src/graph/build.ts';
import type { Node } from '../../../src/graph/node.ts';
import type { Attributes } from '../../../src/graph/ops.ts';
import { type Build, type Builds, of1, of2 } from './case.ts';

const gather = (axis: number, batchDims = 0): Build => of2((x, indices) => g.gather(x, indices, { axis, batchDims }));

const scatter =
  (mode: Attributes['scatter']['mode'], axis: number, batchDims = 0): Build =>
  ([x, indices, updates]) => [g.scatter(x as Node, indices as Node, updates as Node, { axis, batchDims, mode })];

/** Sorted values are looked up where argSort says. */
const sort = (x: Node): Node => g.gather(x, g.argSort(x, 1), { axis: 1, batchDims: 1 });

/** Running sums, order, lookups. */
export const structuredCases: Builds = {
  'cumSum 0': of1(x => g.cumSum(x, 0)),
  'cumSum 1': of1(x => g.cumSum(x, 1)),
  'cumSum reverse': of1(x => g.cumSum(x, 1, { reverse: true })),
  'cumSum exclusive': of1(x => g.cumSum(x, 1, { exclusive: true })),
  'cumSum reverse exclusive': of1(x => g.cumSum(x, 0, { reverse: true, exclusive: true })),
  'cumSum integers': of1(x => g.cumSum(x, 1)),
  argSort: ([x]) => [g.argSort(x as Node, 1), g.argSort(x as Node, 1, true), g.argSort(x as Node, 0)],
  'argSort NaN last': ([x]) => [g.argSort(x as Node, 0), g.argSort(x as Node, 0, true)],
  sort: of1(sort),
  'gather rows': gather(0),
  'gather axis 1': gather(1),
  'gather one': gather(0),
  'gather none': gather(0),
  'gather batched': gather(1, 1),
  'gather batched with an axis between': gather(2, 1),
  'scatter add': scatter('add', 0),
  'scatter add axis 1': scatter('add', 1),
  'scatter add batched': scatter('add', 1, 1),
  'scatter max': scatter('max', 0),
  'scatter max of ties': scatter('max', 0),
  'scatter replace': scatter('replace', 0),
};
