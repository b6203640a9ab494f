import { compact } from '../core/config.ts';
import { unknownName, ValueError } from '../core/errors.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { commonOptions, createOptimizer, type GradientOptions, type LearningRate, type Optimizer } from './optimizer.ts';

export interface AdamOptions extends GradientOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
  /** Where ε stands: 'keras' adds it to √v before v's bias is corrected, 'pytorch' (and the paper's algorithm 1) after. Default 'keras'. */
  readonly epsilonPlacement?: 'keras' | 'pytorch';
}

export interface AdamWOptions extends AdamOptions {
  /** Default 0.004. */
  readonly weightDecay?: number;
}

const adamNames = [...commonOptions, 'beta1', 'beta2', 'epsilon', 'epsilonPlacement'];
const placements = ['keras', 'pytorch'] as const;

const adamWithDecay = (kind: 'adam' | 'adamW', options: AdamOptions, weightDecay: number): Optimizer => {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, epsilonPlacement = 'keras' } = options;
  for (const [name, beta] of Object.entries({ beta1, beta2 }))
    if (!(beta >= 0 && beta < 1)) throw new ValueError(`optimizers.${kind} needs ${name} from 0 up to but not 1, got ${beta}.`);
  if (!(epsilon >= 0)) throw new ValueError(`optimizers.${kind} needs an epsilon >= 0, got ${epsilon}.`);
  if (!placements.includes(epsilonPlacement)) throw unknownName('epsilonPlacement', String(epsilonPlacement), placements);
  return createOptimizer({
    ...{ kind, options, defaultLearningRate: 1e-3, slots: ['m', 'v'] },
    config: compact({
      ...{ beta1: beta1 === 0.9 ? undefined : beta1, beta2: beta2 === 0.999 ? undefined : beta2 },
      ...{ epsilon: epsilon === 1e-7 ? undefined : epsilon, weightDecay: kind === 'adamW' ? weightDecay : undefined },
      epsilonPlacement: epsilonPlacement === 'keras' ? undefined : epsilonPlacement,
    }),
    prepare({ learningRate, step }) {
      const t = step.cast('float32').add(1);
      // 1 - βᵗ by expm1: for β near 1 the subtraction would cancel.
      const correction = (beta: number): Tensor => t.mul(Math.log(beta)).expm1().neg();
      const first = beta1 === 0 ? learningRate : learningRate.div(correction(beta1));
      const root = beta2 === 0 ? t.mul(0).add(1) : correction(beta2).sqrt();
      return epsilonPlacement === 'keras' ? { rate: first.mul(root) } : { rate: first, scale: root.reciprocal() };
    },
    rule(weight, gradient, slots, { learningRate, shared: { rate, scale } }) {
      const m0 = slots.m as Tensor;
      const v0 = slots.v as Tensor;
      const m = m0.add(gradient.sub(m0).mul(1 - beta1));
      const v = v0.add(
        gradient
          .square()
          .sub(v0)
          .mul(1 - beta2),
      );
      const root = scale === undefined ? v.sqrt() : v.sqrt().mul(scale);
      const decayed = weightDecay === 0 ? weight : weight.sub(weight.mul(learningRate.mul(weightDecay)));
      return { weight: decayed.sub(m.mul(rate as Tensor).div(root.add(epsilon))), slots: { m, v } };
    },
  });
};

/**
 * Gradient descent scaled by running moments of the gradient.
 *
 *     m ← m + (1 - β₁)(g - m)        v ← v + (1 - β₂)(g² - v)
 *     w ← w - η √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + ε)
 *
 * Source: Kingma, Ba 2014, arXiv:1412.6980, with ε placed as in Keras (the paper's note before section 2.1), unless
 * `epsilonPlacement` says otherwise.
 */
export const adam = (options: AdamOptions = {}): Optimizer => {
  unknownOptions('optimizers.adam', options, adamNames);
  return adamWithDecay('adam', options, 0);
};

/**
 * Adam with w ← w - η λ w before each update, which the moments do not see. All weights decay, as in Keras.
 * Source: Loshchilov, Hutter 2019, arXiv:1711.05101, algorithm 2.
 */
export const adamW = (options: AdamWOptions = {}): Optimizer => {
  unknownOptions('optimizers.adamW', options, [...adamNames, 'weightDecay']);
  const { weightDecay = 0.004 } = options;
  if (!(weightDecay >= 0)) throw new ValueError(`optimizers.adamW needs a weightDecay >= 0, got ${weightDecay}.`);
  return adamWithDecay('adamW', options, weightDecay);
};
