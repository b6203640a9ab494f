import { ValueError } from '../core/errors.ts';
import { where } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface RpropOptions extends CommonOptions {
  /** The first step size of every weight; later rates are not looked at. Default 0.01. */
  readonly learningRate?: LearningRate;
  /** A step size shrinks by this where the gradient turns. Default 0.5. */
  readonly etaMinus?: number;
  /** A step size grows by this where the gradient keeps its sign. Default 1.2. */
  readonly etaPlus?: number;
  /** Default 1e-6. */
  readonly stepSizeMin?: number;
  /** Default 50. */
  readonly stepSizeMax?: number;
}

const defaults = { etaMinus: 0.5, etaPlus: 1.2, stepSizeMin: 1e-6, stepSizeMax: 50 };

/**
 * "Resilient backpropagation": only signs of gradients count; each weight has a step size of its own. For full batches.
 *
 *     s ← clip(s η₊ where g p > 0, s η₋ where g p < 0)        g ← 0 where g p < 0
 *     w ← w - s sign g        p ← g
 *
 * Source: Riedmiller, Braun 1993. PyTorch's Rprop.
 * @throws ValueError unless 0 < etaMinus < 1 < etaPlus and 0 < stepSizeMin <= stepSizeMax.
 */
export const rprop = (options: RpropOptions = {}): Optimizer => {
  unknownOptions('optimizers.rprop', options, [...commonOptions, ...Object.keys(defaults)]);
  const { etaMinus = 0.5, etaPlus = 1.2, stepSizeMin = 1e-6, stepSizeMax = 50 } = options;
  if (!(0 < etaMinus && etaMinus < 1 && 1 < etaPlus))
    throw new ValueError(`optimizers.rprop needs 0 < etaMinus < 1 < etaPlus, got ${etaMinus} and ${etaPlus}.`);
  if (!(0 < stepSizeMin && stepSizeMin <= stepSizeMax))
    throw new ValueError(`optimizers.rprop needs 0 < stepSizeMin <= stepSizeMax, got ${stepSizeMin} and ${stepSizeMax}.`);
  return createOptimizer({
    ...{ kind: 'rprop', options, defaultLearningRate: 0.01, slots: { previous: {}, stepSize: {} } },
    config: given({ etaMinus, etaPlus, stepSizeMin, stepSizeMax }, defaults),
    rule(weight, gradient, slots, { learningRate, step }) {
      // The product of gradients could underflow; that of their signs cannot.
      const turn = gradient.sign().mul((slots.previous as Tensor).sign());
      const factor = where(turn.greater(0), etaPlus, where(turn.less(0), etaMinus, 1));
      const stepSize = where(step.equal(0), learningRate, slots.stepSize as Tensor)
        .mul(factor)
        .clip(stepSizeMin, stepSizeMax);
      const previous = where(turn.less(0), 0, gradient);
      return { weight: weight.sub(previous.sign().mul(stepSize)), slots: { previous, stepSize } };
    },
  });
};
