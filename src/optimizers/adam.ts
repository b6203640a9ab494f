import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { biasCorrection, checkBetas, checkNotNegative, checkPlacement, type Placement, towards, updateNumber } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface AdamOptions extends CommonOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
  /** Where ε stands: 'keras' adds it to √v before v's bias is corrected, 'pytorch' (and the paper's algorithm 1) after. Default 'keras'. */
  readonly epsilonPlacement?: Placement;
  /** Divides by the largest v so far. Source: Reddi et al. 2018, arXiv:1904.09237. Default false. */
  readonly amsgrad?: boolean;
}

export interface AdamWOptions extends AdamOptions {
  /** Default 0.004. */
  readonly weightDecay?: number;
}

const adamNames = [...commonOptions, 'beta1', 'beta2', 'epsilon', 'epsilonPlacement', 'amsgrad'];
const defaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, epsilonPlacement: 'keras', amsgrad: false } as const;

const adamOf = (kind: 'adam' | 'adamW', options: AdamOptions): Optimizer => {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, epsilonPlacement = 'keras', amsgrad = false } = options;
  checkBetas(`optimizers.${kind}`, { beta1, beta2 });
  checkNotNegative(`optimizers.${kind}`, { epsilon });
  checkPlacement('epsilonPlacement', epsilonPlacement);
  return createOptimizer({
    ...{ kind, options, defaultLearningRate: 1e-3, slots: amsgrad ? { m: {}, v: {}, vMax: {} } : { m: {}, v: {} } },
    config: given<number | string | boolean>({ beta1, beta2, epsilon, epsilonPlacement, amsgrad }, defaults),
    prepare({ learningRate, step }) {
      const t = updateNumber(step);
      const first = beta1 === 0 ? learningRate : learningRate.div(biasCorrection(beta1, t));
      const root = beta2 === 0 ? t.mul(0).add(1) : biasCorrection(beta2, t).sqrt();
      return epsilonPlacement === 'keras' ? { rate: first.mul(root) } : { rate: first, scale: root.reciprocal() };
    },
    rule(weight, gradient, slots, { shared: { rate, scale } }) {
      const m = towards(slots.m as Tensor, gradient, beta1);
      const v = towards(slots.v as Tensor, gradient.square(), beta2);
      const vMax = amsgrad ? (slots.vMax as Tensor).maximum(v) : v;
      const root = scale === undefined ? vMax.sqrt() : vMax.sqrt().mul(scale);
      return { weight: weight.sub(m.mul(rate as Tensor).div(root.add(epsilon))), slots: amsgrad ? { m, v, vMax } : { m, v } };
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
 * @throws ValueError for a β outside of [0, 1), an ε < 0, an unknown placement.
 */
export const adam = (options: AdamOptions = {}): Optimizer => {
  unknownOptions('optimizers.adam', options, adamNames);
  return adamOf('adam', options);
};

/**
 * Adam with w ← w - η λ w before each update, which the moments do not see. All weights decay, as in Keras, but those that
 * `excludeFromWeightDecay` names.
 * Source: Loshchilov, Hutter 2019, arXiv:1711.05101, algorithm 2.
 */
export const adamW = (options: AdamWOptions = {}): Optimizer => {
  unknownOptions('optimizers.adamW', options, adamNames);
  return adamOf('adamW', { ...options, weightDecay: options.weightDecay ?? 0.004 });
};
