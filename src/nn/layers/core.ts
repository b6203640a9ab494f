import { ValueError } from '../../core/errors.ts';
import { where } from '../../tensor/create.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import { createLayer, type Layer, type LayerOptions, type LayerResult, layerOptions } from '../layer.ts';

/** x. */
export const identity = (given: LayerOptions = {}): Layer =>
  createLayer('identity', layerOptions<LayerOptions>('identity', [given], [], []), { passesMask: true, call: (_, x: Tensor) => x });

export interface MaskingOptions extends LayerOptions {
  /** Steps whose features all are this number do not count. Default 0. */
  readonly maskValue?: number;
}

/**
 * Steps (batch, steps, features) whose features all are `maskValue` do not count in layers behind, as recurrent ones, in means over
 * steps and in the loss; their features become 0.
 * @example sequential([layers.masking(), layers.lstm(16)], { inputShape: [20, 3] })
 */
export const masking = (...args: [maskValue?: number, options?: LayerOptions] | [options: MaskingOptions]): Layer => {
  const options = layerOptions<MaskingOptions>('masking', args, ['maskValue'], []);
  const { maskValue = 0 } = options;
  return createLayer('masking', options, {
    call(_, x: Tensor) {
      const counts = x.notEqual(maskValue).any(-1, { keepDims: true });
      return { output: where(counts, x, 0), masks: [counts.squeeze(-1)] };
    },
  });
};

/**
 * A function of the input as a layer: `layers.lambda(x => x.square())`. It has no weights, and a model with it cannot be saved:
 * `defineLayer` makes layers that can.
 */
export const lambda = (
  ...args:
    | [f: (x: Tensor) => LayerResult, options?: LayerOptions]
    | [options: LayerOptions & { readonly function: (x: Tensor) => LayerResult }]
): Layer => {
  const options = layerOptions<LayerOptions & { function: (x: Tensor) => LayerResult }>('lambda', args, ['function'], []);
  const f = options.function;
  if (typeof f !== 'function') throw new ValueError(`layers.lambda needs a function of a tensor, got a ${typeof f}.`);
  return createLayer('lambda', options, {
    call(_, x) {
      const result: unknown = f(x);
      if (!isTensor(result) && !Array.isArray(result))
        throw new ValueError(`layers.lambda needs a function that returns a tensor, got a ${typeof result}.`);
      return result as LayerResult;
    },
  });
};
