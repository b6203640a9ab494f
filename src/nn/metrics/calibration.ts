import { unknownName } from '../../core/errors.ts';
import { arange, ones, where } from '../../tensor/create.ts';
import { wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { divideOrZero } from '../losses/loss.ts';
import { classNumbers, matched } from '../targets.ts';
import { defineMetric, elementWeight, type Metric, type MetricOptions, settleMetric } from './metric.ts';

export interface CalibrationErrorOptions extends MetricOptions {
  /** Bins of equal width for the confidence. Default 15. */
  readonly numBins?: number;
  /** 'l1': the mean gap (expected calibration error); 'l2': the root of the mean squared gap; 'max': the largest. Default 'l1'. */
  readonly norm?: 'l1' | 'l2' | 'max';
  /** The prediction is logits. Default false. */
  readonly fromLogits?: boolean;
}

const norms = ['l1', 'l2', 'max'];

/** Confidence of each decision, and whether it is right. */
const decisions = (target: Tensor, prediction: Tensor, fromLogits: boolean): [Tensor, Tensor] => {
  if (prediction.rank < 2 || prediction.shape.at(-1) === 1)
    return [fromLogits ? prediction.sigmoid() : prediction, matched('calibrationError', target, prediction).notEqual(0)];
  const chances = fromLogits ? prediction.softmax(-1) : prediction;
  const isOneHot = target.rank === prediction.rank && target.shape.at(-1) !== 1;
  const truth = isOneHot
    ? matched('calibrationError', target, prediction).argMax(-1)
    : classNumbers('calibrationError', target, prediction);
  return [chances.max(-1), truth.equal(prediction.argMax(-1))];
};

/**
 * How far confidence is from the truth: samples are put into bins (i / n, (i + 1) / n] by the probability of what is predicted, and in each
 * bin the mean confidence is compared with how many are right.
 *
 *     Σ (n_b / n) |right_b - confidence_b|      'l2': √ Σ (n_b / n) (…)²      'max': max |…|
 *
 * Targets are class numbers or one-hot, predictions (batch, …, classes); where predictions are one probability of class 1 each, that is the
 * confidence, and the share of ones the truth.
 *
 * Source: Guo, Pleiss, Sun, Weinberger 2017, arXiv:1706.04599; Naeini, Cooper, Hauskrecht 2015.
 */
export const calibrationError = (options: CalibrationErrorOptions = {}): Metric => {
  const { settled, base } = settleMetric('calibrationError', options, { numBins: 15, norm: 'l1' as const, fromLogits: false });
  const { norm, fromLogits } = settled;
  const bins = wholeNumber('metrics.calibrationError', 'numBins', settled.numBins, 1);
  if (!norms.includes(norm)) throw unknownName('norm of calibrationError', String(norm), norms);
  return defineMetric({
    ...{ ...base, sums: [[bins], [bins], [bins]] },
    contribution(target, prediction, { sampleWeight } = {}) {
      const [confidence, isRight] = decisions(target, prediction, fromLogits);
      const weight = elementWeight('calibrationError', confidence.shape, sampleWeight) ?? ones(confidence.shape);
      const bin = confidence
        .mul(bins)
        .ceil()
        .sub(1)
        .clip(0, bins - 1)
        .cast('int32');
      const isIn = bin.flatten().equal(arange(bins).expandDims(1)); // (bins, samples)
      const total = (values: Tensor): Tensor => where(isIn, values.flatten(), 0).sum(1);
      return [total(weight), total(confidence.mul(weight)), total(where(isRight, weight, 0))];
    },
    value(sums) {
      const [count, confidence, right] = sums as [Tensor, Tensor, Tensor];
      const gaps = divideOrZero(right.sub(confidence), count).abs();
      if (norm === 'max') return gaps.max();
      const shares = divideOrZero(count, count.sum().broadcastTo(count.shape));
      return norm === 'l1' ? shares.mul(gaps).sum() : shares.mul(gaps.square()).sum().sqrt();
    },
  });
};
