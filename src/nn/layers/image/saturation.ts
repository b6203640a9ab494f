import { concat, where } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import { type ColourOptions, colourOptions, type FactorArguments } from './brightness.ts';
import { fromHsv, toGrey, toHsv } from './colours.ts';
import {
  type Augment,
  changeRange,
  checkColours,
  drawSign,
  drawUniform,
  type Factor,
  factorRange,
  perImage,
  type RandomImageOptions,
  type Range,
  randomImageLayer,
  randomImageOptions,
  rangeOf,
} from './images.ts';

/** Hue, saturation, value: (…, 1) each. */
const parts = (hsv: Tensor): readonly [Tensor, Tensor, Tensor] => hsv.split(3, -1) as unknown as readonly [Tensor, Tensor, Tensor];

/** Saturation times a factor (one an image), at most 1. */
export const saturated = (images: Tensor, factor: Tensor): Tensor => {
  const [hue, saturation, value] = parts(toHsv(images));
  return fromHsv(concat([hue, saturation.mul(perImage(factor)).clip(0, 1), value], -1));
};

const epsilon = 1e-7;

/** Draws f and multiplies the saturation by f / (1 - f). */
export const saturation =
  (kind: string, factor: Range): Augment =>
  (images, key) => {
    checkColours(kind, images);
    const share = drawUniform(images, key, 0, factor);
    return saturated(images, share.div(share.neg().add(1 + epsilon)));
  };

/**
 * Changes the saturation of images in training: multiplies it by f / (1 - f), f drawn from `factor`, one an image: 0 is grey, 0.5 leaves
 * the image alone, 1 is fully saturated. One number stands for [0, f].
 *
 * x (batch, height, width, 3) -> the same shape; at inference x.
 * Source: Keras 3, `keras.layers.RandomSaturation`, by its documentation: what it runs also draws negative factors, and lets the
 * saturation exceed 1.
 * @throws ValueError for factors outside of [0, 1]; ShapeError for images without three channels.
 * @example layers.randomSaturation([0.3, 0.7])
 */
export const randomSaturation = (...args: FactorArguments<ColourOptions>): Layer => {
  const kind = 'randomSaturation';
  const options = layerOptions<ColourOptions & { factor: Factor }>(kind, args, ['factor'], colourOptions);
  rangeOf(kind, options);
  return randomImageLayer(kind, options, saturation(kind, factorRange(kind, 'factor', options.factor, [0, 1], 0)));
};

/** Hue plus a share of the circle (one an image). */
export const hueShifted = (images: Tensor, shift: Tensor, range: Range): Tensor => {
  const [hue, saturation, value] = parts(toHsv(changeRange(images, range, [0, 1])));
  return changeRange(fromHsv(concat([hue.add(perImage(shift)), saturation, value], -1)).clip(0, 1), [0, 1], range);
};

/** Draws shifts of up to half a circle, to either side. */
export const hue =
  (kind: string, factor: Range, range: Range): Augment =>
  (images, key) => {
    checkColours(kind, images);
    return hueShifted(
      images,
      drawUniform(images, key, 0, factor)
        .mul(drawSign(images, key, 1))
        .mul(0.5),
      range,
    );
  };

/**
 * Turns the hue of images in training: by f / 2 of the colour circle to either side, f drawn from `factor`, one an image. One number
 * stands for [0, f].
 *
 * x (batch, height, width, 3) -> the same shape; at inference x. Source: Keras 3, `keras.layers.RandomHue`.
 * @throws ValueError for factors outside of [0, 1]; ShapeError for images without three channels.
 * @example layers.randomHue(0.2)
 */
export const randomHue = (...args: FactorArguments<ColourOptions>): Layer => {
  const kind = 'randomHue';
  const options = layerOptions<ColourOptions & { factor: Factor }>(kind, args, ['factor'], colourOptions);
  return randomImageLayer(kind, options, hue(kind, factorRange(kind, 'factor', options.factor, [0, 1]), rangeOf(kind, options)));
};

/** x + (grey - x) factor (one an image), within the range. */
export const degenerated = (images: Tensor, factor: Tensor, [low, high]: Range): Tensor =>
  images.add(toGrey(images).sub(images).mul(perImage(factor))).clip(low, high);

export const colourDegeneration =
  (kind: string, factor: Range, range: Range): Augment =>
  (images, key) => {
    checkColours(kind, images, [1, 3]);
    return degenerated(images, drawUniform(images, key, 0, factor), range);
  };

/**
 * Takes colour from images in training: x + (grey - x) f, f drawn from `factor`, one an image: 0 leaves the image alone, 1 is grey. One
 * number stands for [0, f].
 *
 * x (batch, height, width, 1 or 3) -> the same shape; at inference x.
 * Source: Keras 3, `keras.layers.RandomColorDegeneration`, by its documentation: what it runs also draws negative factors.
 * @throws ValueError for factors outside of [0, 1]; ShapeError for other channels.
 * @example layers.randomColorDegeneration(0.5)
 */
export const randomColorDegeneration = (...args: FactorArguments<ColourOptions>): Layer => {
  const kind = 'randomColorDegeneration';
  const options = layerOptions<ColourOptions & { factor: Factor }>(kind, args, ['factor'], colourOptions);
  const range = rangeOf(kind, options);
  return randomImageLayer(kind, options, colourDegeneration(kind, factorRange(kind, 'factor', options.factor, [0, 1], 0), range));
};

/** Those images grey that are chosen (bool, one an image). */
export const greyed = (images: Tensor, chosen: Tensor): Tensor => where(perImage(chosen), toGrey(images), images);

/**
 * Makes images grey in training, each with chance `factor`; the number of channels stays.
 *
 * x (batch, height, width, 1 or 3) -> the same shape; at inference x. Source: Keras 3, `keras.layers.RandomGrayscale`.
 * @param factor from 0 to 1, 0.5 by default.
 * @throws ValueError for another factor; ShapeError for other channels.
 */
export const randomGrayscale = (
  ...args: [] | [factor: number, options?: RandomImageOptions] | [options: RandomImageOptions & { readonly factor?: number }]
): Layer => {
  const kind = 'randomGrayscale';
  const options = layerOptions<RandomImageOptions & { factor?: number }>(kind, args, ['factor'], randomImageOptions);
  const [, chance] = factorRange(kind, 'factor', options.factor ?? 0.5, [0, 1]);
  return randomImageLayer(kind, options, (images, key) => {
    checkColours(kind, images, [1, 3]);
    return greyed(images, drawUniform(images, key, 0, [0, 1]).less(chance));
  });
};
