import type { DType } from '../core/dtype.ts';
import { sizeOf } from '../core/shape.ts';
import * as g from '../graph/build.ts';
import { intern, type Node, topological } from '../graph/node.ts';
import { type Attributes, type Op, ops } from '../graph/ops.ts';
import { loweredConvolution } from './convolution.ts';
import { reducedAxes } from './roots.ts';

/** Below this many multiplications a contraction is a loop nest that fuses with its neighbours; above, tiles pay. */
const smallContraction = 4096;

/** Axes of an operand that are neither batch nor contracted. */
const freeAxes = (x: Node, { batch, contract }: Attributes['contraction'], side: 0 | 1): number[] =>
  x.shape.flatMap((_, axis) => (batch[side].includes(axis) || contract[side].includes(axis) ? [] : [axis]));

/** A contraction as a sum of products over broadcast axes (batch, free of a, free of b, contracted). */
const contractionAsSum = (a: Node, b: Node, { batch, contract }: Attributes['contraction']): Node => {
  const [m, n] = [freeAxes(a, { batch, contract }, 0), freeAxes(b, { batch, contract }, 1)];
  const sizes = (x: Node, axes: readonly number[]): number[] => axes.map(axis => x.shape[axis] as number);
  const ones = (axes: readonly number[]): number[] => axes.map(() => 1);
  const left = g.reshape(g.permute(a, [...batch[0], ...m, ...contract[0]]), [
    ...sizes(a, batch[0]),
    ...sizes(a, m),
    ...ones(n),
    ...sizes(a, contract[0]),
  ]);
  const right = g.reshape(g.permute(b, [...batch[1], ...n, ...contract[1]]), [
    ...sizes(b, batch[1]),
    ...ones(m),
    ...sizes(b, n),
    ...sizes(b, contract[1]),
  ]);
  const product = g.mul(left, right);
  if (contract[0].every(axis => a.shape[axis] === 1)) return g.reshape(product, [...sizes(a, batch[0]), ...sizes(a, m), ...sizes(b, n)]);
  const rank = product.shape.length;
  return g.sum(
    product,
    contract[0].map((_, i) => rank - contract[0].length + i),
  );
};

const multiplications = (a: Node, b: Node, { batch, contract }: Attributes['contraction']): number =>
  (sizeOf(a.shape) * sizeOf(b.shape)) / Math.max(1, g.countOf(a, batch[0]) * g.countOf(a, contract[0]));

/** So few rows are faster as sums along b's contracted elements, which are neighbours, than in tiles with so few columns. */
const fewestRows = 2;

/** Below this many rows it costs too much to turn b around; a and b change their roles instead. */
const fewRows = 16;

/** Tiles for what is large; sums of products, which fuse with their neighbours, for what is small or has one column or row only. */
const decomposeContraction = (node: Node<'contraction'>, a: Node, b: Node): Node => {
  const { attributes } = node;
  const { batch, contract } = attributes;
  const contracted = g.countOf(a, contract[0]);
  const [m, n] = [freeAxes(a, attributes, 0), freeAxes(b, attributes, 1)];
  const [rows, columns] = [g.countOf(a, m), g.countOf(b, n)];
  // Whether neighbours in b are neighbours among the contracted elements, not among the columns.
  const turned = contract[1].includes(b.shape.length - 1) && (b.shape[b.shape.length - 1] as number) > 1;
  const tiled =
    node.dtype === 'float32' &&
    contracted > 1 &&
    columns > 1 &&
    !(rows <= fewestRows && turned) &&
    multiplications(a, b, attributes) > smallContraction;
  if (!tiled) return contractionAsSum(a, b, attributes);
  if (rows < fewRows && turned && columns >= fewRows) {
    const swapped = g.contraction(b, a, { batch: [batch[1], batch[0]], contract: [contract[1], contract[0]] });
    const first = batch[0].length;
    const order = [...batch[0].map((_, i) => i), ...m.map((_, i) => first + n.length + i), ...n.map((_, i) => first + i)];
    return g.permute(swapped, order);
  }
  return a === node.inputs[0] && b === node.inputs[1] ? (node as Node) : g.contraction(a, b, attributes);
};

const isHalf = (dtype: DType): boolean => dtype === 'float16' || dtype === 'bfloat16';

const decomposeNode = (node: Node, inputs: readonly Node[]): Node => {
  const [a, b] = inputs as [Node, Node];
  // Products of 16-bit floats are summed in float32, by the same tiles; a cast to it is lossless, the one back rounds once.
  if ((node.op === 'contraction' || node.op === 'convolution') && isHalf(node.dtype)) {
    const wide = intern(node.op, [g.cast(a, 'float32'), g.cast(b, 'float32')], node.attributes as never) as Node;
    return g.cast(decomposeNode(wide, wide.inputs), node.dtype);
  }
  if (node.op === 'convolution') {
    return decompose([loweredConvolution(a, b, node.attributes as Attributes['convolution'])])[0] as Node;
  }
  if (node.op === 'contraction') return decomposeContraction(node as Node<'contraction'>, a, b);
  if (ops[node.op].kind === 'reduction' && reducedAxes(node).every(axis => a.shape[axis] === 1)) {
    const isIndex = node.op === 'argMax' || node.op === 'argMin';
    return isIndex ? g.full(0, node.shape, 'int32') : g.reshape(a, node.shape);
  }
  if (node.op === 'argSort' && isHalf(a.dtype))
    return intern('argSort', [g.cast(a, 'float32')], node.attributes as Attributes['argSort']) as Node;
  // Memory is added to in place, which 16-bit floats would round at each step.
  if (['scatter', 'fold', 'cumSum'].includes(node.op) && isHalf(node.dtype)) {
    const wide = inputs.map(input => (input.dtype === node.dtype ? g.cast(input, 'float32') : input));
    return g.cast(intern(node.op as Op, wide, node.attributes) as Node, node.dtype);
  }
  if (node.op === 'mark' || node.op === 'stopGradient' || node.op === 'custom') return a;
  return inputs.every((input, index) => input === node.inputs[index]) ? node : (intern(node.op as Op, inputs, node.attributes) as Node);
};

/** The same outputs in operations that kernels are made of. */
export const decompose = (outputs: readonly Node[]): Node[] => {
  const done = new Map<Node, Node>();
  for (const node of topological(outputs)) {
    const inputs = node.inputs.map(input => done.get(input) as Node);
    done.set(node, inputs.length === 0 ? node : decomposeNode(node, inputs));
  }
  return outputs.map(output => done.get(output) as Node);
};
