import type { Config } from '../core/config.ts';
import { unknownName } from '../core/errors.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { full, zeros } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { type LossFunction, lossesByName } from './losses/byName.ts';
import type { LossCallOptions } from './losses/loss.ts';
import { classNumbers, matched, spreadWeight } from './targets.ts';

/**
 * A figure over many samples. It keeps sums, so that what a batch contributes is simply added: the pure part (`sums`, `contribution`,
 * `value`) works inside of a compiled program; `update`, `result` and `reset` keep the sums themselves.
 */
export interface Metric {
  readonly kind: string;
  /** Its name in logs and histories. */
  readonly name: string;
  readonly config: Config;
  /** Shapes of the sums, float32, which begin at 0. */
  readonly sums: readonly Shape[];
  /** What a batch adds to the sums. */
  contribution(target: Tensor, prediction: Tensor, options?: LossCallOptions): Tensor[];
  /** The figure, from the sums. */
  value(sums: readonly Tensor[]): Tensor;
  /** The figure on the host, where the sums are a total and a count. */
  readonly isMean: boolean;
  update(target: Tensor, prediction: Tensor, options?: LossCallOptions): void;
  result(): Tensor;
  reset(): void;
}

/** From target and prediction to one value a sample (batch, …). */
export type SampleValues = (target: Tensor, prediction: Tensor) => Tensor;

export interface MetricParts {
  readonly kind: string;
  readonly name?: string | undefined;
  readonly config?: Config;
  readonly sums: readonly Shape[];
  readonly isMean?: boolean;
  readonly contribution: Metric['contribution'];
  readonly value: Metric['value'];
}

/** A metric from its pure part. */
export const defineMetric = ({ kind, name = kind, config = {}, sums, isMean = false, contribution, value }: MetricParts): Metric => {
  const start = (): Tensor[] => sums.map(shape => zeros(shape));
  let kept: readonly Tensor[] | undefined;
  return {
    ...{ kind, name, config, sums, isMean, contribution, value },
    update(target, prediction, options = {}) {
      unknownOptions(kind, options, ['sampleWeight']);
      const added = contribution(target, prediction, options);
      kept = (kept ?? start()).map((sum, index) => sum.add(added[index] as Tensor));
    },
    result: () => value(kept ?? start()),
    reset: () => {
      kept = undefined;
    },
  };
};

/** Σ w v / Σ w over all samples; 0 before the first. */
export const meanMetric = (kind: string, values: SampleValues, options: MetricOptions = {}, config: Config = {}): Metric =>
  defineMetric({
    ...{ kind, name: options.name, config: options.name === undefined ? config : { ...config, name: options.name } },
    ...{ sums: [[], []], isMean: true },
    contribution(target, prediction, { sampleWeight } = {}) {
      const each = values(target, prediction).cast('float32');
      if (sampleWeight === undefined) return [each.sum(), full([], sizeOf(each.shape))];
      const weight = spreadWeight(kind, sampleWeight, each).broadcastTo(each.shape);
      return [each.mul(weight).sum(), weight.sum()];
    },
    value([total, count]) {
      return (total as Tensor).div((count as Tensor).maximum(1e-30));
    },
  });

export interface MetricOptions {
  /** The name in logs and histories. */
  readonly name?: string;
}

const named = (kind: string, options: MetricOptions): MetricOptions => {
  unknownOptions(`metrics.${kind}`, options, ['name', 'threshold']);
  return options;
};

export interface BinaryAccuracyOptions extends MetricOptions {
  /** Predictions above it count as 1. Default 0.5. */
  readonly threshold?: number;
}

const meanOfLast = (x: Tensor): Tensor => (x.rank > 1 ? x.mean(-1) : x);

/** How often (prediction > threshold) is the target, mean over the last axis. */
const binary =
  (threshold: number): SampleValues =>
  (target, prediction) =>
    meanOfLast(matched('binaryAccuracy', target, prediction).equal(prediction.greater(threshold).cast(prediction.dtype)).cast('float32'));

const categorical: SampleValues = (target, prediction) =>
  matched('categoricalAccuracy', target, prediction).argMax(-1).equal(prediction.argMax(-1)).cast('float32');

const sparse: SampleValues = (target, prediction) =>
  classNumbers('sparseCategoricalAccuracy', target, prediction).equal(prediction.argMax(-1)).cast('float32');

export const binaryAccuracy = (options: BinaryAccuracyOptions = {}): Metric => {
  const { threshold = 0.5 } = named('binaryAccuracy', options) as BinaryAccuracyOptions;
  return meanMetric('binaryAccuracy', binary(threshold), options, threshold === 0.5 ? {} : { threshold });
};

/** How often the largest prediction is at the place of the largest target. */
export const categoricalAccuracy = (options: MetricOptions = {}): Metric =>
  meanMetric('categoricalAccuracy', categorical, named('categoricalAccuracy', options));

/** How often the largest prediction is at the place that the target names. */
export const sparseCategoricalAccuracy = (options: MetricOptions = {}): Metric =>
  meanMetric('sparseCategoricalAccuracy', sparse, named('sparseCategoricalAccuracy', options));

/**
 * The accuracy that fits the shapes, as Keras picks it for 'accuracy': predictions of one number a row are binary; targets that are
 * class numbers are looked up; else both are compared at their largest.
 */
export const accuracy = (options: MetricOptions = {}): Metric =>
  meanMetric(
    'accuracy',
    (target, prediction) => {
      const last = prediction.shape.at(-1);
      if (prediction.rank < 2 || last === 1) return binary(0.5)(target, prediction);
      const areNumbers = target.rank < prediction.rank || (target.shape.at(-1) === 1 && last !== 1);
      return (areNumbers ? sparse : categorical)(target, prediction);
    },
    named('accuracy', options),
  );

const ofLoss =
  (kind: string) =>
  (options: MetricOptions = {}): Metric => {
    const { values } = (lossesByName[kind] as () => { values: SampleValues })();
    return meanMetric(kind, values, named(kind, options));
  };

type Simple = (options?: MetricOptions) => Metric;

export const meanSquaredError: Simple = ofLoss('meanSquaredError');
export const meanAbsoluteError: Simple = ofLoss('meanAbsoluteError');

/** √ of the mean squared error over all samples. */
export const rootMeanSquaredError = (options: MetricOptions = {}): Metric => {
  const squared = meanSquaredError(named('rootMeanSquaredError', options));
  return defineMetric({
    ...{ kind: 'rootMeanSquaredError', name: options.name, config: squared.config, sums: squared.sums },
    contribution: squared.contribution,
    value: sums => squared.value(sums).sqrt(),
  });
};

/** Metrics by name. */
export const metricsByName: Readonly<Record<string, (options?: never) => Metric>> = {
  ...{ accuracy, binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy, meanSquaredError, meanAbsoluteError },
  ...{ rootMeanSquaredError },
};

export type MetricOption = string | Metric | LossFunction | { readonly kind: string; readonly config: Config };

/** @throws ValueError for an unknown name, with the nearest known one. */
export const metricOf = (option: MetricOption): Metric => {
  if (typeof option === 'function') return meanMetric(option.name || 'metric', ownValues(option));
  if (typeof option === 'object' && 'contribution' in option) return option;
  const kind = typeof option === 'string' ? option : option?.kind;
  const make = Object.hasOwn(metricsByName, kind) ? metricsByName[kind] : undefined;
  if (make === undefined) throw unknownName('metric', String(kind), Object.keys(metricsByName));
  return make((typeof option === 'string' ? undefined : option.config) as never);
};

const ownValues =
  (f: LossFunction): SampleValues =>
  (target, prediction) => {
    const values: unknown = f(target, prediction);
    if (isTensor(values)) return values;
    throw unknownName('metric result', typeof values, ['a tensor']);
  };
