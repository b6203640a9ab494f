import { formatShape, ShapeError, ValueError } from '../../core/errors.ts';
import { ones, tensor, where } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { matched } from '../targets.ts';
import { elementWeight } from './metric.ts';

/** What predictions are compared with: they are above a limit, after `scale`. */
export interface Thresholds {
  readonly limits: readonly number[];
  /** Held within 0 and 1 and multiplied by it, before the comparison; 0: as they are. */
  readonly scale: number;
}

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
  return { limits: [thresholds ?? otherwise].flat(), scale: 0 };
};

/**
 * `count` thresholds at equal distances from 0 to 1. With `open`, everything is above the first one, as Keras' AUC has it.
 * Predictions are multiplied rather than compared with i / (count - 1), so that ties fall as in Keras.
 */
export const evenThresholds = (count: number, open: boolean): Thresholds => {
  if (count === 1) return { limits: [0.5], scale: 0 };
  return { limits: Array.from({ length: count }, (_, index) => (index === 0 && open ? -1 : index)), scale: count - 1 };
};

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
  const shape = multiLabel ? [1, scores.size / last, last] : [1, scores.size]; // (thresholds, elements, labels)
  if (weight.size > 1) weight = weight.reshape(shape);
  [labels, scores] = [labels.reshape(shape), scores.reshape(shape)];
  const { limits, scale } = thresholds;
  const compared = scale === 0 ? scores : scores.clip(0, 1).mul(scale);
  const isAbove = compared.greater(tensor([...limits], { dtype: scores.dtype }).reshape([limits.length, ...shape.slice(1).map(() => 1)]));
  const total = (which: Tensor): Tensor => where(which, weight, 0).sum(1);
  const whole = (which: Tensor): Tensor => total(which).squeeze(0);
  const areFalse = labels.not();
  return [total(isAbove.and(labels)), total(isAbove.and(areFalse)), whole(labels), whole(areFalse)];
};
