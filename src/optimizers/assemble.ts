import type { Config } from '../core/config.ts';
import { ValueError } from '../core/errors.ts';
import { full, where, zeros, zerosLike } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Found, mapTensors, tensorsIn } from '../tensor/trees.ts';
import { type CommonOptions, commonConfig, type LearningRate } from './commonOptions.ts';
import { accumulate, clip } from './gradients.ts';
import { type Optimizer, type OptimizerState, type Slots, stateOf } from './optimizer.ts';
import { checkNamed, pathMatcher } from './patterns.ts';
import { scheduleOf } from './schedules/byName.ts';
import type { Schedule } from './schedules/schedule.ts';

/** What a rule knows of the update. `step` counts updates from 0. */
export interface RuleContext {
  readonly learningRate: Tensor;
  readonly step: Tensor;
  /** The weights before they decayed. */
  readonly before: readonly Tensor[];
}

export interface AssembleParts {
  readonly kind: string;
  readonly options: CommonOptions;
  readonly defaultLearningRate: number;
  /** The rule's own options. */
  readonly config: Config;
  /** The rule's slots before the first update. */
  initial(weights: readonly Found[]): Slots;
  /** All weights at once. */
  move(weights: readonly Found[], gradients: readonly Tensor[], slots: Slots, context: RuleContext): Moved;
  /** λ of one weight, where it is not the same for all. */
  weightDecayOf?(weight: Found): number;
  /** The weights to evaluate with, where they are not those that move. Not asked before the first update. */
  evaluate?(weights: readonly Tensor[], slots: Slots): readonly Tensor[];
}

export interface Moved {
  readonly weights: readonly Tensor[];
  readonly slots: Slots;
}

const rateOf = (kind: string, rate: LearningRate): number | Schedule => {
  if (typeof rate === 'function') return rate;
  if (typeof rate === 'object' && rate !== null) return scheduleOf(rate);
  if (!Number.isFinite(rate) || rate < 0) throw new ValueError(`optimizers.${kind} needs a learningRate >= 0 or a schedule, got ${rate}.`);
  return rate;
};

const leavesOf = (tree: unknown): Tensor[] => tensorsIn(tree).map(({ leaf }) => leaf);

/** The tree with its tensors replaced, in order. */
export const withLeaves = <Weights>(tree: Weights, leaves: readonly Tensor[]): Weights =>
  mapTensors(tree, (_, index) => leaves[index]) as Weights;

/** Weights of 16 bits stay so, though rates are float32. */
const likeIts = (value: Tensor, before: Tensor | undefined): Tensor =>
  before === undefined || value.dtype === before.dtype ? value : value.cast(before.dtype);

export const alike = (values: readonly Tensor[], before: readonly Tensor[]): readonly Tensor[] =>
  values.map((value, index) => likeIts(value, before[index]));

const mapSlots = (slots: Slots, transform: (list: readonly Tensor[], name: string) => readonly Tensor[]): Slots =>
  Object.fromEntries(Object.entries(slots).map(([name, list]) => [name, transform(list, name)]));

/** The moved ones where a condition holds, what was there before elsewhere. */
const movedIf = (condition: Tensor, moved: Moved, weights: readonly Tensor[], slots: Slots): Moved => {
  const choose = (next: readonly Tensor[], before: readonly Tensor[]): readonly Tensor[] =>
    next.map((value, index) => where(condition, value, before[index] as Tensor));
  return { weights: choose(moved.weights, weights), slots: mapSlots(moved.slots, (list, name) => choose(list, slots[name] as Tensor[])) };
};

/** The averages of the weights after an update, and the weights, which become their averages now and then. */
const averaged = (
  weights: readonly Tensor[],
  averages: readonly Tensor[],
  iterations: Tensor,
  { emaMomentum = 0.99, emaOverwriteFrequency }: CommonOptions,
): { weights: readonly Tensor[]; averages: readonly Tensor[] } => {
  const momentum = where(iterations.equal(0), 0, full([], emaMomentum)); // the first average is the weight
  const next = averages.map((average, index) => {
    const weight = weights[index] as Tensor;
    return likeIts(average.mul(momentum).add(weight.mul(momentum.neg().add(1))), average);
  });
  if (emaOverwriteFrequency === undefined) return { weights, averages: next };
  const isDue = iterations.add(1).mod(emaOverwriteFrequency).equal(0);
  return { weights: weights.map((weight, index) => where(isDue, next[index] as Tensor, weight)), averages: next };
};

/** An optimizer from its rule: what all have in common is added here, and costs nothing unless an option asks for it. */
export const assemble = (parts: AssembleParts): Optimizer => {
  const { kind, options, config } = parts;
  const what = `optimizers.${kind}`;
  const rate = rateOf(kind, options.learningRate ?? parts.defaultLearningRate);
  const { weightDecay = 0, decoupledWeightDecay = true, excludeFromWeightDecay = [], useEma = false } = options;
  const { lossScaleFactor, gradientAccumulationSteps } = options;
  const isExcluded = pathMatcher(`excludeFromWeightDecay of ${what}`, excludeFromWeightDecay);
  const decayOf = (weight: Found): number => (isExcluded(weight.path) ? 0 : (parts.weightDecayOf?.(weight) ?? weightDecay));
  const currentLearningRate = ({ step, learningRate }: OptimizerState): Tensor => learningRate ?? (rate as Schedule)(step);

  const decay = (weights: readonly Found[], gradients: readonly Tensor[], learningRate: Tensor): [readonly Found[], readonly Tensor[]] => {
    if (weights.every(weight => decayOf(weight) === 0)) return [weights, gradients];
    if (!decoupledWeightDecay)
      return [weights, gradients.map((g, index) => g.add((weights[index] as Found).leaf.mul(decayOf(weights[index] as Found))))];
    const decayed = weights.map(weight => {
      const amount = decayOf(weight);
      return amount === 0 ? weight : { ...weight, leaf: likeIts(weight.leaf.sub(weight.leaf.mul(learningRate.mul(amount))), weight.leaf) };
    });
    return [decayed, gradients];
  };

  const evaluate = (weights: readonly Tensor[], slots: Slots): readonly Tensor[] =>
    useEma ? (slots.average as readonly Tensor[]) : (parts.evaluate?.(weights, slots) ?? weights);

  return {
    kind,
    config: {
      learningRate: typeof rate === 'number' ? rate : { kind: rate.kind, config: rate.config },
      ...config,
      ...commonConfig(what, options),
    },
    learningRate: typeof rate === 'number' ? rate : undefined,
    currentLearningRate,
    init(weights) {
      const found = tensorsIn(weights);
      if (excludeFromWeightDecay.length > 0) {
        const paths = found.map(({ path }) => path);
        checkNamed(`excludeFromWeightDecay of ${what}`, paths);
      }
      const likeWeights = (): readonly Tensor[] => found.map(({ leaf }) => zerosLike(leaf));
      return stateOf(zeros([], { dtype: 'int32' }), typeof rate === 'number' ? full([], rate) : undefined, {
        ...parts.initial(found),
        ...(gradientAccumulationSteps === undefined ? {} : { accumulated: likeWeights() }),
        ...(useEma ? { average: likeWeights() } : {}),
      });
    },
    update(weights, gradients, state) {
      const found = tensorsIn(weights);
      const given = leavesOf(gradients);
      if (given.length !== found.length)
        throw new ValueError(`${what} got ${given.length} gradients for ${found.length} weights: give one for each.`);
      const { accumulated = [], average = [], ...slots } = state.slots;
      const learningRate = currentLearningRate(state);
      const unscaled = lossScaleFactor === undefined ? given : given.map(g => g.div(lossScaleFactor));
      const collected =
        gradientAccumulationSteps === undefined ? undefined : accumulate(state.step, unscaled, accumulated, gradientAccumulationSteps);
      const step = collected?.iterations ?? state.step;
      const [decayed, slopes] = decay(found, clip(collected?.gradients ?? unscaled, options), learningRate);
      const before = found.map(({ leaf }) => leaf);
      const ruled = parts.move(decayed, slopes, slots, { learningRate, step, before });
      const typed = {
        weights: alike(ruled.weights, before),
        slots: mapSlots(ruled.slots, (list, name) => alike(list, slots[name] as readonly Tensor[])),
      };
      const moved = collected === undefined ? typed : movedIf(collected.isUpdate, typed, before, slots);
      const ema = useEma ? averaged(moved.weights, average, step, options) : undefined;
      const next = stateOf(state.step.add(1), state.learningRate, {
        ...moved.slots,
        ...(collected === undefined ? {} : { accumulated: alike(collected.accumulated, accumulated) }),
        ...(ema === undefined ? {} : { average: ema.averages }),
      });
      return [withLeaves(weights, ema?.weights ?? moved.weights), next];
    },
    ...(lossScaleFactor === undefined ? {} : { scaleLoss: (loss: Tensor) => loss.mul(lossScaleFactor) }),
    ...(useEma || parts.evaluate !== undefined
      ? {
          evaluationWeights<Weights>(weights: Weights, state: OptimizerState): Weights {
            const leaves = leavesOf(weights);
            const others = evaluate(leaves, state.slots);
            const isNew = state.step.less(gradientAccumulationSteps ?? 1);
            return withLeaves(
              weights,
              leaves.map((leaf, index) => likeIts(where(isNew, leaf, others[index] as Tensor), leaf)),
            );
          },
        }
      : {}),
  };
};
