import { arange, where } from '../../tensor/create.ts';
import { wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Values } from '../losses/loss.ts';
import { classNumbers, matched, rows } from '../targets.ts';
import { type Metric, type MetricOptions, meanMetric, type PlainMetric, settleMetric } from './metric.ts';

export interface BinaryAccuracyOptions extends MetricOptions {
  /** Predictions above it count as 1. Default 0.5. */
  readonly threshold?: number;
}

const binary =
  (threshold: number): Values =>
  (target, prediction) =>
    matched('binaryAccuracy', target, prediction).equal(prediction.greater(threshold).cast(prediction.dtype)).cast('float32');

const categorical: Values = (target, prediction) =>
  matched('categoricalAccuracy', target, rows('categoricalAccuracy', prediction)).argMax(-1).equal(prediction.argMax(-1)).cast('float32');

const sparse: Values = (target, prediction) =>
  classNumbers('sparseCategoricalAccuracy', target, prediction).equal(prediction.argMax(-1)).cast('float32');

/** How often (prediction > threshold) is the target, 0 or 1, of all elements. */
export const binaryAccuracy = (options: BinaryAccuracyOptions = {}): Metric => {
  const { settled, base } = settleMetric('binaryAccuracy', options, { threshold: 0.5 });
  return meanMetric(base, binary(settled.threshold));
};

const plain =
  (kind: string, values: Values): PlainMetric =>
  (options = {}) =>
    meanMetric(settleMetric(kind, options, {}).base, values);

/** How often the largest prediction is at the place of the largest target, along the last axis. */
export const categoricalAccuracy: PlainMetric = plain('categoricalAccuracy', categorical);

/** How often the largest prediction of the last axis is at the place that the target names. */
export const sparseCategoricalAccuracy: PlainMetric = plain('sparseCategoricalAccuracy', sparse);

/**
 * The accuracy that fits the shapes, as Keras picks it for 'accuracy': predictions of one number a row are binary; targets that are
 * class numbers are looked up; else both are compared at their largest. (The class `keras.metrics.Accuracy` compares for equality.)
 */
export const accuracy: PlainMetric = plain('accuracy', (target, prediction) => {
  const last = prediction.shape.at(-1);
  if (prediction.rank < 2 || last === 1) return binary(0.5)(target, prediction);
  const areNumbers = target.rank < prediction.rank || (target.shape.at(-1) === 1 && last !== 1);
  return (areNumbers ? sparse : categorical)(target, prediction);
});

export interface TopKOptions extends MetricOptions {
  /** How many guesses are allowed. Default 5. */
  readonly k?: number;
}

/** Whether less than k predictions of a row are larger than that of the target's class. */
const amongTop = (numbers: Tensor, prediction: Tensor, k: number): Tensor => {
  const isTarget = numbers.expandDims(-1).equal(arange(prediction.shape.at(-1) as number));
  const own = where(isTarget, prediction, Number.NEGATIVE_INFINITY).max(-1, { keepDims: true });
  return prediction.greater(own).cast('int32').sum(-1).less(k).and(isTarget.any(-1)).and(own.isNaN().not().squeeze(-1)).cast('float32');
};

/** How often the place of the largest target is among the k largest predictions of the last axis; ties count as right, as in Keras. */
export const topKCategoricalAccuracy = (options: TopKOptions = {}): Metric => {
  const kind = 'topKCategoricalAccuracy';
  const { settled, base } = settleMetric(kind, options, { k: 5 });
  const k = wholeNumber(`metrics.${kind}`, 'k', settled.k, 1);
  const values: Values = (target, prediction) => amongTop(matched(kind, target, rows(kind, prediction)).argMax(-1), prediction, k);
  return meanMetric(base, values);
};

export interface SparseTopKOptions extends TopKOptions {
  /** The predictions are class numbers already, best first. Default false: they are scores of each class. */
  readonly fromSortedIds?: boolean;
}

/** How often the target's class is among the k largest predictions of the last axis; ties count as right, as in Keras. */
export const sparseTopKCategoricalAccuracy = (options: SparseTopKOptions = {}): Metric => {
  const kind = 'sparseTopKCategoricalAccuracy';
  const { settled, base } = settleMetric(kind, options, { k: 5, fromSortedIds: false });
  const k = wholeNumber(`metrics.${kind}`, 'k', settled.k, 1);
  const values: Values = (target, prediction) => {
    const numbers = classNumbers(kind, target, prediction);
    if (!settled.fromSortedIds) return amongTop(numbers, prediction, k);
    const taken = Math.min(k, prediction.shape.at(-1) as number);
    const best = prediction.slice(
      prediction.shape.map(() => 0),
      prediction.shape.map((size, axis) => (axis === prediction.rank - 1 ? taken : size)),
    );
    return best.cast('int32').equal(numbers.expandDims(-1)).any(-1).cast('float32');
  };
  return meanMetric(base, values);
};
