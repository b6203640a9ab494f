import { unknownName } from '../../core/errors.ts';
import type { Shape } from '../../core/shape.ts';
import { tensor, where } from '../../tensor/create.ts';
import { wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { divideOrZero, epsilon, needs } from '../losses/loss.ts';
import { classesOf, defineMetric, known, type Metric, type MetricOptions, settleMetric } from './metric.ts';
import { checkThresholds, countAbove, evenThresholds, type Thresholds, thresholdsIn } from './thresholds.ts';

export type Curve = 'ROC' | 'PR' | 'PRGAIN';
export type SummationMethod = 'interpolation' | 'minoring' | 'majoring';

const curves: readonly Curve[] = ['ROC', 'PR', 'PRGAIN'];
const methods: readonly SummationMethod[] = ['interpolation', 'minoring', 'majoring'];

export interface AucOptions extends MetricOptions {
  /** Thresholds at equal distances. Default 200. */
  readonly numThresholds?: number;
  /** 'ROC': recall over false positive rate; 'PR': precision over recall; 'PRGAIN': their gains. Default 'ROC'. */
  readonly curve?: Curve;
  /** Heights between thresholds: their mean, the smaller or the larger ones. Default 'interpolation'. */
  readonly summationMethod?: SummationMethod;
  /** Thresholds of one's own, from 0 to 1, instead of `numThresholds`. Default null. */
  readonly thresholds?: readonly number[] | null;
  /** One curve for each label of the last axis, whose areas are averaged. Default false: all elements make one. */
  readonly multiLabel?: boolean;
  /** Labels, with `multiLabel`; `fit` needs to know it beforehand. Default: those of the predictions. */
  readonly numLabels?: number | null;
  /** Weight of each label. Default null: all count 1. */
  readonly labelWeights?: readonly number[] | null;
  /** The prediction is logits. Default false. */
  readonly fromLogits?: boolean;
}

const thresholdsOf = (thresholds: readonly number[] | null, count: number): Thresholds => {
  if (thresholds === null) return evenThresholds(count, true);
  checkThresholds('metrics.auc', thresholds);
  return { limits: [-epsilon, ...[...thresholds].sort((a, b) => a - b), 1 + epsilon] };
};

const defaults = {
  ...{ numThresholds: 200, curve: 'ROC' as Curve, summationMethod: 'interpolation' as SummationMethod },
  ...{ thresholds: null, multiLabel: false, numLabels: null, labelWeights: null, fromLogits: false },
};

/**
 * The area under a curve of figures at all thresholds, summed over them as Keras does. Targets 0 and 1, predictions probabilities in
 * their shape; all elements count alike, or with `multiLabel` those of each label apart.
 *
 * Source: Fawcett 2006, An introduction to ROC analysis; Davis, Goadrich 2006, The relationship between precision-recall and ROC curves
 * (the interpolation of 'PR'); Flach, Kull 2015, Precision-recall-gain curves ('PRGAIN').
 * @throws ValueError for unknown curves and methods, less than two thresholds, thresholds outside of 0 to 1.
 * @example const auc = metrics.auc({ curve: 'PR' }); auc.update(tensor([0, 1, 1]), tensor([0.2, 0.6, 0.4])); await auc.result().item();
 */
export const auc = (options: AucOptions = {}): Metric => {
  const { settled, base } = settleMetric<AucOptions>('auc', options, defaults);
  const { curve, summationMethod, multiLabel, numLabels, labelWeights, fromLogits } = settled;
  if (!curves.includes(curve)) throw unknownName('curve', String(curve), curves);
  if (!methods.includes(summationMethod)) throw unknownName('summationMethod', String(summationMethod), methods);
  wholeNumber('metrics.auc', 'numThresholds', settled.numThresholds, 2);
  needs('metrics.auc', 'multiLabel: true for numLabels', numLabels, numLabels === null || multiLabel);
  const thresholds = thresholdsOf(settled.thresholds, settled.numThresholds);
  const count = thresholdsIn(thresholds);
  return defineMetric({
    ...base,
    sums() {
      const labels: Shape = multiLabel ? [known('auc', 'numLabels', numLabels)] : [];
      return [[count, ...labels], [count, ...labels], labels, labels];
    },
    forOutput: multiLabel && numLabels === null ? shape => auc({ ...options, numLabels: shape.at(-1) ?? 1 }) : undefined,
    contribution(target, prediction, { sampleWeight } = {}) {
      if (multiLabel) classesOf('auc', prediction.shape, 'numLabels', numLabels);
      const chances = fromLogits ? prediction.sigmoid() : prediction;
      const weights = multiLabel ? null : labelWeights;
      return countAbove('auc', target, chances, thresholds, { multiLabel, labelWeights: weights, sampleWeight });
    },
    value(sums) {
      const [tp, fp, positives, negatives] = sums as [Tensor, Tensor, Tensor, Tensor];
      const counts = { tp, fp, positives, negatives };
      const isInterpolatedPr = curve === 'PR' && summationMethod === 'interpolation';
      const terms = isInterpolatedPr ? interpolatedPr(counts) : riemann(...pointsOf(counts, curve), summationMethod);
      const areas = terms.sum(0);
      if (!multiLabel) return areas;
      if (labelWeights === null) return areas.mean();
      const weights = tensor([...labelWeights], { dtype: areas.dtype });
      return divideOrZero(areas.mul(weights).sum(), weights.sum());
    },
  });
};

interface Counts {
  readonly tp: Tensor;
  readonly fp: Tensor;
  readonly positives: Tensor;
  readonly negatives: Tensor;
}

/** All but the last, and all but the first along the axis of thresholds. */
const ends = (x: Tensor): [Tensor, Tensor] => {
  const size = [(x.shape[0] as number) - 1, ...x.shape.slice(1)];
  const none = size.slice(1).map(() => 0);
  return [x.slice([0, ...none], size), x.slice([1, ...none], size)];
};

const over = (x: Tensor, whole: Tensor): Tensor => divideOrZero(x, whole.broadcastTo(x.shape));

/** x and y of the curve at each threshold. */
const pointsOf = ({ tp, fp, positives, negatives }: Counts, curve: Curve): [Tensor, Tensor] => {
  if (curve === 'ROC') return [over(fp, negatives), over(tp, positives)];
  if (curve === 'PR') return [over(tp, positives), divideOrZero(tp, tp.add(fp))];
  const ratio = divideOrZero(positives, negatives);
  const gain = (missed: Tensor): Tensor => divideOrZero(missed, tp).mul(ratio).neg().add(1);
  const isNone = tp.equal(0);
  return [where(isNone, 0, gain(positives.sub(tp))).maximum(0), where(isNone, 1, gain(fp))];
};

/** Areas of rectangles between neighbouring thresholds. */
const riemann = (x: Tensor, y: Tensor, method: SummationMethod): Tensor => {
  const [[left, right], [first, second]] = [ends(x), ends(y)];
  const heights = {
    interpolation: () => first.add(second).div(2),
    minoring: () => first.minimum(second),
    majoring: () => first.maximum(second),
  };
  return left.sub(right).mul(heights[method]());
};

/**
 * Areas of the precision-recall curve between neighbouring thresholds, where true positives grow in proportion to all predicted positive:
 * the integral of (slope + intercept / p) over p. Davis, Goadrich 2006.
 */
const interpolatedPr = ({ tp, fp, positives }: Counts): Tensor => {
  const [[tpLeft, tpRight], [left, right]] = [ends(tp), ends(tp.add(fp))];
  const gained = tpLeft.sub(tpRight);
  const slope = divideOrZero(gained, left.sub(right).maximum(0));
  const intercept = tpRight.sub(slope.mul(right));
  const areBoth = left.greater(0).and(right.greater(0));
  const ratio = where(areBoth, left.div(where(areBoth, right, 1)), 1);
  return over(slope.mul(gained.add(intercept.mul(ratio.log()))), positives);
};
