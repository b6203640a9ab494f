import { where } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { biasCorrection, checkBetas, checkNotNegative, towards, updateNumber } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface RadamOptions extends CommonOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
}

const defaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/**
 * ρₜ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ), with ρ∞ = 2 / (1 - β₂) - 1. The two are near 1000 each and their difference is near 1, so it is taken as
 * ρ∞ - 2/L + 2/L (1 - x / (eˣ - 1)) with L = -ln β₂ and x = t L, the last bracket by its series while x is small.
 */
export const sampleLength = (beta2: number, t: Tensor): Tensor => {
  if (beta2 === 0) return t.mul(0).add(1);
  const fade = -Math.log(beta2);
  const x = t.mul(fade);
  const square = x.square();
  const series = square
    .mul(1 / 1209600)
    .sub(1 / 30240)
    .mul(square)
    .add(1 / 720)
    .mul(square)
    .sub(1 / 12)
    .mul(square)
    .add(x.mul(0.5));
  const far = x.div(x.minimum(80).expm1()).neg().add(1);
  return where(x.less(1), series, far)
    .mul(2 / fade)
    .add(2 / (1 - beta2) - 1 - 2 / fade);
};

/**
 * Adam that trusts its second moment only once enough gradients are behind it, and needs no warm-up.
 *
 *     m, v as Adam's        m̂ = m / (1 - β₁ᵗ)
 *     ρₜ > 5:  w ← w - η m̂ √(1 - β₂ᵗ) / (√v + ε) · √((ρₜ - 4)(ρₜ - 2) ρ∞ / ((ρ∞ - 4)(ρ∞ - 2) ρₜ))
 *     else     w ← w - η m̂
 *
 * Source: Liu et al. 2019, arXiv:1908.03265. PyTorch's RAdam, whose `weight_decay` is `{ weightDecay, decoupledWeightDecay: false }` here.
 * @throws ValueError for a β outside of [0, 1) or an ε < 0.
 */
export const radam = (options: RadamOptions = {}): Optimizer => {
  unknownOptions('optimizers.radam', options, [...commonOptions, ...Object.keys(defaults)]);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  checkBetas('optimizers.radam', { beta1, beta2 });
  checkNotNegative('optimizers.radam', { epsilon });
  const longest = 2 / (1 - beta2) - 1;
  return createOptimizer({
    ...{ kind: 'radam', options, defaultLearningRate: 1e-3, slots: { m: {}, v: {} } },
    config: given({ beta1, beta2, epsilon }, defaults),
    prepare({ learningRate, step }) {
      const t = updateNumber(step);
      const rho = sampleLength(beta2, t);
      const rate = learningRate.div(biasCorrection(beta1, t));
      const rectified = rho
        .sub(4)
        .mul(rho.sub(2))
        .div(rho)
        .mul(longest / ((longest - 4) * (longest - 2)));
      return {
        isKnown: rho.greater(5),
        plain: rate,
        scaled: rate.mul(biasCorrection(beta2, t).mul(rectified.maximum(0)).sqrt()),
      };
    },
    rule(weight, gradient, slots, { shared: { isKnown, plain, scaled } }) {
      const m = towards(slots.m as Tensor, gradient, beta1);
      const v = towards(slots.v as Tensor, gradient.square(), beta2);
      const rate = where(isKnown as Tensor, (scaled as Tensor).div(v.sqrt().add(epsilon)), plain as Tensor);
      return { weight: weight.sub(m.mul(rate)), slots: { m, v } };
    },
  });
};
