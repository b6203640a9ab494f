import { ValueError } from '../../core/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions } from '../layer.ts';

export interface RescalingOptions extends LayerOptions {
  /** Default 0. */
  readonly offset?: number;
}

/**
 * y = x scale + offset: raw pixels to the range that a network likes. x of any shape.
 *
 * Source: Keras 3, `keras.layers.Rescaling`.
 * @example layers.rescaling(1 / 255)
 */
export const rescaling = (
  ...args: [scale: number, options?: RescalingOptions] | [options: RescalingOptions & { readonly scale: number }]
): Layer => {
  const options = layerOptions<RescalingOptions & { scale: number }>('rescaling', args, ['scale'], ['offset']);
  const { scale, offset = 0 } = options;
  if (![scale, offset].every(value => typeof value === 'number' && Number.isFinite(value)))
    throw new ValueError(`layers.rescaling needs finite numbers, got scale ${scale} and offset ${offset}.`);
  return createLayer('rescaling', options, {
    passesMask: true,
    call: (_, x: Tensor) => (x.dtype.startsWith('float') ? x : x.cast('float32')).mul(scale).add(offset),
  });
};
