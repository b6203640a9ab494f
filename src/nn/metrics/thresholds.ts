import { formatShape, ShapeError, ValueError } from '../../core/errors.ts';
import { arange, ones, tensor, where, zeros } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { matched } from '../targets.ts';
import { elementWeight } from './metric.ts';

/** Limits that predictions shall exceed; or `count` of them at equal distances from 0 to 1, the first of which all exceed if `open`. */
export type Thresholds = { readonly limits: readonly number[] } | { readonly count: number; readonly open: boolean };

/** How many there are. */
export const thresholdsIn = (thresholds: Thresholds): number => ('limits' in thresholds ? thresholds.limits.length : thresholds.count);

/** One threshold or several. */
export type ThresholdsOption = number | readonly number[] | null;

/** @throws ValueError for thresholds outside of 0 to 1. */
export const checkThresholds = (what: string, thresholds: ThresholdsOption): void => {
  const list = [thresholds ?? []].flat();
  if (!list.every(value => value >= 0 && value <= 1))
    throw new ValueError(`${what} needs thresholds from 0 to 1, got ${JSON.stringify(thresholds)}.`);
};

export const thresholdsFrom = (what: string, thresholds: ThresholdsOption, otherwise: number): Thresholds => {
  checkThresholds(what, thresholds);
  return { limits: [thresholds ?? otherwise].flat() };
};

/** `count` thresholds at equal distances from 0 to 1; a single one is 0.5. With `open` all is above the first one, as in Keras' AUC. */
export const evenThresholds = (count: number, open: boolean): Thresholds => (count === 1 ? { limits: [0.5] } : { count, open });

export interface CountOptions {
  readonly topK?: number | null;
  readonly classId?: number | null;
  readonly labelWeights?: readonly number[] | null;
  /** Labels along the last axis are counted apart. */
  readonly multiLabel?: boolean;
  readonly sampleWeight?: Tensor | undefined;
}

/** A prediction that is not among the k largest of its row becomes this. */
const outOfSight = -1e10;

const onlyTop = (prediction: Tensor, k: number): Tensor => {
  const isTop = prediction
    .topK(k)
    .indices.oneHot(prediction.shape.at(-1) as number)
    .sum(-2)
    .greater(0);
  return where(isTop, prediction, outOfSight);
};

/**
 * Sums of weights: of true and of false elements above each threshold, (thresholds) each; of all true and all false ones, scalars. With
 * `multiLabel` they have a last axis of labels. Elements are true where the target is not 0.
 */
export const countAbove = (kind: string, target: Tensor, prediction: Tensor, thresholds: Thresholds, options: CountOptions): Tensor[] => {
  const { topK = null, classId = null, labelWeights = null, multiLabel = false, sampleWeight } = options;
  const last = prediction.shape.at(-1) ?? 1;
  if ((topK !== null || classId !== null || labelWeights !== null || multiLabel) && prediction.rank < 2)
    throw new ShapeError(`${kind} needs predictions (batch, classes) for that, got ${formatShape(prediction.shape)}.`);
  let labels = matched(kind, target, prediction).notEqual(0);
  let scores = topK === null ? prediction : onlyTop(prediction, topK);
  let weight = elementWeight(kind, prediction.shape, sampleWeight) ?? ones([1]);
  if (labelWeights !== null) {
    if (labelWeights.length !== last) throw new ShapeError(`${kind} has ${labelWeights.length} labelWeights for ${last} labels.`);
    weight = weight.mul(tensor([...labelWeights])).broadcastTo(prediction.shape);
  }
  if (classId !== null) {
    if (classId >= last) throw new ShapeError(`${kind} has a classId of ${classId}, and predictions have ${last} classes.`);
    labels = labels.at(classId, -1);
    scores = scores.at(classId, -1);
    if (weight.rank > 1) weight = weight.at(classId, -1);
  }
  const shape = multiLabel ? [scores.size / last, last] : [scores.size, 1];
  const elements = {
    labels: labels.reshape(shape),
    scores: scores.reshape(shape),
    weight: weight.size > 1 ? weight.reshape(shape) : weight,
  };
  const sums = 'limits' in thresholds ? byComparison(elements, thresholds.limits) : byBucket(elements, thresholds);
  return multiLabel ? sums : sums.map(sum => sum.squeeze(-1));
};

/** Elements (n, labels): whether they are true, how likely they were thought, and their weight, or one for all. */
interface Elements {
  readonly labels: Tensor;
  readonly scores: Tensor;
  readonly weight: Tensor;
}

const byComparison = ({ labels, scores, weight }: Elements, limits: readonly number[]): Tensor[] => {
  const isAbove = scores.greater(tensor([...limits], { dtype: scores.dtype }).reshape([limits.length, 1, 1]));
  const areFalse = labels.not();
  const total = (which: Tensor): Tensor => where(which, weight, 0).sum(-2);
  return [total(isAbove.and(labels)), total(isAbove.and(areFalse)), total(labels), total(areFalse)];
};

/**
 * The same for thresholds i / (count - 1), in time that does not grow with their number: each element falls into the bucket of the last
 * threshold that it exceeds (0 for none), and sums from the end give what lies above. Ties fall as in Keras, which does the same.
 */
const byBucket = ({ labels, scores, weight }: Elements, { count, open }: { readonly count: number; readonly open: boolean }): Tensor[] => {
  const groups = scores.shape[1] as number;
  const exceeded = scores
    .clip(0, 1)
    .mul(count - 1)
    .ceil();
  const bucket = where(scores.isNaN(), 0, exceeded)
    .maximum(open ? 1 : 0)
    .cast('int32');
  const histogram = where(labels, 0, 1).cast('int32').mul(groups).add(arange(groups)).mul(count).add(bucket); // (truth, label, bucket)
  const sums = zeros([2 * groups * count])
    .scatterAdd(histogram.flatten(), weight.cast('float32').broadcastTo(scores.shape).flatten(), 0)
    .reshape([2, groups, count]);
  const above = sums.cumSum(-1, { reverse: true, exclusive: true });
  return [above.at(0).transpose(), above.at(1).transpose(), sums.at(0).sum(-1), sums.at(1).sum(-1)];
};
