import { ShapeError, ValueError } from '../../core/errors.ts';
import { type Shape, sizeOf } from '../../core/shape.ts';
import { where } from '../../tensor/create.ts';
import { stopGradient } from '../../tensor/gradientRules.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type Initializer, type InitializerOption, initializerOf } from '../initializers.ts';
import { createLayer, type Layer, layerOptions, type Mask } from '../layer.ts';
import { axisWithoutBatch, checkNames, featuresOf } from './common.ts';
import { affineSpecs, alongAxes, checkEpsilon, type NormalizationOptions, normalizationOptions, scaleAndShift } from './normalization.ts';

export interface RenormClipping {
  readonly rmin?: number;
  readonly rmax?: number;
  readonly dmax?: number;
}

export interface BatchNormalizationOptions extends NormalizationOptions {
  /** The axis of the features, the batch being 0. Default -1. */
  readonly axis?: number;
  /** How much of the moving statistics stays at each step (PyTorch's momentum is 1 - this). Default 0.99. */
  readonly momentum?: number;
  /** Default 'zeros'. */
  readonly movingMeanInitializer?: InitializerOption;
  /** Default 'ones'. */
  readonly movingVarianceInitializer?: InitializerOption;
  /** Batch renormalization: also in training by the moving statistics, by corrections that have no gradient. Default false. */
  readonly renorm?: boolean;
  /** Bounds of the corrections r and d. Default: none. */
  readonly renormClipping?: RenormClipping;
  /** How much of renorm's own moving statistics stays. Default 0.99. */
  readonly renormMomentum?: number;
  /** The moving variance takes the batch's that divides by n - 1, as PyTorch. Default false. */
  readonly unbiasedMovingVariance?: boolean;
  /** Known for Keras' sake: all threads work on one batch, so that its statistics always are of the whole batch. */
  readonly synchronized?: boolean;
}

const optionNames = [
  ...normalizationOptions,
  ...['axis', 'momentum', 'movingMeanInitializer', 'movingVarianceInitializer'],
  ...['renorm', 'renormClipping', 'renormMomentum', 'synchronized', 'unbiasedMovingVariance'],
];

/** Mean and variance of the steps that count. */
const moments = (x: Tensor, axes: readonly number[], mask: Mask): readonly [mean: Tensor, variance: Tensor] => {
  if (mask === undefined) {
    const mean = x.mean([...axes], { keepDims: true });
    return [
      mean,
      x
        .sub(mean)
        .square()
        .mean([...axes], { keepDims: true }),
    ];
  }
  const counts = mask.cast(x.dtype).expandDims(-1).broadcastTo(x.shape);
  const total = counts.sum([...axes], { keepDims: true }).add(1e-7);
  const mean = x
    .mul(counts)
    .sum([...axes], { keepDims: true })
    .div(total);
  return [
    mean,
    x
      .sub(mean)
      .square()
      .mul(counts)
      .sum([...axes], { keepDims: true })
      .div(total),
  ];
};

const rooted = (option: InitializerOption): Initializer => {
  const initializer = initializerOf(option);
  const values = (shape: Shape, key: readonly [number, number]): Float32Array => initializer.values(shape, key).map(Math.sqrt);
  return Object.assign((shape: Shape) => initializer(shape).sqrt(), { kind: initializer.kind, config: initializer.config, values });
};

/**
 * Normalizes each feature over the batch, then scales and shifts it.
 *
 *     y = γ (x - μ) / √(σ² + ε) + β        μ, σ² of the batch (and all axes but the features') in training, moving ones at inference
 *     moving ← momentum · moving + (1 - momentum) · batch's
 *
 * x (batch, …, features) -> y of the same shape; gamma 1, beta 0, movingMean 0, movingVariance 1, all (features). With
 * `trainable: false` it works as at inference also in training. Steps that a mask leaves out do not count in the statistics.
 *
 * Source: Ioffe, Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2; `renorm`: Ioffe 2017, arXiv:1702.03275. ε = 1e-3, momentum 0.99 and
 * the variance that divides by n also in the moving statistics are Keras' (PyTorch: 1e-5, 1 - 0.1, `unbiasedMovingVariance`).
 * @throws ShapeError for inputs without a feature axis.
 */
export const batchNormalization = (given: BatchNormalizationOptions = {}): Layer => {
  const kind = 'batchNormalization';
  const options = layerOptions<BatchNormalizationOptions>(kind, [given], [], optionNames);
  const epsilon = checkEpsilon(kind, options.epsilon ?? 1e-3);
  const { momentum = 0.99, axis = -1, renorm = false, renormMomentum = 0.99 } = options;
  if (!(momentum >= 0 && momentum <= 1)) throw new ValueError(`layers.${kind} needs a momentum from 0 to 1, got ${momentum}.`);
  checkNames(options);
  const { rmin, rmax, dmax } = options.renormClipping ?? {};
  const meanStart = options.movingMeanInitializer ?? 'zeros';
  const varianceStart = options.movingVarianceInitializer ?? 'ones';
  return createLayer(kind, options, {
    passesMask: true,
    build(shape = []) {
      featuresOf(kind, shape);
      const features = [shape[axisWithoutBatch(kind, axis, shape)] as number];
      const still = { shape: features, trainable: false };
      return {
        ...affineSpecs(features, options),
        movingMean: { ...still, initializer: meanStart },
        movingVariance: { ...still, initializer: varianceStart },
        ...(renorm
          ? {
              movingStddev: { ...still, initializer: rooted(varianceStart) },
              renormMean: { ...still, initializer: meanStart },
              renormStddev: { ...still, initializer: rooted(varianceStart) },
            }
          : {}),
      };
    },
    call(weights, x: Tensor, { training, masks, isFrozen }) {
      const at = axisWithoutBatch(kind, axis, x.shape.slice(1)) + 1;
      const along = (weight: Tensor | undefined): Tensor | undefined => weight && alongAxes(weight, [at], x.rank);
      const [gamma, beta] = [along(weights.gamma), along(weights.beta)];
      const [movingMean, movingVariance] = [weights.movingMean as Tensor, weights.movingVariance as Tensor];
      if (!training || options.trainable === false || isFrozen === true) {
        const scale = (along(movingVariance) as Tensor).add(epsilon).rsqrt();
        return scaleAndShift(x.sub(along(movingMean) as Tensor).mul(scale), gamma, beta);
      }
      const mask = masks?.[0];
      if (mask !== undefined && mask.rank !== x.rank - 1)
        throw new ShapeError(`${kind} needs a mask of ${x.rank - 1} axes for input of ${x.rank}, got ${mask.rank}.`);
      const axes = x.shape.map((_, index) => index).filter(index => index !== at);
      const [mean, variance] = moments(x, axes, mask);
      const flat = (statistic: Tensor): Tensor => statistic.reshape(movingMean.shape);
      const move = (moving: Tensor, now: Tensor, stay = momentum): Tensor => moving.mul(stay).add(flat(now).mul(1 - stay));
      const count = sizeOf(axes.map(index => x.shape[index] as number));
      const spread = options.unbiasedMovingVariance === true ? variance.mul(count / Math.max(1, count - 1)) : variance;
      const normal = x.sub(mean).mul(variance.add(epsilon).rsqrt());
      const moved = { movingMean: move(movingMean, mean), movingVariance: move(movingVariance, spread) };
      if (!renorm) return { output: scaleAndShift(normal, gamma, beta), weights: moved };
      const deviation = variance.add(epsilon).sqrt();
      const [renormMean, renormStddev] = [weights.renormMean as Tensor, weights.renormStddev as Tensor];
      const known = (along(renormStddev) as Tensor).maximum(Math.sqrt(epsilon)); // no division by nothing early in training
      const r = stopGradient(deviation.div(known)).clip(rmin, rmax);
      const d = stopGradient(mean.sub(along(renormMean) as Tensor).div(known)).clip(dmax === undefined ? undefined : -dmax, dmax);
      const renormed = { renormMean: move(renormMean, mean, renormMomentum), renormStddev: move(renormStddev, deviation, renormMomentum) };
      const movingStddev = move(weights.movingStddev as Tensor, deviation);
      const newVariance = movingStddev.square().sub(epsilon);
      return {
        output: scaleAndShift(normal.mul(r).add(d), gamma, beta),
        weights: { ...moved, ...renormed, movingStddev, movingVariance: where(newVariance.greater(0), newVariance, 0) },
      };
    },
  });
};
