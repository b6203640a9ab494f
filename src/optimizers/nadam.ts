import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { biasCorrection, checkBetas, checkNotNegative, towards, updateNumber } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface NadamOptions extends CommonOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
  /** ψ: how fast the momentum grows to β₁. Default 1, as in Keras; PyTorch's momentum_decay is 0.004. */
  readonly momentumDecay?: number;
}

const defaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, momentumDecay: 1 } as const;

/**
 * Adam with Nesterov's momentum.
 *
 *     μₜ = β₁ (1 - 0.96^(t ψ) / 2)        Πₜ = μ₁ … μₜ
 *     m ← m + (1 - β₁)(g - m)        v ← v + (1 - β₂)(g² - v)
 *     w ← w - η (μₜ₊₁ m / (1 - Πₜ₊₁) + (1 - μₜ) g / (1 - Πₜ)) / (√(v / (1 - β₂ᵗ)) + ε)
 *
 * Source: Dozat 2016; defaults as in Keras (PyTorch: η 0.002, ε 1e-8, ψ 0.004).
 * @throws ValueError for a β outside of [0, 1), a negative ε or ψ.
 */
export const nadam = (options: NadamOptions = {}): Optimizer => {
  unknownOptions('optimizers.nadam', options, [...commonOptions, ...Object.keys(defaults)]);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, momentumDecay = 1 } = options;
  checkBetas('optimizers.nadam', { beta1, beta2 });
  checkNotNegative('optimizers.nadam', { epsilon, momentumDecay });
  const momentumAt = (t: Tensor): Tensor =>
    t
      .mul(momentumDecay * Math.log(0.96))
      .exp()
      .mul(-0.5)
      .add(1)
      .mul(beta1);
  return createOptimizer({
    ...{ kind: 'nadam', options, defaultLearningRate: 1e-3, slots: { m: {}, v: {} }, scalars: { momentumProduct: 1 } },
    config: given({ beta1, beta2, epsilon, momentumDecay }, defaults),
    prepare({ learningRate, step, scalars }) {
      const t = updateNumber(step);
      const [now, next] = [momentumAt(t), momentumAt(t.add(1))];
      const momentumProduct = (scalars.momentumProduct as Tensor).mul(now);
      return {
        momentumProduct,
        ofMean: learningRate.mul(next).div(momentumProduct.mul(next).neg().add(1)),
        ofGradient: learningRate.mul(now.neg().add(1)).div(momentumProduct.neg().add(1)),
        scale: biasCorrection(beta2, t).rsqrt(),
      };
    },
    rule(weight, gradient, slots, { shared: { ofMean, ofGradient, scale } }) {
      const m = towards(slots.m as Tensor, gradient, beta1);
      const v = towards(slots.v as Tensor, gradient.square(), beta2);
      const move = m.mul(ofMean as Tensor).add(gradient.mul(ofGradient as Tensor));
      return {
        weight: weight.sub(
          move.div(
            v
              .sqrt()
              .mul(scale as Tensor)
              .add(epsilon),
          ),
        ),
        slots: { m, v },
      };
    },
  });
};
