import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { checkBetas, checkNotNegative } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface AdadeltaOptions extends CommonOptions {
  /** Default 0.001, as in Keras; the paper (and PyTorch) has 1. */
  readonly learningRate?: LearningRate;
  /** Decay of the running means. Default 0.95. */
  readonly rho?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}

/**
 * Gradient descent whose steps are as large as earlier steps were, in the units of the weights.
 *
 *     v ← ρ v + (1 - ρ) g²        d = √(u + ε) / √(v + ε) · g
 *     u ← ρ u + (1 - ρ) d²        w ← w - η d
 *
 * Source: Zeiler 2012, arXiv:1212.5701; defaults as in Keras (PyTorch: η 1, ρ 0.9, ε 1e-6).
 * @throws ValueError for a ρ outside of [0, 1) or a negative ε.
 */
export const adadelta = (options: AdadeltaOptions = {}): Optimizer => {
  unknownOptions('optimizers.adadelta', options, [...commonOptions, 'rho', 'epsilon']);
  const { rho = 0.95, epsilon = 1e-7 } = options;
  checkBetas('optimizers.adadelta', { rho });
  checkNotNegative('optimizers.adadelta', { epsilon });
  return createOptimizer({
    ...{ kind: 'adadelta', options, defaultLearningRate: 1e-3, slots: { accumulatedGradient: {}, accumulatedDelta: {} } },
    config: given({ rho, epsilon }, { rho: 0.95, epsilon: 1e-7 }),
    rule(weight, gradient, slots, { learningRate }) {
      const before = slots.accumulatedDelta as Tensor;
      const accumulatedGradient = (slots.accumulatedGradient as Tensor).mul(rho).add(gradient.square().mul(1 - rho));
      const delta = before.add(epsilon).sqrt().mul(gradient).div(accumulatedGradient.add(epsilon).sqrt());
      const accumulatedDelta = before.mul(rho).add(delta.square().mul(1 - rho));
      return { weight: weight.sub(delta.mul(learningRate)), slots: { accumulatedGradient, accumulatedDelta } };
    },
  });
};
