import { part } from '../../build.ts';
import { intern, type Node, topological } from '../../node.ts';
import { attributesOf } from '../pattern.ts';
import { hoistInvariants } from './invariants.ts';
import { fromLoop, toLoop } from './loop.ts';
import { prune } from './prune.ts';
import { takeOutSums } from './sums.ts';

/** What the used parts of a scan are, by their index, once the loop does no more than it must. */
const tidy = (node: Node<'scan'>, inputs: readonly Node[], used: ReadonlySet<number>): Map<number, Node> => {
  const { loop, sums } = takeOutSums(hoistInvariants(prune(toLoop(node.attributes, inputs), used)));
  const results = new Map<number, Node>();
  const scan = fromLoop(loop, node.attributes);
  loop.carries.forEach((carry, index) => {
    results.set(carry.part, part(scan, index));
  });
  loop.items.forEach((item, index) => {
    results.set(item.part, part(scan, loop.carries.length + index));
  });
  const stackOf = (factor: Node): Node => {
    const sequence = loop.sequences.find(({ inside }) => inside === factor);
    return sequence?.outside ?? part(scan, loop.carries.length + loop.items.findIndex(item => item.node === factor));
  };
  for (const sum of sums) results.set(sum.part, sum.total(stackOf));
  return results;
};

/** Loops without what nothing reads, what is the same in each step, and sums that one product over all steps gives. */
export const tidyScans = (outputs: readonly Node[]): Node[] => {
  const order = topological(outputs);
  const used = new Map<Node, Set<number>>();
  for (const node of order) {
    if (node.op !== 'part' || node.inputs[0]?.op !== 'scan') continue;
    const known = used.get(node.inputs[0]) ?? new Set();
    used.set(node.inputs[0], known.add(attributesOf(node, 'part').index));
  }
  if (used.size === 0) return [...outputs];

  const done = new Map<Node, Node>();
  const parts = new Map<Node, Map<number, Node>>();
  const rebuilt = (node: Node): Node => done.get(node) ?? node;
  for (const node of order) {
    const inputs = node.inputs.map(rebuilt);
    const indices = used.get(node);
    const loop = node.op === 'part' ? parts.get(node.inputs[0] as Node) : undefined;
    if (indices !== undefined) parts.set(node, tidy(node as Node<'scan'>, inputs, indices));
    else if (loop !== undefined) done.set(node, loop.get(attributesOf(node, 'part').index) as Node);
    else if (!inputs.every((known, index) => known === node.inputs[index]))
      done.set(node, intern(node.op, inputs, node.attributes) as Node);
  }
  return outputs.map(rebuilt);
};
