import type { Value } from '../../src/backends/reference/value.ts';
import { sizeOf } from '../../src/core/shape.ts';
import * as g from '../../src/graph/build.ts';
import { input, type Node } from '../../src/graph/node.ts';
import { fill, floats, mulberry32 } from './inputs.ts';
import type { RandomGraph } from './randomGraphs.ts';

/** Choices of one random program, and the inputs that it has asked for. */
export class Chooser {
  readonly inputs: Node[] = [];
  readonly values: Value[] = [];
  private readonly random: () => number;
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
    this.random = mulberry32(seed);
  }

  /** 0, 1, … below - 1. */
  below(count: number): number {
    return Math.floor(this.random() * count);
  }

  from(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  shuffled(count: number): number[] {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j] as number, order[i] as number];
    }
    return order;
  }

  input(shape: readonly number[]): Node {
    const node = input(shape, 'float32');
    this.inputs.push(node);
    this.values.push(fill(floats(shape, this.seed * 97 + this.inputs.length)));
    return node;
  }
}

const inverse = (order: readonly number[]): number[] => order.map((_, axis) => order.indexOf(axis));

type View = (choose: Chooser, shape: readonly number[], depth: number) => Node;

/** Ways to come by a tensor of a shape: as a view, or computed, from one of another shape. */
const views: readonly View[] = [
  (choose, shape, depth) => {
    const order = choose.shuffled(shape.length);
    const inner = randomView(
      choose,
      inverse(order).map(axis => shape[axis] as number),
      depth,
    );
    return g.permute(inner, order);
  },
  (choose, shape, depth) => {
    const step = shape.map(() => choose.from(1, 2));
    const start = shape.map(() => choose.below(3));
    const needed = shape.map((size, i) => (start[i] as number) + Math.max(0, size - 1) * (step[i] as number) + 1 + choose.below(3));
    return sizeOf(needed) > 20_000 ? randomView(choose, shape, depth) : g.slice(randomView(choose, needed, depth), start, shape, step);
  },
  (choose, shape, depth) =>
    g.flip(
      randomView(choose, shape, depth),
      shape.flatMap((_, axis) => (choose.below(2) === 0 ? [axis] : [])),
    ),
  (choose, shape, depth) => {
    const inner = shape.map(size => (choose.below(3) === 0 ? 1 : size));
    return g.broadcast(randomView(choose, inner.slice(inner[0] === 1 ? 1 : 0), depth), shape);
  },
  (choose, shape, depth) => g.reshape(randomView(choose, [sizeOf(shape)], depth), shape),
  (choose, shape, depth) => {
    const low = shape.map(size => choose.below(Math.min(size, 2) + 1));
    const high = shape.map((size, i) => choose.below(Math.min(size - (low[i] as number), 2) + 1));
    const inner = shape.map((size, i) => size - (low[i] as number) - (high[i] as number));
    return g.pad(randomView(choose, inner, depth), low, high, { value: choose.pick([0, 0.5]) });
  },
  (choose, shape, depth) => {
    const axis = choose.below(shape.length);
    const length = shape[axis] as number;
    const from = choose.from(1, length + 3);
    const indices = g.mod(g.mul(g.iota([length], 0, 'int32'), 5), from);
    return g.gather(
      randomView(
        choose,
        shape.map((size, i) => (i === axis ? from : size)),
        depth,
      ),
      indices,
      { axis, batchDims: 0 },
    );
  },
  (choose, shape, depth) => g.sin(randomView(choose, shape, depth)),
  (choose, shape, depth) => {
    const axis = choose.below(shape.length);
    const left = choose.below((shape[axis] as number) + 1);
    const part = (size: number): Node =>
      randomView(
        choose,
        shape.map((whole, i) => (i === axis ? size : whole)),
        depth,
      );
    return g.concat([part(left), part((shape[axis] as number) - left)], axis);
  },
];

/** A tensor of a shape: a few views and maps above a new input. */
export const randomView = (choose: Chooser, shape: readonly number[], depth = 2): Node => {
  if (depth <= 0 || shape.length === 0 || sizeOf(shape) === 0 || choose.below(4) === 0) return choose.input(shape);
  return choose.pick(views)(choose, shape, depth - 1);
};

/** Sizes whose product is near a bound, of which one is often just beside a tile's edge. */
const sizesOf = (choose: Chooser, axes: number): number[] =>
  Array.from({ length: axes }, () =>
    axes === 1 ? choose.pick([1, 2, 3, 5, 6, 7, 8, 9, 12, 13, 16, 17, 31, 32, 33, 48, 64, 70]) : choose.from(1, 9),
  );

/** A product of two views whose axes lie in any order, with what follows it. */
export const randomContraction = (choose: Chooser): Node => {
  let [batch, m, n, k]: number[][] = [[], [], [], []];
  do {
    batch = sizesOf(choose, choose.pick([0, 0, 0, 1, 2])).map(size => Math.min(size, 4));
    m = sizesOf(choose, choose.pick([0, 1, 1, 1, 2, 3]));
    n = sizesOf(choose, choose.pick([0, 1, 1, 1, 2]));
    k = sizesOf(choose, choose.pick([1, 1, 2, 3]));
    if (choose.below(12) === 0) k = [choose.pick([383, 384, 385, 400, 769])];
    if (choose.below(16) === 0) m = [choose.pick([95, 96, 97, 193])];
  } while (sizeOf([...batch, ...m, ...n, ...k]) > 150_000);
  const side = (free: readonly number[]): { node: Node; batch: number[]; contract: number[] } => {
    const sizes = [...batch, ...free, ...k];
    const order = choose.shuffled(sizes.length); // place p of the operand holds axis order[p]
    const at = inverse(order);
    return {
      node: randomView(
        choose,
        order.map(axis => sizes[axis] as number),
      ),
      batch: at.slice(0, batch.length),
      contract: at.slice(batch.length + free.length),
    };
  };
  const [a, b] = [side(m), side(n)];
  return g.contraction(a.node, b.node, { batch: [a.batch, b.batch], contract: [a.contract, b.contract] });
};

/** A convolution of 1 to 3 spatial axes with any geometry, also with a kernel that is larger than what it slides over. */
export const randomConvolution = (choose: Chooser): Node => {
  for (;;) {
    const spatial = choose.pick([1, 2, 2, 2, 3]);
    const each = <T>(make: () => T): T[] => Array.from({ length: spatial }, make);
    const groups = choose.pick([1, 1, 1, 2, 3]);
    const [channels, filters] = [groups * choose.from(1, 9), groups * choose.from(1, 9)];
    const longest = [0, 60, 14, 7][spatial] as number;
    const x = [choose.from(1, 3), ...each(() => choose.from(1, longest)), channels];
    const kernel = each(() => choose.from(1, 5));
    const strides = each(() => choose.pick([1, 1, 2, 3]));
    const dilation = each(() => choose.pick([1, 1, 2, 3]));
    const inputDilation = each(() => choose.pick([1, 1, 1, 2, 3]));
    const padding = each((): [number, number] => [choose.from(-1, 4), choose.from(-1, 4)]);
    const outputs = kernel.map((size, i) => {
      const [low, high] = padding[i] as [number, number];
      const length = ((x[i + 1] as number) - 1) * (inputDilation[i] as number) + 1 + low + high;
      return Math.floor((length - (size - 1) * (dilation[i] as number) - 1) / (strides[i] as number)) + 1;
    });
    const work = (x[0] as number) * sizeOf(outputs.map(size => Math.max(0, size))) * sizeOf(kernel) * channels * (filters / groups);
    const cropped = padding.every(
      ([low, high], i) => ((x[i + 1] as number) - 1) * (inputDilation[i] as number) + 1 + Math.min(0, low) + Math.min(0, high) >= 0,
    );
    if (!cropped || work > 200_000) continue;
    const attributes = { strides, padding, inputDilation, dilation, groups };
    return g.convolution(randomView(choose, x, 1), randomView(choose, [...kernel, channels / groups, filters], 1), attributes);
  }
};

/** What models do with a product: bias, activation, statistics, another product. */
const followed = (choose: Chooser, y: Node): Node => {
  const rank = y.shape.length;
  if (rank === 0 || sizeOf(y.shape) === 0) return y;
  const axis = choose.below(rank);
  switch (choose.below(8)) {
    case 0:
      return g.maximum(g.add(y, choose.input([y.shape[rank - 1] as number])), 0);
    case 1:
      return g.div(g.exp(g.tanh(y)), g.sum(g.exp(g.tanh(y)), [axis], { keepDims: true }));
    case 2:
      return g.sum(y, [axis]);
    case 3:
      return g.add(y, g.max(y, [axis], { keepDims: true }));
    case 4:
      return g.contraction(g.tanh(y), g.tanh(y), { batch: [[], []], contract: [[axis], [axis]] });
    case 5:
      return g.add(g.permute(y, choose.shuffled(rank)), 1);
    case 6:
      return g.sub(y, g.cumSum(y, axis));
    default:
      return y;
  }
};

/** One program around products large enough for tiles, with views as operands. */
export const randomProduct = (seed: number): RandomGraph => {
  const choose = new Chooser(seed);
  const product = choose.below(3) === 0 ? randomConvolution(choose) : randomContraction(choose);
  const small = sizeOf(product.shape) <= 4000;
  return { inputs: choose.inputs, values: choose.values, outputs: [product, small ? followed(choose, product) : product] };
};
