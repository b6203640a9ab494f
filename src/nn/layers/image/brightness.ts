import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import {
  type Augment,
  drawUniform,
  type Factor,
  factorRange,
  perImage,
  type RandomImageOptions,
  type Range,
  randomImageLayer,
  randomImageOptions,
  rangeOf,
  type ValueRangeOption,
} from './images.ts';

export interface ColourOptions extends RandomImageOptions, ValueRangeOption {}

/** Options of layers that change colours. */
export const colourOptions: readonly string[] = ['valueRange', ...randomImageOptions];

/** A factor, which comes first. */
export type FactorArguments<Options> = [factor: Factor, options?: Options] | [options: Options & { readonly factor: Factor }];

/** x + delta (one an image), within the range. */
export const brightened = (images: Tensor, delta: Tensor, [low, high]: Range): Tensor => images.add(perImage(delta)).clip(low, high);

/** Draws shares of the range to add. */
export const brightness =
  (factor: Range, range: Range): Augment =>
  (images, key) =>
    brightened(images, drawUniform(images, key, 0, factor).mul(range[1] - range[0]), range);

/**
 * Makes images brighter or darker in training: adds a share of `valueRange` drawn from `factor`, one an image, and clips to the range.
 * f stands for [-f, f].
 *
 * x (batch, height, width, channels) -> the same shape; at inference x. Source: Keras 3, `keras.layers.RandomBrightness`.
 * @throws ValueError for factors outside of [-1, 1].
 * @example layers.randomBrightness(0.2, { valueRange: [0, 1] })
 */
export const randomBrightness = (...args: FactorArguments<ColourOptions>): Layer => {
  const kind = 'randomBrightness';
  const options = layerOptions<ColourOptions & { factor: Factor }>(kind, args, ['factor'], colourOptions);
  return randomImageLayer(kind, options, brightness(factorRange(kind, 'factor', options.factor, [-1, 1]), rangeOf(kind, options)));
};

/** mean + (x - mean) factor (one an image) within the range; the mean is that of each channel of each image. */
export const contrasted = (images: Tensor, factor: Tensor, [low, high]: Range): Tensor => {
  const mean = images.mean([1, 2], { keepDims: true });
  return images.sub(mean).mul(perImage(factor)).add(mean).clip(low, high);
};

/** Draws contrasts from [1 - lower, 1 + upper]. */
export const contrast =
  ([lower, upper]: Range, range: Range): Augment =>
  (images, key) =>
    contrasted(images, drawUniform(images, key, 0, [1 - lower, 1 + upper]), range);

/** [lower, upper] of a factor of contrast: one number f stands for [f, f]. */
export const contrastRange = (kind: string, name: string, value: Factor): Range => {
  if (typeof value !== 'number' && Array.isArray(value) && value.length === 2) {
    factorRange(kind, name, value, [0, 1]);
    return value;
  }
  const [, high] = factorRange(kind, name, value, [0, 1]);
  return [high, high];
};

/**
 * Changes the contrast of images in training: mean + (x - mean) c, with the mean of each channel of each image and c drawn from
 * [1 - lower, 1 + upper], one an image. `factor` is [lower, upper]; f stands for [f, f].
 *
 * x (batch, height, width, channels) -> the same shape; at inference x. Source: Keras 3, `keras.layers.RandomContrast`, by its documentation.
 * @throws ValueError for factors outside of [0, 1].
 * @example layers.randomContrast(0.3)
 */
export const randomContrast = (...args: FactorArguments<ColourOptions>): Layer => {
  const kind = 'randomContrast';
  const options = layerOptions<ColourOptions & { factor: Factor }>(kind, args, ['factor'], colourOptions);
  return randomImageLayer(kind, options, contrast(contrastRange(kind, 'factor', options.factor), rangeOf(kind, options)));
};
