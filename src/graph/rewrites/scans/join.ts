import { part } from '../../build.ts';
import { intern, type Node, topological } from '../../node.ts';
import type { Attributes } from '../../ops.ts';
import { attributesOf } from '../pattern.ts';

const ids = (nodes: readonly Node[]): string => nodes.map(({ id }) => id).join();

/** Equal for loops that walk the same sequences from the same carries through the same states. */
const keyOf = ({ inputs, attributes }: Node<'scan'>): string => {
  const { body, constants, carries, length, reverse } = attributes;
  return [ids(inputs), ids(body.inputs), ids(body.outputs.slice(0, carries)), constants, carries, length, reverse].join('|');
};

/** One body that gives the items of all. */
const together = (scans: readonly Node<'scan'>[]): Attributes['scan'] => {
  const [first] = scans as [Node<'scan'>];
  const items = new Set(scans.flatMap(({ attributes: { body, carries } }) => body.outputs.slice(carries)));
  const { body, carries } = first.attributes;
  return { ...first.attributes, body: { inputs: body.inputs, outputs: [...body.outputs.slice(0, carries), ...items] } };
};

/**
 * Makes one loop of those that differ in their items only: a forward loop, and the same loop that its gradient wants more items of.
 */
export const joinScans = (outputs: readonly Node[]): Node[] => {
  const order = topological(outputs);
  const groups = new Map<string, Node<'scan'>[]>();
  for (const node of order) {
    if (node.op !== 'scan' || node.inputs.length === 0) continue;
    const key = keyOf(node as Node<'scan'>);
    groups.set(key, [...(groups.get(key) ?? []), node as Node<'scan'>]);
  }
  const replaced = new Map<Node, Attributes['scan']>();
  for (const scans of groups.values()) {
    if (scans.length === 1) continue;
    const attributes = together(scans);
    for (const node of scans) replaced.set(node, attributes);
  }
  if (replaced.size === 0) return [...outputs];

  const done = new Map<Node, Node>();
  const rebuilt = (node: Node): Node => done.get(node) ?? node;
  for (const node of order) {
    const inputs = node.inputs.map(rebuilt);
    const loop = node.op === 'part' ? replaced.get(node.inputs[0] as Node) : undefined;
    if (loop !== undefined) {
      const { index } = attributesOf(node, 'part');
      const output = attributesOf(node.inputs[0] as Node, 'scan').body.outputs[index] as Node;
      const { carries, body } = loop;
      done.set(node, part(inputs[0] as Node, index < carries ? index : carries + body.outputs.slice(carries).indexOf(output)));
    } else if (replaced.has(node)) {
      done.set(node, intern('scan', inputs, replaced.get(node) as Attributes['scan']) as Node);
    } else if (!inputs.every((known, index) => known === node.inputs[index])) {
      done.set(node, intern(node.op, inputs, node.attributes) as Node);
    }
  }
  return outputs.map(rebuilt);
};
