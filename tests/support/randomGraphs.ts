import fc from 'fast-check';
import type { Value } from '../../src/backends/reference/value.ts';
import { broadcastShapes, sizeOf } from '../../src/core/shape.ts';
import * as g from '../../src/graph/build.ts';
import { input, type Node } from '../../src/graph/node.ts';
import { fill } from './inputs.ts';

/** A graph with values for its inputs. */
export interface RandomGraph {
  readonly inputs: readonly Node[];
  readonly values: readonly Value[];
  readonly outputs: readonly Node[];
}

/** One step: an operation, which earlier nodes it takes, and numbers for its attributes. */
interface Step {
  readonly operation: number;
  readonly operands: readonly [number, number];
  readonly choices: readonly [number, number];
}

/** Values stay within a few units, so that a long chain tells rounding from error. */
const tame = (x: Node): Node => g.tanh(x);

const shared = (x: Node, y: Node): readonly [number[], boolean] => {
  try {
    return [[...broadcastShapes('', x.shape, y.shape)], true];
  } catch {
    return [[], false];
  }
};

const onBoth =
  (operation: (x: Node, y: Node) => Node) =>
  (x: Node, y: Node): Node => {
    const [shape, fits] = shared(x, y);
    return fits && sizeOf(shape) <= 2000 ? operation(x, y) : operation(x, x);
  };

type Operation = (x: Node, y: Node, choice: (below: number) => number) => Node;

const axisOf = (x: Node, choice: (below: number) => number): number => choice(x.shape.length);

/** Operations on tensors with at least one axis; those that need more leave what has less as it is. */
const operations: readonly Operation[] = [
  x => g.sin(x),
  x => g.exp(tame(x)),
  x => g.sigmoid(x),
  x => g.abs(x),
  x => g.neg(x),
  x => g.sqrt(g.add(g.abs(x), 0.5)),
  onBoth((x, y) => g.add(x, y)),
  onBoth((x, y) => tame(g.mul(x, y))),
  onBoth((x, y) => g.sub(x, y)),
  onBoth((x, y) => g.div(x, g.add(g.abs(y), 1))),
  onBoth((x, y) => g.maximum(x, y)),
  onBoth((x, y) => g.where(g.less(x, y), y, g.mul(x, 0.5))),
  (x, _, choice) => g.div(g.sum(x, [axisOf(x, choice)], { keepDims: choice(2) === 0 }), 4),
  (x, _, choice) => g.sum(tame(x), [axisOf(x, choice)], { keepDims: true }),
  (x, _, choice) => {
    const axis = axisOf(x, choice);
    return x.shape[axis] === 0 ? x : g.max(x, [axis], { keepDims: choice(2) === 0 });
  },
  (x, _, choice) => {
    const e = g.exp(tame(x));
    return g.div(e, g.sum(e, [axisOf(x, choice)], { keepDims: true }));
  },
  x =>
    g.permute(
      x,
      x.shape.map((_, axis) => x.shape.length - 1 - axis),
    ),
  x => g.reshape(x, [sizeOf(x.shape)]),
  (x, _, choice) => g.flip(x, [axisOf(x, choice)]),
  (x, _, choice) => {
    const axis = axisOf(x, choice);
    const length = x.shape[axis] as number;
    const start = choice(length + 1);
    const step = 1 + choice(2);
    return g.sliceAxis(x, axis, start, Math.ceil((length - start) / step), step);
  },
  (x, _, choice) => {
    const axis = axisOf(x, choice);
    const at = (size: number): number[] => x.shape.map((_, other) => (other === axis ? size : 0));
    return g.pad(x, at(choice(3)), at(choice(2)), { value: 0.25, interior: at(choice(2)) });
  },
  (x, _, choice) => g.concat([x, g.neg(x)], axisOf(x, choice)),
  (x, _, choice) => (sizeOf(x.shape) > 500 ? x : g.broadcast(x, [1 + choice(3), ...x.shape])),
  (x, _, choice) => g.cumSum(g.div(x, 4), axisOf(x, choice), { reverse: choice(2) === 0 }),
  (x, y) => {
    const [k, other] = [x.shape.at(-1), y.shape.at(-1)];
    const [a, b] = k === other ? [x, y] : [x, x];
    if ((sizeOf(a.shape) * sizeOf(b.shape)) / Math.max(1, k as number) > 4000) return x;
    return tame(g.contraction(a, b, { batch: [[], []], contract: [[a.shape.length - 1], [b.shape.length - 1]] }));
  },
  (x, _, choice) => {
    const axis = axisOf(x, choice);
    const length = x.shape[axis] as number;
    if (length === 0) return x;
    const indices = g.mod(g.mul(g.iota([choice(5)], 0, 'int32'), 3), length);
    return g.gather(x, indices, { axis, batchDims: 0 });
  },
  (x, _, choice) => {
    const axis = axisOf(x, choice);
    if ((x.shape[axis] as number) < 3 || sizeOf(x.shape) > 500) return x;
    return g.max(g.window(x, { axes: [axis], sizes: [3], strides: [1 + choice(2)], dilations: [1] }), [x.shape.length]);
  },
];

const shapes = [[7], [3, 4], [1, 9], [2, 3, 5], [8, 1], [17], [0, 3], [1], [4, 8]] as const;

const build = (steps: readonly Step[], chosen: readonly number[], seed: number): RandomGraph => {
  const values = chosen.map((shape, index) =>
    fill({ shape: shapes[shape % shapes.length] as readonly number[], dtype: 'float32', seed: seed + index }),
  );
  const inputs = values.map(({ shape, dtype }) => input(shape, dtype));
  const nodes = [...inputs];
  for (const { operation, operands, choices } of steps) {
    const pick = (place: number): Node => {
      const node = nodes[Math.max(0, nodes.length - 1 - (place % 4))] as Node;
      return node.shape.length === 0 ? g.reshape(node, [1]) : node;
    };
    let asked = 0;
    const choice = (below: number): number => (choices[asked++ % choices.length] as number) % Math.max(1, below);
    nodes.push((operations[operation % operations.length] as Operation)(pick(operands[0]), pick(operands[1]), choice));
  }
  return { inputs, values, outputs: nodes.slice(-2) };
};

const number = fc.nat({ max: 1000 });

/** Graphs of up to a dozen operations of every kind, on small tensors of odd shapes. */
export const randomGraph: fc.Arbitrary<RandomGraph> = fc
  .tuple(
    fc.array(fc.record({ operation: number, operands: fc.tuple(number, number), choices: fc.tuple(number, number) }), {
      minLength: 1,
      maxLength: 12,
    }),
    fc.array(number, { minLength: 2, maxLength: 3 }),
    number,
  )
  .map(([steps, chosen, seed]) => build(steps, chosen, seed));
