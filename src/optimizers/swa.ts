import { where, zeros, zerosLike } from '../tensor/create.ts';
import { unknownOptions, wholeNumber } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { tensorsIn } from '../tensor/trees.ts';
import { alike, withLeaves } from './assemble.ts';
import type { Optimizer, OptimizerState } from './optimizer.ts';
import { described, innerOptimizer, passedOn, unwrapState, wrapState } from './wrapper.ts';

export interface SwaOptions {
  /** Updates before averaging begins. Default 0. */
  readonly startAveraging?: number;
  /** The weights after every so many updates are averaged, such as those at the ends of epochs. Default 1. */
  readonly averagePeriod?: number;
}

/**
 * Stochastic weight averaging: the plain mean of the weights along the way, found by `evaluationWeights`. Training does not see it.
 *
 * Moving statistics (batch normalization) are not averaged; PyTorch's `update_bn` is a pass in training mode over the data. For an average
 * that fades use `useEma` of any optimizer. Until the first weights are in it, the average is the weights themselves.
 *
 * Source: Izmailov et al. 2018, arXiv:1803.05407. PyTorch's swa_utils.AveragedModel.
 * @example optimizers.swa(optimizers.sgd({ learningRate: 0.05 }), { startAveraging: 1000, averagePeriod: 100 })
 * @throws ValueError for numbers of updates that are no whole numbers.
 */
export const swa = (optimizer: Optimizer, options: SwaOptions = {}): Optimizer => {
  const what = 'optimizers.swa';
  innerOptimizer(what, optimizer);
  unknownOptions(what, options, ['startAveraging', 'averagePeriod']);
  const { startAveraging = 0, averagePeriod = 1 } = options;
  wholeNumber(what, 'startAveraging', startAveraging);
  wholeNumber(what, 'averagePeriod', averagePeriod, 1);
  /** How many weights are in the average after so many updates. */
  const counted = (step: Tensor): Tensor => step.sub(startAveraging).maximum(0).floorDivide(averagePeriod);
  return {
    ...passedOn(optimizer),
    kind: 'swa',
    config: { optimizer: described(optimizer), ...options },
    init: weights =>
      wrapState(zeros([], { dtype: 'int32' }), { average: tensorsIn(weights).map(({ leaf }) => zerosLike(leaf)) }, optimizer.init(weights)),
    update(weights, gradients, state) {
      const inner = unwrapState(state);
      const [moved, after] = optimizer.update(weights, gradients, inner);
      const step = state.step.add(1);
      const count = counted(step);
      const part = where(count.greater(counted(state.step)), count.maximum(1).cast('float32').reciprocal(), 0);
      const before = state.slots.average as readonly Tensor[];
      const average = tensorsIn(moved).map(({ leaf }, index) => {
        const mean = before[index] as Tensor;
        return mean.add(leaf.sub(mean).mul(part));
      });
      return [moved, wrapState(step, { average: alike(average, before) }, after)];
    },
    evaluationWeights<Weights>(weights: Weights, state: OptimizerState): Weights {
      const own = optimizer.evaluationWeights?.(weights, unwrapState(state)) ?? weights;
      const average = state.slots.average as readonly Tensor[];
      const isEmpty = counted(state.step).equal(0);
      return withLeaves(
        weights,
        tensorsIn(own).map(({ leaf }, index) => where(isEmpty, leaf, average[index] as Tensor)),
      );
    },
  };
};
