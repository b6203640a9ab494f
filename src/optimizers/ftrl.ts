import { ValueError } from '../core/errors.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { fullLike } from './fill.ts';
import { checkNotNegative } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface FtrlOptions extends CommonOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** p ≤ 0: how the rate falls with the accumulator. Default -0.5. */
  readonly learningRatePower?: number;
  /** What the sums of squares begin with. Default 0.1. */
  readonly initialAccumulatorValue?: number;
  /** λ₁: weights whose pull stays below it are 0. Default 0. */
  readonly l1RegularizationStrength?: number;
  /** λ₂. Default 0. */
  readonly l2RegularizationStrength?: number;
  /** σ: a penalty of the size that only gradients see, not the rule's own stabilization. Default 0. */
  readonly l2ShrinkageRegularizationStrength?: number;
  /** β of the paper. Default 0. */
  readonly beta?: number;
}

const defaults = {
  ...{ learningRatePower: -0.5, initialAccumulatorValue: 0.1, l1RegularizationStrength: 0, l2RegularizationStrength: 0 },
  ...{ l2ShrinkageRegularizationStrength: 0, beta: 0 },
};

/**
 * "Follow the regularized leader": the weights that would have been best so far, with exact zeros for λ₁ > 0. For wide, sparse models.
 *
 *     n' = n + g²        z ← z + g + 2 σ w - (n'^-p - n^-p) / η · w        n ← n'
 *     w ← (clip(z, -λ₁, λ₁) - z) / (n^-p / η + 2 λ₂ + β / η)
 *
 * Source: McMahan et al. 2013 (Ad Click Prediction), algorithm 1; defaults and the place of σ as in Keras.
 * @throws ValueError for a positive power and negative strengths.
 */
export const ftrl = (options: FtrlOptions = {}): Optimizer => {
  unknownOptions('optimizers.ftrl', options, [...commonOptions, ...Object.keys(defaults)]);
  const { learningRatePower = -0.5, initialAccumulatorValue = 0.1, beta = 0 } = options;
  const { l1RegularizationStrength = 0, l2RegularizationStrength = 0, l2ShrinkageRegularizationStrength = 0 } = options;
  if (!(learningRatePower <= 0)) throw new ValueError(`optimizers.ftrl needs a learningRatePower <= 0, got ${learningRatePower}.`);
  const strengths = { l1RegularizationStrength, l2RegularizationStrength, l2ShrinkageRegularizationStrength };
  checkNotNegative('optimizers.ftrl', { initialAccumulatorValue, beta, ...strengths });
  const power = (n: Tensor): Tensor => (learningRatePower === -0.5 ? n.sqrt() : n.pow(-learningRatePower));
  return createOptimizer({
    ...{ kind: 'ftrl', options, defaultLearningRate: 1e-3 },
    slots: { accumulator: { initial: weight => fullLike(weight, initialAccumulatorValue) }, linear: {} },
    config: given({ learningRatePower, initialAccumulatorValue, beta, ...strengths }, defaults),
    rule(weight, gradient, slots, { learningRate }) {
      const before = slots.accumulator as Tensor;
      const accumulator = before.add(gradient.square());
      const raised = power(accumulator);
      const pull = l2ShrinkageRegularizationStrength === 0 ? gradient : gradient.add(weight.mul(2 * l2ShrinkageRegularizationStrength));
      const linear = (slots.linear as Tensor).add(pull.sub(raised.sub(power(before)).div(learningRate).mul(weight)));
      const quadratic = raised
        .add(beta)
        .div(learningRate)
        .add(2 * l2RegularizationStrength);
      const cut =
        l1RegularizationStrength === 0 ? linear.neg() : linear.clip(-l1RegularizationStrength, l1RegularizationStrength).sub(linear);
      return { weight: cut.div(quadratic), slots: { accumulator, linear } };
    },
  });
};
