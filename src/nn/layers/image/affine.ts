import { ValueError } from '../../../core/errors.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import {
  drawSign,
  drawUniform,
  type Factor,
  factorRange,
  type RandomImageOptions,
  type Range,
  randomImageLayer,
  randomImageOptions,
  sizesOf,
} from './images.ts';
import { affineTransform, checkSampling, type SamplingOptions, samplingOptions, transformsOf } from './sampling.ts';

/** Images and random bits -> a row of eight parameters an image, for `affineTransform`. */
export type DrawTransforms = (images: Tensor, key: Tensor) => Tensor;

export interface RandomAffineOptions extends RandomImageOptions, SamplingOptions {}

const known: readonly string[] = [...samplingOptions, ...randomImageOptions];

const affineLayer = <Options extends RandomAffineOptions>(kind: string, options: Options, draw: DrawTransforms): Layer => {
  const sampling = checkSampling(kind, options, 'reflect');
  return randomImageLayer(kind, options, (images, key) => affineTransform(images, draw(images, key), sampling));
};

/** Moves each image by (dx, dy) pixels, given one an image: right and down. */
export const translationTransforms = (images: Tensor, dx: Tensor, dy: Tensor): Tensor =>
  transformsOf(sizesOf(images)[0], [1, 0, dx.neg(), 0, 1, dy.neg()], images.dtype);

/** Draws translations by shares of height and width. */
export const drawTranslations =
  (vertical: Range, horizontal: Range): DrawTransforms =>
  (images, key) => {
    const [, height, width] = sizesOf(images);
    return translationTransforms(
      images,
      drawUniform(images, key, 1, horizontal).mul(width),
      drawUniform(images, key, 0, vertical).mul(height),
    );
  };

export interface RandomTranslationOptions extends RandomAffineOptions {}

/**
 * Moves images in training: each down by a share of its height drawn from `heightFactor`, right by a share of its width drawn from
 * `widthFactor`. A number f stands for [-f, f]; all lie in [-1, 1].
 *
 * x (batch, height, width, channels) -> the same shape; at inference x. fillMode 'reflect' by default.
 * Source: Keras 3, `keras.layers.RandomTranslation`.
 * @throws ValueError for factors outside of [-1, 1].
 * @example layers.randomTranslation(0.1, [-0.2, 0.3])
 */
export const randomTranslation = (
  ...args:
    | [heightFactor: Factor, widthFactor: Factor, options?: RandomTranslationOptions]
    | [options: RandomTranslationOptions & { readonly heightFactor: Factor; readonly widthFactor: Factor }]
): Layer => {
  const kind = 'randomTranslation';
  type All = RandomTranslationOptions & { heightFactor: Factor; widthFactor: Factor };
  const options = layerOptions<All>(kind, args, ['heightFactor', 'widthFactor'], known);
  const vertical = factorRange(kind, 'heightFactor', options.heightFactor, [-1, 1]);
  const horizontal = factorRange(kind, 'widthFactor', options.widthFactor, [-1, 1]);
  return affineLayer(kind, options, drawTranslations(vertical, horizontal));
};

/** Turns each image about its middle by an angle in degrees, one an image: counterclockwise for angles > 0. */
export const rotationTransforms = (images: Tensor, degrees: Tensor): Tensor => {
  const [batch, height, width] = sizesOf(images);
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const angle = degrees.mul(Math.PI / 180);
  const [cos, sin] = [angle.cos(), angle.sin()];
  const shiftX = cos.mul(-middleX).add(sin.mul(middleY)).add(middleX);
  const shiftY = sin.mul(-middleX).sub(cos.mul(middleY)).add(middleY);
  return transformsOf(batch, [cos, sin.neg(), shiftX, sin, cos, shiftY], images.dtype);
};

/** Draws rotations by shares of a full turn. */
export const drawRotations =
  ([low, high]: Range): DrawTransforms =>
  (images, key) =>
    rotationTransforms(images, drawUniform(images, key, 0, [low * 360, high * 360]));

/**
 * Turns images about their middles in training: each by a share of a full turn drawn from `factor`, where f stands for [-f, f]:
 * 0.1 is 36 degrees to either side.
 *
 * x (batch, height, width, channels) -> the same shape; at inference x. fillMode 'reflect' by default.
 * Source: Keras 3, `keras.layers.RandomRotation`.
 * @throws ValueError for factors outside of [-1, 1].
 * @example layers.randomRotation(0.1)
 */
export const randomRotation = (
  ...args: [factor: Factor, options?: RandomAffineOptions] | [options: RandomAffineOptions & { readonly factor: Factor }]
): Layer => {
  const kind = 'randomRotation';
  const options = layerOptions<RandomAffineOptions & { factor: Factor }>(kind, args, ['factor'], known);
  return affineLayer(kind, options, drawRotations(factorRange(kind, 'factor', options.factor, [-1, 1])));
};

/** Sees (zoomX, zoomY) times as much of each image about its middle, given one an image: below 1 it grows, above 1 it shrinks. */
export const zoomTransforms = (images: Tensor, zoomX: Tensor, zoomY: Tensor): Tensor => {
  const [batch, height, width] = sizesOf(images);
  const shift = (zoom: Tensor, size: number): Tensor =>
    zoom
      .neg()
      .add(1)
      .mul((size - 1) / 2);
  return transformsOf(batch, [zoomX, 0, shift(zoomX, width), 0, zoomY, shift(zoomY, height)], images.dtype);
};

export interface RandomZoomOptions extends RandomAffineOptions {
  /** Default: the same factor as that of the height, so that shapes stay. */
  readonly widthFactor?: Factor;
}

/**
 * Zooms images about their middles in training: each sees 1 + f of its height, f drawn from `heightFactor` in (-1, 1]: f > 0 zooms out.
 *
 * x (batch, height, width, channels) -> the same shape; at inference x. fillMode 'reflect' by default.
 * Source: Keras 3, `keras.layers.RandomZoom`.
 * @throws ValueError for factors outside of (-1, 1].
 * @example layers.randomZoom([-0.3, -0.1])
 */
export const randomZoom = (
  ...args: [heightFactor: Factor, options?: RandomZoomOptions] | [options: RandomZoomOptions & { readonly heightFactor: Factor }]
): Layer => {
  const kind = 'randomZoom';
  const options = layerOptions<RandomZoomOptions & { heightFactor: Factor }>(kind, args, ['heightFactor'], ['widthFactor', ...known]);
  const rangeFor = (name: string, value: unknown): Range => {
    const [low, high] = factorRange(kind, name, value, [-1, 1]);
    if (low === -1)
      throw new ValueError(`layers.${kind} needs ${name} above -1, which would see nothing of the image, got ${JSON.stringify(value)}.`);
    return [1 + low, 1 + high];
  };
  const vertical = rangeFor('heightFactor', options.heightFactor);
  const horizontal = options.widthFactor === undefined ? undefined : rangeFor('widthFactor', options.widthFactor);
  return affineLayer(kind, options, (images, key) => {
    const zoomY = drawUniform(images, key, 0, vertical);
    return zoomTransforms(images, horizontal === undefined ? zoomY : drawUniform(images, key, 1, horizontal), zoomY);
  });
};

/** Reads the pixel (x, y) at (x + shearX y, y + shearY x), given one an image. */
export const shearTransforms = (images: Tensor, shearX: Tensor, shearY: Tensor): Tensor =>
  transformsOf(sizesOf(images)[0], [1, shearX, 0, shearY, 1, 0], images.dtype);

/** Draws shears; a coin decides about their sign. */
export const drawShears =
  (horizontal: Range, vertical: Range): DrawTransforms =>
  (images, key) => {
    const sign = drawSign(images, key, 0);
    return shearTransforms(images, drawUniform(images, key, 2, horizontal).mul(sign), drawUniform(images, key, 1, vertical).mul(sign));
  };

export interface RandomShearOptions extends RandomAffineOptions {
  /** How far rows slide over each other, from 0 to 1: f stands for [-f, f]. Default 0: not. */
  readonly xFactor?: Factor;
  /** How far columns slide over each other. Default 0: not. */
  readonly yFactor?: Factor;
}

/**
 * Shears images in training: the pixel (x, y) of the result is read at (x + s y, y + t x), s drawn from `xFactor`, t from `yFactor`, both
 * with one sign by a coin.
 *
 * x (batch, height, width, channels) -> the same shape; at inference x. fillMode 'reflect' by default.
 * Source: Keras 3, `keras.layers.RandomShear`.
 * @throws ValueError for factors outside of [0, 1].
 * @example layers.randomShear({ xFactor: 0.2 })
 */
export const randomShear = (given: RandomShearOptions = {}): Layer => {
  const kind = 'randomShear';
  const options = layerOptions<RandomShearOptions>(kind, [given], [], ['xFactor', 'yFactor', ...known]);
  const rangeFor = (name: string, value: Factor = 0): Range => {
    const [low, high] = factorRange(kind, name, value, [0, 1]);
    return typeof value === 'number' ? [-high, high] : [low, high];
  };
  return affineLayer(kind, options, drawShears(rangeFor('xFactor', options.xFactor), rangeFor('yFactor', options.yFactor)));
};
