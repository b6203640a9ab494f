import type { DType } from '../../../core/dtype.ts';
import { ShapeError, ValueError } from '../../../core/errors.ts';
import { type Shape, sameShape } from '../../../core/shape.ts';
import { scan } from '../../../tensor/control.ts';
import { where, zeros, zerosLike } from '../../../tensor/create.ts';
import { wholeNumber } from '../../../tensor/options.ts';
import { isTensor, type Tensor } from '../../../tensor/tensor.ts';
import {
  type CallContext,
  createLayer,
  type Layer,
  type LayerOptions,
  type LayerParts,
  layerOptions,
  type Mask,
  runLayer,
  type WeightSpec,
} from '../../layer.ts';
import type { DataFormatOption } from '../common.ts';
import { checkSequence, stateShapesOf } from './cell.ts';
import { stackedRnnCells } from './stackedCells.ts';

type Weights = Readonly<Record<string, Tensor>>;

/** What all recurrent layers know. */
export interface RecurrentOptions extends LayerOptions {
  /** The outputs of all steps, (batch, steps, …), not of the last alone. Default false. */
  readonly returnSequences?: boolean;
  /** Also the last states: `const [y, h, c] = layers.lstm(8, { returnState: true })(x)`. Default false. */
  readonly returnState?: boolean;
  /** From the last step to the first; outputs then come in that order. Default false. */
  readonly goBackwards?: boolean;
  /** Each batch begins with the states that the one before left. Needs `batchSize`. Default false. */
  readonly stateful?: boolean;
  /** Rows of a batch, for `stateful`. */
  readonly batchSize?: number;
  /** Known for Keras' sake: loops are compiled either way. */
  readonly unroll?: boolean;
  /** Outputs of steps that a mask leaves out are 0 rather than those of the step before. Default false. */
  readonly zeroOutputForMask?: boolean;
}

/** A recurrent layer, which can be made again to go the other way. */
export interface RecurrentLayer extends Layer {
  readonly recurrent: {
    readonly returnSequences: boolean;
    readonly returnState: boolean;
    readonly goBackwards: boolean;
    again(changes: RecurrentOptions): RecurrentLayer;
  };
}

/** Names of the options that all recurrent layers have. */
export const recurrentOptions: readonly string[] = [
  ...['returnSequences', 'returnState', 'goBackwards', 'stateful', 'batchSize', 'unroll', 'zeroOutputForMask'],
];

const stepOf = (cell: Layer, weights: Weights, x: Tensor, states: readonly Tensor[], context: CallContext): readonly Tensor[] => {
  const step = cell.cell?.step;
  if (step !== undefined) {
    const { output, states: next } = step(weights, x, states, context);
    return [output, ...next];
  }
  const { outputs } = runLayer(cell, weights, [x], { isList: false }, { ...context, options: { states }, masks: [] });
  if (outputs.length !== states.length + 1)
    throw new ShapeError(
      `cell '${cell.kind}' must return { output, states } with ${states.length} states, got ${outputs.length - 1}: as many as its stateShapes.`,
    );
  return outputs;
};

interface Walk {
  readonly output: Tensor;
  readonly states: readonly Tensor[];
}

/** States are of the weights' element type: gradients may be checked in float64. */
const typeOf = (weights: Weights): DType => Object.values(weights)[0]?.dtype ?? 'float32';

/** Walks a cell over the steps of x (batch, steps, …). */
const walk = (
  cell: Layer,
  weights: Weights,
  x: Tensor,
  begin: readonly Tensor[],
  mask: Mask,
  options: RecurrentOptions,
  context: CallContext,
): Walk => {
  const { returnSequences = false, goBackwards = false, zeroOutputForMask = false } = options;
  const prepared = cell.cell?.prepare?.(weights, x, context) ?? x;
  const xs = prepared.swapAxes(0, 1);
  const over = { ...context, masks: [] };
  const counts = mask?.cast('bool').swapAxes(0, 1);
  const where_ = (now: Tensor, a: Tensor, b: Tensor): Tensor =>
    where(now.reshape([now.shape[0] as number, ...a.shape.slice(1).map(() => 1)]), a, b);
  // The output is carried where it is no state; most cells' output is their first state.
  const like = stepOf(cell, weights, xs.at(0), begin, over)[0] as Tensor;
  const previous = (states: readonly Tensor[]): Tensor | undefined => {
    const first = states[cell.kind === 'stackedRnnCells' ? lastCellState(cell, states) : 0];
    return first !== undefined && sameShape(first.shape, like.shape) ? first : undefined;
  };
  const start: Walk = { output: previous(begin) ?? zerosLike(like), states: begin };
  const [last, sequence] = scan(
    (carry: Walk, item: { x: Tensor; now?: Tensor }) => {
      const [output, ...states] = stepOf(cell, weights, item.x, carry.states, over) as [Tensor, ...Tensor[]];
      const { now } = item;
      if (now === undefined) return [{ output, states }, returnSequences ? [output] : []] as const;
      const kept = {
        output: where_(now, output, carry.output),
        states: states.map((state, i) => where_(now, state, carry.states[i] as Tensor)),
      };
      const shown = zeroOutputForMask ? where_(now, output, zerosLike(output)) : kept.output;
      return [kept, returnSequences ? [shown] : []] as const;
    },
    start,
    { x: xs, ...(counts === undefined ? {} : { now: counts }) },
    { reverse: goBackwards },
  );
  if (!returnSequences) return last;
  const all = sequence[0] as Tensor;
  return { output: (goBackwards ? all.flip(0) : all).swapAxes(0, 1), states: last.states };
};

/** Place of the first state of the last of stacked cells. */
const lastCellState = (cell: Layer, states: readonly Tensor[]): number => {
  const counts = cell.config.stateCounts;
  return Array.isArray(counts) ? states.length - (counts.at(-1) as number) : 0;
};

const initialStates = (
  given: unknown,
  shapes: readonly Shape[],
  x: Tensor,
  kept: readonly Tensor[],
  kind: string,
  dtype: DType,
): readonly Tensor[] => {
  if (kept.length > 0) return kept;
  if (given === undefined) return shapes.map(shape => zeros([x.shape[0] as number, ...shape], { dtype }));
  const list = isTensor(given) ? [given] : (given as readonly Tensor[]);
  if (!Array.isArray(list) || list.length !== shapes.length || !list.every(isTensor))
    throw new ValueError(
      `layers.${kind} needs ${shapes.length} tensors as initialState, got ${Array.isArray(list) ? list.length : typeof given}.`,
    );
  return list;
};

/** What a layer that walks a cell consists of. */
export const recurrentParts = (kind: string, cell: Layer, options: RecurrentOptions, rank = 2): LayerParts => {
  const { stateful = false, batchSize, returnState = false, returnSequences = false } = options;
  if (stateful) wholeNumber(`layers.${kind} with stateful`, 'batchSize', batchSize as number, 1);
  const stepShape = ([, ...rest]: Shape): Shape => rest;
  return {
    build(shape = []) {
      if (rank > 0) checkSequence(kind, shape, rank);
      const specs = cell.weights(stepShape(shape)).map(weight => [weight.name, weight as WeightSpec] as const);
      const states = stateful
        ? stateShapesOf(cell, stepShape(shape)).map(
            (state, index) => [`state${index}`, { shape: [batchSize as number, ...state], trainable: false, isState: true }] as const,
          )
        : [];
      return Object.fromEntries([...specs, ...states]);
    },
    call(weights, input: Tensor | readonly Tensor[], context) {
      const [x, ...more] = (isTensor(input) ? [input] : input) as [Tensor, ...Tensor[]];
      const shapes = stateShapesOf(cell, stepShape(x.shape.slice(1)));
      const kept = stateful ? shapes.map((_, index) => weights[`state${index}`] as Tensor) : [];
      // While a model is put together layers see a batch of 2; what it computes then does not matter.
      const usable = kept.map((state, index) =>
        state.shape[0] === x.shape[0] ? state : zeros([x.shape[0] as number, ...(shapes[index] as Shape)]),
      );
      const written = context.decode?.cache;
      const begin =
        written !== undefined && written.length > 0
          ? written
          : initialStates(context.options.initialState ?? (more.length > 0 ? more : undefined), shapes, x, usable, kind, typeOf(weights));
      const mask = context.masks?.[0];
      const { output, states } = walk(cell, weights, x, begin, mask, options, context);
      return {
        output: returnState ? [output, ...states] : output,
        masks: [returnSequences ? mask : undefined, ...states.map(() => undefined)],
        cache: states,
        ...(stateful ? { weights: Object.fromEntries(states.map((state, index) => [`state${index}`, state])) } : {}),
      };
    },
    cache: (_, shape = []) => (options.goBackwards === true ? [] : stateShapesOf(cell, stepShape(shape))),
  };
};

/** Axes of (batch, steps, …) or (batch, …) with the channels, the last ones, brought to where they stand first, and back. */
const channelsTo = (x: Tensor, steps: number, isBack: boolean): Tensor => {
  const first = 1 + steps;
  const spatial = Array.from({ length: x.rank - first - 1 }, (_, axis) => axis);
  const lead = Array.from({ length: first }, (_, axis) => axis);
  return isBack
    ? x.permute([...lead, x.rank - 1, ...spatial.map(axis => first + axis)])
    : x.permute([...lead, ...spatial.map(axis => first + 1 + axis), first]);
};

/** Parts for (batch, steps, spatial…, channels) as ones for (batch, steps, channels, spatial…). */
const withChannelsFirst = (parts: LayerParts): LayerParts => ({
  ...parts,
  build: (shape = []) => parts.build?.([shape[0] as number, ...shape.slice(2), shape[1] as number]) ?? {},
  call(weights, x: Tensor, context) {
    const { initialState } = context.options;
    const begin = Array.isArray(initialState) ? initialState.map(state => channelsTo(state as Tensor, 0, false)) : undefined;
    const options = begin === undefined ? context.options : { ...context.options, initialState: begin };
    const result = parts.call(weights, channelsTo(x, 1, false), { ...context, options }) as { output: Tensor | readonly Tensor[] };
    const back = (one: Tensor): Tensor => channelsTo(one, one.rank === x.rank ? 1 : 0, true);
    return { ...result, output: isTensor(result.output) ? back(result.output) : result.output.map(back) };
  },
});

const withRecurrent = (layer: Layer, options: RecurrentOptions, again: (changes: RecurrentOptions) => RecurrentLayer): RecurrentLayer =>
  Object.assign(layer, {
    recurrent: {
      returnSequences: options.returnSequences ?? false,
      returnState: options.returnState ?? false,
      goBackwards: options.goBackwards ?? false,
      again,
    },
  });

/** A layer that walks a cell of its own kind. */
export const recurrentLayer = (
  kind: string,
  args: readonly unknown[],
  positional: readonly string[],
  names: readonly string[],
  cellOf: (kind: string, options: object) => Layer,
  maker: (options: object) => RecurrentLayer,
  rank = 2,
): RecurrentLayer => {
  const options = layerOptions<RecurrentOptions & { seed?: number }>(kind, args, positional, [...names, ...recurrentOptions]);
  const { name: _, trainable: __, activityRegularizer: ___, ...own } = options;
  const cell = cellOf(kind, own);
  const parts = recurrentParts(kind, cell, options, rank);
  const isFirst = (options as DataFormatOption).dataFormat === 'channelsFirst';
  const layer = createLayer(kind, options, isFirst ? withChannelsFirst(parts) : parts);
  return withRecurrent(layer, options, changes => {
    const { name: ____, ...rest } = options;
    return maker({ ...rest, ...changes });
  });
};

export interface RnnOptions extends RecurrentOptions {}

type RnnArguments =
  | [cell: Layer | readonly Layer[], options?: RnnOptions]
  | [options: RnnOptions & { readonly cell: Layer | readonly Layer[] }];

/**
 * Walks a cell over the steps: one of `layers.lstmCell`, `gruCell`, `simpleRnnCell`, a list of them (stacked), or one of the user's own,
 * made by `defineLayer` with `cell: { stateShapes }` and a `call` that takes `states` from its context and gives `{ output, states }`.
 *
 * x (batch, steps, …) -> the last output, or with `returnSequences` all.
 * @example
 * const counter = defineLayer('counter', ({ units }: { units: number }) => ({
 *   build: shape => ({ kernel: { shape: [shape[0], units], initializer: 'glorotUniform' } }),
 *   call: ({ kernel }, x, { states }) => { const h = x.matmul(kernel).add(states[0]); return { output: h, states: [h] }; },
 *   cell: { stateShapes: [units] },
 * }));
 * layers.rnn(counter({ units: 3 }), { returnSequences: true })
 */
export const rnn = (...args: RnnArguments): RecurrentLayer => {
  const isPlace = typeof args[0] === 'function' || Array.isArray(args[0]);
  const given = (isPlace ? [{ ...(args[1] as RnnOptions | undefined), cell: args[0] }] : args) as readonly unknown[];
  const options = layerOptions<RnnOptions & { cell: Layer | readonly Layer[] }>('rnn', given, [], ['cell', ...recurrentOptions]);
  const cell = Array.isArray(options.cell) ? stackedRnnCells(options.cell as readonly Layer[]) : (options.cell as Layer);
  if (typeof cell !== 'function' || cell.cell === undefined)
    throw new ValueError('layers.rnn needs a cell, or a list of cells: layers.rnn(layers.lstmCell(8)).');
  const layer = createLayer('rnn', options, recurrentParts('rnn', cell, options, 0));
  return withRecurrent(layer, options, changes => {
    const { name: _, ...rest } = options;
    return rnn({ ...rest, ...changes } as never);
  });
};
