import type { Config } from '../core/config.ts';
import type { DType } from '../core/dtype.ts';
import { formatShape, ShapeError, ValueError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { unknownOptions } from '../tensor/options.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { type Initializer, type InitializerOption, initializerOf } from './initializers.ts';
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
}

/** A weight as a model keeps it. */
export interface Weight {
  readonly name: string;
  readonly shape: Shape;
  readonly initializer: Initializer;
  readonly trainable: boolean;
  readonly dtype: DType;
}

export interface CallContext {
  /** Whether dropout drops and batch normalization looks at the batch. */
  readonly training: boolean;
  /** Random bits for this call of this layer, int32 (2): the same key, the same bits. Undefined where `apply` got none. */
  readonly key: Tensor | undefined;
  /** What the layer was called with besides tensors: `layer(x, { … })`. */
  readonly options: Readonly<Record<string, unknown>>;
}

// biome-ignore lint/suspicious/noExplicitAny: one tensor or several, as the layer was called; each layer says which
export type LayerInput = any;

/** What a call gives: a tensor or several; with `weights` also the new values of weights that training does not move. */
export type LayerResult =
  | Tensor
  | readonly Tensor[]
  | { readonly output: Tensor | readonly Tensor[]; readonly weights: Readonly<Record<string, Tensor>> };

/** What makes a layer: which weights it needs for inputs of these shapes (without the batch axis), and what it computes. Pure. */
export interface LayerParts {
  build?(...inputs: Shape[]): Readonly<Record<string, WeightSpec>>;
  call(weights: Readonly<Record<string, Tensor>>, input: LayerInput, context: CallContext): LayerResult;
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
}

let created = 0;

const weightOf = (kind: string, name: string, spec: WeightSpec): Weight => {
  for (const size of spec.shape)
    if (!Number.isInteger(size) || size < 0)
      throw new ShapeError(`${kind} cannot have a weight '${name}' of shape ${formatShape(spec.shape)}: sizes are whole numbers >= 0.`);
  return {
    ...{ name, shape: spec.shape, initializer: initializerOf(spec.initializer ?? 'zeros') },
    ...{ trainable: spec.trainable ?? true, dtype: spec.dtype ?? 'float32' },
  };
};

/** A layer from its parts. `config` is what its maker takes to make it again. */
export const createLayer = (kind: string, config: Config, parts: LayerParts): Layer => {
  const weights = (...shapes: Shape[]): Weight[] =>
    Object.entries(parts.build?.(...shapes) ?? {}).map(([name, spec]) => weightOf(kind, name, spec));
  const layer: Layer = Object.assign((...args: unknown[]): Symbolic => traceLayer(layer, symbolicArguments(kind, args)), {
    ...{ kind, config, order: created++, weights },
    call: parts.call.bind(parts),
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
  /** Several inputs, or one in a list: `call` gets a list. */
  readonly isList: boolean;
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
  return { inputs: inputs as Symbolic[], isList, options: hasOptions ? (last as Record<string, unknown>) : {} };
};

/** The outputs of a call, and the weights it changed, in one form. */
export const runLayer = (
  layer: Layer,
  weights: Readonly<Record<string, Tensor>>,
  inputs: readonly Tensor[],
  { isList }: Pick<LayerArguments, 'isList'>,
  context: CallContext,
): { readonly outputs: readonly Tensor[]; readonly isList: boolean; readonly weights: Readonly<Record<string, Tensor>> } => {
  const result = layer.call(weights, isList ? inputs : inputs[0], context);
  const withWeights = typeof result === 'object' && result !== null && !isTensor(result) && 'weights' in result;
  const output: unknown = withWeights ? result.output : result;
  const outputs = Array.isArray(output) ? output : [output];
  for (const one of outputs)
    if (!isTensor(one)) throw new ValueError(`layer '${layer.kind}' must return a tensor or an array of them, got a ${typeof one}.`);
  return { outputs, isList: Array.isArray(output), weights: withWeights ? result.weights : {} };
};

/**
 * Options of a layer's maker: the first ones may be given by place. `name` is known to each.
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
  unknownOptions(`layers.${kind}`, options, [...positional, ...known, 'name']);
  const byPlace = Object.fromEntries(
    places.map((value, index) => [positional[index] as string, value]).filter(([, value]) => value !== undefined),
  );
  for (const name of Object.keys(byPlace))
    if (options[name] !== undefined) throw new ValueError(`layers.${kind} got ${name} twice: by place and among the options.`);
  return { ...options, ...byPlace } as Options;
};
