import { ValueError } from '../core/errors.ts';
import { where, zeros, zerosLike } from '../tensor/create.ts';
import { unknownOptions, wholeNumber } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { tensorsIn } from '../tensor/trees.ts';
import { alike, withLeaves } from './assemble.ts';
import type { Optimizer } from './optimizer.ts';
import { described, innerOptimizer, passedOn, unwrapState, wrapState } from './wrapper.ts';

export interface LookaheadOptions {
  /** Updates between one meeting of the two and the next. Default 6. */
  readonly syncPeriod?: number;
  /** α: how far the slow weights go towards the fast ones. Default 0.5. */
  readonly slowStepSize?: number;
}

/**
 * Fast weights explore, slow ones follow: every `syncPeriod` updates slow ← slow + α (w - slow), w ← slow.
 *
 * Source: Zhang et al. 2019, arXiv:1907.08610, with the defaults of TensorFlow Addons.
 * @example optimizers.lookahead(optimizers.radam(), { syncPeriod: 5 })
 * @throws ValueError for a period of less than one update, an α outside of (0, 1].
 */
export const lookahead = (optimizer: Optimizer, options: LookaheadOptions = {}): Optimizer => {
  const what = 'optimizers.lookahead';
  innerOptimizer(what, optimizer);
  unknownOptions(what, options, ['syncPeriod', 'slowStepSize']);
  const { syncPeriod = 6, slowStepSize = 0.5 } = options;
  wholeNumber(what, 'syncPeriod', syncPeriod, 1);
  if (!(slowStepSize > 0 && slowStepSize <= 1))
    throw new ValueError(`${what} needs a slowStepSize above 0 and up to 1, got ${slowStepSize}.`);
  return {
    ...passedOn(optimizer),
    kind: 'lookahead',
    config: { optimizer: described(optimizer), ...options },
    init: weights =>
      wrapState(zeros([], { dtype: 'int32' }), { slow: tensorsIn(weights).map(({ leaf }) => zerosLike(leaf)) }, optimizer.init(weights)),
    update(weights, gradients, state) {
      const [moved, after] = optimizer.update(weights, gradients, unwrapState(state));
      const fast = tensorsIn(moved).map(({ leaf }) => leaf);
      const before = state.slots.slow as readonly Tensor[];
      const isDue = state.step.add(1).mod(syncPeriod).equal(0);
      const slow = tensorsIn(weights).map(({ leaf }, index) => {
        const start = where(state.step.equal(0), leaf, before[index] as Tensor);
        return where(isDue, start.add((fast[index] as Tensor).sub(start).mul(slowStepSize)), start);
      });
      const met = fast.map((leaf, index) => where(isDue, slow[index] as Tensor, leaf));
      return [withLeaves(weights, alike(met, fast)), wrapState(state.step.add(1), { slow: alike(slow, before) }, after)];
    },
  };
};
