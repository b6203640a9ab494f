import { where } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { matched, rows } from '../targets.ts';
import { defineLoss, epsilon, type Loss, meanOfLast, needs, type PlainLoss, type ReductionOption } from './loss.ts';

/** A mean over the last axis of f(target, prediction), element by element: shapes (batch, …) -> (batch, … without the last axis). */
const elementwise =
  (kind: string, f: (target: Tensor, prediction: Tensor) => Tensor): PlainLoss =>
  (options = {}) =>
    defineLoss(kind, options, {}, () => (target, prediction) => meanOfLast(f(matched(kind, target, prediction), prediction)));

/** mean (prediction - target)² over the last axis. Shapes (batch, …); one value a row. */
export const meanSquaredError: PlainLoss = elementwise('meanSquaredError', (t, p) => p.sub(t).square());

/** mean |prediction - target| over the last axis. Shapes (batch, …); one value a row. */
export const meanAbsoluteError: PlainLoss = elementwise('meanAbsoluteError', (t, p) => p.sub(t).abs());

/** 100 mean |(target - prediction) / max(|target|, 1e-7)| over the last axis: in percent of the target. */
export const meanAbsolutePercentageError: PlainLoss = elementwise('meanAbsolutePercentageError', (t, p) =>
  t.sub(p).div(t.abs().maximum(epsilon)).abs().mul(100),
);

/** mean (ln(1 + prediction) - ln(1 + target))² over the last axis; both are held above 1e-7. For targets of many magnitudes. */
export const meanSquaredLogarithmicError: PlainLoss = elementwise('meanSquaredLogarithmicError', (t, p) =>
  p.maximum(epsilon).log1p().sub(t.maximum(epsilon).log1p()).square(),
);

/** mean ln cosh(prediction - target) over the last axis: e² / 2 near 0, |e| - ln 2 far away; finite for any e. */
export const logCosh: PlainLoss = elementwise('logCosh', (t, p) => {
  const size = p.sub(t).abs();
  return size.add(size.mul(-2).exp().log1p()).sub(Math.LN2);
});

export interface HuberOptions extends ReductionOption {
  /** Where the parabola becomes a line. Default 1. */
  readonly delta?: number;
}

/**
 * e² / 2 for |e| ≤ δ, else δ (|e| - δ / 2); mean over the last axis.
 *
 * Source: Huber 1964, Robust estimation of a location parameter.
 * @throws ValueError for a delta ≤ 0.
 */
export const huber = (options: HuberOptions = {}): Loss =>
  defineLoss('huber', options, { delta: 1 }, ({ delta }) => {
    needs('losses.huber', 'a delta > 0', delta, delta > 0);
    return (target, prediction) => {
      const size = prediction.sub(matched('huber', target, prediction)).abs();
      return meanOfLast(where(size.lessEqual(delta), size.square().mul(0.5), size.sub(delta / 2).mul(delta)));
    };
  });

export interface SmoothL1Options extends ReductionOption {
  /** Where the parabola becomes a line; 0 is the absolute error. Default 1. */
  readonly beta?: number;
}

/**
 * e² / (2 β) for |e| < β, else |e| - β / 2; mean over the last axis. It is huber / β: slope 1 far away, whatever β.
 *
 * Source: Girshick 2015, Fast R-CNN, arXiv:1504.08083; `torch.nn.SmoothL1Loss`.
 * @throws ValueError for a beta < 0.
 */
export const smoothL1 = (options: SmoothL1Options = {}): Loss =>
  defineLoss('smoothL1', options, { beta: 1 }, ({ beta }) => {
    needs('losses.smoothL1', 'a beta >= 0', beta, beta >= 0);
    return (target, prediction) => {
      const size = prediction.sub(matched('smoothL1', target, prediction)).abs();
      if (beta === 0) return meanOfLast(size);
      return meanOfLast(where(size.less(beta), size.square().mul(0.5 / beta), size.sub(beta / 2)));
    };
  });

export interface AxisOption {
  /** The axis that is summed over. Default -1. */
  readonly axis?: number;
}

/** x / |x| along an axis, and 0 for 0; lengths below 1e-7 count as 1e-7, as in Keras. */
export const normalized = (x: Tensor, axis: number): Tensor => {
  const squares = x.square().sum(axis, { keepDims: true });
  const isShort = squares.lessEqual(epsilon * epsilon);
  // The branch not taken stays away from 1 / √0, whose derivative is no number.
  return x.mul(where(isShort, 1 / epsilon, where(isShort, 1, squares).rsqrt()));
};

/** Σ target · prediction / (|target| |prediction|) along an axis: from -1 to 1. */
export const cosine = (what: string, target: Tensor, prediction: Tensor, axis: number): Tensor => {
  const t = matched(what, target, rows(what, prediction));
  return normalized(t, axis).mul(normalized(prediction, axis)).sum(axis);
};

/**
 * -Σ target · prediction / (|target| |prediction|) along an axis: -1 for the same direction, 1 for the opposite, 0 where either is 0.
 * Shapes (batch, …, features) -> (batch, …).
 */
export const cosineSimilarity = (options: ReductionOption & AxisOption = {}): Loss =>
  defineLoss(
    'cosineSimilarity',
    options,
    { axis: -1 },
    ({ axis }) =>
      (target, prediction) =>
        cosine('cosineSimilarity', target, prediction, axis).neg(),
  );
