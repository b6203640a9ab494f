import { full, zerosLike } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Found } from '../tensor/trees.ts';
import { type AssembleParts, assemble, type Moved, type RuleContext } from './assemble.ts';
import type { Optimizer, Slots } from './optimizer.ts';

/** A value that an optimizer keeps for each weight, or for some. */
export interface Slot {
  /** Zeros in the weight's shape, unless told otherwise. */
  readonly initial?: (weight: Tensor) => Tensor;
  /** Which weights have it. Default: all. */
  readonly holds?: (weight: Found) => boolean;
}

type Shared = Readonly<Record<string, Tensor>>;

export interface OptimizerParts extends Omit<AssembleParts, 'initial' | 'move' | 'evaluate'> {
  readonly slots: Readonly<Record<string, Slot>>;
  /** Numbers kept for all weights together, by what they begin with; `prepare` gives the next ones under the same names. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** What all weights share in an update, computed once. */
  prepare?(context: RuleContext & { readonly scalars: Shared }): Shared;
  /** The rule of one weight, which has decayed from `start`. Slots that it does not have are undefined. */
  rule(
    weight: Tensor,
    gradient: Tensor,
    slots: Readonly<Record<string, Tensor>>,
    context: RuleContext & { readonly shared: Shared; readonly start: Tensor },
  ): { readonly weight: Tensor; readonly slots: Readonly<Record<string, Tensor>> };
  /** The weight to evaluate with. */
  evaluateOne?(weight: Tensor, slots: Readonly<Record<string, Tensor>>): Tensor;
}

/** For each weight its own slots: lists hold no places for weights without one. */
const ownSlots = (names: readonly string[], slots: OptimizerParts['slots'], lists: Slots, weights: readonly Found[]): Shared[] => {
  const taken = new Map<string, number>();
  return weights.map(weight => {
    const own = names.filter(name => slots[name]?.holds?.(weight) ?? true);
    return Object.fromEntries(
      own.map(name => {
        const index = taken.get(name) ?? 0;
        taken.set(name, index + 1);
        return [name, (lists[name] as readonly Tensor[])[index] as Tensor];
      }),
    );
  });
};

/** An optimizer from the rule of one weight. */
export const createOptimizer = (parts: OptimizerParts): Optimizer => {
  const { slots, scalars = {}, prepare, rule, evaluateOne, ...rest } = parts;
  const names = Object.keys(slots);
  const scalarNames = Object.keys(scalars);
  return assemble({
    ...rest,
    initial: weights => ({
      ...Object.fromEntries(
        Object.entries(slots).map(([name, { initial = zerosLike, holds = () => true }]) => [
          name,
          weights.filter(holds).map(({ leaf }) => initial(leaf)),
        ]),
      ),
      ...Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, [full([], value)]])),
    }),
    move(weights, gradients, lists, context): Moved {
      const kept = Object.fromEntries(scalarNames.map(name => [name, (lists[name] as readonly Tensor[])[0] as Tensor]));
      const shared = prepare?.({ ...context, scalars: kept }) ?? {};
      const own = ownSlots(names, slots, lists, weights);
      const results = weights.map(({ leaf }, index) =>
        rule(leaf, gradients[index] as Tensor, own[index] as Shared, { ...context, shared, start: context.before[index] as Tensor }),
      );
      return {
        weights: results.map(({ weight }) => weight),
        slots: {
          ...Object.fromEntries(
            names.map(name => [name, results.flatMap(result => (result.slots[name] === undefined ? [] : [result.slots[name]]))]),
          ),
          ...Object.fromEntries(scalarNames.map(name => [name, [shared[name] as Tensor]])),
        },
      };
    },
    ...(evaluateOne === undefined
      ? {}
      : {
          evaluate: (weights: readonly Tensor[], lists: Slots) =>
            weights.map((weight, index) =>
              evaluateOne(weight, Object.fromEntries(names.map(name => [name, (lists[name] as readonly Tensor[])[index] as Tensor]))),
            ),
        }),
  });
};

/** The rule's own options that differ from their defaults, as plain data. */
export const given = <Value>(options: Readonly<Record<string, Value>>, defaults: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(options).filter(([name, value]) => value !== defaults[name]));
