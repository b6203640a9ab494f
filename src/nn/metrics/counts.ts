import type { Shape } from '../../core/shape.ts';
import { where } from '../../tensor/create.ts';
import { wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { divideOrZero, needs } from '../losses/loss.ts';
import { defineMetric, type Metric, type MetricOptions, settleMetric } from './metric.ts';
import { countAbove, evenThresholds, type Thresholds, type ThresholdsOption, thresholdsFrom, thresholdsIn } from './thresholds.ts';

/** Sums of weights, from which all figures of a threshold follow. */
interface Counts {
  readonly truePositives: Tensor;
  readonly falsePositives: Tensor;
  readonly trueNegatives: Tensor;
  readonly falseNegatives: Tensor;
  readonly positives: Tensor;
  readonly negatives: Tensor;
}

const countsFrom = ([truePositives, falsePositives, positives, negatives]: readonly Tensor[]): Counts => {
  const [tp, fp, p, n] = [truePositives, falsePositives, positives, negatives] as [Tensor, Tensor, Tensor, Tensor];
  return {
    ...{ truePositives: tp, falsePositives: fp, positives: p, negatives: n },
    // Differences of sums: weights may leave a last bit below 0.
    ...{ trueNegatives: n.sub(fp).maximum(0), falseNegatives: p.sub(tp).maximum(0) },
  };
};

const sumsFor = (thresholds: number): readonly Shape[] => [[thresholds], [thresholds], [], []];

/** One number where there is one threshold. */
const single = (x: Tensor): Tensor => (x.shape[0] === 1 ? x.squeeze(0) : x);

export interface ThresholdsOptions extends MetricOptions {
  /** Predictions above it are positive; a list gives a tensor of results, which `fit` cannot log. Default 0.5. */
  readonly thresholds?: ThresholdsOption;
}

const counting =
  (kind: string, figure: (counts: Counts) => Tensor) =>
  (options: ThresholdsOptions = {}): Metric => {
    const { settled, base } = settleMetric<ThresholdsOptions>(kind, options, { thresholds: null });
    const thresholds = thresholdsFrom(`metrics.${kind}`, settled.thresholds, 0.5);
    return defineMetric({
      ...{ ...base, sums: sumsFor(thresholdsIn(thresholds)) },
      contribution: (target, prediction, { sampleWeight } = {}) => countAbove(kind, target, prediction, thresholds, { sampleWeight }),
      value: sums => single(figure(countsFrom(sums))),
    });
  };

type Counting = (options?: ThresholdsOptions) => Metric;

/** Σ of the weights of elements that are 1 and predicted above the threshold. */
export const truePositives: Counting = counting('truePositives', counts => counts.truePositives);
/** Σ of the weights of elements that are 0 and predicted above the threshold. */
export const falsePositives: Counting = counting('falsePositives', counts => counts.falsePositives);
/** Σ of the weights of elements that are 0 and predicted not above the threshold. */
export const trueNegatives: Counting = counting('trueNegatives', counts => counts.trueNegatives);
/** Σ of the weights of elements that are 1 and predicted not above the threshold. */
export const falseNegatives: Counting = counting('falseNegatives', counts => counts.falseNegatives);

export interface RateOptions extends ThresholdsOptions {
  /** Only the k largest predictions of a row can be positive; without thresholds all of them are. Default null. */
  readonly topK?: number | null;
  /** Counts only this place of the last axis. Default null: all. */
  readonly classId?: number | null;
}

const rate =
  (kind: string, figure: (counts: Counts) => Tensor) =>
  (options: RateOptions = {}): Metric => {
    const { settled, base } = settleMetric<RateOptions>(kind, options, { thresholds: null, topK: null, classId: null });
    const { topK, classId } = settled;
    if (topK !== null) wholeNumber(`metrics.${kind}`, 'topK', topK, 1);
    if (classId !== null) wholeNumber(`metrics.${kind}`, 'classId', classId);
    const thresholds = thresholdsFrom(`metrics.${kind}`, settled.thresholds, topK === null ? 0.5 : -1e10);
    return defineMetric({
      ...{ ...base, sums: sumsFor(thresholdsIn(thresholds)) },
      contribution: (target, prediction, { sampleWeight } = {}) =>
        countAbove(kind, target, prediction, thresholds, { topK, classId, sampleWeight }),
      value: sums => single(figure(countsFrom(sums))),
    });
  };

type Rate = (options?: RateOptions) => Metric;

const precisionOf = ({ truePositives: tp, falsePositives: fp }: Counts): Tensor => divideOrZero(tp, tp.add(fp));
const recallOf = ({ truePositives: tp, positives }: Counts): Tensor => divideOrZero(tp, positives.broadcastTo(tp.shape));
const specificityOf = ({ trueNegatives: tn, negatives }: Counts): Tensor => divideOrZero(tn, negatives.broadcastTo(tn.shape));

/** true positives / all predicted positive; 0 where there are none. Targets 0 and 1, predictions in their shape. */
export const precision: Rate = rate('precision', precisionOf);
/** true positives / all that are positive (sensitivity); 0 where there are none. Targets 0 and 1, predictions in their shape. */
export const recall: Rate = rate('recall', recallOf);
/** true negatives / all that are negative; 0 where there are none. Targets 0 and 1, predictions in their shape. */
export const specificity: Rate = rate('specificity', specificityOf);

export interface OperatingPointOptions extends MetricOptions {
  /** Thresholds at equal distances from 0 to 1 among which the best is taken. Default 200. */
  readonly numThresholds?: number;
  /** Counts only this place of the last axis. Default null: all. */
  readonly classId?: number | null;
}

/** The largest `figure` among the thresholds at which `constraint` is at least a value; 0 where there is none. */
const operatingPoint =
  <Name extends string>(kind: string, name: Name, constraint: (counts: Counts) => Tensor, figure: (counts: Counts) => Tensor) =>
  (options: OperatingPointOptions & { readonly [K in Name]: number }): Metric => {
    const { [name]: least, ...others } = (options ?? {}) as OperatingPointOptions & Record<string, unknown>;
    const defaults = { numThresholds: 200, classId: null };
    const { settled, base } = settleMetric<OperatingPointOptions>(kind, others, defaults);
    needs(`metrics.${kind}`, `a ${name} from 0 to 1`, least, typeof least === 'number' && least >= 0 && least <= 1);
    wholeNumber(`metrics.${kind}`, 'numThresholds', settled.numThresholds, 1);
    if (settled.classId !== null) wholeNumber(`metrics.${kind}`, 'classId', settled.classId);
    const thresholds: Thresholds = evenThresholds(settled.numThresholds, false);
    return defineMetric({
      ...{ ...base, config: { [name]: least as number, ...base.config }, sums: sumsFor(thresholdsIn(thresholds)) },
      contribution: (target, prediction, { sampleWeight } = {}) =>
        countAbove(kind, target, prediction, thresholds, { classId: settled.classId, sampleWeight }),
      value(sums) {
        const counts = countsFrom(sums);
        return where(constraint(counts).greaterEqual(least as number), figure(counts), 0).max();
      },
    });
  };

type AtOptions<Name extends string> = OperatingPointOptions & { readonly [K in Name]: number };

/** The best precision at thresholds whose recall is at least `recall`. @throws ValueError for a recall outside of 0 to 1. */
export const precisionAtRecall: (options: AtOptions<'recall'>) => Metric = operatingPoint(
  'precisionAtRecall',
  'recall',
  recallOf,
  precisionOf,
);
/** The best recall at thresholds whose precision is at least `precision`. @throws ValueError for a precision outside of 0 to 1. */
export const recallAtPrecision: (options: AtOptions<'precision'>) => Metric = operatingPoint(
  'recallAtPrecision',
  'precision',
  precisionOf,
  recallOf,
);
/** The best sensitivity (recall) at thresholds whose specificity is at least `specificity`. @throws ValueError outside of 0 to 1. */
export const sensitivityAtSpecificity: (options: AtOptions<'specificity'>) => Metric = operatingPoint(
  'sensitivityAtSpecificity',
  'specificity',
  specificityOf,
  recallOf,
);
/** The best specificity at thresholds whose sensitivity (recall) is at least `sensitivity`. @throws ValueError outside of 0 to 1. */
export const specificityAtSensitivity: (options: AtOptions<'sensitivity'>) => Metric = operatingPoint(
  'specificityAtSensitivity',
  'sensitivity',
  recallOf,
  specificityOf,
);
