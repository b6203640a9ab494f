import { ValueError } from '../../../core/errors.ts';
import { tensor, where } from '../../../tensor/create.ts';
import * as random from '../../../tensor/random.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import { type ColourOptions, colourOptions } from './brightness.ts';
import { drawChosen, drawUniform, type Factor, factorRange, perImage, randomImageLayer, rangeOf, sizesOf } from './images.ts';
import { pixelGrid } from './sampling.ts';

/** Rectangles, one an image: their edges in pixels, (batch) each. */
export interface Boxes {
  readonly left: Tensor;
  readonly right: Tensor;
  readonly top: Tensor;
  readonly bottom: Tensor;
}

/** Which pixels lie in the boxes, bool (batch, height, width, 1): left <= x < right, top <= y < bottom. */
export const boxMasks = (images: Tensor, { left, right, top, bottom }: Boxes): Tensor => {
  const [rows, columns] = pixelGrid(images).map(line => line.expandDims([0, 3])) as [Tensor, Tensor];
  const across = columns.greaterEqual(perImage(left)).and(columns.less(perImage(right)));
  return across.and(rows.greaterEqual(perImage(top))).and(rows.less(perImage(bottom)));
};

/** Boxes of given shares of width and height (batch) at random places inside the images. Takes two draws. */
export const drawBoxes = (images: Tensor, key: Tensor, index: number, across: Tensor, down: Tensor): Boxes => {
  const [, height, width] = sizesOf(images);
  const edges = (share: Tensor, size: number, draw: number): readonly [Tensor, Tensor] => {
    const length = share.mul(size);
    const start = drawUniform(images, key, draw, [0, 1]).mul(length.neg().add(size));
    return [start, start.add(length)];
  };
  const [left, right] = edges(across, width, index);
  const [top, bottom] = edges(down, height, index + 1);
  return { left, right, top, bottom };
};

/** The filling where the mask is true, in those images that are chosen (bool, one an image). */
export const erased = (images: Tensor, mask: Tensor, chosen: Tensor, filling: Tensor): Tensor =>
  where(perImage(chosen).and(mask), filling, images);

export interface RandomErasingOptions extends ColourOptions {
  /** Share of the image's area that the sides of the box are the roots of, each drawn alone: [low, high] in [0, 1]. Default [0.02, 0.33]. */
  readonly scale?: Factor;
  /** A number, or one for each channel. Default: normal noise times the upper end of `valueRange`, clipped to the range. */
  readonly fillValue?: number | readonly number[];
}

/**
 * Covers a box of images in training, each with a chance drawn from `factor` (one number stands for [0, f]).
 *
 * x (batch, height, width, channels) -> the same shape; at inference x.
 * Source: Zhong et al. 2017, arXiv:1708.04896, as in Keras 3, `keras.layers.RandomErasing`.
 * @param factor 1 by default. To cover always: [1, 1].
 * @throws ValueError for factors outside of [0, 1].
 */
export const randomErasing = (
  ...args: [] | [factor: Factor, options?: RandomErasingOptions] | [options: RandomErasingOptions & { readonly factor?: Factor }]
): Layer => {
  const kind = 'randomErasing';
  type All = RandomErasingOptions & { factor?: Factor };
  const options = layerOptions<All>(kind, args, ['factor'], ['scale', 'fillValue', ...colourOptions]);
  const factor = factorRange(kind, 'factor', options.factor ?? 1, [0, 1]);
  const scale = factorRange(kind, 'scale', options.scale ?? [0.02, 0.33], [0, 1]);
  const [low, high] = rangeOf(kind, options);
  const { fillValue } = options;
  const values = fillValue === undefined ? undefined : [fillValue].flat();
  if (values !== undefined && !values.every(value => typeof value === 'number' && Number.isFinite(value)))
    throw new ValueError(`layers.${kind} needs fillValue to be a number or one for each channel, got ${JSON.stringify(fillValue)}.`);
  return randomImageLayer(kind, options, (images, key) => {
    const batch = sizesOf(images)[0];
    const sides = drawUniform(images, key, 2, scale, [2]).sqrt();
    const side = (index: number): Tensor => sides.slice([0, index], [-1, 1]).reshape([batch]);
    const mask = boxMasks(images, drawBoxes(images, key, 3, side(0), side(1)));
    const filling =
      values === undefined
        ? random.normal(images.shape, { key: random.foldIn(key, 5), dtype: images.dtype }).mul(high)
        : tensor(values, { dtype: images.dtype });
    return erased(images, mask, drawChosen(images, key, 0, factor), filling.clip(low, high));
  });
};
