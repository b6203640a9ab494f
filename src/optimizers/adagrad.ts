import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { fullLike } from './fill.ts';
import { checkNotNegative, checkPlacement, type Placement } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface AdagradOptions extends CommonOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** What the sums of squares begin with. Default 0.1. */
  readonly initialAccumulatorValue?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
  /** Where ε stands: √(a + ε) for 'keras', √a + ε for 'pytorch'. Default 'keras'. */
  readonly epsilonPlacement?: Placement;
  /** PyTorch's lr_decay δ: the rate is η / (1 + (t - 1) δ). Default 0. */
  readonly learningRateDecay?: number;
}

const names = ['initialAccumulatorValue', 'epsilon', 'epsilonPlacement', 'learningRateDecay'];
const defaults = { initialAccumulatorValue: 0.1, epsilon: 1e-7, epsilonPlacement: 'keras', learningRateDecay: 0 } as const;

/**
 * Gradient descent scaled by the sum of all squared gradients: seldom used features move more.
 *
 *     a ← a + g²        w ← w - η g / √(a + ε)
 *
 * Source: Duchi, Hazan, Singer 2011; defaults as in Keras (PyTorch: η 0.01, a starts at 0, ε 1e-10).
 * @throws ValueError for a negative start, ε or decay.
 */
export const adagrad = (options: AdagradOptions = {}): Optimizer => {
  unknownOptions('optimizers.adagrad', options, [...commonOptions, ...names]);
  const { initialAccumulatorValue = 0.1, epsilon = 1e-7, epsilonPlacement = 'keras', learningRateDecay = 0 } = options;
  checkNotNegative('optimizers.adagrad', { initialAccumulatorValue, epsilon, learningRateDecay });
  checkPlacement('epsilonPlacement', epsilonPlacement);
  return createOptimizer({
    ...{ kind: 'adagrad', options, defaultLearningRate: 1e-3 },
    slots: { accumulator: { initial: weight => fullLike(weight, initialAccumulatorValue) } },
    config: given<number | string>({ initialAccumulatorValue, epsilon, epsilonPlacement, learningRateDecay }, defaults),
    prepare: ({ learningRate, step }) => ({
      rate: learningRateDecay === 0 ? learningRate : learningRate.div(step.cast('float32').mul(learningRateDecay).add(1)),
    }),
    rule(weight, gradient, slots, { shared: { rate } }) {
      const accumulator = (slots.accumulator as Tensor).add(gradient.square());
      const root = epsilonPlacement === 'keras' ? accumulator.add(epsilon).sqrt() : accumulator.sqrt().add(epsilon);
      return { weight: weight.sub(gradient.mul(rate as Tensor).div(root)), slots: { accumulator } };
    },
  });
};
