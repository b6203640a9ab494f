import type { Config } from '../../core/config.ts';
import { ValueError } from '../../core/errors.ts';
import { unknownOptions } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { ownFunction } from '../activations.ts';
import { binaryCrossentropy as binaryLoss } from '../losses/binary.ts';
import { type LossOption, lossOf } from '../losses/byName.ts';
import { categoricalCrossentropy as categoricalLoss, sparseCategoricalCrossentropy as sparseLoss } from '../losses/categorical.ts';
import { klDivergence as klLoss, poisson as poissonLoss } from '../losses/divergences.ts';
import type { Loss } from '../losses/loss.ts';
import { categoricalHinge as categoricalHingeLoss, hinge as hingeLoss, squaredHinge as squaredHingeLoss } from '../losses/margins.ts';
import * as regression from '../losses/regression.ts';
import {
  defineMetric,
  type Metric,
  type MetricOptions,
  meanMetric,
  ofValues,
  type PlainMetric,
  settleMetric,
  type ValueMetric,
} from './metric.ts';

/** The mean of a loss's values, with those of its options that are given as known. */
const meanOf =
  <O extends object>(kind: string, loss: (options?: O) => Loss, optionNames: readonly (keyof O & string)[]) =>
  (options: Pick<O, keyof O & string> & MetricOptions): Metric => {
    unknownOptions(`metrics.${kind}`, options, [...optionNames, 'name']);
    const { name, ...others } = options;
    const { counted, config } = loss(others as unknown as O);
    return meanMetric({ kind, name, config }, counted);
  };

const plain = (kind: string, loss: (options?: object) => Loss): PlainMetric => {
  const make = meanOf(kind, loss, []);
  return (options = {}) => make(options);
};

/** Mean of losses.meanSquaredError over all samples. */
export const meanSquaredError: PlainMetric = plain('meanSquaredError', regression.meanSquaredError);
/** Mean of losses.meanAbsoluteError over all samples. */
export const meanAbsoluteError: PlainMetric = plain('meanAbsoluteError', regression.meanAbsoluteError);
/** Mean of losses.meanAbsolutePercentageError over all samples. */
export const meanAbsolutePercentageError: PlainMetric = plain('meanAbsolutePercentageError', regression.meanAbsolutePercentageError);
/** Mean of losses.meanSquaredLogarithmicError over all samples. */
export const meanSquaredLogarithmicError: PlainMetric = plain('meanSquaredLogarithmicError', regression.meanSquaredLogarithmicError);
/** Mean of losses.logCosh over all samples. */
export const logCoshError: PlainMetric = plain('logCoshError', regression.logCosh);
/** Mean of losses.hinge over all samples. */
export const hinge: PlainMetric = plain('hinge', hingeLoss);
/** Mean of losses.squaredHinge over all samples. */
export const squaredHinge: PlainMetric = plain('squaredHinge', squaredHingeLoss);
/** Mean of losses.categoricalHinge over all samples. */
export const categoricalHinge: PlainMetric = plain('categoricalHinge', categoricalHingeLoss);
/** Mean of losses.klDivergence over all samples. */
export const klDivergence: PlainMetric = plain('klDivergence', klLoss);
/** Mean of losses.poisson over all samples. */
export const poisson: PlainMetric = plain('poisson', poissonLoss);

export interface BinaryCrossentropyMetricOptions extends MetricOptions {
  /** The prediction is logits. Default false. */
  readonly fromLogits?: boolean;
  /** Targets move so far towards equal probabilities. Default 0. */
  readonly labelSmoothing?: number;
}

/** Mean of losses.binaryCrossentropy over all samples. */
export const binaryCrossentropy = (options: BinaryCrossentropyMetricOptions = {}): Metric =>
  meanOf('binaryCrossentropy', binaryLoss, ['fromLogits', 'labelSmoothing'])(options);

export interface CategoricalCrossentropyMetricOptions extends BinaryCrossentropyMetricOptions {
  /** The axis of the classes. Default -1. */
  readonly axis?: number;
}

/** Mean of losses.categoricalCrossentropy over all samples. */
export const categoricalCrossentropy = (options: CategoricalCrossentropyMetricOptions = {}): Metric =>
  meanOf('categoricalCrossentropy', categoricalLoss, ['fromLogits', 'labelSmoothing', 'axis'])(options);

export interface PerplexityOptions extends MetricOptions {
  /** The prediction is logits. Default false. */
  readonly fromLogits?: boolean;
  /** Targets of this number do not count. Default null: all count. */
  readonly ignoreClass?: number | null;
}

export interface SparseCrossentropyMetricOptions extends PerplexityOptions {
  /** The axis of the classes. Default -1. */
  readonly axis?: number;
}

/**
 * Mean of losses.sparseCategoricalCrossentropy over all samples that count. (Keras 3.15 counts what `ignoreClass` names as 0 unless
 * there are sample weights; here it never counts.)
 */
export const sparseCategoricalCrossentropy = (options: SparseCrossentropyMetricOptions = {}): Metric =>
  meanOf('sparseCategoricalCrossentropy', sparseLoss, ['fromLogits', 'ignoreClass', 'axis'])(options);

/**
 * exp of the mean crossentropy of all tokens that count: as many tokens as would be equally likely. Targets (batch, …) are class numbers,
 * predictions (batch, …, classes).
 *
 * Source: Jelinek, Mercer, Bahl, Baker 1977, Perplexity - a measure of the difficulty of speech recognition tasks.
 */
export const perplexity = (options: PerplexityOptions = {}): Metric => {
  const { base } = settleMetric('perplexity', options, { fromLogits: false, ignoreClass: null });
  const { name: _, ...others } = options;
  const mean = sparseCategoricalCrossentropy(others);
  return defineMetric({ ...base, sums: mean.sums, contribution: mean.contribution, value: sums => mean.value(sums).exp() });
};

export interface CosineSimilarityMetricOptions extends MetricOptions {
  /** The axis that is summed over. Default -1. */
  readonly axis?: number;
}

/** Mean of Σ t p / (|t| |p|) over all samples: 1 for the same direction. (losses.cosineSimilarity is its negative.) */
export const cosineSimilarity = (options: CosineSimilarityMetricOptions = {}): Metric => {
  const { settled, base } = settleMetric('cosineSimilarity', options, { axis: -1 });
  const values = (target: Tensor, prediction: Tensor): Tensor => regression.cosine('cosineSimilarity', target, prediction, settled.axis);
  return meanMetric(base, values);
};

/** Mean of values: `mean().update(values, { sampleWeight })`; in a model, of the predictions. */
export const mean = (options: MetricOptions = {}): ValueMetric => {
  const { base } = settleMetric('mean', options, {});
  return ofValues(meanMetric(base, (_, values) => values));
};

/** Sum of values: `sum().update(values, { sampleWeight })`; in a model, of the predictions. */
export const sum = (options: MetricOptions = {}): ValueMetric => {
  const { base } = settleMetric('sum', options, {});
  const total = meanMetric(base, (_, values) => values);
  return ofValues(
    defineMetric({
      ...{ ...base, sums: [[]] },
      contribution: (target, values, weights) => total.contribution(target, values, weights).slice(0, 1),
      value: ([whole]) => whole as Tensor,
    }),
  );
};

export interface MeanMetricWrapperOptions extends MetricOptions {
  /** What is averaged: a loss, its name, or a function of target and prediction that gives one value a sample. */
  readonly fn: LossOption;
}

/**
 * Mean of a loss's values, or of a function of your own, over all samples. `compile({ metrics: [losses.huber()] })` makes it by itself.
 *
 * @throws ValueError where there is no fn.
 * @example metrics.meanMetricWrapper({ fn: losses.huber({ delta: 2 }), name: 'huber' })
 */
export const meanMetricWrapper = (options: MeanMetricWrapperOptions): Metric => {
  unknownOptions('metrics.meanMetricWrapper', options ?? {}, ['fn', 'name']);
  if (options?.fn === undefined) throw new ValueError('metrics.meanMetricWrapper needs fn: a loss, its name, or a function.');
  const loss = lossOf(options.fn);
  const isOwn = loss.kind === ownFunction;
  const ownName = isOwn && typeof options.fn === 'function' ? options.fn.name || 'metric' : loss.kind;
  const config: Config = isOwn ? {} : { fn: { kind: loss.kind, config: loss.config } };
  return meanMetric({ kind: isOwn ? ownFunction : 'meanMetricWrapper', name: options.name ?? ownName, config }, loss.counted);
};
