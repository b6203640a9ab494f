import { compact } from '../../core/config.ts';
import { ValueError } from '../../core/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { createLayer, type Layer, layerOptions } from '../layer.ts';
import type { NameOption } from './common.ts';

export interface RescalingOptions extends NameOption {
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
  const { scale, offset = 0, name } = layerOptions<RescalingOptions & { scale: number }>('rescaling', args, ['scale'], ['offset']);
  if (![scale, offset].every(value => typeof value === 'number' && Number.isFinite(value)))
    throw new ValueError(`layers.rescaling needs finite numbers, got scale ${scale} and offset ${offset}.`);
  return createLayer('rescaling', compact({ scale, offset, name }), { call: (_, x: Tensor) => x.mul(scale).add(offset) });
};
