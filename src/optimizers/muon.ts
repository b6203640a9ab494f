import { type ConfigValue, compact } from '../core/config.ts';
import { ValueError } from '../core/errors.ts';
import { unknownOptions, wholeNumber } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Found, tensorsIn } from '../tensor/trees.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { createOptimizer, given } from './createOptimizer.ts';
import { biasCorrection, checkBetas, checkNotNegative, towards, updateNumber } from './moments.ts';
import type { LearningRate, Optimizer } from './optimizer.ts';
import { checkNamed, describePatterns, type PathPattern, pathMatcher } from './patterns.ts';

export interface MuonOptions extends CommonOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** Decay of the weights that Muon moves. Default 0.004. */
  readonly weightDecay?: number;
  /** Decay of the weights that Adam moves. Default 0.004. */
  readonly adamWeightDecay?: number;
  /** Adam's β₁. Default 0.9. */
  readonly adamBeta1?: number;
  /** Adam's β₂. Default 0.999. */
  readonly adamBeta2?: number;
  /** Adam's ε. Default 1e-7. */
  readonly epsilon?: number;
  /** Adam's rate is η times this. Default 1. */
  readonly adamLrRatio?: number;
  /** Weights that Adam moves though they are matrices, by their paths: texts that the path holds, or patterns. Default: none. */
  readonly excludeLayers?: readonly PathPattern[];
  /** Whether Adam moves all weights with 'embedding' in their paths. Default true. */
  readonly excludeEmbeddings?: boolean;
  /** Coefficients of the iteration. Defaults 3.4445, -4.775, 2.0315. */
  readonly muonA?: number;
  readonly muonB?: number;
  readonly muonC?: number;
  /** Default 0.95. */
  readonly momentum?: number;
  /** Looks ahead along the momentum. Default true. */
  readonly nesterov?: boolean;
  /** Iterations. Default 5. */
  readonly nsSteps?: number;
  /** The step is scaled by this times √(the longer side), so that it is as large as Adam's; `null`: not at all. Default 0.2. */
  readonly rmsRate?: number | null;
}

const defaults = {
  ...{ adamBeta1: 0.9, adamBeta2: 0.999, epsilon: 1e-7, adamLrRatio: 1, adamWeightDecay: 0.004, excludeEmbeddings: true },
  ...{ muonA: 3.4445, muonB: -4.775, muonC: 2.0315, momentum: 0.95, nesterov: true, nsSteps: 5, rmsRate: 0.2 },
};

interface Iteration {
  readonly muonA: number;
  readonly muonB: number;
  readonly muonC: number;
  readonly nsSteps: number;
}

/** U Vᵀ of x = U Σ Vᵀ, roughly: all singular values come near 1. Newton and Schulz's iteration with a polynomial of degree 5. */
const orthogonalized = (x: Tensor, { muonA, muonB, muonC, nsSteps }: Iteration): Tensor => {
  const isTall = (x.shape[0] as number) > (x.shape[1] as number);
  const wide = isTall ? x.transpose() : x;
  let y = wide.div(wide.square().sum().sqrt().add(1e-7));
  for (let step = 0; step < nsSteps; step++) {
    const a = y.matmul(y.transpose());
    const b = a.mul(muonB).add(a.matmul(a).mul(muonC));
    y = y.mul(muonA).add(b.matmul(y));
  }
  return isTall ? y.transpose() : y;
};

/**
 * Matrices move along an orthogonal matrix that is near their momentum; all other weights move as by AdamW.
 *
 *     m ← μ m + g        d = NS(g + μ m), or NS(m) without Nesterov        w ← w - η rmsRate √(max(rows, columns)) d
 *
 * Adam moves weights that are no matrices, embeddings (by their names) and `excludeLayers`: a classifier's last layer should be there.
 *
 * Source: Jordan et al. 2024 (kellerjordan.github.io/posts/muon); the scale: Liu et al. 2025, arXiv:2502.16982; defaults as in Keras.
 * PyTorch's Muon iterates in bfloat16 and takes matrices only.
 * @throws ValueError for a β or momentum outside of [0, 1) and for less than one iteration.
 */
export const muon = (options: MuonOptions = {}): Optimizer => {
  const what = 'optimizers.muon';
  unknownOptions(what, options, [...commonOptions, ...Object.keys(defaults), 'excludeLayers']);
  const { excludeLayers = [], ...rest } = options;
  const all = { ...defaults, ...compact(rest as Record<string, ConfigValue | undefined>) } as typeof defaults & { rmsRate: number | null };
  const { adamBeta1, adamBeta2, epsilon, adamLrRatio, adamWeightDecay, excludeEmbeddings, momentum, nesterov, rmsRate } = all;
  const weightDecay = options.weightDecay ?? 0.004;
  checkBetas(what, { adamBeta1, adamBeta2, momentum });
  checkNotNegative(what, { epsilon, adamLrRatio, adamWeightDecay });
  wholeNumber(what, 'nsSteps', all.nsSteps, 1);
  if (rmsRate !== null && !(rmsRate > 0)) throw new ValueError(`${what} needs an rmsRate > 0, or null for none, got ${rmsRate}.`);
  const isExcluded = pathMatcher(`excludeLayers of ${what}`, excludeLayers);
  const isAdams = ({ leaf, path }: Found): boolean =>
    leaf.shape.length !== 2 || (excludeEmbeddings && path.toLowerCase().includes('embedding')) || isExcluded(path);
  const own = Object.fromEntries(Object.keys(defaults).map(name => [name, all[name as keyof typeof defaults] as ConfigValue]));
  const made = createOptimizer({
    ...{ kind: 'muon', options: { ...options, weightDecay }, defaultLearningRate: 1e-3 },
    slots: { momentum: {}, velocity: { holds: isAdams } },
    config: { ...given(own, defaults as never), ...(excludeLayers.length === 0 ? {} : { excludeLayers: describePatterns(excludeLayers) }) },
    weightDecayOf: weight => (isAdams(weight) ? adamWeightDecay : weightDecay),
    prepare({ learningRate, step }) {
      const t = updateNumber(step);
      return { rate: learningRate.mul(adamLrRatio).mul(biasCorrection(adamBeta2, t).sqrt()).div(biasCorrection(adamBeta1, t)) };
    },
    rule(weight, gradient, slots, { learningRate, shared: { rate } }) {
      const before = slots.momentum as Tensor;
      if (slots.velocity !== undefined) {
        const m = towards(before, gradient, adamBeta1);
        const v = towards(slots.velocity, gradient.square(), adamBeta2);
        return { weight: weight.sub(m.mul(rate as Tensor).div(v.sqrt().add(epsilon))), slots: { momentum: m, velocity: v } };
      }
      const m = before.mul(momentum).add(gradient);
      const scale = rmsRate === null ? 1 : rmsRate * Math.sqrt(Math.max(...weight.shape));
      const direction = orthogonalized(nesterov ? m.mul(momentum).add(gradient) : m, all);
      return { weight: weight.sub(direction.mul(learningRate.mul(scale))), slots: { momentum: m } };
    },
  });
  return {
    ...made,
    init(weights) {
      if (excludeLayers.length > 0) {
        const paths = tensorsIn(weights).map(({ path }) => path);
        checkNamed(`excludeLayers of ${what}`, paths);
      }
      return made.init(weights);
    },
  };
};
