import { where } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { checkNotNegative, updateNumber } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface AsgdOptions extends CommonOptions {
  /** η₀. Default 0.01. */
  readonly learningRate?: LearningRate;
  /** λ: weights decay by it, and the rate falls with it. Default 1e-4. */
  readonly lambd?: number;
  /** How fast the rate falls. Default 0.75. */
  readonly alpha?: number;
  /** The update after which averaging begins. Default 1e6. */
  readonly t0?: number;
}

const defaults = { lambd: 1e-4, alpha: 0.75, t0: 1e6 };

/**
 * Averaged stochastic gradient descent: `evaluationWeights` gives the mean of the weights since update t0.
 *
 *     η = η₀ / (1 + λ η₀ (t - 1))^α        w ← (1 - λ η) w - η g
 *     a ← a + (w - a) / max(1, t - 1 - t0)
 *
 * Source: Polyak, Juditsky 1992; Bottou's form. PyTorch's ASGD (under a schedule of η₀ PyTorch is one update late).
 * @throws ValueError for negative numbers.
 */
export const asgd = (options: AsgdOptions = {}): Optimizer => {
  unknownOptions('optimizers.asgd', options, [...commonOptions, ...Object.keys(defaults)]);
  const { lambd = 1e-4, alpha = 0.75, t0 = 1e6 } = options;
  checkNotNegative('optimizers.asgd', { lambd, alpha, t0 });
  return createOptimizer({
    ...{ kind: 'asgd', options, defaultLearningRate: 0.01, slots: { averaged: {} } },
    config: given({ lambd, alpha, t0 }, defaults),
    prepare({ learningRate, step }) {
      const passed = step.cast('float32');
      const rate = learningRate.mul(passed.mul(learningRate).mul(lambd).log1p().mul(-alpha).exp());
      return { rate, keep: rate.mul(-lambd).add(1), part: updateNumber(step).sub(1).sub(t0).maximum(1).reciprocal() };
    },
    rule(weight, gradient, slots, { shared: { rate, keep, part } }) {
      const moved = weight.mul(keep as Tensor).sub(gradient.mul(rate as Tensor));
      const before = slots.averaged as Tensor;
      const mean = before.add(moved.sub(before).mul(part as Tensor));
      return { weight: moved, slots: { averaged: where((part as Tensor).equal(1), moved, mean) } };
    },
    evaluateOne: (_, { averaged }) => averaged as Tensor,
  });
};
