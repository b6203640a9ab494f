import { ValueError } from '../../core/errors.ts';
import * as g from '../../graph/build.ts';
import { where } from '../../tensor/create.ts';
import * as random from '../../tensor/random.ts';
import { nodeOf, type Tensor, wrap } from '../../tensor/tensor.ts';
import { type CallContext, createLayer, keyOf, type Layer, type LayerOptions, layerOptions } from '../layer.ts';
import { l1L2 } from '../regularizers.ts';
import { checkRank, type DataFormatOption, fraction } from './common.ts';
import { spatialNames } from './windows.ts';

/** Random bits an element: chances are whole multiples of 2⁻²⁴. */
const width = 24;

/** true with probability 1 - rate. */
const kept = (kind: string, shape: readonly number[], rate: number, context: CallContext): Tensor =>
  wrap(g.randomBits(nodeOf(keyOf(kind, context)), shape, width)).greaterEqual(Math.round(rate * 2 ** width));

/** In training elements are 0 with probability `rate`, the others grow by 1 / (1 - rate). Elements along axes of size 1 in `shape` share. */
export const dropped = (kind: string, x: Tensor, rate: number, context: CallContext, shape: readonly number[] = x.shape): Tensor =>
  !context.training || rate === 0 ? x : where(kept(kind, shape, rate, context), x.mul(1 / (1 - rate)), 0);

export interface DropoutOptions extends LayerOptions {
  /** The mask's shape with the batch; null and 1 as in Keras: axes of 1 share one draw. Default: the input's. */
  readonly noiseShape?: readonly (number | null)[];
  /** Draws by this seed and the step alone, whatever the model's seed. */
  readonly seed?: number;
}

type RateArguments<Options> = [rate: number, options?: Options] | [options: Options & { readonly rate: number }];

/** The context with a key of the layer's own seed, if it has one. */
const seeded = (context: CallContext, seed: number | undefined): CallContext => {
  if (seed === undefined || context.key === undefined) return context;
  const key = context.key;
  return { ...context, key: random.foldIn(key, seed) };
};

/**
 * In training each element becomes 0 with probability `rate`, and the others grow by 1 / (1 - rate), so that the mean stays; at
 * inference x. The mask follows from the key of the call alone.
 *
 * Source: Srivastava et al. 2014, in the inverted form of Keras.
 * @example layers.dropout(0.5)
 */
export const dropout = (...args: RateArguments<DropoutOptions>): Layer => {
  const options = layerOptions<DropoutOptions & { rate: number }>('dropout', args, ['rate'], ['noiseShape', 'seed']);
  const rate = fraction('dropout', 'rate', options.rate);
  const { noiseShape } = options;
  return createLayer('dropout', options, {
    passesMask: true,
    call: (_, x: Tensor, context) =>
      dropped(
        'dropout',
        x,
        rate,
        seeded(context, options.seed),
        noiseShape?.map((size, axis) => size ?? (x.shape[axis] as number)),
      ),
  });
};

export interface SpatialDropoutOptions extends LayerOptions, DataFormatOption {
  readonly seed?: number;
}

const spatialDropout =
  (kind: string, spatial: number) =>
  (...args: RateArguments<SpatialDropoutOptions>): Layer => {
    const options = layerOptions<SpatialDropoutOptions & { rate: number }>(kind, args, ['rate'], ['seed', 'dataFormat']);
    const rate = fraction(kind, 'rate', options.rate);
    const isFirst = options.dataFormat === 'channelsFirst';
    return createLayer(kind, options, {
      passesMask: true,
      build(shape) {
        checkRank(kind, shape, [...spatialNames(spatial), 'channels']);
        return {};
      },
      call(_, x: Tensor, context) {
        const shape = x.shape.map((size, axis) => (axis === 0 || axis === (isFirst ? 1 : x.rank - 1) ? size : 1));
        return dropped(kind, x, rate, seeded(context, options.seed), shape);
      },
    });
  };

type SpatialDropout = (...args: RateArguments<SpatialDropoutOptions>) => Layer;

/** Dropout of whole channels: (batch, steps, channels). Source: Tompson et al. 2014, arXiv:1411.4280. */
export const spatialDropout1d: SpatialDropout = spatialDropout('spatialDropout1d', 1);
/** Dropout of whole channels: (batch, height, width, channels). */
export const spatialDropout2d: SpatialDropout = spatialDropout('spatialDropout2d', 2);
/** Dropout of whole channels: (batch, depth, height, width, channels). */
export const spatialDropout3d: SpatialDropout = spatialDropout('spatialDropout3d', 3);

/** What selu tends to for large negative inputs: -1.7581. */
const alphaPrime = -1.6732632423543772 * 1.0507009873554805;

/**
 * Dropout that keeps mean and variance of what `selu` gives: dropped elements become α' = -1.7581, then all are a x + b with
 * a = ((1 - p)(1 + p α'²))^(-1/2), b = -a α' p. Source: Klambauer et al. 2017, arXiv:1706.02515.
 */
export const alphaDropout = (...args: RateArguments<DropoutOptions>): Layer => {
  const options = layerOptions<DropoutOptions & { rate: number }>('alphaDropout', args, ['rate'], ['noiseShape', 'seed']);
  const rate = fraction('alphaDropout', 'rate', options.rate);
  const scale = ((1 - rate) * (1 + rate * alphaPrime ** 2)) ** -0.5;
  const shift = -scale * alphaPrime * rate;
  return createLayer('alphaDropout', options, {
    passesMask: true,
    call(_, x: Tensor, context) {
      if (!context.training || rate === 0) return x;
      const shape = options.noiseShape?.map((size, axis) => size ?? (x.shape[axis] as number)) ?? x.shape;
      return where(kept('alphaDropout', shape, rate, seeded(context, options.seed)), x, alphaPrime)
        .mul(scale)
        .add(shift);
    },
  });
};

export interface NoiseOptions extends LayerOptions {
  readonly seed?: number;
}

/** In training x + σ ε with ε standard normal: `layers.gaussianNoise(0.1)`. */
export const gaussianNoise = (
  ...args: [standardDeviation: number, options?: NoiseOptions] | [options: NoiseOptions & { readonly standardDeviation: number }]
): Layer => {
  const kind = 'gaussianNoise';
  const options = layerOptions<NoiseOptions & { standardDeviation: number }>(kind, args, ['standardDeviation'], ['seed']);
  const { standardDeviation } = options;
  if (!(standardDeviation >= 0)) throw new ValueError(`layers.${kind} needs a standardDeviation >= 0, got ${standardDeviation}.`);
  return createLayer(kind, options, {
    passesMask: true,
    call: (_, x: Tensor, context) =>
      context.training && standardDeviation > 0
        ? x.add(random.normal(x.shape, { standardDeviation, key: keyOf(kind, seeded(context, options.seed)) }).cast(x.dtype))
        : x,
  });
};

/** In training x ε with ε normal of mean 1 and deviation √(rate / (1 - rate)). Source: Srivastava et al. 2014, section 10. */
export const gaussianDropout = (...args: RateArguments<NoiseOptions>): Layer => {
  const options = layerOptions<NoiseOptions & { rate: number }>('gaussianDropout', args, ['rate'], ['seed']);
  const rate = fraction('gaussianDropout', 'rate', options.rate);
  const standardDeviation = Math.sqrt(rate / (1 - rate));
  return createLayer('gaussianDropout', options, {
    passesMask: true,
    call: (_, x: Tensor, context) =>
      context.training && rate > 0
        ? x.mul(
            random
              .normal(x.shape, { mean: 1, standardDeviation, key: keyOf('gaussianDropout', seeded(context, options.seed)) })
              .cast(x.dtype),
          )
        : x,
  });
};

export interface ActivityRegularizationOptions extends LayerOptions {
  /** Default 0. */
  readonly l1?: number;
  /** Default 0. */
  readonly l2?: number;
}

/** x, and l1 · Σ |x| + l2 · Σ x² over the number of rows is added to the loss. */
export const activityRegularization = (given: ActivityRegularizationOptions = {}): Layer => {
  const options = layerOptions<ActivityRegularizationOptions>('activityRegularization', [given], [], ['l1', 'l2']);
  const cost = l1L2({ l1: options.l1 ?? 0, l2: options.l2 ?? 0 });
  return createLayer('activityRegularization', options, {
    passesMask: true,
    call: (_, x: Tensor) => ({ output: x, losses: [cost(x).div(Math.max(1, x.shape[0] ?? 1))] }),
  });
};
