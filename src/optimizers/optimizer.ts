import type { Config } from '../core/config.ts';
import type { Tensor } from '../tensor/tensor.ts';

export type { LearningRate } from './commonOptions.ts';

/** Named lists of tensors that an optimizer keeps, most of them with one for each weight. */
export type Slots = Readonly<Record<string, readonly Tensor[]>>;

/** What an optimizer remembers. */
export interface OptimizerState {
  /** Calls of `update` so far, int32. */
  readonly step: Tensor;
  /** The rate of the next update, where it is no schedule. May be set. */
  readonly learningRate?: Tensor;
  readonly slots: Slots;
  /** The states of the optimizers in a wrapper. */
  readonly inner?: readonly OptimizerState[];
}

/** A rule that moves weights against their gradients. Pure: state goes in and comes out; works on any tree of tensors. */
export interface Optimizer {
  readonly kind: string;
  readonly config: Config;
  /** The rate to begin with, which `state.learningRate` holds; undefined where a schedule decides. */
  readonly learningRate: number | undefined;
  init(weights: unknown): OptimizerState;
  update<Weights>(weights: Weights, gradients: Weights, state: OptimizerState): [Weights, OptimizerState];
  /** The rate of the next update: the schedule's, or the one in the state. */
  currentLearningRate(state: OptimizerState): Tensor;
  /** The loss to differentiate, where the optimizer scales it: `update` expects the gradients of this one, and scales them back. */
  scaleLoss?(loss: Tensor, state: OptimizerState): Tensor;
  /** The weights to evaluate and to save with, where those that training moves are others: averages. */
  evaluationWeights?<Weights>(weights: Weights, state: OptimizerState): Weights;
}

/** A state in the one order that all states have, so that those before and after an update are alike. */
export const stateOf = (
  step: Tensor,
  learningRate: Tensor | undefined,
  slots: Slots,
  inner?: readonly OptimizerState[],
): OptimizerState => ({
  step,
  ...(learningRate === undefined ? {} : { learningRate }),
  slots,
  ...(inner === undefined ? {} : { inner }),
});
