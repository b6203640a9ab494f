import { ValueError } from '../core/errors.ts';
import { full, zeros } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Found } from '../tensor/trees.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { checkNotNegative, updateNumber } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';

export interface AdafactorOptions extends CommonOptions {
  /** The largest relative step. Default 0.001. */
  readonly learningRate?: LearningRate;
  /** c ≤ 0: the means fade by 1 - tᶜ. Default -0.8. */
  readonly beta2Decay?: number;
  /** ε₁, added to squared gradients. Default 1e-30. */
  readonly epsilon1?: number;
  /** ε₂, the least size that a weight is taken to have. Default 0.001. */
  readonly epsilon2?: number;
  /** d: a step whose root mean square is larger is scaled down to it. Default 1. */
  readonly clipThreshold?: number;
  /** Accepted for configurations from Keras, whose rate is bounded by 1 / √t with and without it. Default true. */
  readonly relativeStep?: boolean;
}

const defaults = { beta2Decay: -0.8, epsilon1: 1e-30, epsilon2: 1e-3, clipThreshold: 1, relativeStep: true } as const;

const isFactored = ({ leaf }: Found): boolean => leaf.shape.length >= 2;

const rms = (x: Tensor): Tensor => x.square().mean().sqrt();

/**
 * Adam without its memory: of a matrix of squared gradients only the means of rows and columns are kept. Steps are relative to the weight.
 *
 *     β = 1 - tᶜ        r ← β r + (1 - β) mean_columns(g² + ε₁)        c ← β c + (1 - β) mean_rows(g² + ε₁)
 *     v = r cᵀ / mean r  (of vectors v ← β v + (1 - β)(g² + ε₁))        u = g / √v
 *     w ← w - max(ε₂, rms w) · min(η, 1 / √t) · u / max(1, rms u / d)
 *
 * The last two axes are factored. Source: Shazeer, Stern 2018, arXiv:1804.04235; defaults as in Keras (PyTorch has η 0.01 and bounds v and
 * mean r from below instead of adding ε₁).
 * @throws ValueError for a positive beta2Decay and for negative numbers elsewhere.
 */
export const adafactor = (options: AdafactorOptions = {}): Optimizer => {
  unknownOptions('optimizers.adafactor', options, [...commonOptions, ...Object.keys(defaults)]);
  const { beta2Decay = -0.8, epsilon1 = 1e-30, epsilon2 = 1e-3, clipThreshold = 1, relativeStep = true } = options;
  if (!(beta2Decay <= 0)) throw new ValueError(`optimizers.adafactor needs a beta2Decay <= 0, got ${beta2Decay}.`);
  checkNotNegative('optimizers.adafactor', { epsilon1, epsilon2 });
  if (!(clipThreshold > 0)) throw new ValueError(`optimizers.adafactor needs a clipThreshold > 0, got ${clipThreshold}.`);
  return createOptimizer({
    ...{ kind: 'adafactor', options, defaultLearningRate: 1e-3 },
    slots: {
      rows: { holds: isFactored, initial: ({ shape, dtype }) => zeros(shape.slice(0, -1), { dtype }) },
      columns: { holds: isFactored, initial: ({ shape, dtype }) => zeros([...shape.slice(0, -2), shape.at(-1) as number], { dtype }) },
      v: { holds: weight => !isFactored(weight) },
    },
    config: given<number | boolean>({ beta2Decay, epsilon1, epsilon2, clipThreshold, relativeStep }, defaults),
    prepare({ learningRate, step }) {
      const t = updateNumber(step);
      return { step: learningRate.minimum(t.rsqrt()), part: t.log().mul(beta2Decay).exp() };
    },
    rule(weight, gradient, slots, { shared }) {
      const part = shared.part as Tensor; // 1 - β
      const mean = (before: Tensor, now: Tensor): Tensor => before.mul(part.neg().add(1)).add(now.mul(part));
      const squares = gradient.square().add(epsilon1);
      const isMatrix = slots.rows !== undefined;
      const kept: Record<string, Tensor> = isMatrix
        ? { rows: mean(slots.rows as Tensor, squares.mean(-1)), columns: mean(slots.columns as Tensor, squares.mean(-2)) }
        : { v: mean(slots.v as Tensor, squares) };
      const scaled = isMatrix
        ? gradient.mul(rescaled(kept.rows as Tensor).expandDims(-1)).mul((kept.columns as Tensor).rsqrt().expandDims(-2))
        : gradient.mul((kept.v as Tensor).rsqrt());
      const bounded = scaled.div(rms(scaled).div(clipThreshold).maximum(1));
      const size = rms(weight).maximum(full([], epsilon2));
      return { weight: weight.sub(bounded.mul(size.mul(shared.step as Tensor))), slots: kept };
    },
  });
};

/** 1 / √(r / mean r): roots are taken before the product with the columns, which in float32 could be 0. */
const rescaled = (rows: Tensor): Tensor => rows.div(rows.mean(-1, { keepDims: true })).rsqrt();
