import { formatShape, ShapeError, unknownName } from '../../core/errors.ts';
import type { Shape } from '../../core/shape.ts';
import { ones } from '../../tensor/create.ts';
import { wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { epsilon, needs } from '../losses/loss.ts';
import { matched } from '../targets.ts';
import { classesOf, defineMetric, elementWeight, known, type Metric, type MetricOptions, settleMetric } from './metric.ts';

export interface F1ScoreOptions extends MetricOptions {
  /**
   * null: a tensor, one score for each class, which `fit` cannot log; 'micro': of all classes together; 'macro': their mean; 'weighted':
   * their mean by how often each occurs. Default null.
   */
  readonly average?: 'micro' | 'macro' | 'weighted' | null;
  /** Predictions above it are positive. Default null: the largest of a row is, unless it is 0. */
  readonly threshold?: number | null;
  /** Classes; `fit` needs to know it beforehand, unless `average` is 'micro'. Default: those of the predictions. */
  readonly numClasses?: number | null;
}

export interface FBetaScoreOptions extends F1ScoreOptions {
  /** How much more recall counts than precision. Default 1. */
  readonly beta?: number;
}

const averages = ['micro', 'macro', 'weighted'];

/** What is predicted, as 1 or 0. */
const decided = (prediction: Tensor, threshold: number | null): Tensor => {
  if (threshold !== null) return prediction.greater(threshold);
  return prediction.greaterEqual(prediction.max(-1, { keepDims: true })).and(prediction.abs().greater(1e-9));
};

const score = (kind: string, options: FBetaScoreOptions, again: (options: FBetaScoreOptions) => Metric): Metric => {
  const what = `metrics.${kind}`;
  const { settled, base } = settleMetric<FBetaScoreOptions>(kind, options, { average: null, beta: 1, threshold: null, numClasses: null });
  const { average, beta, threshold, numClasses } = settled;
  if (average !== null && !averages.includes(average)) throw unknownName('average', String(average), averages);
  needs(what, 'a beta > 0', beta, beta > 0);
  needs(what, 'a threshold > 0 and <= 1', threshold, threshold === null || (threshold > 0 && threshold <= 1));
  if (numClasses !== null) wholeNumber(what, 'numClasses', numClasses, 1);
  const isMicro = average === 'micro';
  return defineMetric({
    ...base,
    sums: () => new Array<Shape>(3).fill(isMicro ? [] : [known(kind, 'numClasses', numClasses)]),
    forOutput: isMicro || numClasses !== null ? undefined : shape => again({ ...options, numClasses: shape.at(-1) ?? 1 }),
    contribution(target, prediction, { sampleWeight } = {}) {
      if (prediction.rank !== 2) throw new ShapeError(`${what} needs predictions (batch, classes), got ${formatShape(prediction.shape)}.`);
      classesOf(kind, prediction.shape, 'numClasses', numClasses);
      const t = matched(kind, target, prediction);
      const p = decided(prediction, threshold).cast(prediction.dtype);
      const weight = elementWeight(kind, prediction.shape, sampleWeight) ?? ones([1, 1]);
      return [t.mul(p), p, t].map(part => part.mul(weight).sum(isMicro ? undefined : 0)); // true positives, predicted, positives
    },
    value(sums) {
      const [both, predicted, positives] = sums as [Tensor, Tensor, Tensor];
      const [precision, recall] = [both.div(predicted.add(epsilon)), both.div(positives.add(epsilon))];
      const scores = precision
        .mul(recall)
        .div(
          precision
            .mul(beta ** 2)
            .add(recall)
            .add(epsilon),
        )
        .mul(1 + beta ** 2);
      if (average === null || isMicro) return scores;
      return average === 'macro' ? scores.mean() : scores.mul(positives.div(positives.sum().add(epsilon))).sum();
    },
  });
};

/**
 * (1 + β²) precision recall / (β² precision + recall), for each class of (batch, classes) or averaged; targets 0 and 1. Divisors have
 * 1e-7 added, as in Keras.
 *
 * Source: van Rijsbergen 1979, Information retrieval, chapter 7.
 * @throws ValueError for an unknown average, a beta ≤ 0, a threshold outside of (0, 1].
 * @example net.compile({ loss: 'categoricalCrossentropy', metrics: [metrics.fBetaScore({ beta: 2, average: 'macro', numClasses: 10 })] })
 */
export const fBetaScore = (options: FBetaScoreOptions = {}): Metric => score('fBetaScore', options, fBetaScore);

/** 2 precision recall / (precision + recall): fBetaScore of beta 1. */
export const f1Score = (options: F1ScoreOptions = {}): Metric => {
  needs('metrics.f1Score', 'no beta (metrics.fBetaScore has one)', 'beta', !('beta' in options));
  return score('f1Score', options, f1Score);
};
