import type { Shape } from '../../../src/core/shape.ts';
import * as g from '../../../src/graph/build.ts';
import { input, type Node } from '../../../src/graph/node.ts';
import { floats, type InputDescription, integers } from '../inputs.ts';
import type { Build } from './case.ts';

/** A graph on inputs of its own; where no golden value exists, the oracle's is what a device must give. */
export interface Case {
  readonly name: string;
  readonly inputs: readonly InputDescription[];
  readonly build: Build;
}

/** Below, at and above the widths of vectors and tiles, odd and even, and nothing at all. */
const sizes = [0, 1, 3, 7, 8, 9, 17, 31];
const positive = (shape: Shape, seed: number): InputDescription => floats(shape, seed, 0.1, 3);
const booleans = (shape: Shape, seed: number): InputDescription => ({ shape, dtype: 'bool', low: 0, high: 2, seed });
const bytes = (shape: Shape, seed: number): InputDescription => ({ shape, dtype: 'uint8', low: 0, high: 256, seed });

const one = (name: string, shape: Shape, build: (x: Node) => Node | readonly Node[], describe = floats): Case => ({
  name: `${name} [${shape}]`,
  inputs: [describe(shape, 3)],
  build: ([x]) => [build(x as Node)].flat(),
});

const two = (name: string, a: Shape, b: Shape, build: (x: Node, y: Node) => Node | readonly Node[], describe = floats): Case => ({
  name: `${name} [${a}] [${b}]`,
  inputs: [describe(a, 3), describe(b, 4)],
  build: ([x, y]) => [build(x as Node, y as Node)].flat(),
});

/** Views that are no rows in memory: an operation must read them as well as it reads arrays. */
const views: Readonly<Record<string, (x: Node) => Node>> = {
  transposed: x => g.permute(x, [1, 0]),
  sliced: x => g.slice(x, [1, 0], [Math.max(0, (x.shape[0] as number) - 1), x.shape[1] as number], [1, 1]),
  'every second': x => g.sliceAxis(x, 1, 0, Math.ceil((x.shape[1] as number) / 2), 2),
  flipped: x => g.flip(x, [0, 1]),
  broadcast: x => g.broadcast(g.sliceAxis(x, 0, 0, 1), [5, x.shape[1] as number]),
  padded: x => g.pad(x, [1, 2], [0, 1], { value: 0.5 }),
  'dilated and padded': x => g.pad(x, [1, 0], [0, 1], { value: 0.5, interior: [1, 2] }),
  concatenated: x => g.concat([x, g.flip(x, [0])], 1),
  reshaped: x => g.reshape(g.permute(x, [1, 0]), x.shape),
  windows: x => {
    const windows = g.window(x, { axes: [1], sizes: [3], strides: [1], dilations: [1] });
    return g.reshape(windows, [x.shape[0] as number, 3 * (windows.shape[1] as number)]);
  },
};

// biome-ignore format: a case a line
const maps: Case[] = sizes.flatMap(n => [
  one('smooth maps', [n], x => [g.exp(x), g.tanh(x), g.sin(g.mul(x, 20)), g.cos(x), g.erf(x), g.sigmoid(x), g.expm1(x)]),
  one('maps of positive numbers', [n, 3], x => [g.log(x), g.sqrt(x), g.log1p(x), g.pow(x, 1.7), g.div(1, x)], positive),
  one('steps', [3, n], x => [g.floor(g.mul(x, 4)), g.ceil(g.mul(x, 4)), g.round(g.mul(x, 4)), g.sign(x), g.abs(x), g.neg(x)]),
  two('arithmetic', [n, 1, 3], [2, 1], (x, y) => [g.add(x, y), g.sub(x, y), g.mul(x, y), g.div(x, y), g.maximum(x, y), g.minimum(x, y)]),
  two('mod and pow', [n, 3], [3], (x, y) => [g.mod(g.mul(x, 5), y), g.pow(x, y)], positive),
  two('comparisons', [n], [n], (x, y) => [g.equal(x, x), g.less(x, y), g.lessEqual(x, y), g.where(g.less(x, y), x, g.mul(y, 3))]),
  two('logic', [n, 3], [3], (x, y) => [g.and(x, y), g.or(x, y), g.not(x)], booleans),
  two('integers', [n], [n], (x, y) => [g.add(x, y), g.mul(x, y), g.div(x, y), g.mod(x, y), g.maximum(x, y), g.pow(x, g.abs(y))], (shape, seed) => integers(shape, seed, -9, 9)),
  two('bytes', [n], [n], (x, y) => [g.add(x, y), g.sub(x, y), g.mul(x, y), g.div(x, y), g.mod(x, y), g.less(x, y)], bytes),
  one('casts', [n], x => ['int32', 'uint8', 'bool', 'float64', 'float16', 'bfloat16'].map(t => g.cast(g.mul(x, 300), t as Node['dtype']))),
]);

// biome-ignore format: a case a line
const reductions: Case[] = sizes.flatMap(n => [
  one('reductions of rows', [3, n], x => [g.sum(x, [1]), g.prod(x, [1]), ...(n > 0 ? [g.max(x, [1]), g.min(x, [1]), g.argMax(x, 1), g.argMin(x, 1)] : [])]),
  one('reductions of columns', [n, 9], x => [g.sum(x, [0]), g.prod(x, [0]), ...(n > 0 ? [g.max(x, [0]), g.min(x, [0]), g.argMax(x, 0)] : [])]),
  one('sums of some axes', [2, n, 3, 2], x => [g.sum(x, [0, 2]), g.sum(x, [1, 3]), g.sum(x, [0, 1, 2, 3]), g.sum(x, [0, 3], { keepDims: true })]),
  one('any and all', [3, n], x => [g.any(g.less(x, 0), [1]), g.all(g.less(x, 0.9), [1]), g.any(g.less(x, 0), [0])]),
  one('sums of integers', [n, 3], x => [g.sum(x, [0]), g.sum(x, [1]), g.prod(x, [1])], (shape, seed) => integers(shape, seed, -9, 9)),
  one('a row used twice', [5, n], x => [g.sub(x, g.sum(x, [1], { keepDims: true })), g.div(g.exp(x), g.sum(g.exp(x), [1], { keepDims: true }))]),
  one('cumSum', [n, 3], x => [g.cumSum(x, 0), g.cumSum(x, 1, { reverse: true }), g.cumSum(x, 0, { exclusive: true })]),
  one('argSort', [3, n], x => [g.argSort(x, 1), g.argSort(x, 1, true), g.argSort(x, 0)]),
  one('iota and constants', [n], x => [g.add(g.iota(x.shape, 0, 'float32'), x), g.iota([3, n], 1, 'int32'), g.full(2.5, [n, 2], 'float32')]),
  {
    name: `random bits [${n}]`,
    inputs: [integers([2], 5, -1000, 1000)],
    build: ([key]) => [g.randomBits(key as Node, [n, 3]), g.randomBits(key as Node, [n], 24), g.randomBits(key as Node, [n], 1)],
  },
]);

// biome-ignore format: a case a line
const layouts: Case[] = Object.entries(views).flatMap(([name, view]) =>
  [[4, 6], [9, 17], [3, 8]].flatMap(shape => [
    one(`${name} alone`, shape, view),
    one(`a map and sums of ${name}`, shape, x => [g.exp(view(x)), g.sum(view(x), [0]), g.sum(view(x), [1]), g.sub(view(x), 1)]),
    two(`a product with ${name}`, shape, [7, view(input(shape, 'float32')).shape[1] as number], (x, y) => g.contraction(view(x), y, { batch: [[], []], contract: [[1], [1]] })),
    one(`lookups in ${name}`, shape, x => g.gather(view(x), g.argSort(g.max(view(x), [1]), 0), { axis: 0, batchDims: 0 })),
  ]),
);

// biome-ignore format: a case a line
const products: Case[] = sizes.flatMap(n => [
  two('matmul m', [n, 9], [9, 7], g.matmul),
  two('matmul k', [9, n], [n, 7], g.matmul),
  two('matmul n', [9, 7], [7, n], g.matmul),
  two('matmul with bias and relu', [17, n], [n, 9], (x, w) => {
    const y = g.add(g.matmul(x, w), g.iota([9], 0, 'float32'));
    return g.where(g.less(0, y), y, 0);
  }),
  two('batched matmul', [3, n, 5], [3, 5, 4], g.matmul),
  two('transposed both', [n, 8], [3, n], (a, b) => g.contraction(a, b, { batch: [[], []], contract: [[0], [1]] })),
  two('heads', [2, n, 2, 4], [2, 9, 2, 4], (q, k) => g.contraction(q, k, { batch: [[0, 2], [0, 2]], contract: [[3], [3]] })),
  two('outer', [n], [8], (a, b) => g.contraction(a, b, { batch: [[], []], contract: [[], []] })),
  two('convolution of channels', [2, 5, 6, n], [3, 3, n, 4], (x, w) =>
    g.convolution(x, w, { strides: [1, 1], padding: [[1, 1], [1, 1]], inputDilation: [1, 1], dilation: [1, 1], groups: 1 })),
  two('convolution to filters', [1, 7, 5, 2], [3, 2, 2, n], (x, w) =>
    g.convolution(x, w, { strides: [2, 1], padding: [[0, 1], [1, 0]], inputDilation: [1, 1], dilation: [1, 2], groups: 1 })),
  two('convolution along', [2, n, 3], [3, 3, 5], (x, w) =>
    g.convolution(x, w, { strides: [1], padding: [[2, 0]], inputDilation: [1], dilation: [1], groups: 1 })),
  two('gather rows', [9, n], [4], (x, y) => g.gather(x, g.cast(g.mul(g.abs(y), 8.9), 'int32'), { axis: 0, batchDims: 0 })),
  two('scatter rows', [9, n], [31], (x, y) => {
    const indices = g.cast(g.mul(g.abs(y), 8.9), 'int32');
    const updates = g.broadcast(g.reshape(y, [31, 1]), [31, n]);
    return (['add', 'max', 'replace'] as const).map(mode => g.scatter(x, indices, updates, { axis: 0, batchDims: 0, mode }));
  }),
  two('loop over rows', [n, 4], [4], (x, h) => {
    const [c, row] = [input([4], 'float32'), input([4], 'float32')];
    const next = g.tanh(g.add(g.mul(c, 0.9), row));
    return g.scan([h, x], { body: { inputs: [c, row], outputs: [next, g.sum(next, [0])] }, constants: 0, carries: 1, length: n, reverse: true });
  }),
]);

const branch = (build: (x: Node) => Node[]) => {
  const x = input([9], 'float32');
  return { inputs: [x], outputs: build(x) };
};

const control: Case[] = [
  one('cond', [9], x => [
    ...g.cond(
      g.less(g.sum(x, [0]), 1000),
      [x],
      branch(a => [g.exp(a), g.sum(a, [0])]),
      branch(a => [a, g.max(a, [0])]),
    ),
    ...g.cond(
      g.less(g.sum(x, [0]), -1000),
      [x],
      branch(a => [g.exp(a), g.sum(a, [0])]),
      branch(a => [a, g.max(a, [0])]),
    ),
  ]),
  one('while', [9], x => {
    const [c, k, c2, k2] = [input([9], 'float32'), input([], 'int32'), input([9], 'float32'), input([], 'int32')];
    return g.whileLoop([x, g.constant(0, 'int32')], {
      condition: { inputs: [c, k], outputs: [g.and(g.less(k, 100), g.less(g.sum(g.mul(c, c), [0]), 50))] },
      body: { inputs: [c2, k2], outputs: [g.mul(c2, 1.5), g.add(k2, 1)] },
      constants: 0,
    });
  }),
  one('identities', [9], x => [g.mark(g.mul(x, 2)), g.barrier(g.exp(x), x), g.stopGradient(x), g.custom(g.neg(x), [x], () => [null])]),
  one('an output that is an input, and one twice', [9], x => [x, x, g.neg(x), g.neg(x)]),
];

export const sweep: readonly Case[] = [...maps, ...reductions, ...layouts, ...products, ...control];
