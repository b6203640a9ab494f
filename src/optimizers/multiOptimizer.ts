import type { ConfigValue } from '../core/config.ts';
import { ValueError } from '../core/errors.ts';
import { zeros } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { tensorsIn } from '../tensor/trees.ts';
import { withLeaves } from './assemble.ts';
import { type Optimizer, type OptimizerState, stateOf } from './optimizer.ts';
import { checkNamed, describePatterns, type PathPattern, pathMatcher } from './patterns.ts';
import { described, innerOptimizer } from './wrapper.ts';

/** Weights that are moved in a way of their own. */
export interface WeightGroup {
  /** Texts that the path of a weight holds ('encoder.', 'dense.kernel'), or patterns. */
  readonly match: PathPattern | readonly PathPattern[];
  /** What moves them. */
  readonly optimizer?: Optimizer;
  /** Or: the default optimizer moves them, at its rate times this; 0 holds them still (decay goes by the rate, too). */
  readonly learningRateFactor?: number;
}

type WeightsByPath = Readonly<Record<string, Tensor>>;

interface Group {
  readonly optimizer: Optimizer;
  readonly factor: number | undefined;
  readonly patterns: readonly PathPattern[];
  readonly matches: (path: string) => boolean;
}

const what = 'optimizers.multiOptimizer';

const groupOf = (group: WeightGroup, fallback: Optimizer): Group => {
  unknownOptions(`a group of ${what}`, group, ['match', 'optimizer', 'learningRateFactor']);
  const { match, optimizer, learningRateFactor } = group;
  if ((optimizer === undefined) === (learningRateFactor === undefined))
    throw new ValueError(`${what} needs for each group either an optimizer or a learningRateFactor.`);
  if (learningRateFactor !== undefined && !(learningRateFactor >= 0))
    throw new ValueError(`${what} needs a learningRateFactor >= 0, got ${learningRateFactor}.`);
  const patterns: readonly PathPattern[] = Array.isArray(match) ? match : [match as PathPattern];
  const own = optimizer === undefined ? fallback : innerOptimizer(what, optimizer);
  return { optimizer: own, factor: learningRateFactor, patterns, matches: pathMatcher(`match of ${what}`, patterns) };
};

/** The weights of each group by their paths; the first one has those that no group takes. */
const parted = (
  weights: unknown,
  groups: readonly Group[],
): { parts: readonly WeightsByPath[]; order: readonly (readonly [number, string])[] } => {
  const found = tensorsIn(weights);
  checkNamed(what, groups.length === 0 ? [] : found.map(({ path }) => path));
  const parts: Record<string, Tensor>[] = [{}, ...groups.map(() => ({}))];
  const order = found.map(({ path, leaf }) => {
    const taking = groups.flatMap(({ matches }, index) => (matches(path) ? [index] : []));
    if (taking.length > 1) throw new ValueError(`${what} has more than one group for '${path}': make their patterns apart.`);
    const place = (taking[0] ?? -1) + 1;
    (parts[place] as Record<string, Tensor>)[path] = leaf;
    return [place, path] as const;
  });
  for (const [index, { patterns }] of groups.entries())
    if (Object.keys(parts[index + 1] as WeightsByPath).length === 0)
      throw new ValueError(
        `${what} has a group for ${patterns.map(String).join(', ')}, which no weight is in: they are ${found.map(({ path }) => path).join(', ')}.`,
      );
  return { parts, order };
};

/**
 * Several optimizers for one model, each for the weights whose paths it is given; the default one moves all others. Parameter groups, too:
 * a group may take the default optimizer at a rate of its own.
 *
 * The rate that `state.learningRate` holds is the default optimizer's, and that of groups by factor; optimizers of groups keep theirs in
 * `state.inner`. Limits such as `globalClipNorm` hold within a group.
 *
 * Keras' MultiOptimizer and OptimizerMap; PyTorch's parameter groups.
 * @example optimizers.multiOptimizer(optimizers.adam(), [{ match: 'encoder.', learningRateFactor: 0.1 }, { match: /kernel$/, optimizer: optimizers.muon() }])
 * @throws ValueError for a weight in two groups, a group without weights, an optimizer that scales the loss (wrap this one by lossScale).
 */
export const multiOptimizer = (optimizer: Optimizer, groups: readonly WeightGroup[]): Optimizer => {
  innerOptimizer(what, optimizer);
  if (!Array.isArray(groups)) throw new ValueError(`${what} takes its groups as an array: [{ match: 'bias', optimizer }].`);
  const own = groups.map(group => groupOf(group, optimizer));
  const all: readonly Group[] = [{ optimizer, factor: 1, patterns: [], matches: () => false }, ...own];
  if (all.some(({ optimizer: one }) => one.scaleLoss !== undefined))
    throw new ValueError(`${what} cannot hold optimizers that scale the loss: optimizers.lossScale(optimizers.multiOptimizer(…)).`);
  /** The rate that a group follows, where it is the default optimizer's. */
  const ratesOf = (state: OptimizerState): readonly (Tensor | undefined)[] => {
    const { step, slots, inner } = (state.inner as readonly OptimizerState[])[0] as OptimizerState;
    const rate = optimizer.currentLearningRate(stateOf(step, state.learningRate, slots, inner));
    return all.map(({ factor }) => (factor === undefined ? undefined : factor === 1 ? rate : rate.mul(factor)));
  };
  const innerStates = (state: OptimizerState): readonly OptimizerState[] => {
    const rates = ratesOf(state);
    return (state.inner ?? []).map(({ step, learningRate, slots, inner }, index) =>
      stateOf(step, rates[index] ?? learningRate, slots, inner),
    );
  };
  /** Rates that follow the default optimizer's are not kept twice. */
  const kept = (states: readonly OptimizerState[]): readonly OptimizerState[] =>
    states.map(({ learningRate, ...rest }, index) =>
      stateOf(rest.step, all[index]?.factor === undefined ? learningRate : undefined, rest.slots, rest.inner),
    );
  const together = <Weights>(weights: Weights, parts: readonly WeightsByPath[], order: readonly (readonly [number, string])[]): Weights =>
    withLeaves(
      weights,
      order.map(([place, path]) => (parts[place] as WeightsByPath)[path] as Tensor),
    );
  const config = groups.map(({ optimizer: one, learningRateFactor }, index): ConfigValue => {
    const match = describePatterns(own[index]?.patterns ?? []);
    return one === undefined ? { match, learningRateFactor: learningRateFactor as number } : { match, optimizer: described(one) };
  });
  return {
    kind: 'multiOptimizer',
    config: { optimizer: described(optimizer), groups: config },
    learningRate: optimizer.learningRate,
    currentLearningRate: state => ratesOf(state)[0] as Tensor,
    init(weights) {
      const { parts } = parted(weights, own);
      const states = all.map((group, index) => group.optimizer.init(parts[index]));
      return stateOf(zeros([], { dtype: 'int32' }), states[0]?.learningRate, {}, kept(states));
    },
    update(weights, gradients, state) {
      const { parts, order } = parted(weights, own);
      const slopes = tensorsIn(gradients).map(({ leaf }) => leaf);
      if (slopes.length !== order.length)
        throw new ValueError(`${what} got ${slopes.length} gradients for ${order.length} weights: give one for each.`);
      const slopesOf = (place: number): WeightsByPath =>
        Object.fromEntries(order.flatMap(([at, path], index) => (at === place ? [[path, slopes[index] as Tensor]] : [])));
      const states = innerStates(state);
      const results = all.map((group, place) =>
        group.optimizer.update(parts[place] as WeightsByPath, slopesOf(place), states[place] as OptimizerState),
      );
      const next = kept(results.map(([, after]) => after));
      return [
        together(
          weights,
          results.map(([moved]) => moved),
          order,
        ),
        stateOf(state.step.add(1), state.learningRate, {}, next),
      ];
    },
    ...(all.every(({ optimizer: one }) => one.evaluationWeights === undefined)
      ? {}
      : {
          evaluationWeights<Weights>(weights: Weights, state: OptimizerState): Weights {
            const { parts, order } = parted(weights, own);
            const states = innerStates(state);
            const others = all.map(
              ({ optimizer: one }, place) =>
                one.evaluationWeights?.(parts[place] as WeightsByPath, states[place] as OptimizerState) ?? (parts[place] as WeightsByPath),
            );
            return together(weights, others, order);
          },
        }),
  };
};
