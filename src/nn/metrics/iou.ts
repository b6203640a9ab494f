import { ValueError } from '../../core/errors.ts';
import { tensor, where } from '../../tensor/create.ts';
import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { epsilon, type LossCallOptions, settle } from '../losses/loss.ts';
import { matched } from '../targets.ts';
import { countPairs, marginsOf } from './confusion.ts';
import { defineMetric, type Metric, type MetricOptions } from './metric.ts';

export interface MeanIouOptions extends MetricOptions {
  /** How many classes there are. */
  readonly numClasses: number;
  /** Targets of this number do not count. Default null: all count. */
  readonly ignoreClass?: number | null;
  /** Targets are class numbers, not scores along `axis`. Default true. */
  readonly sparseYTrue?: boolean;
  /** Predictions are class numbers, not scores along `axis`. Default true. */
  readonly sparseYPred?: boolean;
  /** The axis of the scores. Default -1. */
  readonly axis?: number;
}

export interface IouOptions extends MeanIouOptions {
  /** The classes whose mean is taken. */
  readonly targetClassIds: readonly number[];
}

export interface OneHotMeanIouOptions extends Omit<MeanIouOptions, 'sparseYTrue'> {
  /** Predictions are class numbers, not scores along `axis`. Default false. */
  readonly sparseYPred?: boolean;
}

export interface OneHotIouOptions extends OneHotMeanIouOptions {
  /** The classes whose mean is taken. */
  readonly targetClassIds: readonly number[];
}

type Read = (target: Tensor, prediction: Tensor) => readonly [Tensor, Tensor];

/** The mean over some classes of hits / (true or predicted), of a confusion matrix; classes that are neither do not count. */
const meanOverlap = (matrix: Tensor, classes: readonly number[]): Tensor => {
  const { hits, truths, guesses } = marginsOf(matrix);
  const chosen = tensor([...classes], { dtype: 'int32' });
  const union = truths.add(guesses).sub(hits).gather(chosen, 0);
  const occurs = union.greater(1e-9);
  const overlap = where(occurs, hits.gather(chosen, 0).div(union.add(epsilon)), 0);
  return overlap.sum().div(occurs.cast(overlap.dtype).sum().add(epsilon));
};

const defineIou = (
  kind: string,
  { name, config }: { readonly name: string | undefined; readonly config: Metric['config'] },
  { numClasses, targetClassIds, ignoreClass }: { numClasses: number; targetClassIds: readonly number[]; ignoreClass: number | null },
  read: Read,
): Metric => {
  wholeNumber(`metrics.${kind}`, 'numClasses', numClasses, 1);
  const isFit = Array.isArray(targetClassIds) && targetClassIds.every(id => Number.isInteger(id) && id >= 0 && id < numClasses);
  if (!isFit || targetClassIds.length === 0)
    throw new ValueError(`metrics.${kind} needs targetClassIds from 0 to ${numClasses - 1}, got ${JSON.stringify(targetClassIds)}.`);
  return defineMetric({
    ...{ kind, name, config, sums: [[numClasses, numClasses]] },
    contribution(target: Tensor, prediction: Tensor, weights: LossCallOptions = {}) {
      const [truth, guess] = read(target, prediction);
      return [countPairs(kind, matched(kind, truth, guess).cast('int32'), guess.cast('int32'), numClasses, ignoreClass, weights)];
    },
    value: ([matrix]) => meanOverlap(matrix as Tensor, targetClassIds),
  });
};

interface Reading {
  readonly sparseYTrue: boolean;
  readonly sparseYPred: boolean;
  readonly axis: number;
}

const classesBy =
  ({ sparseYTrue, sparseYPred, axis }: Reading): Read =>
  (target, prediction) => [sparseYTrue ? target : target.argMax(axis), sparseYPred ? prediction : prediction.argMax(axis)];

const commonNames = ['numClasses', 'ignoreClass', 'sparseYPred', 'axis', 'name'];

/** One of the family: which names it has, and whether its targets are class numbers. */
const make = (
  kind: string,
  options: { readonly numClasses: number; readonly targetClassIds?: readonly number[]; readonly name?: string },
  extra: readonly string[],
  sparse: { readonly sparseYTrue: boolean; readonly sparseYPred: boolean },
): Metric => {
  unknownOptions(`metrics.${kind}`, options, [...commonNames, ...extra]);
  const { numClasses, targetClassIds, name, ...others } = options;
  const defaults = { ignoreClass: null as number | null, ...sparse, axis: -1 };
  const { settled, config } = settle<Partial<typeof defaults>>(`metrics.${kind}`, others, defaults, []);
  const ids = extra.includes('targetClassIds') ? (targetClassIds as readonly number[]) : Array.from({ length: numClasses }, (_, id) => id);
  const given = { numClasses, ...(targetClassIds === undefined ? {} : { targetClassIds }), ...config };
  return defineIou(
    kind,
    { name, config: given },
    { numClasses, targetClassIds: ids, ignoreClass: settled.ignoreClass },
    classesBy(settled),
  );
};

/**
 * Intersection over union: hits / (hits + false positives + false negatives), the mean over `targetClassIds` of those that occur at all.
 * Targets and predictions are class numbers of one shape, or scores along an axis. Divisors have 1e-7 added, as in Keras; weights keep
 * their fractions, which Keras cuts off by default.
 *
 * Source: Jaccard 1901; `keras.metrics.IoU`.
 * @throws ValueError for targetClassIds that are no classes.
 * @example metrics.iou({ numClasses: 21, targetClassIds: [15], sparseYPred: false, ignoreClass: 255 }) // of class 15, from scores
 */
export const iou = (options: IouOptions): Metric =>
  make('iou', options, ['targetClassIds', 'sparseYTrue'], { sparseYTrue: true, sparseYPred: true });

/** metrics.iou of all classes. */
export const meanIou = (options: MeanIouOptions): Metric =>
  make('meanIou', options, ['sparseYTrue'], { sparseYTrue: true, sparseYPred: true });

/** metrics.iou of one-hot targets and scores as predictions, both (…, classes). */
export const oneHotIou = (options: OneHotIouOptions): Metric =>
  make('oneHotIou', options, ['targetClassIds'], { sparseYTrue: false, sparseYPred: false });

/** metrics.oneHotIou of all classes. */
export const oneHotMeanIou = (options: OneHotMeanIouOptions): Metric =>
  make('oneHotMeanIou', options, [], { sparseYTrue: false, sparseYPred: false });

export interface BinaryIouOptions extends MetricOptions {
  /** [0], [1] or both. Default [0, 1]. */
  readonly targetClassIds?: readonly number[];
  /** Predictions that reach it are class 1. Default 0.5. */
  readonly threshold?: number;
}

/** metrics.iou of targets 0 and 1, and of predictions that are probabilities of class 1. */
export const binaryIou = (options: BinaryIouOptions = {}): Metric => {
  const { settled, config } = settle<BinaryIouOptions>('metrics.binaryIou', options, { targetClassIds: [0, 1], threshold: 0.5 }, ['name']);
  const { targetClassIds, threshold } = settled;
  return defineIou(
    'binaryIou',
    { name: options.name, config },
    { numClasses: 2, targetClassIds, ignoreClass: null },
    (target, prediction) => [target, prediction.greaterEqual(threshold)],
  );
};
