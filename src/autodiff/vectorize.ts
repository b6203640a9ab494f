import { reshape } from '../graph/build.ts';
import { input, intern, type Node, topological } from '../graph/node.ts';
import type { Attributes, ControlOp } from '../graph/ops.ts';
import { controlBatchingRules } from './batching/control.ts';
import { type BatchableOp, type Batched, type BatchingRule, spread, toFront } from './batching/rule.ts';
import { batchingRules } from './batching/rules.ts';
import { unitVectors, vjp } from './transforms.ts';

const isControl = (node: Node): node is Node<ControlOp> => node.op in controlBatchingRules;

/** Counterparts of the outputs when each of `from` is replaced by its counterpart; what does not depend on them stays shared. */
const batchGraph = (outputs: readonly Node[], from: readonly Node[], to: readonly Batched[], size: number): Batched[] => {
  const counterparts = new Map<Node, Batched>();
  const parts = new Map<Node, readonly Batched[]>(); // of control operations
  from.forEach((node, index) => {
    counterparts.set(node, to[index] as Batched);
  });
  const counterpart = (node: Node): Batched => counterparts.get(node) ?? { node, batched: false };
  const more = (others: readonly Node[], otherFrom: readonly Node[], otherTo: readonly Batched[]): Batched[] =>
    batchGraph(others, [...from, ...otherFrom], [...to, ...otherTo], size);

  for (const node of topological(outputs, new Set(from))) {
    if (counterparts.has(node)) continue;
    const inputs = node.inputs.map(counterpart);
    const batched = inputs.some(value => value.batched);
    const known = node.op === 'part' ? parts.get(node.inputs[0] as Node) : undefined;
    if (known !== undefined) {
      counterparts.set(node, known[(node.attributes as Attributes['part']).index] as Batched);
    } else if (!batched && inputs.every((value, index) => value.node === node.inputs[index])) {
      counterparts.set(node, { node, batched });
    } else if (!batched && node.op !== 'custom') {
      const nodes = inputs.map(value => value.node);
      counterparts.set(node, { node: intern(node.op, nodes, node.attributes), batched });
    } else if (isControl(node)) {
      const rule = controlBatchingRules[node.op] as (typeof controlBatchingRules)['scan'];
      parts.set(node, rule(node as Node<'scan'>, inputs, size, batchGraph));
    } else {
      const rule = batchingRules[node.op as BatchableOp] as BatchingRule<BatchableOp>;
      counterparts.set(node, { node: rule(node as Node<BatchableOp>, inputs, size, more), batched });
    }
  }
  return outputs.map(counterpart);
};

/**
 * Applies a graph to a whole batch at once. `from` are its parameters, `to` the values that take their places: with the batch along the
 * given axis, or (null) one value for all. Every output has the batch along axis 0.
 */
export const vectorize = (
  outputs: readonly Node[],
  from: readonly Node[],
  to: readonly Node[],
  axes: readonly (number | null)[],
  size: number,
): Node[] => {
  const values = to.map((node, index): Batched => {
    const axis = axes[index] ?? null;
    return axis === null ? { node, batched: false } : { node: toFront(node, axis), batched: true };
  });
  return batchGraph(outputs, from, values, size).map(value => spread(value, size));
};

/** ∂output / ∂wrt, of shape (output's shape…, wrt's shape…): one row of the identity pulled back for each element of the output. */
export const jacobian = (output: Node, wrt: Node): Node => {
  const cotangent = input(output.shape, output.dtype, { label: 'cotangent' });
  const rows = unitVectors(output);
  const [row] = vjp([output], [cotangent], [wrt]) as [Node];
  const [jacobianRows] = vectorize([row], [cotangent], [rows], [0], rows.shape[0] as number) as [Node];
  return reshape(jacobianRows, [...output.shape, ...wrt.shape]);
};
