import { ShapeError, ValueError } from '../../../core/errors.ts';
import { normalizeAxis } from '../../../core/shape.ts';
import { arange, concat, tensor } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { InitializerOption } from '../../initializers.ts';
import { type CallContext, createLayer, type Layer, type LayerOptions, layerOptions } from '../../layer.ts';
import { checkRank, positiveInteger, weightSpec } from '../common.ts';

/** The places of the steps of x (…, steps, features): 0, 1, …, or while decoding the one of this step. float32 (steps). */
export const placesOf = (steps: number, { decode }: CallContext, first = 0): Tensor =>
  decode === undefined ? arange(steps).cast('float32').add(first) : decode.position.cast('float32').reshape([1]).add(first);

export interface PositionEmbeddingOptions extends LayerOptions {
  /** Default 'glorotUniform'. */
  readonly initializer?: InitializerOption;
}

/**
 * A learned vector for each place: x (batch, steps, features) -> (batch, steps, features), the table's first rows for each sample; add it
 * to x. embeddings (sequenceLength, features). Source: Devlin et al. 2018; KerasHub's `PositionEmbedding`.
 * @example layers.add()([x, layers.positionEmbedding(128)(x)])
 */
export const positionEmbedding = (
  ...args:
    | [sequenceLength: number, options?: PositionEmbeddingOptions]
    | [options: PositionEmbeddingOptions & { readonly sequenceLength: number }]
): Layer => {
  const kind = 'positionEmbedding';
  const options = layerOptions<PositionEmbeddingOptions & { sequenceLength: number }>(kind, args, ['sequenceLength'], ['initializer']);
  const length = positiveInteger(kind, 'sequenceLength', options.sequenceLength);
  return createLayer(kind, options, {
    passesMask: true,
    build(shape) {
      checkRank(kind, shape, ['steps', 'features']);
      const [steps, features] = shape as readonly [number, number];
      if (steps > length) throw new ShapeError(`${kind} knows ${length} places, and the input has ${steps}: give a longer sequenceLength.`);
      return { embeddings: weightSpec('embeddings', [length, features], { embeddingsInitializer: options.initializer }, 'glorotUniform') };
    },
    call({ embeddings }, x: Tensor, { decode }) {
      const table = embeddings as Tensor;
      const rows = decode === undefined ? table.slice([0, 0], [x.shape[1] as number, -1]) : table.gather(decode.position.reshape([1]), 0);
      return rows.expandDims(0).broadcastTo(x.shape);
    },
  });
};

export interface SinePositionEncodingOptions extends LayerOptions {
  /** Default 10000. */
  readonly maxWavelength?: number;
}

/**
 * sin(p / L^(2i/d)) in even features, cos of the same in odd ones, for place p and pair i of d features: x (batch, steps, features) -> the
 * encodings in x's shape. Source: Vaswani et al. 2017, section 3.5; KerasHub's `SinePositionEncoding`.
 */
export const sinePositionEncoding = (given: SinePositionEncodingOptions = {}): Layer => {
  const kind = 'sinePositionEncoding';
  const options = layerOptions<SinePositionEncodingOptions>(kind, [given], [], ['maxWavelength']);
  const { maxWavelength = 10_000 } = options;
  if (!(maxWavelength > 0)) throw new ValueError(`layers.${kind} needs a maxWavelength > 0, got ${maxWavelength}.`);
  return createLayer(kind, options, {
    passesMask: true,
    build(shape) {
      checkRank(kind, shape, ['steps', 'features']);
      return {};
    },
    call(_, x: Tensor, context) {
      const [, steps, features] = x.shape as [number, number, number];
      const pairs = Array.from({ length: features }, (__, feature) => Math.floor(feature / 2));
      const scales = tensor(Float32Array.from(pairs, pair => maxWavelength ** ((-2 * pair) / features)));
      const shifts = tensor(Float32Array.from(pairs, (__, feature) => (feature % 2 === 0 ? 0 : Math.PI / 2)));
      const angles = placesOf(steps, context).expandDims(-1).mul(scales);
      return angles.add(shifts).sin().expandDims(0).broadcastTo(x.shape).cast(x.dtype);
    },
  });
};

/** Turns pairs (i, i + d/2) of the features of x (…, steps, d) by angles p / L^(2i/d). */
export const rotate = (x: Tensor, places: Tensor, axis: number, maxWavelength: number, scalingFactor = 1): Tensor => {
  const features = x.shape.at(-1) as number;
  if (features % 2 !== 0) throw new ShapeError(`rotary positions need an even number of features, got ${features}.`);
  const half = features / 2;
  const speeds = tensor(Float32Array.from({ length: half }, (_, pair) => maxWavelength ** ((-2 * pair) / features)));
  const angles = places.div(scalingFactor).expandDims(-1).mul(speeds);
  const at = normalizeAxis('rotary', axis, x.rank);
  const shape = x.shape.map((size, index) => (index === at ? size : index === x.rank - 1 ? half : 1));
  const [cos, sin] = [angles.cos().reshape(shape).cast(x.dtype), angles.sin().reshape(shape).cast(x.dtype)];
  const [a, b] = x.split(2, -1) as [Tensor, Tensor];
  return concat([a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin))], -1);
};

export interface RotaryEmbeddingOptions extends LayerOptions {
  /** Default 10000. */
  readonly maxWavelength?: number;
  /** Places are divided by it. Default 1. */
  readonly scalingFactor?: number;
  /** The axis of the steps, the batch being 0. Default 1. */
  readonly sequenceAxis?: number;
}

/**
 * Turns pairs of features by an angle that grows with the place, so that products of queries and keys depend on their distance: x (batch,
 * steps, …, d), d even, pairs (i, i + d/2). Source: Su et al. 2021, arXiv:2104.09864; KerasHub's `RotaryEmbedding`.
 */
export const rotaryEmbedding = (given: RotaryEmbeddingOptions = {}): Layer => {
  const kind = 'rotaryEmbedding';
  const options = layerOptions<RotaryEmbeddingOptions>(kind, [given], [], ['maxWavelength', 'scalingFactor', 'sequenceAxis']);
  const { maxWavelength = 10_000, scalingFactor = 1, sequenceAxis = 1 } = options;
  return createLayer(kind, options, {
    passesMask: true,
    call(_, x: Tensor, context) {
      const { startIndex } = context.options;
      const places = placesOf(x.shape[sequenceAxis] as number, context, typeof startIndex === 'number' ? startIndex : 0);
      return rotate(x, places, sequenceAxis, maxWavelength, scalingFactor);
    },
  });
};
