import type { Tensor } from '../../tensor/tensor.ts';
import { matched } from '../targets.ts';
import { defineLoss, epsilon, type Loss, needs, type ReductionOption } from './loss.ts';

export interface OverlapOptions extends ReductionOption {
  /** The axes that belong to one sample: [1, 2, 3] of images gives one value an image. Default null: one value for the whole batch. */
  readonly axis?: number | readonly number[] | null;
}

type Summed = (x: Tensor) => Tensor;

const sumOver = (what: string, axis: number | readonly number[] | null): Summed => {
  needs(what, 'an axis, a list of axes or null', axis, axis === null || [axis].flat().every(Number.isInteger));
  return x => x.sum(axis ?? undefined);
};

/**
 * 1 - 2 Σ t p / (Σ t + Σ p + 1e-7): how little areas overlap; 0 for the same, 1 for disjoint ones. Shapes alike; targets 0 and 1,
 * predictions probabilities. A weight for each sample needs one value for each: an `axis`.
 *
 * Source: Milletari, Navab, Ahmadi 2016, arXiv:1606.04797; `keras.losses.Dice`.
 * @example losses.dice({ axis: [1, 2, 3] })(masks, predictions) // (batch, height, width, 1): one value an image, then their mean
 */
export const dice = (options: OverlapOptions = {}): Loss =>
  defineLoss('dice', options, { axis: null }, ({ axis }) => {
    const sum = sumOver('losses.dice', axis);
    return (target, prediction) => {
      const t = matched('dice', target, prediction);
      const overlap = sum(t.mul(prediction)).mul(2);
      return overlap
        .div(sum(t).add(sum(prediction)).add(epsilon))
        .neg()
        .add(1);
    };
  });

export interface TverskyOptions extends OverlapOptions {
  /** Weight of what was missed: Σ t (1 - p). Default 0.5. */
  readonly alpha?: number;
  /** Weight of what is wrongly there: Σ (1 - t) p. Default 0.5. */
  readonly beta?: number;
}

/**
 * 1 - Σ t p / (Σ t p + α Σ t (1 - p) + β Σ (1 - t) p + 1e-7): dice with a price for each kind of error. Shapes alike; targets 0 and 1,
 * predictions probabilities. α and β stand where Keras 3.15 has them (its paper has them the other way round).
 *
 * Source: Salehi, Erdogmus, Gholipour 2017, arXiv:1706.05721; `keras.losses.Tversky`.
 */
export const tversky = (options: TverskyOptions = {}): Loss =>
  defineLoss('tversky', options, { alpha: 0.5, beta: 0.5, axis: null }, ({ alpha, beta, axis }) => {
    const sum = sumOver('losses.tversky', axis);
    return (target, prediction) => {
      const t = matched('tversky', target, prediction);
      const overlap = sum(t.mul(prediction));
      const missed = sum(prediction.neg().add(1).mul(t));
      const wrong = sum(t.neg().add(1).mul(prediction));
      const whole = overlap.add(missed.mul(alpha)).add(wrong.mul(beta)).add(epsilon);
      return overlap.div(whole).neg().add(1);
    };
  });
