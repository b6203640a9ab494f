import * as g from '../../graph/build.ts';
import { input, intern, type Node } from '../../graph/node.ts';
import type { Op } from '../../graph/ops.ts';
import { contraction, convolution, gather, scatter } from './products.ts';
import { type BatchableOp, type Batched, type BatchingRule, below, spread } from './rule.ts';

/** An operation on each element alone: all inputs get the batch axis. */
const map: BatchingRule<Op> = ({ op, attributes }, inputs, size) =>
  intern(
    op,
    inputs.map(x => spread(x, size)),
    attributes,
  );

const only = (inputs: readonly Batched[]): Node => (inputs[0] as Batched).node;

/** An operation on the axes that it names. */
const alongAxes = ({ op, attributes }: Node<'sum' | 'prod' | 'max' | 'min' | 'any' | 'all' | 'flip'>, inputs: readonly Batched[]): Node =>
  intern(op, [only(inputs)], { ...attributes, axes: below(attributes.axes) });

/** An operation on the one axis that it names. */
const alongAxis = (
  { op, attributes }: Node<'argMax' | 'argMin' | 'concat' | 'cumSum' | 'argSort'>,
  inputs: readonly Batched[],
  size: number,
): Node =>
  intern(
    op,
    inputs.map(x => spread(x, size)),
    { ...attributes, axis: attributes.axis + 1 },
  );

const barrier: BatchingRule<'barrier'> = ({ attributes }, inputs, size) =>
  intern('barrier', [spread(inputs[0] as Batched, size), (inputs[1] as Batched).node], attributes);

/** The pullback is a closure over nodes of the unbatched graph: what it returns is batched in turn, even where no input is. */
const custom: BatchingRule<'custom'> = (node, inputs, size, batchGraph) => {
  const batched = inputs.some(x => x.batched);
  const [y, ...args] = inputs.map(x => (batched ? spread(x, size) : x.node)) as [Node, ...Node[]];
  return g.custom(y, args, dy => {
    const seed = input(node.shape, node.dtype);
    const adjoints = node.attributes.pullback(seed);
    const flowing = adjoints.filter(adjoint => adjoint !== null);
    const counterparts = batchGraph(flowing, [seed], [{ node: dy, batched }]);
    const member = (value: Batched): Node => {
      if (batched) return spread(value, size);
      return value.batched ? g.sum(value.node, [0]) : value.node; // inputs that all of the batch share receive from each member
    };
    return adjoints.map(adjoint => (adjoint === null ? null : member(counterparts[flowing.indexOf(adjoint)] as Batched)));
  });
};

const reshape: BatchingRule<'reshape'> = ({ shape }, inputs, size) => g.reshape(only(inputs), [size, ...shape]);
const permute: BatchingRule<'permute'> = ({ attributes }, inputs) => g.permute(only(inputs), [0, ...below(attributes.order)]);

/** The batch axis stays in front of the axes that broadcasting adds. */
const broadcast: BatchingRule<'broadcast'> = (node, inputs, size) => {
  const from = (node.inputs[0] as Node).shape;
  const added = node.shape.slice(from.length).map(() => 1);
  return g.broadcast(g.reshape(only(inputs), [size, ...added, ...from]), [size, ...node.shape]);
};

const slice: BatchingRule<'slice'> = ({ attributes: { start, size, step } }, inputs, members) =>
  g.slice(only(inputs), [0, ...start], [members, ...size], [1, ...step]);

const pad: BatchingRule<'pad'> = ({ attributes: { low, high, interior, value } }, inputs) =>
  g.pad(only(inputs), [0, ...low], [0, ...high], { value, interior: [0, ...interior] });

const window: BatchingRule<'window'> = ({ attributes }, inputs) => g.window(only(inputs), { ...attributes, axes: below(attributes.axes) });

const fold: BatchingRule<'fold'> = ({ attributes }, inputs) => g.fold(only(inputs), { ...attributes, axes: below(attributes.axes) });

/** One key a member: a loop over the keys. */
const randomBits: BatchingRule<'randomBits'> = ({ attributes: { shape, width } }, inputs, length) => {
  const key = input([2], 'int32');
  const body = { inputs: [key], outputs: [g.randomBits(key, shape, width)] };
  return g.scan([only(inputs)], { body, constants: 0, carries: 0, length, reverse: false })[0] as Node;
};

/** How each operation of one output treats a batch of inputs at once. Control operations are in `control.ts`. */
export const batchingRules: { readonly [O in BatchableOp]: BatchingRule<O> } = {
  neg: map,
  abs: map,
  sign: map,
  exp: map,
  expm1: map,
  log: map,
  log1p: map,
  sqrt: map,
  sin: map,
  cos: map,
  tanh: map,
  erf: map,
  sigmoid: map,
  floor: map,
  ceil: map,
  round: map,
  not: map,
  cast: map,
  add: map,
  sub: map,
  mul: map,
  div: map,
  mod: map,
  pow: map,
  maximum: map,
  minimum: map,
  equal: map,
  less: map,
  lessEqual: map,
  and: map,
  or: map,
  where: map,
  mark: map,
  stopGradient: map,
  barrier,
  custom,
  sum: alongAxes,
  prod: alongAxes,
  max: alongAxes,
  min: alongAxes,
  any: alongAxes,
  all: alongAxes,
  flip: alongAxes,
  argMax: alongAxis,
  argMin: alongAxis,
  concat: alongAxis,
  cumSum: alongAxis,
  argSort: alongAxis,
  reshape,
  permute,
  broadcast,
  slice,
  pad,
  window,
  fold,
  gather,
  scatter,
  contraction,
  convolution,
  randomBits,
};
