import { ValueError } from '../../../core/errors.ts';
import { arange, concat, where, zeros } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import { positiveInteger } from '../common.ts';
import {
  bytes,
  changeRange,
  type ImageOptions,
  imageLayer,
  imageOptions,
  type Range,
  rangeOf,
  sizesOf,
  type ValueRangeOption,
} from './images.ts';

export interface HistogramOptions extends ImageOptions, ValueRangeOption {}

/** Each channel of each image stretched over the whole range; where all its values are the same they stay. */
export const autoContrasted = (images: Tensor, range: Range): Tensor => {
  const values = changeRange(images, range, bytes);
  const low = values.min([1, 2], { keepDims: true });
  const spread = values.max([1, 2], { keepDims: true }).sub(low);
  const isFlat = spread.equal(0);
  const scale = where(isFlat, 1, spread).reciprocal().mul(255);
  return where(isFlat, images, changeRange(values.mul(scale).sub(low.mul(scale)).clip(0, 255), bytes, range));
};

/**
 * Stretches each channel of each image over the whole of `valueRange`, in training and at inference.
 *
 * x (batch, height, width, channels) -> the same shape. Source: Keras 3, `keras.layers.AutoContrast`.
 * @example layers.autoContrast({ valueRange: [0, 1] })
 */
export const autoContrast = (given: HistogramOptions = {}): Layer => {
  const kind = 'autoContrast';
  const options = layerOptions<HistogramOptions>(kind, [given], [], ['valueRange', ...imageOptions]);
  const range = rangeOf(kind, options);
  return imageLayer(kind, options, { transform: images => autoContrasted(images, range) });
};

/** How often each whole number below `size` stands in each row: (rows, n) int32 -> (rows, size) of an element type. */
const countRows = (places: Tensor, size: number, dtype: Tensor['dtype']): Tensor => {
  const [rows] = places.shape as [number, number];
  const flat = places.add(arange(rows).reshape([rows, 1]).mul(size));
  return zeros([rows * size], { dtype })
    .scatterAdd(flat.flatten(), 1)
    .reshape([rows, size]);
};

/** Values of rows (rows, size) at places (rows, n). */
const readRows = (table: Tensor, places: Tensor): Tensor => {
  const [rows, size] = table.shape as [number, number];
  return table.flatten().gather(places.add(arange(rows).reshape([rows, 1]).mul(size)));
};

/** (batch, height, width, channels) as rows (batch · channels, height · width), and back. */
const channelRows = (images: Tensor): readonly [rows: Tensor, back: (rows: Tensor) => Tensor] => {
  const [batch, height, width, channels] = sizesOf(images);
  return [
    images.permute([0, 3, 1, 2]).reshape([batch * channels, height * width]),
    rows => rows.reshape([batch, channels, height, width]).permute([0, 2, 3, 1]),
  ];
};

/** Values by their ranks in the histogram of their channel and image: round((cdf - cdf of the first bin) 255 / rest). */
export const equalized = (images: Tensor, bins: number, range: Range): Tensor => {
  const [values, back] = channelRows(changeRange(images, range, bytes));
  const places = values
    .mul((bins - 1) / 255)
    .cast('int32')
    .clip(0, bins - 1);
  const counts = countRows(places, bins, 'int32');
  const running = counts.cumSum(-1);
  const first = where(running.greater(0), running, running.max()).min(-1, { keepDims: true });
  const rest = running.max(-1, { keepDims: true }).sub(first);
  const table = running
    .sub(first)
    .cast(images.dtype)
    .mul(255)
    .div(where(rest.equal(0), 1, rest).cast(images.dtype))
    .round()
    .clip(0, 255);
  const levels = readRows(table, places);
  const isFlat = counts.notEqual(0).cast('int32').sum(-1, { keepDims: true }).lessEqual(1);
  return changeRange(back(where(isFlat, values, levels)), bytes, range);
};

export interface EqualizationOptions extends HistogramOptions {
  /** Of the histogram. Default 256. */
  readonly bins?: number;
}

/**
 * Spreads the values of each channel of each image evenly over `valueRange` in training, by its histogram.
 *
 * x (batch, height, width, channels) -> the same shape; at inference x.
 * Source: Keras 3, `keras.layers.Equalization`; there one histogram is taken over all images of a batch, here each image has its own.
 * @throws ValueError for less than one bin.
 */
export const equalization = (given: EqualizationOptions = {}): Layer => {
  const kind = 'equalization';
  const options = layerOptions<EqualizationOptions>(kind, [given], [], ['valueRange', 'bins', ...imageOptions]);
  const range = rangeOf(kind, options);
  const bins = positiveInteger(kind, 'bins', options.bins ?? 256);
  return imageLayer(kind, options, { transform: (images, { training }) => (training ? equalized(images, bins, range) : images) });
};

/** Images continued below and right by their own reflection. */
const padSymmetric = (images: Tensor, below: number, right: number): Tensor => {
  const [, height, width] = sizesOf(images);
  const reflected = (size: number, more: number): number[] =>
    Array.from({ length: size + more }, (_, index) => {
      const place = index % (2 * size);
      return place < size ? place : 2 * size - 1 - place;
    });
  return images.gather(reflected(height, below), 1).gather(reflected(width, right), 2);
};

/** Values of bytes by the histograms of the tiles around them: those of four tiles, interpolated. */
export const locallyEqualized = (images: Tensor, clipLimit: number, [down, across]: readonly [number, number]): Tensor => {
  const [batch, height, width, channels] = sizesOf(images);
  const [tileHeight, tileWidth] = [Math.ceil(height / down), Math.ceil(width / across)];
  const area = tileHeight * tileWidth;
  const padded = padSymmetric(images, tileHeight * down - height, tileWidth * across - width);
  const places = padded.cast('int32').clip(0, 255);
  const tiles = places.reshape([batch, down, tileHeight, across, tileWidth, channels]).permute([0, 1, 3, 5, 2, 4]);
  const counts = countRows(tiles.reshape([batch * down * across * channels, area]), 256, images.dtype);
  const clipped = clipLimit > 0 ? counts.clip(0, (clipLimit * area) / 256) : counts;
  const running = clipped.add(counts.sub(clipped).sum(-1, { keepDims: true }).div(256)).cumSum(-1);
  const first = running.min(-1, { keepDims: true });
  const rest = first.neg().add(area);
  const tables = running
    .sub(first)
    .mul(255)
    .div(where(rest.equal(0), 1, rest))
    .clip(0, 255)
    .reshape([batch, down, across, channels * 256]);
  const rows = concat([tables.slice([0, 0], [-1, 1]), tables, tables.slice([0, down - 1], [-1, 1])], 1);
  const all = concat([rows.slice([0, 0, 0], [-1, -1, 1]), rows, rows.slice([0, 0, across - 1], [-1, -1, 1])], 2).flatten();
  const axis = (size: number, tile: number): readonly [lower: Tensor, above: Tensor] => {
    const place = arange(size, { dtype: images.dtype })
      .sub(tile / 2)
      .div(tile)
      .add(1);
    return [place.floor().cast('int32'), place.sub(place.floor())];
  };
  const [top, downward] = axis(tileHeight * down, tileHeight);
  const [left, rightward] = axis(tileWidth * across, tileWidth);
  const tall = (x: Tensor): Tensor => x.reshape([1, -1, 1, 1]);
  const wide = (x: Tensor): Tensor => x.reshape([1, 1, -1, 1]);
  const stride = channels * 256;
  const base = places.add(arange(channels).mul(256)).add(
    arange(batch)
      .mul((down + 2) * (across + 2) * stride)
      .reshape([batch, 1, 1, 1]),
  );
  const read = (moveDown: number, moveRight: number): Tensor =>
    all.gather(
      base
        .add(tall(top.add(moveDown).clip(0, down + 1)).mul((across + 2) * stride))
        .add(wide(left.add(moveRight).clip(0, across + 1)).mul(stride)),
    );
  const blend = (a: Tensor, b: Tensor, share: Tensor): Tensor => a.mul(share.neg().add(1)).add(b.mul(share));
  const upper = blend(read(0, 0), read(0, 1), wide(rightward));
  const lower = blend(read(1, 0), read(1, 1), wide(rightward));
  return blend(upper, lower, tall(downward)).slice([0, 0, 0, 0], [-1, height, width, -1]);
};

export interface LocalEqualizationOptions extends HistogramOptions {
  /** How often a value may stand in a tile, as a multiple of the mean; what is above goes to all values alike. 0: no limit. Default 4. */
  readonly clipLimit?: number;
  /** Tiles [down, across]. Default [8, 8]. */
  readonly tileGridSize?: readonly [number, number];
}

/**
 * Spreads values evenly by the histograms of tiles of each image, interpolated between the tiles (CLAHE), in training and at inference.
 *
 * x (batch, height, width, channels) -> the same shape.
 * Source: Zuiderveld 1994, as in Keras 3, `keras.layers.ContrastLimitedAdaptiveHistogramEqualization`.
 * @throws ValueError for a negative limit and for less than one tile.
 * @example layers.contrastLimitedAdaptiveHistogramEqualization({ clipLimit: 2, tileGridSize: [4, 4] })
 */
export const contrastLimitedAdaptiveHistogramEqualization = (given: LocalEqualizationOptions = {}): Layer => {
  const kind = 'contrastLimitedAdaptiveHistogramEqualization';
  const options = layerOptions<LocalEqualizationOptions>(kind, [given], [], ['valueRange', 'clipLimit', 'tileGridSize', ...imageOptions]);
  const { clipLimit = 4, tileGridSize = [8, 8] } = options;
  const range = rangeOf(kind, options);
  if (!(clipLimit >= 0)) throw new ValueError(`layers.${kind} needs clipLimit to be a number >= 0, got ${clipLimit}.`);
  if (!Array.isArray(tileGridSize) || tileGridSize.length !== 2)
    throw new ValueError(`layers.${kind} needs tileGridSize [down, across], got ${JSON.stringify(tileGridSize)}.`);
  for (const size of tileGridSize) positiveInteger(kind, 'tileGridSize', size);
  return imageLayer(kind, options, {
    transform: images => changeRange(locallyEqualized(changeRange(images, range, bytes), clipLimit, tileGridSize), bytes, range),
  });
};
