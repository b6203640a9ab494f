import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { biasCorrection, checkBetas, checkNotNegative, checkPlacement, type Placement, towards, updateNumber } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface AdamaxOptions extends CommonOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
  /** Where ε stands: 'keras' divides by u + ε, 'pytorch' takes the larger of β₂ u and |g| + ε. Default 'keras'. */
  readonly epsilonPlacement?: Placement;
}

const defaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, epsilonPlacement: 'keras' } as const;

/**
 * Adam with the largest gradient, fading, in place of the root of the mean square.
 *
 *     m ← m + (1 - β₁)(g - m)        u ← max(β₂ u, |g|)
 *     w ← w - η / (1 - β₁ᵗ) · m / (u + ε)
 *
 * Source: Kingma, Ba 2014, arXiv:1412.6980, section 7.1; defaults as in Keras (PyTorch: η 0.002, ε 1e-8).
 * @throws ValueError for a β outside of [0, 1), an ε < 0, an unknown placement.
 */
export const adamax = (options: AdamaxOptions = {}): Optimizer => {
  unknownOptions('optimizers.adamax', options, [...commonOptions, ...Object.keys(defaults)]);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, epsilonPlacement = 'keras' } = options;
  checkBetas('optimizers.adamax', { beta1, beta2 });
  checkNotNegative('optimizers.adamax', { epsilon });
  checkPlacement('epsilonPlacement', epsilonPlacement);
  const isInside = epsilonPlacement === 'pytorch';
  return createOptimizer({
    ...{ kind: 'adamax', options, defaultLearningRate: 1e-3, slots: { m: {}, u: {} } },
    config: given<number | string>({ beta1, beta2, epsilon, epsilonPlacement }, defaults),
    prepare: ({ learningRate, step }) => ({ rate: learningRate.div(biasCorrection(beta1, updateNumber(step))) }),
    rule(weight, gradient, slots, { shared: { rate } }) {
      const m = towards(slots.m as Tensor, gradient, beta1);
      const size = gradient.abs();
      const u = (slots.u as Tensor).mul(beta2).maximum(isInside ? size.add(epsilon) : size);
      return { weight: weight.sub(m.mul(rate as Tensor).div(isInside ? u : u.add(epsilon))), slots: { m, u } };
    },
  });
};
