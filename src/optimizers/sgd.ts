import { ValueError } from '../core/errors.ts';
import { where } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { checkPlacement, type Placement } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface SgdOptions extends CommonOptions {
  /** Default 0.01. */
  readonly learningRate?: LearningRate;
  /** Default 0: none. */
  readonly momentum?: number;
  /** Looks ahead along the velocity. Default false. */
  readonly nesterov?: boolean;
  /** PyTorch's: the part of the gradient that the velocity does not take in, after the first update. Default 0. */
  readonly dampening?: number;
  /** Whether η is in the velocity ('keras') or multiplies it ('pytorch'); they differ where η changes. Default 'keras'. */
  readonly ratePlacement?: Placement;
}

const defaults = { momentum: 0, nesterov: false, dampening: 0, ratePlacement: 'keras' } as const;

/**
 * Gradient descent.
 *
 *     w ← w - η g                                            without momentum
 *     v ← μ v - η g        w ← w + v, with Nesterov w + μ v - η g
 *
 * With `ratePlacement: 'pytorch'` v ← μ v + (1 - dampening) g, w ← w - η v (with Nesterov g + μ v), as in torch.optim.SGD, whose
 * `weight_decay` is `{ weightDecay, decoupledWeightDecay: false }` here.
 *
 * Source: Polyak 1964; Nesterov 1983 in the form of Sutskever et al. 2013; defaults as in Keras.
 * @throws ValueError for a momentum outside of [0, 1], and for what needs a momentum without one.
 */
export const sgd = (options: SgdOptions = {}): Optimizer => {
  unknownOptions('optimizers.sgd', options, [...commonOptions, 'momentum', 'nesterov', 'dampening', 'ratePlacement']);
  const { momentum = 0, nesterov = false, dampening = 0, ratePlacement = 'keras' } = options;
  if (!(momentum >= 0 && momentum <= 1)) throw new ValueError(`optimizers.sgd needs a momentum from 0 to 1, got ${momentum}.`);
  if (nesterov && momentum === 0) throw new ValueError('optimizers.sgd cannot look ahead without momentum: give momentum, such as 0.9.');
  if (!(dampening >= 0 && dampening < 1))
    throw new ValueError(`optimizers.sgd needs a dampening from 0 up to but not 1, got ${dampening}.`);
  if (dampening > 0 && (nesterov || momentum === 0))
    throw new ValueError('optimizers.sgd dampens a momentum without Nesterov: give momentum, such as 0.9, and leave nesterov out.');
  checkPlacement('ratePlacement', ratePlacement);
  return createOptimizer({
    ...{ kind: 'sgd', options, defaultLearningRate: 0.01, slots: momentum === 0 ? {} : { velocity: {} } },
    config: given<number | boolean | string>({ momentum, nesterov, dampening, ratePlacement }, defaults),
    rule(weight, gradient, { velocity }, { learningRate, step }) {
      if (momentum === 0) return { weight: weight.sub(gradient.mul(learningRate)), slots: {} };
      const before = (velocity as Tensor).mul(momentum);
      const part = dampening === 0 ? gradient : gradient.mul(where(step.equal(0), 1, 1 - dampening));
      if (ratePlacement === 'pytorch') {
        const v = before.add(part);
        return { weight: weight.sub((nesterov ? v.mul(momentum).add(gradient) : v).mul(learningRate)), slots: { velocity: v } };
      }
      const move = part.mul(learningRate);
      const v = before.sub(move);
      return { weight: weight.add(nesterov ? v.mul(momentum).sub(move) : v), slots: { velocity: v } };
    },
  });
};
