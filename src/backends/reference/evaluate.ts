import { GradusError } from '../../core/errors.ts';
import { type Node, topological } from '../../graph/node.ts';
import type { Attributes, ControlOp, Subgraph } from '../../graph/ops.ts';
import { controlKernels, type EvaluateBody } from './kernels/control.ts';
import type { EvaluatedOp, Kernel } from './kernels/rule.ts';
import { kernels } from './kernels.ts';
import type { Value } from './value.ts';

/** Values of nodes in an order in which each comes after its inputs; those bound are known. */
const evaluateInOrder = (order: readonly Node[], outputs: readonly Node[], bindings: ReadonlyMap<Node, Value>): Value[] => {
  const values = new Map(bindings);
  const parts = new Map<Node, readonly Value[]>();
  for (const node of order) {
    if (values.has(node)) continue;
    if (node.op === 'part') {
      const { index } = node.attributes as Attributes['part'];
      values.set(node, parts.get(node.inputs[0] as Node)?.[index] as Value);
      continue;
    }
    const isNumber = node.op === 'constant' || node.op === 'iota'; // it may be a tensor's, and be known there
    if (node.op === 'input' || (node.value !== undefined && !isNumber))
      throw new GradusError(`a graph depends on an input that has no value: ${node.dtype} (${node.shape}). Bind it.`);
    const inputs = node.inputs.map(known => values.get(known) as Value);
    if (node.op in controlKernels) {
      const kernel = controlKernels[node.op as ControlOp] as (typeof controlKernels)['scan'];
      parts.set(node, kernel(node as Node<'scan'>, inputs, evaluateBody));
    } else values.set(node, (kernels[node.op as EvaluatedOp] as Kernel<EvaluatedOp>)(node as Node<EvaluatedOp>, inputs));
  }
  return outputs.map(node => values.get(node) as Value);
};

const bodyOrders = new WeakMap<Subgraph, readonly Node[]>();

const evaluateBody: EvaluateBody = (body, inputs) => {
  let order = bodyOrders.get(body);
  if (order === undefined) {
    order = topological(body.outputs, new Set(body.inputs));
    bodyOrders.set(body, order);
  }
  return evaluateInOrder(order, body.outputs, new Map(body.inputs.map((node, index) => [node, inputs[index] as Value])));
};

/**
 * The values of the outputs, given those of some nodes, by the definition of each operation: the oracle that every backend is
 * compared with.
 *
 * @throws IndexError for an index out of range in gather or scatter.
 */
export const evaluate = (outputs: readonly Node[], bindings: ReadonlyMap<Node, Value> = new Map()): Value[] =>
  evaluateInOrder(topological(outputs, new Set(bindings.keys())), outputs, bindings);
