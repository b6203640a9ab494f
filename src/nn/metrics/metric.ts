import type { Config } from '../../core/config.ts';
import { formatShape, ShapeError, ValueError } from '../../core/errors.ts';
import { type Shape, sizeOf } from '../../core/shape.ts';
import { full, where, zeros } from '../../tensor/create.ts';
import { unknownOptions } from '../../tensor/options.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import { type LossCallOptions, type Settled, settle, type Values } from '../losses/loss.ts';
import { spreadWeight } from '../targets.ts';

/**
 * A figure over many samples. It keeps sums, so that what a batch contributes is simply added, and the figure is that of all samples,
 * however they were batched: the pure part (`sums`, `contribution`, `value`) works inside of a compiled program; `update`, `result` and
 * `reset` keep the sums themselves, in float64.
 */
export interface Metric {
  readonly kind: string;
  /** Its name in logs and histories. */
  readonly name: string;
  readonly config: Config;
  /** Shapes of the sums, which begin at 0. @throws ValueError where they depend on a number of classes that is not known yet. */
  readonly sums: readonly Shape[];
  /** What a batch adds to the sums, in float32 or float64. */
  contribution(target: Tensor, prediction: Tensor, options?: LossCallOptions): Tensor[];
  /** The figure, from the sums: one number, or for some metrics a tensor of several. */
  value(sums: readonly Tensor[]): Tensor;
  /** The figure on the host, where the sums are a total and a count. */
  readonly isMean: boolean;
  /** The same metric for predictions of this shape, where its sums have an axis of classes and their number was not given. */
  readonly forOutput?: (prediction: Shape) => Metric;
  update(target: Tensor, prediction: Tensor, options?: LossCallOptions): void;
  result(): Tensor;
  reset(): void;
}

export interface MetricParts {
  readonly kind: string;
  readonly name?: string | undefined;
  readonly config?: Config;
  readonly sums: readonly Shape[] | (() => readonly Shape[]);
  readonly isMean?: boolean;
  readonly contribution: Metric['contribution'];
  readonly value: Metric['value'];
  readonly forOutput?: ((prediction: Shape) => Metric) | undefined;
}

const inFloat64 = (x: Tensor): Tensor => (x.dtype === 'float64' ? x : x.cast('float64'));

/** A metric from its pure part. A name that was given joins the config. */
export const defineMetric = (parts: MetricParts): Metric => {
  const { kind, name, config = {}, sums, isMean = false, contribution, value, forOutput } = parts;
  const shapes = (): readonly Shape[] => (typeof sums === 'function' ? sums() : sums);
  let kept: readonly Tensor[] | undefined;
  return {
    ...{ kind, name: name ?? kind, config: name === undefined ? config : { ...config, name }, isMean, contribution, value },
    ...(forOutput === undefined ? {} : { forOutput }),
    get sums() {
      return shapes();
    },
    update(target, prediction, options = {}) {
      unknownOptions(kind, options, ['sampleWeight']);
      const added = contribution(target, prediction, options).map(inFloat64); // in float32 a count would stop at 2²⁴
      kept = kept === undefined ? added : kept.map((sum, index) => sum.add(added[index] as Tensor));
    },
    result: () => value(kept ?? shapes().map(shape => zeros(shape))).cast('float32'),
    reset: () => {
      kept = undefined;
    },
  };
};

export interface MetricOptions {
  /** The name in logs and histories. */
  readonly name?: string;
}

/** A metric without options of its own. */
export type PlainMetric = (options?: MetricOptions) => Metric;

/** What a metric is called, and what it was made with. */
export type MetricBase = Required<Pick<MetricParts, 'kind' | 'config'>> & Pick<MetricParts, 'name'>;

/** The options of a metric, filled up by their defaults. Refuses unknown ones. */
export const settleMetric = <O extends MetricOptions>(
  kind: string,
  options: O,
  defaults: Settled<O>,
): { readonly settled: Settled<O>; readonly base: MetricBase } => {
  const { settled, config } = settle(`metrics.${kind}`, options, defaults, ['name']);
  return { settled, base: { kind, name: options.name, config } };
};

/** Σ w v / Σ w over all samples that count; 0 before the first. */
export const meanMetric = (base: MetricBase, values: Values): Metric =>
  defineMetric({
    ...{ ...base, sums: [[], []], isMean: true },
    contribution(target, prediction, { sampleWeight } = {}) {
      const result = values(target, prediction);
      const { values: raw, counts } = 'values' in result ? result : { values: result, counts: undefined };
      const each = raw.cast('float32');
      if (sampleWeight === undefined && counts === undefined) return [each.sum(), full([], sizeOf(each.shape))];
      const spread = sampleWeight === undefined ? full(each.shape, 1) : spreadWeight(base.kind, sampleWeight, each).broadcastTo(each.shape);
      const weight = counts === undefined ? spread : where(counts, spread, 0);
      return [each.mul(weight).sum(), weight.sum()];
    },
    value([total, count]) {
      return (total as Tensor).div((count as Tensor).maximum(1e-30));
    },
  });

/** A weight for each element of a shape, float32; undefined where all count 1. */
export const elementWeight = (kind: string, shape: Shape, sampleWeight: Tensor | undefined): Tensor | undefined =>
  sampleWeight === undefined ? undefined : spreadWeight(kind, sampleWeight, zeros(shape)).broadcastTo(shape);

/** A number of classes that sums have an axis of, once it is known. */
export const known = (kind: string, option: string, count: number | null): number => {
  if (count !== null) return count;
  throw new ValueError(
    `metrics.${kind} keeps sums for each class, and does not know how many there are: give ${option}, as in metrics.${kind}({ ${option}: 10 }).`,
  );
};

/** The last axis of a prediction, where it is the number of classes that was given, if one was. */
export const classesOf = (kind: string, prediction: Shape, option: string, count: number | null): number => {
  const last = prediction.length < 2 ? 1 : (prediction.at(-1) as number);
  if (count === null || count === last) return last;
  throw new ShapeError(`metrics.${kind} was made for ${option} = ${count}, and meets a prediction of shape ${formatShape(prediction)}.`);
};

/** A metric of values alone: `update(values)`. In a model it is one of the predictions. */
export interface ValueMetric extends Metric {
  update(values: Tensor, options?: LossCallOptions): void;
  update(target: Tensor, prediction: Tensor, options?: LossCallOptions): void;
}

/** A metric of values alone from one of targets and predictions that does not look at the targets. */
export const ofValues = (metric: Metric): ValueMetric => ({
  ...metric,
  update(values: Tensor, second?: Tensor | LossCallOptions, options?: LossCallOptions) {
    if (isTensor(second)) metric.update(values, second, options);
    else metric.update(values, values, second);
  },
});
