import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { checkBetas } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface LionOptions extends CommonOptions {
  /** Default 0.001; three to ten times less than Adam's. */
  readonly learningRate?: LearningRate;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.99. */
  readonly beta2?: number;
}

/**
 * Moves every weight by ± η, the sign of a momentum; half of Adam's memory.
 *
 *     w ← w - η sign(β₁ m + (1 - β₁) g)        m ← β₂ m + (1 - β₂) g
 *
 * Source: Chen et al. 2023, arXiv:2302.06675; defaults as in Keras.
 * @throws ValueError for a β outside of [0, 1).
 */
export const lion = (options: LionOptions = {}): Optimizer => {
  unknownOptions('optimizers.lion', options, [...commonOptions, 'beta1', 'beta2']);
  const { beta1 = 0.9, beta2 = 0.99 } = options;
  checkBetas('optimizers.lion', { beta1, beta2 });
  return createOptimizer({
    ...{ kind: 'lion', options, defaultLearningRate: 1e-3, slots: { m: {} } },
    config: given({ beta1, beta2 }, { beta1: 0.9, beta2: 0.99 }),
    rule(weight, gradient, slots, { learningRate }) {
      const before = slots.m as Tensor;
      const direction = before
        .mul(beta1)
        .add(gradient.mul(1 - beta1))
        .sign();
      return { weight: weight.sub(direction.mul(learningRate)), slots: { m: before.mul(beta2).add(gradient.mul(1 - beta2)) } };
    },
  });
};
