import { ValueError } from '../../core/errors.ts';
import { unknownOptions } from '../../tensor/options.ts';
import { tensorsFrom } from '../../tensor/program.ts';
import { ready } from '../../tensor/ready.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Callback } from '../callback.ts';
import { flatWeights } from '../memory.ts';
import { copyOfWeights, Model } from '../model.ts';
import { chosen, replaceChosen } from '../programs.ts';

export interface SwapEmaWeightsOptions {
  /** The averages are in the model from the end of each epoch to the beginning of the next, and after the training. Default false. */
  readonly swapOnEpoch?: boolean;
}

/** The weights to evaluate with, of an optimizer that keeps them. @throws ValueError for one that does not. */
const averagesOf = (model: Model): Tensor[] => {
  const core = Model.core(model);
  const { optimizer } = core.objective('swapEmaWeights');
  if (optimizer.evaluationWeights === undefined)
    throw new ValueError(
      `swapEmaWeights needs an optimizer that keeps averages of the weights, and ${optimizer.kind} does not: optimizers.${optimizer.kind}({ useEma: true }), or optimizers.swa(…).`,
    );
  const state = tensorsFrom(core.optimizerTemplate(), core.optimizerBuffers, { copy: true });
  const weights = tensorsFrom(core.memory.template, core.memory.buffers, { copy: true });
  const { trainable } = core.memory;
  return flatWeights(replaceChosen(weights, trainable, optimizer.evaluationWeights(chosen(weights, trainable), state)));
};

/**
 * Puts the averages of the weights (`useEma` of any optimizer, `swa`, `scheduleFreeAdamW`) into the model where Keras' callback does. In Gradus
 * `evaluate`, `predict` and validations use the averages by themselves; with `swapOnEpoch` they also stand in `net.weights` at the end of
 * each epoch, so that `modelCheckpoint` (listed after this) saves them, and stay there after the training.
 *
 * Source: Keras' SwapEMAWeights.
 * @throws ValueError where the optimizer keeps no averages.
 * @example net.fit(x, y, { callbacks: [callbacks.swapEmaWeights({ swapOnEpoch: true }), callbacks.modelCheckpoint('average.gradus')] })
 */
export const swapEmaWeights = (options: SwapEmaWeightsOptions = {}): Callback => {
  unknownOptions('callbacks.swapEmaWeights', options, ['swapOnEpoch']);
  const { swapOnEpoch = false } = options;
  /** The weights that training moves, while the averages are in the model. */
  let moving: readonly Tensor[] | undefined;
  return {
    name: 'swapEmaWeights',
    onTrainBegin({ model }) {
      moving = undefined;
      averagesOf(model);
    },
    onEpochBegin(_, { model }) {
      if (moving !== undefined) model.setWeights(moving);
      moving = undefined;
    },
    async onEpochEnd(_, __, { model }) {
      if (!swapOnEpoch) return;
      const averages = averagesOf(model);
      moving = copyOfWeights(model);
      await ready(averages);
      model.setWeights(averages);
    },
    onTrainEnd() {
      moving = undefined;
    },
    tensors: () => moving ?? [],
    restore(_, tensors) {
      moving = tensors.length > 0 ? tensors : undefined;
    },
  };
};
