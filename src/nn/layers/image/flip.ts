import { unknownName } from '../../../core/errors.ts';
import { where } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import { drawUniform, perImage, type RandomImageOptions, randomImageLayer, randomImageOptions } from './images.ts';

export type FlipMode = 'horizontal' | 'vertical' | 'horizontalAndVertical';

const axesOf: { readonly [mode in FlipMode]: readonly number[] } = { horizontal: [2], vertical: [1], horizontalAndVertical: [1, 2] };

/** Those images that are chosen (bool, one an image) mirrored along each axis of the mode. */
export const flipImages = (images: Tensor, chosen: readonly Tensor[], mode: FlipMode): Tensor =>
  axesOf[mode].reduce((all, axis, index) => where(perImage(chosen[index] as Tensor), all.flip(axis), all), images);

/**
 * Mirrors images in training, each with chance 1/2: left and right, upside down, or both, each by a coin of its own.
 *
 * x (batch, height, width, channels) -> the same shape; at inference x.
 * Source: Keras 3, `keras.layers.RandomFlip`; there one coin decides about both directions.
 * @param mode 'horizontal', 'vertical' or 'horizontalAndVertical' (the default).
 * @example layers.randomFlip('horizontal')
 */
export const randomFlip = (
  ...args: [] | [mode: FlipMode, options?: RandomImageOptions] | [options: RandomImageOptions & { readonly mode?: FlipMode }]
): Layer => {
  const kind = 'randomFlip';
  const options = layerOptions<RandomImageOptions & { mode?: FlipMode }>(kind, args, ['mode'], randomImageOptions);
  const { mode = 'horizontalAndVertical' } = options;
  if (!Object.hasOwn(axesOf, mode)) throw unknownName(`mode of layers.${kind}`, String(mode), Object.keys(axesOf));
  return randomImageLayer(kind, options, (images, key) =>
    flipImages(
      images,
      axesOf[mode].map((_, index) => drawUniform(images, key, index, [0, 1]).less(0.5)),
      mode,
    ),
  );
};
