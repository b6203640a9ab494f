import type { Tensor } from '../../tensor/tensor.ts';
import { matched } from '../targets.ts';
import { defineLoss, epsilon, type Loss, meanOfLast, needs, type ReductionOption } from './loss.ts';
import type { AxisOption } from './regression.ts';

export interface CrossentropyOptions extends ReductionOption {
  /** The prediction is logits (any number), not probabilities. Default false. */
  readonly fromLogits?: boolean;
}

export interface SmoothedCrossentropyOptions extends CrossentropyOptions, AxisOption {
  /** Targets move so far towards equal probabilities. Default 0. */
  readonly labelSmoothing?: number;
}

export const checkSmoothing = (what: string, labelSmoothing: number): void =>
  needs(what, 'a labelSmoothing from 0 to 1', labelSmoothing, labelSmoothing >= 0 && labelSmoothing <= 1);

/** t (1 - s) + s / 2. */
const smoothed = (t: Tensor, smoothing: number): Tensor => (smoothing === 0 ? t : t.mul(1 - smoothing).add(smoothing / 2));

const meanAlong = (x: Tensor, axis: number): Tensor => (axis === -1 ? meanOfLast(x) : x.mean(axis));

/** -(t ln p + (1 - t) ln(1 - p)) element by element; of logits z as softplus(z) - t z, for any z. */
const crossentropy = (t: Tensor, prediction: Tensor, fromLogits: boolean): Tensor => {
  if (fromLogits) return prediction.softplus().sub(t.mul(prediction));
  const held = (p: Tensor): Tensor => p.clip(epsilon, 1 - epsilon).log();
  // 1 - p is held by itself: in float32, 1 - (1 - 1e-7) is 1.2e-7.
  return t
    .mul(held(prediction))
    .add(
      t
        .neg()
        .add(1)
        .mul(held(prediction.neg().add(1))),
    )
    .neg();
};

/**
 * -(t ln p + (1 - t) ln(1 - p)), mean over an axis (-1); of logits z as softplus(z) - t z, for any z.
 * Probabilities are held within 1e-7 of 0 and 1. Shapes (batch, …) -> (batch, … without the axis).
 */
export const binaryCrossentropy = (options: SmoothedCrossentropyOptions = {}): Loss =>
  defineLoss('binaryCrossentropy', options, { fromLogits: false, labelSmoothing: 0, axis: -1 }, settled => {
    checkSmoothing('losses.binaryCrossentropy', settled.labelSmoothing);
    return (target, prediction) => {
      const t = smoothed(matched('binaryCrossentropy', target, prediction), settled.labelSmoothing);
      return meanAlong(crossentropy(t, prediction, settled.fromLogits), settled.axis);
    };
  });

/** xᵞ for x ≥ 0, whose derivative at 0 is finite for any γ ≥ 0. */
export const power = (x: Tensor, gamma: number): Tensor => {
  if (gamma === 0) return x.mul(0).add(1);
  if (gamma === 1) return x;
  return gamma === 2 ? x.square() : (gamma < 1 ? x.maximum(1e-12) : x).pow(gamma);
};

export interface FocalOptions extends SmoothedCrossentropyOptions {
  /** How much less what is already right counts; 0: not at all. Default 2. */
  readonly gamma?: number;
}

export interface BinaryFocalOptions extends FocalOptions {
  /** Whether `alpha` weights the classes. Default false. */
  readonly applyClassBalancing?: boolean;
  /** Weight of class 1; that of class 0 is 1 - alpha. Default 0.25. */
  readonly alpha?: number;
}

/**
 * (1 - p_t)ᵞ times the binary crossentropy, mean over an axis (-1), where p_t = t p + (1 - t)(1 - p) is the probability of the truth;
 * with `applyClassBalancing` also times t α + (1 - t)(1 - α).
 *
 * Of logits the crossentropy is softplus(z) - t z, so that gradients go on where Keras' clipping at 1e-7 (|z| > 16) stops them.
 *
 * Source: Lin, Goyal, Girshick, He, Dollár 2017, arXiv:1708.02002, eq. 4 and 5.
 */
export const binaryFocalCrossentropy = (options: BinaryFocalOptions = {}): Loss => {
  const defaults = { applyClassBalancing: false, alpha: 0.25, gamma: 2, fromLogits: false, labelSmoothing: 0, axis: -1 };
  return defineLoss(
    'binaryFocalCrossentropy',
    options,
    defaults,
    ({ applyClassBalancing, alpha, gamma, fromLogits, labelSmoothing, axis }) => {
      checkSmoothing('losses.binaryFocalCrossentropy', labelSmoothing);
      needs('losses.binaryFocalCrossentropy', 'a gamma >= 0', gamma, gamma >= 0);
      return (target, prediction) => {
        const t = smoothed(matched('binaryFocalCrossentropy', target, prediction), labelSmoothing);
        const p = fromLogits ? prediction.sigmoid() : prediction;
        const q = fromLogits ? prediction.neg().sigmoid() : prediction.neg().add(1); // 1 - σ(z) cancels
        const wrong = t.mul(q).add(t.neg().add(1).mul(p)); // 1 - p_t
        const focal = power(wrong, gamma).mul(crossentropy(t, prediction, fromLogits));
        return meanAlong(applyClassBalancing ? focal.mul(t.mul(2 * alpha - 1).add(1 - alpha)) : focal, axis);
      };
    },
  );
};
