import { formatShape, ShapeError } from '../../core/errors.ts';
import { where } from '../../tensor/create.ts';
import { stopGradient } from '../../tensor/gradientRules.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { matched, rows } from '../targets.ts';
import { defineLoss, epsilon, type Loss, meanOfLast, needs, type PlainLoss, type ReductionOption } from './loss.ts';

/**
 * Σ t ln(t / p) over the last axis: of distributions, both held from 1e-7 to 1. (batch, …, classes) -> (batch, …).
 *
 * Source: Kullback, Leibler 1951, On information and sufficiency.
 */
export const klDivergence: PlainLoss = (options = {}) =>
  defineLoss('klDivergence', options, {}, () => (target, prediction) => {
    const t = matched('klDivergence', target, rows('klDivergence', prediction)).clip(epsilon, 1);
    return t.mul(t.log().sub(prediction.clip(epsilon, 1).log())).sum(-1);
  });

/** mean (prediction - target ln(prediction + 1e-7)) over the last axis: of counts; the prediction is the rate, > 0. */
export const poisson: PlainLoss = (options = {}) =>
  defineLoss('poisson', options, {}, () => (target, prediction) => {
    const t = matched('poisson', target, prediction);
    return meanOfLast(prediction.sub(t.mul(prediction.add(epsilon).log())));
  });

export interface PoissonNllOptions extends ReductionOption {
  /** The prediction is the logarithm of the rate. Default true. */
  readonly logInput?: boolean;
  /** Adds Stirling's approximation of ln t! for targets above 1, which no gradient depends on. Default false. */
  readonly full?: boolean;
  /** Added to the rate before its logarithm, where `logInput` is false. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * exp(prediction) - t prediction, or with `logInput: false` prediction - t ln(prediction + ε); mean over the last axis.
 * With `full` also + t ln t - t + ln(2 π t) / 2 where t > 1.
 *
 * Source: `torch.nn.PoissonNLLLoss`.
 */
export const poissonNll = (options: PoissonNllOptions = {}): Loss =>
  defineLoss('poissonNll', options, { logInput: true, full: false, epsilon: 1e-8 }, settled => (target, prediction) => {
    const t = matched('poissonNll', target, prediction);
    const likelihood = settled.logInput
      ? prediction.exp().sub(t.mul(prediction))
      : prediction.sub(t.mul(prediction.add(settled.epsilon).log()));
    return meanOfLast(settled.full ? likelihood.add(stirling(t)) : likelihood);
  });

const stirling = (t: Tensor): Tensor => {
  const large = t.maximum(1);
  const value = large
    .mul(large.log())
    .sub(large)
    .add(
      large
        .mul(2 * Math.PI)
        .log()
        .mul(0.5),
    );
  return where(t.greater(1), value, 0);
};

export interface GaussianNllOptions extends ReductionOption {
  /** Adds ln(2 π) / 2, which no gradient depends on. Default false. */
  readonly full?: boolean;
  /** Variances below it count as it. Default 1e-6. */
  readonly epsilon?: number;
}

/**
 * (ln v + (t - m)² / v) / 2, mean over the last axis: the prediction (batch, …, 2 n) holds n means m, then their n variances v > 0; the
 * target is (batch, …, n).
 *
 * Variances below ε count as ε; their gradient goes through as if they were not held, so that it can lift them (as in PyTorch).
 *
 * Source: Nix, Weigend 1994, Estimating the mean and variance of the target probability distribution; `torch.nn.GaussianNLLLoss`.
 * @throws ShapeError where the last axis is not twice the target's.
 * @example
 * const x = input([8]);
 * const net = model({ inputs: x, outputs: layers.concatenate()([layers.dense(1)(x), layers.dense(1, { activation: 'softplus' })(x)]) });
 * net.compile({ loss: losses.gaussianNll() });
 */
export const gaussianNll = (options: GaussianNllOptions = {}): Loss =>
  defineLoss('gaussianNll', options, { full: false, epsilon: 1e-6 }, ({ full, epsilon: least }) => {
    needs('losses.gaussianNll', 'an epsilon > 0', least, least > 0);
    return (target, prediction) => {
      const last = rows('gaussianNll', prediction).shape.at(-1) as number;
      if (last % 2 !== 0)
        throw new ShapeError(
          `gaussianNll needs a prediction (batch, …, 2 n) of n means, then n variances, got ${formatShape(prediction.shape)}.`,
        );
      const [mean, given] = prediction.split(2, -1) as [Tensor, Tensor];
      const variance = given.add(stopGradient(given.maximum(least).sub(given)));
      const error = matched('gaussianNll', target, mean).sub(mean);
      const value = variance.log().add(error.square().div(variance)).mul(0.5);
      return meanOfLast(full ? value.add(0.5 * Math.log(2 * Math.PI)) : value);
    };
  });
