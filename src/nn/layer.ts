import type { Config } from '../core/config.ts';
import type { DType } from '../core/dtype.ts';
import { formatShape, ShapeError, ValueError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { unknownOptions } from '../tensor/options.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { type ConstraintOption, constraintOf } from './constraints.ts';
import { describeOptions } from './describe.ts';
import { type Initializer, type InitializerOption, initializerOf } from './initializers.ts';
import { type RegularizerOption, regularizerOf } from './regularizers.ts';
import { isSymbolic, type Symbolic, traceLayer } from './symbolic.ts';

/** A weight that a layer asks for. */
export interface WeightSpec {
  readonly shape: Shape;
  /** Default 'zeros'. */
  readonly initializer?: InitializerOption;
  /** Whether training moves it. Default true. */
  readonly trainable?: boolean;
  /** Default float32. */
  readonly dtype?: DType;
  /** What the weight costs. Default: nothing. */
  readonly regularizer?: RegularizerOption | undefined;
  /** Where it must stay: applied after each update. Default: anywhere. */
  readonly constraint?: ConstraintOption | undefined;
  /** A state that stays from one batch to the next also at inference, as of a `stateful` recurrent layer. Default false. */
  readonly isState?: boolean;
}

/** A weight as a model keeps it. */
export interface Weight {
  readonly name: string;
  readonly shape: Shape;
  readonly initializer: Initializer;
  readonly trainable: boolean;
  readonly dtype: DType;
  readonly regularizer?: (weight: Tensor) => Tensor;
  readonly constraint?: (weight: Tensor) => Tensor;
  readonly isState: boolean;
}

/** Which steps or elements of an input count, as bool; undefined: all. */
export type Mask = Tensor | undefined;

export interface CallContext {
  /** Whether dropout drops and batch normalization looks at the batch. */
  readonly training: boolean;
  /** Random bits for this call of this layer, int32 (2): the same key, the same bits. Undefined where `apply` got none. */
  readonly key: Tensor | undefined;
  /** What the layer was called with besides its inputs: `layer(x, { … })`; symbolic values are tensors here. */
  readonly options: Readonly<Record<string, unknown>>;
  /** For each input, which of its steps count: bool (batch, steps). From `layers.masking`, `layers.embedding({ maskZero })` or `{ mask }`. */
  readonly masks?: readonly Mask[];
  /** Whether training leaves the layer's weights as they are: batch normalization then works as at inference. */
  readonly isFrozen?: boolean;
  /** For cells of recurrent layers: what the step before left. */
  readonly states?: readonly Tensor[];
  /** For text that is written step by step: the input is one step (batch, 1, …), what went before is in the cache. */
  readonly decode?: Decode | undefined;
}

/** One step of a sequence that is written step by step. */
export interface Decode {
  /** Its place, from 0, int32. */
  readonly position: Tensor;
  /** What the layer kept of the steps before, in the shapes that it asked for. */
  readonly cache: readonly Tensor[];
}

// biome-ignore lint/suspicious/noExplicitAny: one tensor or several, as the layer was called; each layer says which
export type LayerInput = any;

/**
 * What a call gives: a tensor or several; in the long form also the new values of weights that training does not move, numbers to add
 * to the loss, and the outputs' masks.
 */
export type LayerResult =
  | Tensor
  | readonly Tensor[]
  | {
      readonly output: Tensor | readonly Tensor[];
      readonly weights?: Readonly<Record<string, Tensor>>;
      readonly losses?: readonly Tensor[];
      readonly masks?: readonly Mask[];
      /** Of a cell: what it leaves for the next step. */
      readonly states?: readonly Tensor[];
      /** While decoding: the cache with this step. */
      readonly cache?: readonly Tensor[];
    };

/** What makes a layer the cell of a recurrent one: `call` gets `states` in its context, and gives `{ output, states }`. */
export interface CellParts {
  /** Shapes of its states, without the batch; a number stands for a vector. */
  readonly stateShapes: readonly (number | Shape)[] | ((input: Shape) => readonly Shape[]);
  /** What does not depend on the states, for all steps at once: x (batch, steps, …) -> sequences (batch, steps, …). Default: x. */
  prepare?(weights: Readonly<Record<string, Tensor>>, x: Tensor, context: CallContext): Tensor;
  /** One step after `prepare`. Default: `call`. */
  step?(
    weights: Readonly<Record<string, Tensor>>,
    x: Tensor,
    states: readonly Tensor[],
    context: CallContext,
  ): { readonly output: Tensor; readonly states: readonly Tensor[] };
}

/** What makes a layer: which weights it needs for inputs of these shapes (without the batch axis), and what it computes. Pure. */
export interface LayerParts {
  build?(...inputs: Shape[]): Readonly<Record<string, WeightSpec>>;
  call(weights: Readonly<Record<string, Tensor>>, input: LayerInput, context: CallContext): LayerResult;
  /** Whether the mask of the first input is the outputs' as well. Default false: they have none, unless `call` gives them. */
  readonly passesMask?: boolean;
  readonly cell?: CellParts;
  /** Shapes (without the batch) of what it keeps while decoding up to `length` steps. Default: nothing, steps do not see each other. */
  cache?(length: number, ...inputs: Shape[]): readonly Shape[];
}

/** A layer: one value, called with symbolic inputs to make a graph; called again, it shares its weights. */
export interface Layer {
  (input: Symbolic | readonly Symbolic[], ...more: (Symbolic | Readonly<Record<string, unknown>>)[]): Symbolic;
  readonly kind: string;
  readonly config: Config;
  /** Layers count in the order in which they were created. */
  readonly order: number;
  /** Its weights for inputs of these shapes, which have no batch axis. */
  weights(...inputs: Shape[]): readonly Weight[];
  readonly call: LayerParts['call'];
  readonly passesMask: boolean;
  readonly cell: CellParts | undefined;
  readonly cache: LayerParts['cache'];
  /** A cost of its outputs, from `activityRegularizer`. */
  readonly activityRegularizer: ((output: Tensor) => Tensor) | undefined;
}

let created = 0;

const weightOf = (kind: string, name: string, spec: WeightSpec, isTrainable: boolean): Weight => {
  for (const size of spec.shape)
    if (!Number.isInteger(size) || size < 0)
      throw new ShapeError(`${kind} cannot have a weight '${name}' of shape ${formatShape(spec.shape)}: sizes are whole numbers >= 0.`);
  return {
    ...{ name, shape: spec.shape, initializer: initializerOf(spec.initializer ?? 'zeros') },
    ...{ trainable: isTrainable && (spec.trainable ?? true), dtype: spec.dtype ?? 'float32', isState: spec.isState ?? false },
    ...(spec.regularizer === undefined ? {} : { regularizer: regularizerOf(spec.regularizer) }),
    ...(spec.constraint === undefined ? {} : { constraint: constraintOf(spec.constraint) }),
  };
};

/** Options that every layer has. */
export interface LayerOptions {
  /** The layer's name in summaries, weights and files; by default its kind, numbered where there are several. */
  readonly name?: string;
  /** Whether training moves the layer's weights. Default true. */
  readonly trainable?: boolean;
  /** What its outputs cost, divided by the number of rows (as Keras 3.15): added to the loss. Default: nothing. */
  readonly activityRegularizer?: RegularizerOption;
}

/** A layer from its parts. `options` is what its maker takes to make it again. */
export const createLayer = <Options extends LayerOptions>(kind: string, options: Options, parts: LayerParts): Layer => {
  const { trainable = true, activityRegularizer } = options;
  const weights = (...shapes: Shape[]): Weight[] =>
    Object.entries(parts.build?.(...shapes) ?? {}).map(([name, spec]) => weightOf(kind, name, spec, trainable));
  const layer: Layer = Object.assign((...args: unknown[]): Symbolic => traceLayer(layer, symbolicArguments(kind, args)), {
    ...{ kind, config: describeOptions(options), order: created++, weights },
    ...{ call: parts.call.bind(parts), passesMask: parts.passesMask ?? false, cell: parts.cell, cache: parts.cache?.bind(parts) },
    activityRegularizer: activityRegularizer === undefined ? undefined : regularizerOf(activityRegularizer),
  });
  return layer;
};

/** The key of a call that cannot do without. @throws ValueError that says how to give one. */
export const keyOf = (kind: string, { key }: CallContext): Tensor => {
  if (key !== undefined) return key;
  throw new ValueError(
    `layer '${kind}' needs random numbers in training: give a key, net.apply(weights, x, { training: true, key: random.key(1) }).`,
  );
};

/** What a layer was called with. */
export interface LayerArguments {
  readonly inputs: readonly Symbolic[];
  /** How many of the inputs are the call's own; the others are named in the options. Default: all. */
  readonly own?: number;
  /** Several inputs, or one in a list: `call` gets a list. */
  readonly isList: boolean;
  /** Symbolic values stand here as `{ $input: place among the inputs }`. */
  readonly options: Readonly<Record<string, unknown>>;
}

const symbolicArguments = (kind: string, args: readonly unknown[]): LayerArguments => {
  const last = args.at(-1);
  const hasOptions = args.length > 1 && typeof last === 'object' && last !== null && !isSymbolic(last) && !Array.isArray(last);
  const given = (hasOptions ? args.slice(0, -1) : args).filter(arg => arg !== undefined);
  const inputs = given.flat();
  for (const one of inputs)
    if (!isSymbolic(one))
      throw new ValueError(
        `layers.${kind} is called with symbolic inputs, got ${isTensor(one) ? 'a tensor' : `a ${typeof one}`}. Begin with input(shape); for values make a model, and call net.predict or net.apply.`,
      );
  if (inputs.length === 0) throw new ValueError(`layers.${kind} was called with nothing: give it a symbolic input.`);
  const isList = given.length > 1 || Array.isArray(given[0]);
  const all = [...inputs] as Symbolic[];
  const named = (value: unknown): unknown => {
    if (isSymbolic(value)) return { $input: all.push(value) - 1 };
    return Array.isArray(value) ? value.map(named) : value;
  };
  const options = hasOptions ? Object.entries(last as object).filter(([, value]) => value !== undefined) : [];
  return { inputs: all, own: inputs.length, isList, options: Object.fromEntries(options.map(([name, value]) => [name, named(value)])) };
};

/** Options with the tensors that symbolic values stood for. */
const resolved = (value: unknown, inputs: readonly Tensor[]): unknown => {
  if (Array.isArray(value)) return value.map(part => resolved(part, inputs));
  if (typeof value === 'object' && value !== null && '$input' in value) return inputs[value.$input as number];
  return value;
};

export interface LayerRun {
  readonly outputs: readonly Tensor[];
  readonly isList: boolean;
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly losses: readonly Tensor[];
  readonly masks: readonly Mask[];
  readonly cache: readonly Tensor[];
}

/** What a call gives, in one form: outputs and their masks, the weights that it changed, its losses. */
export const runLayer = (
  layer: Layer,
  weights: Readonly<Record<string, Tensor>>,
  inputs: readonly Tensor[],
  { isList, own = inputs.length }: Pick<LayerArguments, 'isList' | 'own'>,
  context: CallContext,
): LayerRun => {
  const options: Readonly<Record<string, unknown>> = Object.fromEntries(
    Object.entries(context.options).map(([name, value]) => [name, resolved(value, inputs)]),
  );
  const given = inputs.slice(0, own);
  const masks = given.map((_, index) => (index === 0 && isTensor(options.mask) ? options.mask : context.masks?.[index]));
  const inner: CallContext = {
    ...{ training: (options.training as boolean | undefined) ?? context.training, options, masks },
    ...(context.isFrozen === true ? { isFrozen: true } : {}),
    ...(context.decode === undefined ? {} : { decode: context.decode }),
    ...(Array.isArray(options.states) ? { states: options.states as readonly Tensor[] } : {}),
    get key() {
      return context.key;
    },
  };
  const result = layer.call(weights, isList ? given : given[0], inner);
  const isLong = typeof result === 'object' && result !== null && !isTensor(result) && !Array.isArray(result) && 'output' in result;
  const value: unknown = isLong ? result.output : result;
  const output: unknown = isLong && result.states !== undefined ? [value, ...result.states] : value;
  const outputs: readonly Tensor[] = Array.isArray(output) ? output : [output];
  for (const one of outputs)
    if (!isTensor(one)) throw new ValueError(`layer '${layer.kind}' must return a tensor or an array of them, got a ${typeof one}.`);
  const { activityRegularizer } = layer;
  return {
    ...{ outputs, isList: Array.isArray(output), weights: (isLong ? result.weights : undefined) ?? {} },
    cache: (isLong ? result.cache : undefined) ?? [],
    losses: [
      ...((isLong ? result.losses : undefined) ?? []),
      ...(activityRegularizer === undefined ? [] : outputs.map(one => activityRegularizer(one).div(Math.max(1, one.shape[0] ?? 1)))),
    ],
    masks: (isLong ? result.masks : undefined) ?? outputs.map(() => (layer.passesMask ? masks[0] : undefined)),
  };
};

/**
 * Options of a layer's maker: the first ones may be given by place. `LayerOptions` are known to each.
 * @throws ValueError for an option that the layer does not have, and for one given twice.
 */
export const layerOptions = <Options extends object>(
  kind: string,
  args: readonly unknown[],
  positional: readonly string[],
  known: readonly string[],
): Options => {
  const last = args.at(-1);
  const isOptions = typeof last === 'object' && last !== null && !Array.isArray(last);
  const places = isOptions ? args.slice(0, -1) : args;
  if (places.length > positional.length)
    throw new ValueError(
      `layers.${kind} takes ${positional.length === 0 ? 'options only' : `${positional.join(', ')} and options`}, got ${places.length} values.`,
    );
  const options = isOptions ? (last as Record<string, unknown>) : {};
  unknownOptions(`layers.${kind}`, options, [...positional, ...known, 'name', 'trainable', 'activityRegularizer']);
  const byPlace = Object.fromEntries(
    places.map((value, index) => [positional[index] as string, value]).filter(([, value]) => value !== undefined),
  );
  for (const name of Object.keys(byPlace))
    if (options[name] !== undefined) throw new ValueError(`layers.${kind} got ${name} twice: by place and among the options.`);
  return { ...options, ...byPlace } as Options;
};
