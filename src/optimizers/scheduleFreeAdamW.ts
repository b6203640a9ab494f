import { ValueError } from '../core/errors.ts';
import { where } from '../tensor/create.ts';
import { unknownOptions, wholeNumber } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { biasCorrection, checkBetas, checkNotNegative, towards, updateNumber } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface ScheduleFreeAdamWOptions extends CommonOptions {
  /** Default 0.0025. */
  readonly learningRate?: LearningRate;
  /** How much of y is the average, > 0. Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Updates over which the rate rises from 0. Default 0. */
  readonly warmupSteps?: number;
}

const defaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, warmupSteps: 0 };

/** x of y = (1 - β₁) z + β₁ x. */
const averageIn = (y: Tensor, z: Tensor, beta1: number): Tensor => y.sub(z.mul(1 - beta1)).div(beta1);

/**
 * AdamW that needs no schedule of its rate: it moves y, between the point z of the descent and the average x of all its points.
 *
 *     v ← v + (1 - β₂)(g² - v)        z ← z - η g / (√(v / (1 - β₂ᵗ)) + ε)
 *     x ← x + (z - x) / t             y ← (1 - β₁) z + β₁ x
 *
 * The weights in training are y, where gradients are taken; `evaluationWeights` gives x, which is the model to use and to save.
 *
 * Source: Defazio et al. 2024, arXiv:2405.15682; Keras 3.15's ScheduleFreeAdamW, where only y decays and x is not given.
 * @throws ValueError for a β₁ outside of (0, 1), a β₂ outside of [0, 1), an ε < 0.
 */
export const scheduleFreeAdamW = (options: ScheduleFreeAdamWOptions = {}): Optimizer => {
  const what = 'optimizers.scheduleFreeAdamW';
  unknownOptions(what, options, [...commonOptions, ...Object.keys(defaults)]);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, warmupSteps = 0 } = options;
  if (!(beta1 > 0 && beta1 < 1)) throw new ValueError(`${what} needs a beta1 between 0 and 1, got ${beta1}.`);
  checkBetas(what, { beta2 });
  checkNotNegative(what, { epsilon });
  wholeNumber(what, 'warmupSteps', warmupSteps);
  return createOptimizer({
    ...{ kind: 'scheduleFreeAdamW', options, defaultLearningRate: 2.5e-3, slots: { z: {}, v: {} } },
    config: given({ beta1, beta2, epsilon, warmupSteps }, defaults),
    prepare({ learningRate, step }) {
      const t = updateNumber(step);
      return {
        rate: warmupSteps === 0 ? learningRate : learningRate.mul(t.div(warmupSteps).minimum(1)),
        scale: biasCorrection(beta2, t).rsqrt(),
        part: t.reciprocal(),
      };
    },
    rule(y, gradient, slots, { step, start, shared }) {
      // Keras copies the weights at the start: the state is made before they are known here.
      const before = where(step.equal(0), start, slots.z as Tensor);
      const v = towards(slots.v as Tensor, gradient.square(), beta2);
      const root = v
        .sqrt()
        .mul(shared.scale as Tensor)
        .add(epsilon);
      const z = before.sub(gradient.mul(shared.rate as Tensor).div(root));
      const average = averageIn(y, before, beta1);
      const x = average.add(z.sub(average).mul(shared.part as Tensor));
      return { weight: z.mul(1 - beta1).add(x.mul(beta1)), slots: { z, v } };
    },
    evaluateOne: (y, { z }) => averageIn(y, z as Tensor, beta1),
  });
};
