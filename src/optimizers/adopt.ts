import { where } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { checkBetas, checkNotNegative, towards } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface AdoptOptions extends CommonOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.9999. */
  readonly beta2?: number;
  /** The least √v. Default 1e-6. */
  readonly epsilon?: number;
}

const defaults = { beta1: 0.9, beta2: 0.9999, epsilon: 1e-6 };

/**
 * Adam that converges for any β₂: gradients are divided by the second moment of those before, and only then averaged.
 *
 *     t = 0:  v ← g²        t ≥ 1:  d = clip(g / max(√v, ε), ± t^¼)
 *     m ← m + (1 - β₁)(d - m)        w ← w - η m        v ← β₂ v + (1 - β₂) g²
 *
 * The first update moves nothing. Source: Taniguchi et al. 2024, arXiv:2411.02853, algorithm 2 with its clipping.
 * @throws ValueError for a β outside of [0, 1) or an ε < 0.
 */
export const adopt = (options: AdoptOptions = {}): Optimizer => {
  unknownOptions('optimizers.adopt', options, [...commonOptions, ...Object.keys(defaults)]);
  const { beta1 = 0.9, beta2 = 0.9999, epsilon = 1e-6 } = options;
  checkBetas('optimizers.adopt', { beta1, beta2 });
  checkNotNegative('optimizers.adopt', { epsilon });
  return createOptimizer({
    ...{ kind: 'adopt', options, defaultLearningRate: 1e-3, slots: { m: {}, v: {} } },
    config: given({ beta1, beta2, epsilon }, defaults),
    prepare: ({ step }) => ({ isFirst: step.equal(0), limit: step.cast('float32').sqrt().sqrt() }),
    rule(weight, gradient, slots, { learningRate, shared }) {
      const [m0, v0, isFirst, limit] = [slots.m, slots.v, shared.isFirst, shared.limit] as [Tensor, Tensor, Tensor, Tensor];
      const scaled = gradient.div(v0.sqrt().maximum(epsilon)).clip(limit.neg(), limit);
      const m = where(isFirst, m0, towards(m0, scaled, beta1));
      const square = gradient.square();
      return { weight: weight.sub(m.mul(learningRate)), slots: { m, v: where(isFirst, square, towards(v0, square, beta2)) } };
    },
  });
};
