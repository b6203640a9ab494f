import { compact } from '../../core/config.ts';
import { ShapeError, ValueError } from '../../core/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { InitializerOption } from '../initializers.ts';
import { createLayer, type Layer, layerOptions } from '../layer.ts';
import { formatBatch } from '../symbolic.ts';
import { describeGiven, type NameOption } from './common.ts';

export interface NormalizationOptions extends NameOption {
  /** Added to the variance. Default 1e-3. */
  readonly epsilon?: number;
  /** Whether β is added. Default true. */
  readonly center?: boolean;
  /** Whether γ multiplies. Default true. */
  readonly scale?: boolean;
  /** Default 'ones'. */
  readonly gammaInitializer?: InitializerOption;
  /** Default 'zeros'. */
  readonly betaInitializer?: InitializerOption;
}

const normalizationNames = ['epsilon', 'center', 'scale', 'gammaInitializer', 'betaInitializer'];

const describe = (options: NormalizationOptions): Record<string, ReturnType<typeof describeGiven>> => ({
  ...{ name: options.name, epsilon: options.epsilon, center: options.center, scale: options.scale },
  gammaInitializer: describeGiven(options.gammaInitializer),
  betaInitializer: describeGiven(options.betaInitializer),
});

const featuresOf = (kind: string, shape: readonly number[] | undefined): number => {
  const features = shape?.at(-1);
  if (features === undefined)
    throw new ShapeError(
      `${kind} cannot take input of shape ${formatBatch(shape ?? [])}: it needs (batch, …, features). Add an axis first: layers.reshape([1]).`,
    );
  return features;
};

const affine = (features: number, options: NormalizationOptions): Record<string, { shape: number[]; initializer: InitializerOption }> => ({
  ...(options.scale === false ? {} : { gamma: { shape: [features], initializer: options.gammaInitializer ?? 'ones' } }),
  ...(options.center === false ? {} : { beta: { shape: [features], initializer: options.betaInitializer ?? 'zeros' } }),
});

const scaleAndShift = (x: Tensor, gamma: Tensor | undefined, beta: Tensor | undefined): Tensor => {
  const scaled = gamma === undefined ? x : x.mul(gamma);
  return beta === undefined ? scaled : scaled.add(beta);
};

const checkEpsilon = (kind: string, epsilon: number): number => {
  if (!(epsilon > 0)) throw new ValueError(`layers.${kind} needs an epsilon > 0, got ${epsilon}.`);
  return epsilon;
};

/**
 * Normalizes each row over its features, then scales and shifts it.
 *
 *     y = γ (x - mean x) / √(var x + ε) + β        mean and variance over the last axis
 *
 * x (batch, …, features) -> y of the same shape; γ (features) starts at 1, β (features) at 0.
 *
 * Source: Ba, Kiros, Hinton 2016, arXiv:1607.06450, eq. 4. ε = 1e-3 as in Keras (PyTorch: 1e-5).
 * @throws ShapeError for inputs without a feature axis.
 * @example sequential([layers.dense(64), layers.layerNormalization(), layers.relu()], { inputShape: [8] })
 */
export const layerNormalization = (options: NormalizationOptions = {}): Layer => {
  const given = layerOptions<NormalizationOptions>('layerNormalization', [options], [], normalizationNames);
  const epsilon = checkEpsilon('layerNormalization', given.epsilon ?? 1e-3);
  return createLayer('layerNormalization', compact(describe(given)), {
    build: shape => affine(featuresOf('layerNormalization', shape), given),
    call({ gamma, beta }, x: Tensor) {
      const centred = x.sub(x.mean(-1, { keepDims: true }));
      const variance = centred.square().mean(-1, { keepDims: true }); // not E x² - (E x)²: that cancels
      return scaleAndShift(centred.mul(variance.add(epsilon).rsqrt()), gamma, beta);
    },
  });
};

export interface BatchNormalizationOptions extends NormalizationOptions {
  /** How much of the moving statistics stays at each step. Default 0.99. */
  readonly momentum?: number;
}

/**
 * Normalizes each feature over the batch, then scales and shifts it.
 *
 *     y = γ (x - μ) / √(σ² + ε) + β        μ, σ² of the batch (and all axes but the last) in training, moving ones at inference
 *     moving ← momentum · moving + (1 - momentum) · batch's
 *
 * x (batch, …, features) -> y of the same shape; gamma 1, beta 0, movingMean 0, movingVariance 1, all (features).
 *
 * Source: Ioffe, Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2. ε = 1e-3, momentum 0.99 and the variance that divides by n also in
 * the moving statistics are Keras'.
 * @throws ShapeError for inputs without a feature axis.
 */
export const batchNormalization = (options: BatchNormalizationOptions = {}): Layer => {
  const given = layerOptions<BatchNormalizationOptions>('batchNormalization', [options], [], [...normalizationNames, 'momentum']);
  const epsilon = checkEpsilon('batchNormalization', given.epsilon ?? 1e-3);
  const { momentum = 0.99 } = given;
  if (!(momentum >= 0 && momentum <= 1)) throw new ValueError(`layers.batchNormalization needs a momentum from 0 to 1, got ${momentum}.`);
  return createLayer('batchNormalization', compact({ ...describe(given), momentum: given.momentum }), {
    build(shape) {
      const features = featuresOf('batchNormalization', shape);
      return {
        ...affine(features, given),
        movingMean: { shape: [features], initializer: 'zeros', trainable: false },
        movingVariance: { shape: [features], initializer: 'ones', trainable: false },
      };
    },
    call(weights, x: Tensor, { training }) {
      const { gamma, beta } = weights;
      const [movingMean, movingVariance] = [weights.movingMean as Tensor, weights.movingVariance as Tensor];
      if (!training) return scaleAndShift(x.sub(movingMean).mul(movingVariance.add(epsilon).rsqrt()), gamma, beta);
      const axes = x.shape.slice(0, -1).map((_, axis) => axis);
      const mean = x.mean(axes);
      const centred = x.sub(mean);
      const variance = centred.square().mean(axes);
      const move = (moving: Tensor, now: Tensor): Tensor => moving.mul(momentum).add(now.mul(1 - momentum));
      return {
        output: scaleAndShift(centred.mul(variance.add(epsilon).rsqrt()), gamma, beta),
        weights: { movingMean: move(movingMean, mean), movingVariance: move(movingVariance, variance) },
      };
    },
  });
};
