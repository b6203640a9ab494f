import { sizeOf } from '../core/shape.ts';
import type { Node } from '../graph/node.ts';
import { topological } from '../graph/node.ts';
import type { Attributes } from '../graph/ops.ts';
import { runLayer } from '../nn/layer.ts';
import type { LayerCall } from '../nn/symbolic.ts';
import { holdGraph } from '../tensor/realize.ts';
import { nodeOf } from '../tensor/tensor.ts';
import { placeholder } from './placeholder.ts';

const product = (node: Node, axes: readonly number[]): number => axes.reduce((all, axis) => all * (node.shape[axis] as number), 1);

/** Multiplications of one node that a matrix product or a convolution is made of. */
const workOf = (node: Node): number => {
  const elements = sizeOf(node.shape);
  if (node.op === 'contraction') {
    const { contract } = node.attributes as Attributes['contraction'];
    return elements * product(node.inputs[0] as Node, contract[0]);
  }
  if (node.op === 'convolution') {
    const kernel = node.inputs[1] as Node;
    return elements * sizeOf(kernel.shape.slice(0, -1));
  }
  if (node.op === 'scan') {
    const { body, length } = node.attributes as Attributes['scan'];
    return length * graphWork(body.outputs);
  }
  return 0;
};

const graphWork = (roots: readonly Node[]): number => topological(roots).reduce((sum, node) => sum + workOf(node), 0);

/** Multiply-adds of a layer's matrix products and convolutions, for one row: counted in its graph, not by a formula for each layer. */
export const multiplyAdds = (call: LayerCall): number => {
  const { outputs } = holdGraph(() =>
    runLayer(
      call.layer,
      Object.fromEntries(call.weights.map(({ name, shape, dtype }) => [name, placeholder(shape, dtype)])),
      call.inputs.map(({ shape, dtype }) => placeholder([1, ...shape], dtype)),
      call,
      { training: false, key: placeholder([2], 'int32'), options: call.options },
    ),
  );
  return graphWork(outputs.map(nodeOf));
};
