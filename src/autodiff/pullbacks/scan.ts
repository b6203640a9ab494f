import { isFloat } from '../../core/dtype.ts';
import * as g from '../../graph/build.ts';
import { input, type Node, topological } from '../../graph/node.ts';
import type { Attributes, Op, Subgraph } from '../../graph/ops.ts';
import { freeLeaves, substitute } from '../../graph/substitute.ts';
import { narrowed } from '../residuals.ts';
import type { ControlPullback, Gradients } from './control.ts';

type Scan = Attributes['scan'];

const parameter = ({ shape, dtype }: Node): Node => input(shape, dtype);
const zeros = ({ shape, dtype }: Node): Node => g.full(0, shape, dtype);

/** Values of the forward body worth keeping for the way back; all others are cheaper computed again from the carries. */
const worthKeeping: ReadonlySet<Op> = new Set<Op>(['contraction', 'convolution', 'argSort', 'cumSum', 'part']);

interface Ranges {
  readonly constants: readonly number[];
  readonly carries: readonly number[];
  readonly sequences: readonly number[];
}

/** Indices of the body's inputs by what they are. */
const rangesOf = ({ body, constants, carries }: Scan): Ranges => {
  const all = body.inputs.map((_, index) => index);
  return {
    constants: all.slice(0, constants),
    carries: all.slice(constants, constants + carries),
    sequences: all.slice(constants + carries),
  };
};

/** Body inputs that a gradient reaches: those asked for, and carries that come to depend on them, step after step. */
const activeInputs = ({ body, constants, carries }: Scan, needs: readonly boolean[]): Set<number> => {
  const active = new Set(needs.flatMap((needed, index) => (needed && isFloat((body.inputs[index] as Node).dtype) ? [index] : [])));
  for (let before = -1; before !== active.size; ) {
    before = active.size;
    const reached = new Set([...active].map(index => body.inputs[index] as Node));
    for (const node of topological(body.outputs)) if (node.inputs.some(known => reached.has(known))) reached.add(node);
    for (let carry = 0; carry < carries; carry++) {
      const next = body.outputs[carry] as Node;
      if (reached.has(next) && isFloat(next.dtype)) active.add(constants + carry);
    }
  }
  return active;
};

/** Adjoints within one step: of the given outputs (a seed each) for the given body inputs. */
const stepAdjoints = (
  body: Subgraph,
  outputs: readonly number[],
  wrt: readonly number[],
  gradients: Gradients,
): { seeds: Node[]; adjoints: (Node | null)[] } => {
  const seeds = outputs.map(index => parameter(body.outputs[index] as Node));
  const adjoints = gradients(
    outputs.map(index => body.outputs[index] as Node),
    seeds,
    wrt.map(index => body.inputs[index] as Node),
  );
  return { seeds, adjoints };
};

/** Forward values that the adjoints read and that are kept instead of computed again, nearest to the adjoints first. */
const residualsOf = ({ body, constants }: Scan, adjoints: readonly Node[]): Node[] => {
  const varying = new Set(body.inputs.slice(constants));
  const forward = topological(body.outputs);
  for (const node of forward) if (node.inputs.some(known => varying.has(known))) varying.add(node);
  const forwardNodes = new Set(forward.filter(node => varying.has(node) && worthKeeping.has(node.op)));
  const found = new Set(topological(adjoints, forwardNodes).filter(node => forwardNodes.has(node)));
  return [...found];
};

/** The body, made to give more values of each step as items: once for each list, so that equal gradients are equal nodes. */
const extended = new WeakMap<Subgraph, Map<string, Subgraph>>();
const withItems = (body: Subgraph, items: readonly Node[]): Subgraph => {
  let known = extended.get(body);
  if (known === undefined) {
    known = new Map();
    extended.set(body, known);
  }
  const key = items.map(node => node.id).join();
  const result = known.get(key) ?? { inputs: body.inputs, outputs: [...body.outputs, ...items] };
  known.set(key, result);
  return result;
};

/**
 * A scan from the other end. With (c', y) = f(p, c, x) at each step, p constant, the adjoints of a step are linear in those of its outputs:
 *
 *     (dp, dc, dx) = (∂f/∂(p, c, x))ᵀ (dc', dy)
 *
 * dc is carried to the step before, dp is summed over the steps in a carry, and dx is stacked. The forward scan is repeated with items
 * added: the carries as each step met them and the values worth keeping. Its body has the same nodes otherwise, so a rewrite makes
 * one scan of the two. With `waiting` the items that float32 values make are 16 bits wide.
 */
export const scanPullback: ControlPullback<'scan'> = (node, dys, needs, gradients, waiting) => {
  const { attributes } = node;
  const { body, constants, carries, length, reverse } = attributes;
  const ranges = rangesOf(attributes);
  const active = activeInputs(attributes, needs);
  const inputAt = (index: number): Node => body.inputs[index] as Node;
  const after = dys.find(dy => dy !== null);
  /** An input of the scan, for the way back. */
  const recalled = (index: number): Node => {
    const given = node.inputs[index] as Node;
    return waiting === undefined || !after ? given : waiting.recall(given, after);
  };
  const isNarrow = ({ dtype }: Node): boolean => waiting !== undefined && dtype === 'float32';
  const asItem = (value: Node): Node => (waiting !== undefined && isNarrow(value) ? narrowed(value, waiting.dtype) : value);

  const carried = ranges.carries.filter(index => active.has(index));
  const given = dys.flatMap((dy, index) => (dy !== null && index >= carries ? [index] : []));
  const asked = (range: readonly number[]): number[] => range.filter(index => active.has(index) && needs[index]);
  const [askedConstants, askedSequences] = [asked(ranges.constants), asked(ranges.sequences)];
  const { seeds, adjoints } = stepAdjoints(
    body,
    [...carried.map(index => index - constants), ...given],
    [...carried, ...askedConstants, ...askedSequences],
    gradients,
  );
  const adjointOf = new Map([...carried, ...askedConstants, ...askedSequences].map((index, place) => [index, adjoints[place] ?? null]));
  const summed = askedConstants.filter(index => adjointOf.get(index) !== null);
  const stacked = askedSequences.filter(index => adjointOf.get(index) !== null);
  const sums = summed.map(index => parameter(inputAt(index)));
  const results = [
    ...carried.map(index => adjointOf.get(index) ?? zeros(inputAt(index))),
    ...summed.map((index, place) => g.add(sums[place] as Node, adjointOf.get(index) as Node)),
    ...stacked.map(index => adjointOf.get(index) as Node),
  ];

  const residuals = residualsOf(attributes, results);
  const kept = residuals.map(parameter);
  const withKept = substitute(results, residuals, kept);
  const leaves = new Set(freeLeaves(withKept, []));
  const read = (range: readonly number[]): number[] => range.filter(index => leaves.has(inputAt(index)));
  const [readConstants, readCarries, readSequences] = [read(ranges.constants), read(ranges.carries), read(ranges.sequences)];
  const own = new Set([...body.inputs, ...seeds, ...sums, ...kept]);
  const outer = [...leaves].filter(leaf => !own.has(leaf));
  const captured = outer.map(parameter);

  const items = [...readCarries.map(inputAt), ...residuals].map(asItem);
  const forward = items.length === 0 ? [] : g.scan(node.inputs, { ...attributes, body: withItems(body, items) });
  const stacks = forward.slice(body.outputs.length);
  // What waited in 16 bits comes back as such, and is widened in each step.
  const met = [...readCarries.map(inputAt), ...kept];
  const arriving = met.map((value, index) => (isNarrow(value) ? parameter(items[index] as Node) : value));
  const widened = arriving.map((value, index) => g.cast(value, (met[index] as Node).dtype));
  const backward = g.scan(
    [
      ...readConstants.map(recalled),
      ...outer,
      ...carried.map(index => dys[index - constants] ?? zeros(inputAt(index))),
      ...sums.map(zeros),
      ...stacks.slice(0, readCarries.length),
      ...readSequences.map(recalled),
      ...stacks.slice(readCarries.length),
      ...given.map(index => dys[index] as Node),
    ],
    {
      body: {
        inputs: [
          ...readConstants.map(inputAt),
          ...captured,
          ...seeds.slice(0, carried.length),
          ...sums,
          ...arriving.slice(0, readCarries.length),
          ...readSequences.map(inputAt),
          ...arriving.slice(readCarries.length),
          ...seeds.slice(carried.length),
        ],
        outputs: substitute(withKept, [...outer, ...met], [...captured, ...widened]),
      },
      constants: readConstants.length + outer.length,
      carries: carried.length + sums.length,
      length,
      reverse: !reverse,
    },
  );
  const answered = [...carried, ...summed, ...stacked];
  return node.inputs.map((_, index) => (needs[index] ? (backward[answered.indexOf(index)] ?? null) : null));
};
