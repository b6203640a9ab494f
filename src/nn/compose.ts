import type { Shape } from '../core/shape.ts';
import * as random from '../tensor/random.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CallContext, type Layer, type LayerRun, type Mask, runLayer, type WeightSpec } from './layer.ts';

type Weights = Readonly<Record<string, Tensor>>;

/** The weights of a layer inside of another one: their names get a prefix, as in 'forward.kernel'. */
export const partSpecs = (prefix: string, layer: Layer, ...shapes: Shape[]): Record<string, WeightSpec> =>
  Object.fromEntries(layer.weights(...shapes).map(weight => [`${prefix}.${weight.name}`, weight as WeightSpec]));

/** Of the weights of a layer those of one inside. */
const partWeights = (prefix: string, weights: Weights): Weights => {
  const start = `${prefix}.`;
  return Object.fromEntries(
    Object.entries(weights).flatMap(([name, value]) => (name.startsWith(start) ? [[name.slice(start.length), value]] : [])),
  );
};

export interface PartCall {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly masks?: readonly Mask[];
  /** Tells draws of random numbers apart from those of the other parts. */
  readonly index?: number;
  readonly decode?: CallContext['decode'];
}

/** Calls a layer inside of another one; names of weights that it changes come back with the prefix. */
export const runPart = (
  prefix: string,
  layer: Layer,
  weights: Weights,
  inputs: readonly Tensor[],
  context: CallContext,
  { options = {}, masks = [], index = 0, decode }: PartCall = {},
): LayerRun => {
  const inner: CallContext = {
    ...{ training: context.training, options, masks, decode },
    get key() {
      return context.key === undefined ? undefined : random.foldIn(context.key, index);
    },
  };
  const run = runLayer(layer, partWeights(prefix, weights), inputs, { isList: inputs.length > 1 }, inner);
  return { ...run, weights: Object.fromEntries(Object.entries(run.weights).map(([name, value]) => [`${prefix}.${name}`, value])) };
};
