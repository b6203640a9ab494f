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

const decomposeNode = (node: Node, inputs: readonly Node[]): Node => {
  const [a, b] = inputs as [Node, Node];
  if (node.op === 'convolution') {
    return decompose([loweredConvolution(a, b, node.attributes as Attributes['convolution'])])[0] as Node;
  }
  if (node.op === 'contraction') {
    const attributes = node.attributes as Attributes['contraction'];
    const contracted = g.countOf(a, attributes.contract[0]);
    const tiled =
      node.dtype === 'float32' &&
      contracted > 0 &&
      multiplications(a, b, attributes) > smallContraction &&
      g.countOf(b, freeAxes(b, attributes, 1)) > 1;
    if (!tiled) return contractionAsSum(a, b, attributes);
  }
  if (ops[node.op].kind === 'reduction' && reducedAxes(node).every(axis => a.shape[axis] === 1)) {
    const isIndex = node.op === 'argMax' || node.op === 'argMin';
    return isIndex ? g.full(0, node.shape, 'int32') : g.reshape(a, node.shape);
  }
  if (node.op === 'argSort' && (a.dtype === 'float16' || a.dtype === 'bfloat16'))
    return intern('argSort', [g.cast(a, 'float32')], node.attributes as Attributes['argSort']) as Node;
  // Memory is added to in place, which 16-bit floats would round at each step.
  if (['scatter', 'fold', 'cumSum'].includes(node.op) && (node.dtype === 'float16' || node.dtype === 'bfloat16')) {
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
