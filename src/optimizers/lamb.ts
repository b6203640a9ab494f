import { where } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { biasCorrection, checkBetas, checkNotNegative, towards, updateNumber } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface LambOptions extends CommonOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}

const defaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/**
 * Adam whose step is as long as the weight is large: for very large batches.
 *
 *     m, v as Adam's        d = m / (1 - β₁ᵗ) / (√(v / (1 - β₂ᵗ)) + ε)
 *     w ← w - η ‖w‖ / ‖d‖ · d        (the ratio is 1 where a norm is 0)
 *
 * Source: You et al. 2019, arXiv:1904.00962, algorithm 2, with the decay of weights outside of d as in Keras.
 * @throws ValueError for a β outside of [0, 1) or an ε < 0.
 */
export const lamb = (options: LambOptions = {}): Optimizer => {
  unknownOptions('optimizers.lamb', options, [...commonOptions, ...Object.keys(defaults)]);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
  checkBetas('optimizers.lamb', { beta1, beta2 });
  checkNotNegative('optimizers.lamb', { epsilon });
  return createOptimizer({
    ...{ kind: 'lamb', options, defaultLearningRate: 1e-3, slots: { m: {}, v: {} } },
    config: given({ beta1, beta2, epsilon }, defaults),
    prepare({ step }) {
      const t = updateNumber(step);
      return { first: biasCorrection(beta1, t).reciprocal(), second: biasCorrection(beta2, t).rsqrt() };
    },
    rule(weight, gradient, slots, { learningRate, shared: { first, second } }) {
      const m = towards(slots.m as Tensor, gradient, beta1);
      const v = towards(slots.v as Tensor, gradient.square(), beta2);
      const root = v
        .sqrt()
        .mul(second as Tensor)
        .add(epsilon);
      const direction = m.mul(first as Tensor).div(root);
      const [ofWeight, ofStep] = [weight.square().sum().sqrt(), direction.square().sum().sqrt()];
      const ratio = where(ofWeight.greater(0).and(ofStep.greater(0)), ofWeight.div(ofStep), 1);
      return { weight: weight.sub(direction.mul(ratio.mul(learningRate))), slots: { m, v } };
    },
  });
};
