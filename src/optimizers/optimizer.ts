import type { Config } from '../core/config.ts';
import { ValueError } from '../core/errors.ts';
import { full, zeros, zerosLike } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { mapTensors, tensorsIn } from '../tensor/trees.ts';
import { type Schedule, scheduleOf } from './schedules.ts';

/** What an optimizer remembers: the number of updates done, the rate where it is no schedule, and a tree like the weights a slot. */
export interface OptimizerState {
  readonly step: Tensor;
  readonly learningRate?: Tensor;
  readonly slots: { readonly [name: string]: readonly Tensor[] };
}

/** A rule that moves weights against their gradients. Pure: state goes in and comes out; works on any tree of tensors. */
export interface Optimizer {
  readonly kind: string;
  readonly config: Config;
  init(weights: unknown): OptimizerState;
  update<Weights>(weights: Weights, gradients: Weights, state: OptimizerState): [Weights, OptimizerState];
}

/** A number, a schedule, or (from a file) a schedule's description. */
export type LearningRate = number | Schedule | { readonly kind: string; readonly config: Config };

export interface GradientOptions {
  /** Each gradient is scaled down to this norm. */
  readonly clipNorm?: number;
  /** Each element of a gradient stays within ± this. */
  readonly clipValue?: number;
  /** All gradients together are scaled down to this norm. */
  readonly globalClipNorm?: number;
}

/** Names of options that every optimizer has. */
export const commonOptions: readonly string[] = ['learningRate', 'clipNorm', 'clipValue', 'globalClipNorm'];

/** The rule of one weight at one update. `step` counts from 0. */
export interface RuleContext {
  readonly learningRate: Tensor;
  readonly step: Tensor;
}

export interface OptimizerParts {
  readonly kind: string;
  readonly options: GradientOptions & { readonly learningRate?: LearningRate };
  readonly defaultLearningRate: number;
  /** The rule's own options. */
  readonly config: Config;
  readonly slots: readonly string[];
  /** What all weights share in an update, computed once. */
  prepare?(context: RuleContext): Readonly<Record<string, Tensor>>;
  rule(
    weight: Tensor,
    gradient: Tensor,
    slots: Readonly<Record<string, Tensor>>,
    context: RuleContext & { readonly shared: Readonly<Record<string, Tensor>> },
  ): { readonly weight: Tensor; readonly slots: Readonly<Record<string, Tensor>> };
}

const rateOf = (kind: string, rate: LearningRate): number | Schedule => {
  if (typeof rate === 'function') return rate;
  if (typeof rate === 'object' && rate !== null) return scheduleOf(rate);
  if (!Number.isFinite(rate) || rate < 0) throw new ValueError(`optimizers.${kind} needs a learningRate >= 0 or a schedule, got ${rate}.`);
  return rate;
};

const norm = (x: Tensor): Tensor => x.square().sum();

/** min(1, limit / norm): what scales a gradient down. */
const shrink = (squaredNorm: Tensor, limit: number): Tensor => squaredNorm.sqrt().maximum(limit).reciprocal().mul(limit);

const clip = (gradients: readonly Tensor[], { clipNorm, clipValue, globalClipNorm }: GradientOptions): readonly Tensor[] => {
  if (clipNorm !== undefined) return gradients.map(g => g.mul(shrink(norm(g), clipNorm)));
  if (globalClipNorm !== undefined) {
    const scale = shrink(
      gradients.map(norm).reduce((a, b) => a.add(b)),
      globalClipNorm,
    );
    return gradients.map(g => g.mul(scale));
  }
  return clipValue === undefined ? gradients : gradients.map(g => g.clip(-clipValue, clipValue));
};

const clipConfig = (kind: string, options: GradientOptions): Config => {
  const given = (['clipNorm', 'clipValue', 'globalClipNorm'] as const).filter(name => options[name] !== undefined);
  if (given.length > 1)
    throw new ValueError(`optimizers.${kind} takes one of clipNorm, clipValue and globalClipNorm, got ${given.join(' and ')}.`);
  for (const name of given)
    if (!((options[name] as number) > 0)) throw new ValueError(`optimizers.${kind} needs ${name} > 0, got ${options[name]}.`);
  return Object.fromEntries(given.map(name => [name, options[name] as number]));
};

/** An optimizer from the rule of one weight. */
export const createOptimizer = (parts: OptimizerParts): Optimizer => {
  const { kind, options, config, slots } = parts;
  const rate = rateOf(kind, options.learningRate ?? parts.defaultLearningRate);
  const described = typeof rate === 'number' ? rate : { kind: rate.kind, config: rate.config };
  return {
    kind,
    config: { learningRate: described, ...config, ...clipConfig(kind, options) },
    init(weights) {
      const leaves = tensorsIn(weights).map(({ leaf }) => leaf);
      return {
        step: zeros([], { dtype: 'int32' }),
        ...(typeof rate === 'number' ? { learningRate: full([], rate) } : {}),
        slots: Object.fromEntries(slots.map(name => [name, leaves.map(leaf => zerosLike(leaf))])),
      };
    },
    update(weights, gradients, state) {
      const leaves = tensorsIn(weights).map(({ leaf }) => leaf);
      const slopes = clip(
        tensorsIn(gradients).map(({ leaf }) => leaf),
        options,
      );
      if (slopes.length !== leaves.length)
        throw new ValueError(`optimizers.${kind} got ${slopes.length} gradients for ${leaves.length} weights: give one for each.`);
      const learningRate = typeof rate === 'number' ? (state.learningRate as Tensor) : rate(state.step);
      const context = { learningRate, step: state.step };
      const shared = parts.prepare?.(context) ?? {};
      const results = leaves.map((weight, index) => {
        const own = Object.fromEntries(slots.map(name => [name, (state.slots[name] as readonly Tensor[])[index] as Tensor]));
        return parts.rule(weight, slopes[index] as Tensor, own, { ...context, shared });
      });
      const next: OptimizerState = {
        ...state,
        step: state.step.add(1),
        slots: Object.fromEntries(slots.map(name => [name, results.map(result => result.slots[name] as Tensor)])),
      };
      return [mapTensors(weights, (_, index) => (results[index] as { weight: Tensor }).weight) as typeof weights, next];
    },
  };
};
