import { formatShape, ShapeError, unknownName } from '../../core/errors.ts';
import { normalizeAxis, type Shape, sizeOf } from '../../core/shape.ts';
import { full, where } from '../../tensor/create.ts';
import { wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { epsilon, type LossCallOptions } from '../losses/loss.ts';
import { matched } from '../targets.ts';
import {
  defineMetric,
  elementWeight,
  known,
  type Metric,
  type MetricOptions,
  meanMetric,
  type PlainMetric,
  settleMetric,
} from './metric.ts';

/** √ of the mean squared error over all elements. */
export const rootMeanSquaredError: PlainMetric = (options = {}) => {
  const { base } = settleMetric('rootMeanSquaredError', options, {});
  const squared = meanMetric(base, (t, p) => p.sub(matched('rootMeanSquaredError', t, p)).square());
  return defineMetric({ ...base, sums: squared.sums, contribution: squared.contribution, value: sums => squared.value(sums).sqrt() });
};

/** Weighted rows in float64: targets, predictions, weights, all (batch, outputs). Moments of float32 would cancel. */
const outputsOf = (
  kind: string,
  target: Tensor,
  prediction: Tensor,
  numOutputs: number | null,
  { sampleWeight }: LossCallOptions,
): { t: Tensor; p: Tensor; w: Tensor } => {
  const shape = [prediction.shape[0] as number, sizeOf(prediction.shape.slice(1))];
  if (numOutputs !== null && shape[1] !== numOutputs)
    throw new ShapeError(
      `metrics.${kind} was made for numOutputs = ${numOutputs}, and meets a prediction of ${formatShape(prediction.shape)}.`,
    );
  const w = elementWeight(kind, prediction.shape, sampleWeight)?.cast('float64') ?? full(prediction.shape, 1, { dtype: 'float64' });
  const t = matched(kind, target, prediction).cast('float64');
  return { t: t.reshape(shape), p: prediction.cast('float64').reshape(shape), w: w.reshape(shape) };
};

/** What is left of Σ x² - (Σ x)² / n is 0 where it is less than the digits of Σ x². */
const centred = (squares: Tensor, sum: Tensor, count: Tensor): Tensor => {
  const rest = squares.sub(sum.square().div(count));
  return where(rest.greater(squares.mul(squares.dtype === 'float64' ? 1e-13 : 1e-6)), rest, 0);
};

export interface R2ScoreOptions extends MetricOptions {
  /** 'uniformAverage': the mean over the outputs; 'varianceWeightedAverage'; null: a tensor, one for each. Default 'uniformAverage'. */
  readonly classAggregation?: 'uniformAverage' | 'varianceWeightedAverage' | null;
  /** Independent regressors, for the adjusted score. Default 0: the plain one. */
  readonly numRegressors?: number;
  /** Outputs; `fit` needs to know it beforehand. Default: those of the predictions. */
  readonly numOutputs?: number | null;
}

const aggregations = ['uniformAverage', 'varianceWeightedAverage'];

/**
 * 1 - Σ (t - p)² / Σ (t - mean t)²: the share of the variance that is explained, for each output of (batch, outputs). 0 where the targets
 * are constant and the predictions are not, NaN where both agree (as in Keras). With regressors k: 1 - (1 - R²)(n - 1) / (n - k - 1), where
 * n counts all elements, as in Keras.
 *
 * The sums are float64, so that targets far from 0 keep their digits. Where `classAggregation` is null the result is a tensor, which
 * `fit` cannot log.
 */
export const r2Score = (options: R2ScoreOptions = {}): Metric => {
  const kind = 'r2Score';
  const defaults = { classAggregation: 'uniformAverage' as const, numRegressors: 0, numOutputs: null };
  const { settled, base } = settleMetric<R2ScoreOptions>(kind, options, defaults);
  const { classAggregation, numOutputs } = settled;
  const numRegressors = wholeNumber('metrics.r2Score', 'numRegressors', settled.numRegressors);
  if (classAggregation !== null && !aggregations.includes(classAggregation))
    throw unknownName('classAggregation', String(classAggregation), aggregations);
  return defineMetric({
    ...base,
    sums: () => [...new Array<Shape>(4).fill([known(kind, 'numOutputs', numOutputs)]), []],
    forOutput: numOutputs === null ? shape => r2Score({ ...options, numOutputs: sizeOf(shape.slice(1)) }) : undefined,
    contribution(target, prediction, weights = {}) {
      if (prediction.rank !== 2)
        throw new ShapeError(`metrics.r2Score needs predictions (batch, outputs), got ${formatShape(prediction.shape)}.`);
      const { t, p, w } = outputsOf(kind, target, prediction, numOutputs, weights);
      const weighted = t.mul(w);
      const parts = [w, weighted, t.mul(weighted), t.sub(p).square().mul(w)].map(part => part.sum(0));
      return [...parts, full([], prediction.size)];
    },
    value([count, sum, squares, residual, elements]) {
      const total = centred(squares as Tensor, sum as Tensor, count as Tensor);
      const ratio = (residual as Tensor).div(total);
      const scores = where(total.equal(0).and((residual as Tensor).greater(0)), 0, ratio.neg().add(1));
      if (classAggregation === null) return adjusted(scores, elements as Tensor, numRegressors);
      const score = classAggregation === 'uniformAverage' ? scores.mean() : total.mul(scores).sum().div(total.sum());
      return adjusted(score, elements as Tensor, numRegressors);
    },
  });
};

/** The score with a price for regressors; the plain one where there are not enough samples, as in Keras. */
const adjusted = (score: Tensor, count: Tensor, regressors: number): Tensor => {
  if (regressors === 0) return score;
  const free = count.sub(regressors + 1);
  const value = score
    .neg()
    .add(1)
    .mul(count.sub(1))
    .div(where(free.greater(0), free, 1))
    .neg()
    .add(1);
  return where(free.greater(0), value, score);
};

export interface CorrelationOptions extends MetricOptions {
  /** The axis that is correlated: -1 (and all but 0) within each sample, 0 over all samples. Default -1. */
  readonly axis?: number;
  /** With axis 0, outputs; `fit` needs to know it beforehand. Default: those of the predictions. */
  readonly numOutputs?: number | null;
}

/** Means, variances and covariance, each for every output or sample. */
interface Moments {
  readonly meanT: Tensor;
  readonly meanP: Tensor;
  readonly varianceT: Tensor;
  readonly varianceP: Tensor;
  readonly covariance: Tensor;
}

const momentsAlong = (t: Tensor, p: Tensor, axis: number): Moments => {
  const [meanT, meanP] = [t.mean(axis, { keepDims: true }), p.mean(axis, { keepDims: true })];
  const [fromT, fromP] = [t.sub(meanT), p.sub(meanP)];
  return {
    ...{ meanT: meanT.squeeze(axis), meanP: meanP.squeeze(axis), covariance: fromT.mul(fromP).mean(axis) },
    ...{ varianceT: fromT.square().mean(axis), varianceP: fromP.square().mean(axis) },
  };
};

/** Sums of weights, t, p, t², p², t p. */
const momentsFrom = ([w, t, p, tt, pp, tp]: readonly Tensor[]): Moments => {
  const count = w as Tensor;
  const mean = (x: Tensor | undefined): Tensor => (x as Tensor).div(count);
  return {
    ...{ meanT: mean(t), meanP: mean(p), covariance: mean(tp).sub(mean(t).mul(mean(p))) },
    varianceT: centred(tt as Tensor, t as Tensor, count).div(count),
    varianceP: centred(pp as Tensor, p as Tensor, count).div(count),
  };
};

const correlation =
  (kind: string, coefficient: (moments: Moments) => Tensor) =>
  (options: CorrelationOptions = {}): Metric => {
    const { settled, base } = settleMetric<CorrelationOptions>(kind, options, { axis: -1, numOutputs: null });
    const { axis, numOutputs } = settled;
    wholeNumber(`metrics.${kind}`, 'axis', axis, -8);
    if (axis !== 0) {
      const within = (target: Tensor, prediction: Tensor): Tensor => {
        if (prediction.rank < 2 || normalizeAxis(kind, axis, prediction.rank) === 0)
          throw new ShapeError(
            `metrics.${kind} correlates within each sample of (batch, …, n), got ${formatShape(prediction.shape)}. Over samples: { axis: 0 }.`,
          );
        return coefficient(momentsAlong(matched(kind, target, prediction), prediction, axis));
      };
      return meanMetric(base, within);
    }
    const make = correlation(kind, coefficient);
    return defineMetric({
      ...base,
      sums: () => new Array<Shape>(6).fill([known(kind, 'numOutputs', numOutputs)]),
      forOutput: numOutputs === null ? shape => make({ ...options, numOutputs: sizeOf(shape.slice(1)) }) : undefined,
      contribution(target, prediction, weights = {}) {
        const { t, p, w } = outputsOf(kind, target, prediction, numOutputs, weights);
        return [w, w.mul(t), w.mul(p), w.mul(t.square()), w.mul(p.square()), w.mul(t).mul(p)].map(part => part.sum(0));
      },
      value: sums => coefficient(momentsFrom(sums)).mean(),
    });
  };

type Correlation = (options?: CorrelationOptions) => Metric;

/**
 * cov(t, p) / √(var t · var p): from -1 to 1. With the default axis -1 the mean over all samples of the correlation within each, as in
 * Keras; with axis 0 that of each output over all samples, averaged over the outputs (Keras averages the values of its batches instead:
 * after one update both are the same). NaN where either is constant, as in Keras.
 *
 * Source: Pearson 1895, Notes on regression and inheritance in the case of two parents.
 */
export const pearsonCorrelation: Correlation = correlation('pearsonCorrelation', ({ covariance, varianceT, varianceP }) =>
  covariance.div(varianceT.sqrt().mul(varianceP.sqrt())),
);

/**
 * 2 cov(t, p) / (var t + var p + (mean t - mean p)² + 1e-7): 1 only where both are the same. Axes as in pearsonCorrelation.
 *
 * Source: Lin 1989, A concordance correlation coefficient to evaluate reproducibility.
 */
export const concordanceCorrelation: Correlation = correlation(
  'concordanceCorrelation',
  ({ meanT, meanP, varianceT, varianceP, covariance }) =>
    covariance.mul(2).div(varianceT.add(varianceP).add(meanT.sub(meanP).square()).add(epsilon)),
);
