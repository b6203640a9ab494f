import { ValueError } from '../../../core/errors.ts';
import { where } from '../../../tensor/create.ts';
import * as random from '../../../tensor/random.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import { type ColourOptions, colourOptions, type FactorArguments } from './brightness.ts';
import {
  type Augment,
  bytes,
  changeRange,
  drawChosen,
  drawUniform,
  type Factor,
  factorRange,
  perImage,
  type Range,
  randomImageLayer,
  rangeOf,
  sizesOf,
} from './images.ts';

/** high - x of those images that are chosen (bool, one an image). */
export const inverted = (images: Tensor, chosen: Tensor, [, high]: Range): Tensor =>
  where(perImage(chosen), images.neg().add(high), images);

/**
 * Inverts images in training: the upper end of `valueRange` minus x, each with a chance drawn from `factor`. One number stands for [0, f].
 *
 * x (batch, height, width, channels) -> the same shape; at inference x. Source: Keras 3, `keras.layers.RandomInvert`.
 * @param factor 1 by default. To invert always: [1, 1].
 * @throws ValueError for factors outside of [0, 1].
 */
export const randomInvert = (...args: [] | FactorArguments<ColourOptions>): Layer => {
  const kind = 'randomInvert';
  const options = layerOptions<ColourOptions & { factor?: Factor }>(kind, args, ['factor'], colourOptions);
  const [factor, range] = [factorRange(kind, 'factor', options.factor ?? 1, [0, 1]), rangeOf(kind, options)];
  return randomImageLayer(kind, options, (images, key) => inverted(images, drawChosen(images, key, 0, factor), range));
};

/** Of the eight bits of each value only the highest ones (how many: one whole number an image): the others become 0. */
export const posterized = (images: Tensor, bits: Tensor, range: Range): Tensor => {
  const step = perImage(bits).cast(images.dtype).neg().add(8).mul(Math.LN2).exp().round(); // 2^(8 - bits)
  const values = changeRange(images, range, bytes).clip(0, 255).floor();
  return changeRange(values.div(step).floor().mul(step), bytes, range);
};

/** Draws numbers of bits from low to high - 1; low where both are the same. */
export const posterization =
  ([low, high]: Range, range: Range): Augment =>
  (images, key) =>
    posterized(images, random.integers([sizesOf(images)[0]], { low, high: Math.max(high, low + 1), key: random.foldIn(key, 0) }), range);

/**
 * Fewer tones in training: keeps `factor` of the eight bits of each value, or as many as a draw from [low, high) says, one an image.
 *
 * x (batch, height, width, channels) -> the same shape; at inference x.
 * Source: Keras 3, `keras.layers.RandomPosterization`, by its documentation: what it runs draws from [1, f) for one number f.
 * @throws ValueError for what is no whole number from 1 to 8.
 * @example layers.randomPosterization(4)
 */
export const randomPosterization = (...args: FactorArguments<ColourOptions>): Layer => {
  const kind = 'randomPosterization';
  const options = layerOptions<ColourOptions & { factor: Factor }>(kind, args, ['factor'], colourOptions);
  const [low, high] = factorRange(kind, 'factor', options.factor, [1, 8]);
  if (!Number.isInteger(low) || !Number.isInteger(high))
    throw new ValueError(`layers.${kind} needs factor to be a whole number of bits, got ${JSON.stringify(options.factor)}.`);
  const bits: Range = typeof options.factor === 'number' ? [high, high] : [low, high];
  return randomImageLayer(kind, options, posterization(bits, rangeOf(kind, options)));
};

/** Adds (one an image) to values in [0, 255], and inverts those that reach the threshold (one an image). */
export const solarized = (images: Tensor, additions: Tensor, thresholds: Tensor, range: Range): Tensor => {
  const values = changeRange(images, range, bytes).add(perImage(additions)).clip(0, 255);
  return changeRange(where(values.less(perImage(thresholds)), values, values.neg().add(255)), bytes, range);
};

/** Draws additions and thresholds, as shares of 255 above and as they are below. */
export const solarize =
  (addition: Range, threshold: Range, range: Range): Augment =>
  (images, key) =>
    solarized(
      images,
      drawUniform(images, key, 0, [addition[0], addition[1] * 255]),
      drawUniform(images, key, 1, [threshold[0], threshold[1] * 255]),
      range,
    );

export interface SolarizationOptions extends ColourOptions {
  /** How much is added first, as a share of 255: [low, high], f stands for [0, f]. Default 0. */
  readonly additionFactor?: Factor;
  /** Values from which on are inverted, as a share of 255. Default 0: all. */
  readonly thresholdFactor?: Factor;
}

/**
 * Solarizes images in training: adds a draw from `additionFactor`, then inverts what reaches a draw from `thresholdFactor`; both one an image.
 *
 * x (batch, height, width, channels) -> the same shape; at inference x. The lower ends count in values of a byte, the upper ones in shares
 * of 255, as in Keras. Source: Keras 3, `keras.layers.Solarization`.
 * @throws ValueError for factors outside of [0, 1].
 * @example layers.solarization({ thresholdFactor: 0.5 })
 */
export const solarization = (given: SolarizationOptions = {}): Layer => {
  const kind = 'solarization';
  const options = layerOptions<SolarizationOptions>(kind, [given], [], ['additionFactor', 'thresholdFactor', ...colourOptions]);
  const addition = factorRange(kind, 'additionFactor', options.additionFactor ?? 0, [0, 1], 0);
  const threshold = factorRange(kind, 'thresholdFactor', options.thresholdFactor ?? 0, [0, 1], 0);
  for (const [name, [low, high]] of Object.entries({ additionFactor: addition, thresholdFactor: threshold }))
    if (low > high * 255) throw new ValueError(`layers.${kind} needs ${name} [low, high] with low <= 255 high, got [${low}, ${high}].`);
  return randomImageLayer(kind, options, solarize(addition, threshold, rangeOf(kind, options)));
};
