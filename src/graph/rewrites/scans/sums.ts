import { sizeOf } from '../../../core/shape.ts';
import * as g from '../../build.ts';
import type { Node } from '../../node.ts';
import type { ContractionAttributes } from '../../ops.ts';
import { substitute } from '../../substitute.ts';
import { attributesOf } from '../pattern.ts';
import { bodyNodes, type Carry, dependents, type Loop } from './loop.ts';

/** A carry that only collects: c' = c + linear(core), read by nothing else. `linear`: operations with one varying input, last first. */
interface Collected {
  readonly carry: Carry;
  readonly core: Node;
  readonly linear: readonly Node[];
}

/** The only varying input of an operation that is linear in it, so that it may be applied to the sum instead of to each summand. */
const linearInput = ({ op, inputs }: Node, varying: ReadonlySet<Node>): Node | undefined => {
  const [first, second] = inputs;
  if (op === 'permute' || op === 'reshape' || op === 'neg') return first;
  if (op === 'div' && !varying.has(second as Node)) return first;
  if (op === 'mul' && !varying.has(second as Node)) return first;
  return op === 'mul' && !varying.has(first as Node) ? second : undefined;
};

const readers = (loop: Loop, of: Node): Node[] => [
  ...bodyNodes(loop).filter(node => node.inputs.includes(of)),
  ...loop.items.flatMap(({ node }) => (node === of ? [node] : [])),
  ...loop.carries.flatMap(({ next }) => (next === of ? [next] : [])),
];

const collected = (loop: Loop, carry: Carry, varying: ReadonlySet<Node>): Collected | undefined => {
  const { next, inside } = carry;
  if (next.op !== 'add' || !next.inputs.includes(inside)) return undefined;
  const others = readers(loop, inside);
  if (others.length !== 1 || others[0] !== next) return undefined; // something else reads the sum so far
  if (readers(loop, next).length !== 1) return undefined;
  const linear: Node[] = [];
  let core = (next.inputs[0] === inside ? next.inputs[1] : next.inputs[0]) as Node;
  for (let input = linearInput(core, varying); input !== undefined; input = linearInput(core, varying)) {
    linear.push(core);
    core = input;
  }
  // A factor that is the same in each step would be stacked for nothing.
  return core.op === 'contraction' && core.inputs.every(factor => varying.has(factor)) ? { carry, core, linear } : undefined;
};

const overTime = ([first, second]: ContractionAttributes['batch']): [number[], number[]] => [
  first.map(axis => axis + 1),
  second.map(axis => axis + 1),
];

/** A carry that has been taken out of a loop: its final value, from the stacks that take its place. */
export interface Sum {
  readonly part: number;
  readonly total: (stackOf: (factor: Node) => Node) => Node;
}

/**
 * Takes sums of matrix products out of a loop, such as the gradients of weights that each step uses:
 *
 *     Σ_t a_t b_t = (a_1 … a_T) (b_1 … b_T)
 *
 * one long product over all steps, in place of one read and write of the whole sum a step. Only where the stacks of factors that this
 * needs are no larger than what the sum would have moved.
 */
export const takeOutSums = (loop: Loop): { readonly loop: Loop; readonly sums: readonly Sum[] } => {
  const sums: Sum[] = [];
  const varying = dependents(bodyNodes(loop), [...loop.carries, ...loop.sequences]);
  const stacked = new Set(loop.items.map(({ node }) => node));
  const walked = new Set(loop.sequences.map(({ inside }) => inside)); // what the loop walks is a stack already
  for (const carry of loop.carries) {
    const found = collected(loop, carry, varying);
    if (found === undefined) continue;
    const needed = found.core.inputs.filter(factor => !walked.has(factor) && !stacked.has(factor));
    const elements = needed.reduce((total, { shape }) => total + sizeOf(shape), 0);
    if (elements > 2 * sizeOf(carry.inside.shape)) continue;
    for (const factor of needed) stacked.add(factor);
    sums.push({ part: carry.part, total: stackOf => total(loop, found, stackOf) });
  }
  const gone = new Set(sums.map(({ part }) => part));
  const added = [...stacked].filter(node => !loop.items.some(item => item.node === node)).map(node => ({ node, part: -1 }));
  return {
    loop: { ...loop, carries: loop.carries.filter(({ part }) => !gone.has(part)), items: [...loop.items, ...added] },
    sums,
  };
};

const total = (loop: Loop, { carry, core, linear }: Collected, stackOf: (factor: Node) => Node): Node => {
  const [a, b] = core.inputs as [Node, Node];
  const { batch, contract } = attributesOf(core, 'contraction');
  const [first, second] = overTime(contract);
  const product = g.contraction(stackOf(a), stackOf(b), {
    batch: overTime(batch),
    contract: [
      [0, ...first],
      [0, ...second],
    ],
  });
  const last = linear[0];
  if (last === undefined) return g.add(carry.outside, product);
  const [applied] = substitute(
    [last],
    [core, ...loop.constants.map(known => known.inside)],
    [product, ...loop.constants.map(known => known.outside)],
  );
  return g.add(carry.outside, applied as Node);
};
