import type { DType } from '../core/dtype.ts';
import { dtypes } from '../core/dtype.ts';
import { formatShape, ShapeError, unknownName } from '../core/errors.ts';
import { checkShape, type Shape } from '../core/shape.ts';
import { input as parameter } from '../graph/node.ts';
import { unknownOptions } from '../tensor/options.ts';
import { holdGraph } from '../tensor/realize.ts';
import { type Tensor, wrap } from '../tensor/tensor.ts';
import type { CallContext, Layer, LayerArguments, Weight } from './layer.ts';
import { runLayer } from './layer.ts';

/** A layer's call in a graph of layers. */
export interface LayerCall extends LayerArguments {
  readonly layer: Layer;
  readonly weights: readonly Weight[];
  readonly outputs: readonly Symbolic[];
}

/** What stands for a batch of values while a model is put together: an input, or an output of a layer. */
export class Symbolic {
  /** Without the batch axis. */
  readonly shape: Shape;
  readonly dtype: DType;
  /** An input's own name. */
  readonly name: string | undefined;
  /** The call that it comes from; undefined for an input. */
  origin: LayerCall | undefined = undefined;
  /** All outputs of a call that has several; itself alone otherwise. */
  outputs: readonly Symbolic[] = [this];

  constructor(shape: Shape, dtype: DType, name?: string) {
    this.shape = shape;
    this.dtype = dtype;
    this.name = name;
  }

  /** `const [output, state] = layer(x)`: the outputs of a layer that has several. */
  [Symbol.iterator](): Iterator<Symbolic> {
    return this.outputs[Symbol.iterator]();
  }

  toString(): string {
    return `Symbolic ${formatBatch(this.shape)} ${this.dtype}`;
  }
}

export const isSymbolic = (value: unknown): value is Symbolic => value instanceof Symbolic;

/** `(batch, 28, 28)`: a shape with its batch axis. */
export const formatBatch = (shape: Shape): string => formatShape(['batch' as unknown as number, ...shape]).replace(',)', ')');

export interface InputOptions {
  /** Default float32. */
  readonly dtype?: DType;
  readonly name?: string;
}

/** An input of a model; the batch axis is not named. */
export const input = (shape: Shape, options: InputOptions = {}): Symbolic => {
  unknownOptions('input', options, ['dtype', 'name']);
  const { dtype = 'float32', name } = options;
  if (!Object.hasOwn(dtypes, dtype)) throw unknownName('element type', String(dtype), Object.keys(dtypes));
  return new Symbolic([...checkShape('input', shape)], dtype, name);
};

/** The batch that layers are traced with: not 1, so that a batch axis that was lost or reduced shows. */
const probe = 2;

const parameterLike = ({ shape, dtype }: { readonly shape: Shape; readonly dtype: DType }): Tensor => wrap(parameter(shape, dtype));

/** Calls a layer with symbolic inputs: its weights follow from their shapes, its outputs' shapes from tracing it. */
export const traceLayer = (layer: Layer, args: LayerArguments): Symbolic => {
  const weights = layer.weights(...args.inputs.slice(0, args.own).map(({ shape }) => shape));
  const context: CallContext = { training: false, key: parameterLike({ shape: [2], dtype: 'int32' }), options: args.options };
  const { outputs, isList } = holdGraph(() =>
    runLayer(
      layer,
      Object.fromEntries(weights.map(weight => [weight.name, parameterLike(weight)])),
      args.inputs.map(({ shape, dtype }) => parameterLike({ shape: [probe, ...shape], dtype })),
      args,
      context,
    ),
  );
  const symbolic = outputs.map(({ shape, dtype }) => {
    if (shape[0] !== probe)
      throw new ShapeError(
        `layer '${layer.kind}' lost the batch axis: from ${args.inputs.map(one => formatBatch(one.shape)).join(', ')} it made ${formatShape(shape)} for a batch of ${probe}. The first axis must stay.`,
      );
    return new Symbolic(shape.slice(1), dtype);
  });
  const call: LayerCall = { layer, weights, outputs: symbolic, ...args };
  for (const one of symbolic) {
    one.origin = call;
    one.outputs = isList ? symbolic : [one];
  }
  return symbolic[0] as Symbolic;
};
