import { arange } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import { positiveInteger } from '../common.ts';
import {
  drawKey,
  drawUniform,
  type ImageOptions,
  imageLayer,
  imageOptions,
  type RandomImageOptions,
  randomImageOptions,
  sizesOf,
} from './images.ts';
import { type SizeArguments, smartResize } from './resizing.ts';

/**
 * The middle of images: (batch, height, width, channels) -> (batch, newHeight, newWidth, channels), in training and at inference. Images
 * that are smaller are resized: their largest middle part of that aspect ratio.
 *
 * Source: Keras 3, `keras.layers.CenterCrop`.
 * @throws ValueError for sizes below 1.
 * @example layers.centerCrop(24, 24)
 */
export const centerCrop = (...args: SizeArguments<ImageOptions>): Layer => {
  const kind = 'centerCrop';
  const options = layerOptions<ImageOptions & { height: number; width: number }>(kind, args, ['height', 'width'], imageOptions);
  const [height, width] = [positiveInteger(kind, 'height', options.height), positiveInteger(kind, 'width', options.width)];
  return imageLayer(kind, options, {
    transform(images) {
      const [, fromHeight, fromWidth] = sizesOf(images);
      if (fromHeight < height || fromWidth < width) return smartResize(images, height, width);
      return images.slice([0, Math.floor((fromHeight - height) / 2), Math.floor((fromWidth - width) / 2), 0], [-1, height, width, -1]);
    },
  });
};

/** Of each image the part that begins at (top, left), int32, one an image: (batch, height, width, channels). */
export const cropAt = (images: Tensor, top: Tensor, left: Tensor, height: number, width: number): Tensor => {
  const [batch, fromHeight, fromWidth, channels] = sizesOf(images);
  const rows = arange(height)
    .reshape([1, height, 1])
    .add(top.reshape([batch, 1, 1]));
  const columns = arange(width)
    .reshape([1, 1, width])
    .add(left.reshape([batch, 1, 1]));
  const first = arange(batch).reshape([batch, 1, 1]).mul(fromHeight);
  return images.reshape([batch * fromHeight * fromWidth, channels]).gather(first.add(rows).mul(fromWidth).add(columns));
};

/**
 * In training a part of each image at a place of its own; at inference, and where an image is not larger than the part, the largest middle
 * part of that aspect ratio, resized: (batch, height, width, channels) -> (batch, newHeight, newWidth, channels).
 *
 * Source: Keras 3, `keras.layers.RandomCrop`, by its documentation: what it runs gives images uncropped at inference, and one place a batch.
 * @throws ValueError for sizes below 1.
 * @example layers.randomCrop(24, 24)
 */
export const randomCrop = (...args: SizeArguments<RandomImageOptions>): Layer => {
  const kind = 'randomCrop';
  const options = layerOptions<RandomImageOptions & { height: number; width: number }>(kind, args, ['height', 'width'], randomImageOptions);
  const [height, width] = [positiveInteger(kind, 'height', options.height), positiveInteger(kind, 'width', options.width)];
  return imageLayer(kind, options, {
    transform(images, context) {
      const [, fromHeight, fromWidth] = sizesOf(images);
      if (!context.training || fromHeight <= height || fromWidth <= width) return smartResize(images, height, width);
      const key = drawKey(kind, options.seed, context);
      const start = (index: number, places: number): Tensor =>
        drawUniform(images, key, index, [0, places])
          .cast('int32')
          .clip(0, places - 1);
      return cropAt(images, start(0, fromHeight - height + 1), start(1, fromWidth - width + 1), height, width);
    },
  });
};
