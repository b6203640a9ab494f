import { ValueError } from '../core/errors.ts';
import { full, where, zeros } from '../tensor/create.ts';
import { unknownOptions, wholeNumber } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { mapTensors, tensorsIn } from '../tensor/trees.ts';
import type { Optimizer } from './optimizer.ts';
import { described, innerOptimizer, passedOn, unwrapState, whereTree, wrapState } from './wrapper.ts';

export interface LossScaleOptions {
  /** Default 32768. */
  readonly initialScale?: number;
  /** Updates without overflow after which the scale doubles. Default 2000. */
  readonly dynamicGrowthSteps?: number;
}

/**
 * Multiplies the loss so that small gradients do not vanish in 16 bits, and finds out by how much: the scale doubles after
 * `dynamicGrowthSteps` good updates; a gradient that is not finite skips its update and halves the scale.
 *
 * `scaleLoss(loss, state)` is the loss to differentiate; `update` divides its gradients by the same scale.
 *
 * Source: Micikevicius et al. 2017, arXiv:1710.03740. Keras' LossScaleOptimizer. `state.step` counts skipped updates, too;
 * `state.inner[0].step` does not.
 * @example optimizers.lossScale(optimizers.adam())
 * @throws ValueError for a scale that is not > 0 and for an optimizer that scales the loss itself.
 */
export const lossScale = (optimizer: Optimizer, options: LossScaleOptions = {}): Optimizer => {
  const what = 'optimizers.lossScale';
  innerOptimizer(what, optimizer);
  unknownOptions(what, options, ['initialScale', 'dynamicGrowthSteps']);
  const { initialScale = 2 ** 15, dynamicGrowthSteps = 2000 } = options;
  if (!(initialScale > 0 && Number.isFinite(initialScale))) throw new ValueError(`${what} needs an initialScale > 0, got ${initialScale}.`);
  wholeNumber(what, 'dynamicGrowthSteps', dynamicGrowthSteps, 1);
  if (optimizer.scaleLoss !== undefined)
    throw new ValueError(`${what} wraps an optimizer that scales the loss already: leave its lossScaleFactor out.`);
  return {
    ...passedOn(optimizer),
    kind: 'lossScale',
    config: { optimizer: described(optimizer), ...options },
    scaleLoss: (loss, state) => loss.mul(state.slots.scale?.[0] as Tensor),
    init: weights =>
      wrapState(
        zeros([], { dtype: 'int32' }),
        { scale: [full([], initialScale)], goodSteps: [zeros([], { dtype: 'int32' })] },
        optimizer.init(weights),
      ),
    update(weights, gradients, state) {
      const [scale, goodSteps] = [state.slots.scale?.[0], state.slots.goodSteps?.[0]] as [Tensor, Tensor];
      const areFinite = tensorsIn(gradients)
        .map(({ leaf }) => leaf.isFinite().all())
        .reduce((a, b) => a.and(b));
      const inner = unwrapState(state);
      const unscaled = mapTensors(gradients, g => g.div(scale)) as typeof gradients;
      const [moved, after] = optimizer.update(weights, unscaled, inner);
      const isGrown = areFinite.and(goodSteps.equal(dynamicGrowthSteps - 1));
      const slots = {
        scale: [scale.mul(where(isGrown, 2, where(areFinite, full([], 1), 0.5)))],
        goodSteps: [where(isGrown.or(areFinite.not()), 0, goodSteps.add(1))],
      };
      return [whereTree(areFinite, moved, weights), wrapState(state.step.add(1), slots, whereTree(areFinite, after, inner))];
    },
  };
};
