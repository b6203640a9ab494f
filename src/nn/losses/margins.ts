import { arange, where } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { classNumbers, matched, rows } from '../targets.ts';
import { defineLoss, type Loss, meanOfLast, needs, type PlainLoss, type ReductionOption } from './loss.ts';

/** Targets of a batch that are all 0 or 1 become -1 and 1, as in Keras. */
const signs = (target: Tensor): Tensor => {
  const areBinary = target.equal(0).or(target.equal(1)).all();
  return where(areBinary, target.mul(2).sub(1), target);
};

const hinged =
  (kind: string, f: (shortfall: Tensor) => Tensor): PlainLoss =>
  (options = {}) =>
    defineLoss(kind, options, {}, () => (target, prediction) => {
      const t = signs(matched(kind, target, prediction));
      return meanOfLast(f(t.mul(prediction).neg().add(1).maximum(0)));
    });

/** mean max(1 - t p, 0) over the last axis; targets are -1 and 1 (a batch of 0 and 1 is taken as such). */
export const hinge: PlainLoss = hinged('hinge', shortfall => shortfall);

/** mean max(1 - t p, 0)² over the last axis; targets are -1 and 1 (a batch of 0 and 1 is taken as such). */
export const squaredHinge: PlainLoss = hinged('squaredHinge', shortfall => shortfall.square());

/** max(max (1 - t) p - Σ t p + 1, 0) over the last axis; targets are one-hot. (batch, …, classes) -> (batch, …). */
export const categoricalHinge: PlainLoss = (options = {}) =>
  defineLoss('categoricalHinge', options, {}, () => (target, prediction) => {
    const t = matched('categoricalHinge', target, rows('categoricalHinge', prediction));
    const right = t.mul(prediction).sum(-1);
    const wrong = t.neg().add(1).mul(prediction).max(-1);
    return wrong.sub(right).add(1).maximum(0);
  });

/** mean ln(1 + exp(-t p)) over the last axis; targets are -1 and 1. Source: `torch.nn.SoftMarginLoss`. */
export const softMargin: PlainLoss = (options = {}) =>
  defineLoss(
    'softMargin',
    options,
    {},
    () => (target, prediction) => meanOfLast(matched('softMargin', target, prediction).mul(prediction).neg().softplus()),
  );

/**
 * mean -(t ln σ(p) + (1 - t) ln(1 - σ(p))) over the classes: several of them may be true; targets are 0 and 1, predictions logits.
 * (batch, …, classes) -> (batch, …). It is binaryCrossentropy of logits. Source: `torch.nn.MultiLabelSoftMarginLoss`.
 */
export const multiLabelSoftMargin: PlainLoss = (options = {}) =>
  defineLoss('multiLabelSoftMargin', options, {}, () => (target, prediction) => {
    const t = matched('multiLabelSoftMargin', target, rows('multiLabelSoftMargin', prediction));
    return prediction.softplus().sub(t.mul(prediction)).mean(-1);
  });

/**
 * Σ max(0, 1 - (p_i - p_j)) / classes over all pairs of a true class i and a false class j: every true class shall score 1 more than
 * every false one. (batch, …, classes) -> (batch, …).
 *
 * Targets are 0 and 1 for each class, as for multiLabelSoftMargin. (`torch.nn.MultiLabelMarginLoss` takes a list of class numbers that
 * ends with -1: write 1 at each of them.)
 */
export const multiLabelMargin: PlainLoss = (options = {}) =>
  defineLoss('multiLabelMargin', options, {}, () => (target, prediction) => {
    const t = matched('multiLabelMargin', target, rows('multiLabelMargin', prediction)).notEqual(0);
    const isPair = t.expandDims(-1).and(t.not().expandDims(-2)); // (…, true, false)
    const shortfall = prediction.expandDims(-2).sub(prediction.expandDims(-1)).add(1).maximum(0);
    return where(isPair, shortfall, 0)
      .sum([-2, -1])
      .div(prediction.shape.at(-1) as number);
  });

export interface MarginOption extends ReductionOption {
  /** How far apart is far enough. */
  readonly margin?: number;
}

export interface MultiMarginOptions extends MarginOption {
  /** 1 or 2: the power of each shortfall. Default 1. */
  readonly p?: number;
}

/**
 * Σ max(0, margin - x_y + x_i)ᵖ / classes over all classes i but the target's y. Targets (batch, …) are class numbers, predictions
 * (batch, …, classes) scores. `margin` is 1. Source: `torch.nn.MultiMarginLoss`.
 * @throws ValueError for a p that is neither 1 nor 2.
 */
export const multiMargin = (options: MultiMarginOptions = {}): Loss =>
  defineLoss('multiMargin', options, { p: 1, margin: 1 }, ({ p, margin }) => {
    needs('losses.multiMargin', 'p to be 1 or 2', p, p === 1 || p === 2);
    return (target, prediction) => {
      const numbers = classNumbers('multiMargin', target, prediction).expandDims(-1);
      const classes = prediction.shape.at(-1) as number;
      const isTarget = numbers.equal(arange(classes));
      const right = where(isTarget, prediction, 0).sum(-1, { keepDims: true });
      const shortfall = prediction.sub(right).add(margin).maximum(0);
      const value = where(isTarget, 0, p === 2 ? shortfall.square() : shortfall)
        .sum(-1)
        .div(classes);
      return where(numbers.greaterEqual(0).and(numbers.less(classes)).squeeze(-1), value, Number.NaN);
    };
  });

/**
 * x where the target is 1, max(0, margin - x) where it is -1; mean over the last axis: the prediction x is a distance, that of what
 * belongs together shall be 0, of others at least `margin` (1). Source: `torch.nn.HingeEmbeddingLoss`.
 */
export const hingeEmbedding = (options: MarginOption = {}): Loss =>
  defineLoss('hingeEmbedding', options, { margin: 1 }, ({ margin }) => (target, prediction) => {
    const t = matched('hingeEmbedding', target, prediction);
    return meanOfLast(where(t.greater(0), prediction, prediction.neg().add(margin).maximum(0)));
  });
