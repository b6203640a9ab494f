import { compact } from '../core/config.ts';
import { ValueError } from '../core/errors.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { commonOptions, createOptimizer, type GradientOptions, type LearningRate, type Optimizer } from './optimizer.ts';

export interface SgdOptions extends GradientOptions {
  /** Default 0.01. */
  readonly learningRate?: LearningRate;
  /** Default 0: none. */
  readonly momentum?: number;
  /** Looks ahead along the velocity. Default false. */
  readonly nesterov?: boolean;
}

/**
 * Gradient descent.
 *
 *     w ← w - η g                                            without momentum
 *     v ← μ v - η g        w ← w + v, with Nesterov w + μ v - η g
 *
 * Source: Polyak 1964; Nesterov 1983 in the form of Sutskever et al. 2013; defaults as in Keras.
 */
export const sgd = (options: SgdOptions = {}): Optimizer => {
  unknownOptions('optimizers.sgd', options, [...commonOptions, 'momentum', 'nesterov']);
  const { momentum = 0, nesterov = false } = options;
  if (!(momentum >= 0 && momentum <= 1)) throw new ValueError(`optimizers.sgd needs a momentum from 0 to 1, got ${momentum}.`);
  if (nesterov && momentum === 0) throw new ValueError('optimizers.sgd cannot look ahead without momentum: give momentum, such as 0.9.');
  return createOptimizer({
    ...{ kind: 'sgd', options, defaultLearningRate: 0.01, slots: momentum === 0 ? [] : ['velocity'] },
    config: compact({ momentum: momentum === 0 ? undefined : momentum, nesterov: nesterov ? true : undefined }),
    rule(weight, gradient, { velocity }, { learningRate }) {
      const move = gradient.mul(learningRate);
      if (momentum === 0) return { weight: weight.sub(move), slots: {} };
      const v = (velocity as Tensor).mul(momentum).sub(move);
      return { weight: weight.add(nesterov ? v.mul(momentum).sub(move) : v), slots: { velocity: v } };
    },
  });
};
