import { forgetInterned, input, intern, type Node, topological } from './node.ts';
import type { Attributes } from './ops.ts';

/**
 * The same graph with some of its nodes replaced: every node that depends on one of `from` is built anew on the node in `to` at the
 * same place. Bodies of loops and branches are closed, so they stay as they are.
 */
export const substitute = (outputs: readonly Node[], from: readonly Node[], to: readonly Node[]): Node[] => {
  const replaced = new Map<Node, Node>();
  from.forEach((node, index) => {
    replaced.set(node, to[index] as Node);
  });
  for (const node of topological(outputs, new Set(from))) {
    if (replaced.has(node)) continue;
    const inputs = node.inputs.map(known => replaced.get(known) ?? known);
    if (inputs.every((known, index) => known === node.inputs[index])) continue;
    replaced.set(
      node,
      intern(node.op, inputs, node.op === 'custom' ? substitutePullback(node as Node<'custom'>, from, to) : node.attributes),
    );
  }
  return outputs.map(node => replaced.get(node) ?? node);
};

/** The pullback of a `custom` node is a closure over the old nodes: what it returns is substituted in turn. */
const substitutePullback = (node: Node<'custom'>, from: readonly Node[], to: readonly Node[]): Attributes['custom'] => ({
  pullback: dy => {
    const seed = input(node.shape, node.dtype);
    const adjoints = node.attributes.pullback(seed);
    const flowing = adjoints.filter(adjoint => adjoint !== null);
    const substituted = substitute(flowing, [...from, seed], [...to, dy]);
    return adjoints.map(adjoint => (adjoint === null ? null : (substituted[flowing.indexOf(adjoint)] as Node)));
  },
});

/** Leaves that a would-be body depends on but does not take as an input: values from outside of it. Constants are nobody's. */
export const freeLeaves = (outputs: readonly Node[], inputs: readonly Node[]): Node[] => {
  const known = new Set(inputs);
  return topological(outputs, known).filter(
    node => node.inputs.length === 0 && node.op !== 'constant' && node.op !== 'iota' && !known.has(node),
  );
};

/**
 * The outputs of a closed graph, in which nothing is shared with tensors: what is computed from constants alone may be the very node
 * of a tensor outside, and becomes a leaf with a value when that one is read.
 */
export const sealed = (outputs: readonly Node[], inputs: readonly Node[]): readonly Node[] => {
  const shared = topological(outputs, new Set(inputs)).filter(node => !node.symbolic && node.inputs.length > 0);
  if (shared.length === 0) return outputs;
  forgetInterned();
  const own = new Map<Node, Node>();
  for (const node of shared)
    own.set(
      node,
      intern(
        node.op,
        node.inputs.map(known => own.get(known) ?? known),
        node.attributes,
      ),
    );
  const result = substitute(outputs, [...own.keys()], [...own.values()]);
  forgetInterned();
  return result;
};
