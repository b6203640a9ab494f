import { ShapeError } from '../../core/errors.ts';
import { normalizeAxis } from '../../core/shape.ts';
import { arange, tensor, where } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { classNumbers, matched, rows } from '../targets.ts';
import { type CrossentropyOptions, checkSmoothing, type FocalOptions, power, type SmoothedCrossentropyOptions } from './binary.ts';
import { type CountedValues, defineLoss, epsilon, type Loss, needs, type ReductionOption, type Values } from './loss.ts';
import type { AxisOption } from './regression.ts';

/** ln p of each class: a stable log-softmax of logits; of probabilities their logarithm, scaled to sum 1 and held within 1e-7. */
const logProbabilities = (prediction: Tensor, fromLogits: boolean, axis = -1): Tensor =>
  fromLogits ? prediction.logSoftmax(axis) : scaled(prediction, axis).log();

const scaled = (prediction: Tensor, axis: number): Tensor =>
  prediction.div(prediction.sum(axis, { keepDims: true })).clip(epsilon, 1 - epsilon);

/** Targets, in the prediction's shape, moved towards 1 / classes. */
const oneHotTarget = (what: string, target: Tensor, prediction: Tensor, axis: number, smoothing: number): Tensor => {
  const hard = matched(what, target, rows(what, prediction));
  if (smoothing === 0) return hard;
  const classes = prediction.shape[normalizeAxis(what, axis, prediction.rank)] as number;
  return hard.mul(1 - smoothing).add(smoothing / classes);
};

/** -Σ t ln p over the axis of classes (-1): targets are probabilities (one-hot) of the classes. (batch, …, classes) -> (batch, …). */
export const categoricalCrossentropy = (options: SmoothedCrossentropyOptions = {}): Loss =>
  defineLoss('categoricalCrossentropy', options, { fromLogits: false, labelSmoothing: 0, axis: -1 }, settled => {
    const { fromLogits, labelSmoothing, axis } = settled;
    checkSmoothing('losses.categoricalCrossentropy', labelSmoothing);
    return (target, prediction) => {
      const t = oneHotTarget('categoricalCrossentropy', target, prediction, axis, labelSmoothing);
      return t
        .mul(logProbabilities(prediction, fromLogits, axis))
        .sum(axis)
        .neg();
    };
  });

export interface CategoricalFocalOptions extends FocalOptions {
  /** Weight of each class, or one for all. Default 0.25. */
  readonly alpha?: number | readonly number[];
}

/**
 * -Σ α (1 - p)ᵞ t ln p over the axis of classes (-1). (batch, …, classes) -> (batch, …).
 *
 * Of logits ln p is a log-softmax, so that gradients go on where Keras' clipping at 1e-7 stops them.
 *
 * Source: Lin, Goyal, Girshick, He, Dollár 2017, arXiv:1708.02002.
 */
export const categoricalFocalCrossentropy = (options: CategoricalFocalOptions = {}): Loss => {
  const what = 'losses.categoricalFocalCrossentropy';
  const defaults = { alpha: [0.25], gamma: 2, fromLogits: false, labelSmoothing: 0, axis: -1 };
  return defineLoss('categoricalFocalCrossentropy', options, defaults, ({ alpha, gamma, fromLogits, labelSmoothing, axis }) => {
    const weights = typeof alpha === 'number' ? [alpha] : alpha;
    needs(what, 'alpha to be a number or a list of numbers', alpha, Array.isArray(weights) && weights.every(Number.isFinite));
    checkSmoothing(what, labelSmoothing);
    needs(what, 'a gamma >= 0', gamma, gamma >= 0);
    return (target, prediction) => {
      const t = oneHotTarget('categoricalFocalCrossentropy', target, prediction, axis, labelSmoothing);
      const p = fromLogits ? prediction.softmax(axis) : scaled(prediction, axis);
      const crossentropy = t.mul(fromLogits ? prediction.logSoftmax(axis) : p.log()).neg();
      const focal = power(p.neg().add(1).maximum(0), gamma).mul(crossentropy);
      return focal.mul(alongAxis(what, weights, prediction, axis)).sum(axis);
    };
  });
};

/** One number for all classes, or one each, to multiply along an axis. */
const alongAxis = (what: string, weights: readonly number[], prediction: Tensor, axis: number): Tensor | number => {
  if (weights.length === 1) return weights[0] as number;
  const place = normalizeAxis(what, axis, prediction.rank);
  if (weights.length !== prediction.shape[place])
    throw new ShapeError(`${what} has an alpha of ${weights.length} classes, and the prediction has ${prediction.shape[place]}.`);
  return tensor([...weights], { dtype: prediction.dtype }).reshape(prediction.shape.map((size, at) => (at === place ? size : 1)));
};

export interface SparseCrossentropyOptions extends CrossentropyOptions, AxisOption {
  /** Targets of this number do not count: their value is 0, and means are over the others. Default null: all count. */
  readonly ignoreClass?: number | null;
}

/** A prediction with its classes along the last axis, and targets without that axis. */
const classesLast = (what: string, target: Tensor, prediction: Tensor, axis: number): { numbers: Tensor; prediction: Tensor } => {
  const place = prediction.rank === 0 ? -1 : normalizeAxis(what, axis, prediction.rank);
  if (place === prediction.rank - 1 || place < 0) return { numbers: classNumbers(what, target, prediction), prediction };
  const order = [...prediction.shape.keys()].filter(other => other !== place);
  const moved = prediction.permute([...order, place]);
  const flat = target.rank === prediction.rank && target.shape[place] === 1 ? target.squeeze(place) : target;
  return { numbers: classNumbers(what, flat, moved), prediction: moved };
};

/**
 * The negative of what stands at each target's class, by a sum over one class rather than a lookup: it joins the row kernel of the
 * softmax, and so does its gradient. A number that is no class gives NaN.
 */
const minusTargetClass = (numbers: Tensor, each: Tensor): Tensor => {
  const classes = each.shape.at(-1) as number;
  const isTarget = numbers.expandDims(-1).equal(arange(classes));
  return where(numbers.greaterEqual(0).and(numbers.less(classes)), where(isTarget, each, 0).sum(-1).neg(), Number.NaN);
};

/** Values of class numbers, where some do not count: their rows are replaced by ones before anything is computed of them. */
const withoutIgnored = (
  numbers: Tensor,
  prediction: Tensor,
  ignoreClass: number | null,
  values: (numbers: Tensor, prediction: Tensor) => Tensor,
): Tensor | CountedValues => {
  if (ignoreClass === null) return values(numbers, prediction);
  const counts = numbers.notEqual(ignoreClass);
  const each = values(where(counts, numbers, 0), where(counts.expandDims(-1), prediction, 1));
  return { values: where(counts, each, 0), counts };
};

/**
 * -ln p of the target's class: targets (batch, …) are class numbers (uint8, int32 or float), predictions (batch, …, classes), or with
 * `axis` the classes along another axis. A number that is no class gives NaN; `fit` refuses it before it begins.
 *
 * With `ignoreClass` the means are over the targets that count, as in Keras.
 * @example losses.sparseCategoricalCrossentropy({ fromLogits: true, ignoreClass: -1 })(tensor([0, -1], { dtype: 'int32' }), zeros([2, 3]))
 */
export const sparseCategoricalCrossentropy = (options: SparseCrossentropyOptions = {}): Loss => {
  const defaults = { fromLogits: false, ignoreClass: null, axis: -1 };
  return defineLoss('sparseCategoricalCrossentropy', options, defaults, ({ fromLogits, ignoreClass, axis }) => (target, given) => {
    const { numbers, prediction } = classesLast('sparseCategoricalCrossentropy', target, given, axis);
    return withoutIgnored(numbers, prediction, ignoreClass, (t, p) => minusTargetClass(t, logProbabilities(p, fromLogits)));
  });
};

export interface NllOptions extends ReductionOption {
  /** Targets of this number do not count. Default null: all count. */
  readonly ignoreClass?: number | null;
}

/**
 * -prediction of the target's class: predictions (batch, …, classes) are logarithms of probabilities, as logSoftmax gives them, targets
 * (batch, …) class numbers.
 *
 * Source: `torch.nn.NLLLoss`, whose ignore_index is `ignoreClass`; the classes are along the last axis here.
 */
export const nll = (options: NllOptions = {}): Loss =>
  defineLoss(
    'nll',
    options,
    { ignoreClass: null },
    ({ ignoreClass }) =>
      (target, prediction) =>
        withoutIgnored(classNumbers('nll', target, prediction), prediction, ignoreClass, (t, p) => minusTargetClass(t, p)),
  );

export interface GeneralizedCrossentropyOptions extends ReductionOption {
  /** Between the crossentropy (towards 0) and the absolute error (towards 1). Default 0.5. */
  readonly q?: number;
}

/**
 * (1 - p_y^q) / q, where p_y is the probability of the target's class y: robust against wrong labels. Targets (batch, …) are class
 * numbers, predictions (batch, …, classes) probabilities.
 *
 * Source: Zhang, Sabuncu 2018, arXiv:1805.07836.
 * @throws ValueError for a q outside of (0, 1).
 */
export const categoricalGeneralizedCrossEntropy = (options: GeneralizedCrossentropyOptions = {}): Loss => {
  const kind = 'categoricalGeneralizedCrossEntropy';
  return defineLoss(kind, options, { q: 0.5 }, ({ q }): Values => {
    needs(`losses.${kind}`, 'a q between 0 and 1', q, q > 0 && q < 1);
    return (target, prediction) => {
      const p = minusTargetClass(classNumbers(kind, target, prediction), prediction).neg();
      return p.maximum(1e-30).pow(q).neg().add(1).div(q); // the derivative at p = 0 would be infinite
    };
  });
};
