import { ValueError } from '../core/errors.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { checkBetas, checkNotNegative, checkPlacement, type Placement } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface RmspropOptions extends CommonOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** Decay of the running means. Default 0.9. */
  readonly rho?: number;
  /** Default 0: none. */
  readonly momentum?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
  /** Divides by the variance instead of the square: the mean gradient is taken off. Default false. */
  readonly centered?: boolean;
  /** Where ε stands: √(v + ε) for 'keras', √v + ε for 'pytorch'. Default 'keras'. */
  readonly epsilonPlacement?: Placement;
  /** Whether η is in the velocity ('keras') or multiplies it ('pytorch'); they differ where η changes. Default 'keras'. */
  readonly ratePlacement?: Placement;
}

const names = ['rho', 'momentum', 'epsilon', 'centered', 'epsilonPlacement', 'ratePlacement'];
const defaults = { rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false, epsilonPlacement: 'keras', ratePlacement: 'keras' } as const;

/**
 * Gradient descent scaled by a running mean of the squared gradient.
 *
 *     v ← ρ v + (1 - ρ) g²        ḡ ← ρ ḡ + (1 - ρ) g
 *     d = η g / √(v + ε),  centered η g / √(v - ḡ² + ε)
 *     w ← w - d,  with momentum  u ← μ u + d,  w ← w - u
 *
 * Source: Tieleman, Hinton 2012 (lecture 6.5); centered: Graves 2013, arXiv:1308.0850; defaults as in Keras (PyTorch: η 0.01, ρ = alpha =
 * 0.99, ε 1e-8).
 * @throws ValueError for a ρ outside of [0, 1), a negative momentum or ε.
 */
export const rmsprop = (options: RmspropOptions = {}): Optimizer => {
  unknownOptions('optimizers.rmsprop', options, [...commonOptions, ...names]);
  const { rho = 0.9, momentum = 0, epsilon = 1e-7, centered = false, epsilonPlacement = 'keras', ratePlacement = 'keras' } = options;
  checkBetas('optimizers.rmsprop', { rho });
  checkNotNegative('optimizers.rmsprop', { epsilon });
  if (!(momentum >= 0 && momentum <= 1)) throw new ValueError(`optimizers.rmsprop needs a momentum from 0 to 1, got ${momentum}.`);
  checkPlacement('epsilonPlacement', epsilonPlacement);
  checkPlacement('ratePlacement', ratePlacement);
  const isLate = ratePlacement === 'pytorch';
  return createOptimizer({
    ...{ kind: 'rmsprop', options, defaultLearningRate: 1e-3 },
    slots: { velocity: {}, ...(momentum > 0 ? { momentum: {} } : {}), ...(centered ? { averageGradient: {} } : {}) },
    config: given<number | boolean | string>({ rho, momentum, epsilon, centered, epsilonPlacement, ratePlacement }, defaults),
    rule(weight, gradient, slots, { learningRate }) {
      const velocity = (slots.velocity as Tensor).mul(rho).add(gradient.square().mul(1 - rho));
      const averageGradient = centered ? (slots.averageGradient as Tensor).mul(rho).add(gradient.mul(1 - rho)) : undefined;
      const spread = averageGradient === undefined ? velocity : velocity.sub(averageGradient.square());
      // v - ḡ² cannot be negative but by rounding, where ε under the root makes up for it and ε outside of it cannot.
      const root = epsilonPlacement === 'keras' ? spread.add(epsilon).sqrt() : spread.maximum(0).sqrt().add(epsilon);
      const move = (isLate && momentum > 0 ? gradient : gradient.mul(learningRate)).div(root);
      const kept = { velocity, ...(averageGradient === undefined ? {} : { averageGradient }) };
      if (momentum === 0) return { weight: weight.sub(move), slots: kept };
      const u = (slots.momentum as Tensor).mul(momentum).add(move);
      return { weight: weight.sub(isLate ? u.mul(learningRate) : u), slots: { ...kept, momentum: u } };
    },
  });
};
