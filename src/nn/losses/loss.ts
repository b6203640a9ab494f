import { type Config, type ConfigValue, compact } from '../../core/config.ts';
import { unknownName, ValueError } from '../../core/errors.ts';
import { sizeOf } from '../../core/shape.ts';
import { where } from '../../tensor/create.ts';
import { unknownOptions } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { spreadWeight } from '../targets.ts';

/**
 * How the values of the samples, times their weights, become the loss:
 *
 * - 'sumOverBatchSize' and 'mean': their sum, divided by how many there are (weights or not, as in Keras);
 * - 'meanWithSampleWeight': their sum, divided by the sum of the weights;
 * - 'sum': their sum; 'none': as they are.
 *
 * Values that do not count (`ignoreClass`) are not counted by any mean.
 */
export type Reduction = 'sumOverBatchSize' | 'mean' | 'meanWithSampleWeight' | 'sum' | 'none';

export interface ReductionOption {
  /** Default 'sumOverBatchSize'. */
  readonly reduction?: Reduction;
}

export interface LossCallOptions {
  /** (batch), or as many axes as the values have: multiplies the values before they are reduced. */
  readonly sampleWeight?: Tensor;
}

/** One value a sample (batch, …) and, where not all of them count, which do (bool, of the same shape). */
export interface CountedValues {
  readonly values: Tensor;
  readonly counts?: Tensor;
}

/** What training makes small: from target and prediction to one number, or with `reduction: 'none'` to one a sample. */
export interface Loss {
  (target: Tensor, prediction: Tensor, options?: LossCallOptions): Tensor;
  readonly kind: string;
  readonly config: Config;
  readonly reduction: Reduction;
  /** One value a sample (batch, …), before weights and reduction; 0 for what does not count. */
  values(target: Tensor, prediction: Tensor): Tensor;
  /** The same, with which of them count. */
  counted(target: Tensor, prediction: Tensor): CountedValues;
}

export type Values = (target: Tensor, prediction: Tensor) => Tensor | CountedValues;

const reductions: readonly Reduction[] = ['sumOverBatchSize', 'mean', 'meanWithSampleWeight', 'sum', 'none'];

/** x / y, and 0 where y is 0, with the derivative 0 there. */
export const divideOrZero = (x: Tensor, y: Tensor): Tensor => {
  const isZero = y.equal(0);
  return where(isZero, 0, x.div(where(isZero, 1, y)));
};

const reduced = (what: string, { values, counts }: CountedValues, reduction: Reduction, { sampleWeight }: LossCallOptions): Tensor => {
  const weight = sampleWeight === undefined ? undefined : spreadWeight(what, sampleWeight, values);
  const weighted = weight === undefined ? values : values.mul(weight);
  if (reduction === 'none') return weighted;
  const total = weighted.sum();
  if (reduction === 'sum') return total;
  if (reduction === 'meanWithSampleWeight' && weight !== undefined) {
    const spread = weight.broadcastTo(values.shape);
    return divideOrZero(total, (counts === undefined ? spread : where(counts, spread, 0)).sum());
  }
  return total.div(counts === undefined ? Math.max(1, sizeOf(values.shape)) : counts.cast(total.dtype).sum().maximum(1));
};

/** The options of a loss besides the reduction, with nothing left out. */
export type Settled<O> = { readonly [K in Exclude<keyof O, 'reduction' | 'name'>]-?: Exclude<O[K], undefined> };

/** Defaults that say nothing of the type: null, or a list. */
const isOpen = (usual: unknown): boolean => typeof usual === 'object';

/** Options filled up by their defaults, and the config: what differs from them. Refuses unknown options and values of another type. */
export const settle = <O extends object>(
  what: string,
  options: O,
  defaults: Settled<O>,
  others: readonly string[],
): { readonly settled: Settled<O>; readonly config: Config } => {
  unknownOptions(what, options, [...Object.keys(defaults), ...others]);
  const given = Object.entries(options).filter(([key, value]) => value !== undefined && key in defaults);
  for (const [key, value] of given) {
    const usual: unknown = defaults[key as keyof Settled<O>];
    const isSound =
      value === null
        ? usual === null || typeof usual === 'string'
        : isOpen(usual) || (typeof value === typeof usual && !Number.isNaN(value));
    if (!isSound) throw new ValueError(`${what} needs ${key} to be a ${typeof usual}, got ${JSON.stringify(value) ?? String(value)}.`);
  }
  const changed = given.filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(defaults[key as keyof Settled<O>]));
  return {
    settled: { ...defaults, ...Object.fromEntries(given) } as Settled<O>,
    config: Object.fromEntries(changed) as { readonly [key: string]: ConfigValue },
  };
};

/** The error for an option whose value makes no sense: `needs('losses.huber', 'a delta > 0', delta, delta > 0)`. */
export const needs = (what: string, need: string, value: unknown, holds: boolean): void => {
  if (!holds) throw new ValueError(`${what} needs ${need}, got ${JSON.stringify(value) ?? String(value)}.`);
};

/** A loss from its options and from one value a sample. */
export const defineLoss = <O extends ReductionOption>(
  kind: string,
  options: O,
  defaults: Settled<O>,
  valuesFor: (settled: Settled<O>) => Values,
): Loss => {
  const { settled, config } = settle(`losses.${kind}`, options, defaults, ['reduction']);
  return lossFrom(kind, config, options.reduction, valuesFor(settled));
};

/** A loss from one value a sample. */
export const lossFrom = (kind: string, config: Config, given: Reduction | undefined, values: Values): Loss => {
  const reduction = given ?? 'sumOverBatchSize';
  if (!reductions.includes(reduction)) throw unknownName('reduction', String(reduction), reductions);
  const counted = (target: Tensor, prediction: Tensor): CountedValues => {
    const result = values(target, prediction);
    return 'values' in result ? result : { values: result };
  };
  const call = (target: Tensor, prediction: Tensor, callOptions: LossCallOptions = {}): Tensor => {
    unknownOptions(kind, callOptions, ['sampleWeight']);
    return reduced(kind, counted(target, prediction), reduction, callOptions);
  };
  return Object.assign(call, {
    ...{ kind, reduction, counted },
    config: compact({ ...config, reduction: reduction === 'sumOverBatchSize' ? undefined : reduction }),
    values: (target: Tensor, prediction: Tensor): Tensor => counted(target, prediction).values,
  });
};

/** A loss without options of its own. */
export type PlainLoss = (options?: ReductionOption) => Loss;

/** Mean over the last axis; a scalar for each sample stays. */
export const meanOfLast = (x: Tensor): Tensor => (x.rank > 1 ? x.mean(-1) : x);

/** What Keras holds probabilities and divisors away from 0 by: `keras.config.epsilon()`. */
export const epsilon = 1e-7;
