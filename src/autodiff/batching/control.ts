import * as g from '../../graph/build.ts';
import { input, type Node, type NodeOf, topological } from '../../graph/node.ts';
import type { ControlOp, Subgraph } from '../../graph/ops.ts';
import { type Batched, spread, toFront } from './rule.ts';

/** `batchGraph` of vectorize.ts, which the rules need for bodies; it uses them in turn, so it is handed to them. */
export type Vectorize = (outputs: readonly Node[], from: readonly Node[], to: readonly Batched[], size: number) => Batched[];

/** From a node and the counterparts of its inputs, at least one of them batched, to the counterparts of its parts. */
export type ControlBatchingRule<O extends ControlOp> = (
  node: NodeOf<O>,
  inputs: readonly Batched[],
  size: number,
  vectorize: Vectorize,
) => Batched[];

/** Which outputs differ between members, when some inputs do. */
const dependent = ({ inputs, outputs }: Subgraph, batched: readonly boolean[]): boolean[] => {
  const reached = new Set(inputs.filter((_, index) => batched[index]));
  for (const node of topological(outputs)) if (node.inputs.some(known => reached.has(known))) reached.add(node);
  return outputs.map(node => reached.has(node));
};

/** Flags of carries that are batched at the start or come to be, step after step. `flags` are those of all of the body's inputs. */
const settleCarries = (body: Subgraph, flags: readonly boolean[], constants: number, carries: number): boolean[] => {
  const settled = [...flags];
  for (;;) {
    const outputs = dependent(body, settled);
    const turned = outputs.slice(0, carries).map((batched, carry) => batched && !settled[constants + carry]);
    if (!turned.includes(true)) return settled;
    turned.forEach((turns, carry) => {
      if (turns) settled[constants + carry] = true;
    });
  }
};

/** Parameters of a body for the whole batch. */
const parametersOf = ({ inputs }: Subgraph, flags: readonly boolean[], size: number): Batched[] =>
  inputs.map(({ shape, dtype }, index) =>
    flags[index] ? { node: input([size, ...shape], dtype), batched: true } : { node: input(shape, dtype), batched: false },
  );

const nodesOf = (list: readonly Batched[]): Node[] => list.map(({ node }) => node);
const flagsOf = (list: readonly Batched[]): boolean[] => list.map(({ batched }) => batched);
const match = (value: Batched, batched: boolean | undefined, size: number): Node => (batched ? spread(value, size) : value.node);

/** One flag for each member, of the rank of the values it chooses between. */
const choice = (flags: Node, { shape }: Node): Node => g.reshape(flags, [flags.shape[0] as number, ...shape.slice(1).map(() => 1)]);

const scan: ControlBatchingRule<'scan'> = ({ attributes }, inputs, size, vectorize) => {
  const { body, constants, carries } = attributes;
  const flags = settleCarries(body, flagsOf(inputs), constants, carries);
  const parameters = parametersOf(body, flags, size);
  const results = vectorize(body.outputs, body.inputs, parameters, size);
  const outputs = results.map((value, index) => (index < carries ? match(value, flags[constants + index], size) : value.node));
  const isSequence = (index: number): boolean => index >= constants + carries;
  // The loop walks axis 0, so a sequence has its batch axis behind it.
  const values = inputs.map((value, index) =>
    value.batched && isSequence(index) ? toFront(value.node, 1) : match(value, flags[index], size),
  );
  const parts = g.scan(values, { ...attributes, body: { inputs: nodesOf(parameters), outputs } });
  return parts.map((part, index) => {
    const batched = index < carries ? (flags[constants + index] as boolean) : (results[index] as Batched).batched;
    return { node: batched && index >= carries ? toFront(part, 1) : part, batched };
  });
};

const cond: ControlBatchingRule<'cond'> = ({ attributes: { then, otherwise } }, inputs, size, vectorize) => {
  const [predicate, ...args] = inputs as [Batched, ...Batched[]];
  if (predicate.batched) {
    // Members go different ways: both branches are computed, and each member takes its own.
    const taken = vectorize(then.outputs, then.inputs, args, size);
    const left = vectorize(otherwise.outputs, otherwise.inputs, args, size);
    return taken.map((value, index) => {
      const [a, b] = [spread(value, size), spread(left[index] as Batched, size)];
      return { node: g.where(choice(predicate.node, a), a, b), batched: true };
    });
  }
  const branch = (subgraph: Subgraph): { parameters: Batched[]; results: Batched[] } => {
    const parameters = parametersOf(subgraph, flagsOf(args), size);
    return { parameters, results: vectorize(subgraph.outputs, subgraph.inputs, parameters, size) };
  };
  const [first, second] = [branch(then), branch(otherwise)];
  const flags = first.results.map(({ batched }, index) => batched || (second.results[index] as Batched).batched);
  const subgraph = ({ parameters, results }: typeof first): Subgraph => ({
    inputs: nodesOf(parameters),
    outputs: results.map((value, index) => match(value, flags[index], size)),
  });
  const parts = g.cond(predicate.node, nodesOf(args), subgraph(first), subgraph(second));
  return parts.map((node, index) => ({ node, batched: flags[index] as boolean }));
};

const whileLoop: ControlBatchingRule<'while'> = ({ attributes: { condition, body, constants } }, inputs, size, vectorize) => {
  const carries = inputs.length - constants;
  let flags = settleCarries(body, flagsOf(inputs), constants, carries);
  const differs = dependent(condition, flags)[0] as boolean;
  if (differs) flags = flags.map((batched, index) => batched || index >= constants);
  const keepsGoing = (values: readonly Batched[]): Batched => vectorize(condition.outputs, condition.inputs, values, size)[0] as Batched;

  const conditionParameters = parametersOf(condition, flags, size);
  const going = keepsGoing(conditionParameters);
  const bodyParameters = parametersOf(body, flags, size);
  const results = vectorize(body.outputs, body.inputs, bodyParameters, size);
  const active = differs ? keepsGoing(bodyParameters).node : undefined;
  const next = results.map((value, carry) => {
    const node = match(value, flags[constants + carry], size);
    if (active === undefined) return node;
    // A member that is done stays as it is until all are.
    return g.where(choice(active, node), node, (bodyParameters[constants + carry] as Batched).node);
  });
  const parts = g.whileLoop(
    inputs.map((value, index) => match(value, flags[index], size)),
    {
      condition: { inputs: nodesOf(conditionParameters), outputs: [differs ? g.any(going.node, [0]) : going.node] },
      body: { inputs: nodesOf(bodyParameters), outputs: next },
      constants,
    },
  );
  return parts.map((node, carry) => ({ node, batched: flags[constants + carry] as boolean }));
};

/** How operations of several outputs treat a batch of inputs at once. */
export const controlBatchingRules: { readonly [O in ControlOp]: ControlBatchingRule<O> } = { scan, cond, while: whileLoop };
