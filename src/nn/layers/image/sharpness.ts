import { ValueError } from '../../../core/errors.ts';
import { where } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import { type ColourOptions, colourOptions, type FactorArguments } from './brightness.ts';
import {
  type Augment,
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

/** Σ over an axis (1: rows, 2: columns) of neighbours times their shares, which are numbers or one an image; 0 lies outside. */
const weighted = (images: Tensor, shares: readonly (Tensor | number)[], axis: 1 | 2): Tensor => {
  const size = images.shape[axis] as number;
  const before = Math.floor((shares.length - 1) / 2);
  const padded = images.pad([0, 1, 2, 3].map(other => (other === axis ? [before, shares.length - 1 - before] : [0, 0])));
  const start = (index: number): number[] => [0, 0, 0, 0].map((zero, other) => (other === axis ? index : zero));
  const length = [-1, -1, -1, -1].map((all, other) => (other === axis ? size : all));
  return shares.map((share, index) => padded.slice(start(index), length).mul(share)).reduce((sum, part) => sum.add(part));
};

/**
 * x + (1 - 2 factor) (smooth - x), within the range; factor one an image, smooth the 3 x 3 mean of weights 1/13 around and 5/13 in the
 * middle, with 0 outside of the image.
 */
export const sharpened = (images: Tensor, factor: Tensor, [low, high]: Range): Tensor => {
  const around = weighted(weighted(images, [1, 1, 1], 1), [1, 1, 1], 2);
  const smooth = around.add(images.mul(4)).div(13);
  return images.add(smooth.sub(images).mul(perImage(factor).mul(-2).add(1))).clip(low, high);
};

export const sharpness =
  (factor: Range, range: Range): Augment =>
  (images, key) =>
    sharpened(images, drawUniform(images, key, 0, factor), range);

/**
 * Blurs or sharpens images in training by f, drawn from `factor`, one an image: 0 is blurred, 0.5 leaves the image alone, 1 sharpens. One
 * number stands for [0, f].
 *
 * x (batch, height, width, channels) -> the same shape; at inference x. Source: Keras 3, `keras.layers.RandomSharpness`.
 * @throws ValueError for factors outside of [0, 1].
 * @example layers.randomSharpness([0.3, 0.9])
 */
export const randomSharpness = (...args: FactorArguments<ColourOptions>): Layer => {
  const kind = 'randomSharpness';
  const options = layerOptions<ColourOptions & { factor: Factor }>(kind, args, ['factor'], colourOptions);
  return randomImageLayer(kind, options, sharpness(factorRange(kind, 'factor', options.factor, [0, 1]), rangeOf(kind, options)));
};

/** Shares of a Gaussian of so many places, one for each image's deviation: (batch, 1, 1, 1) each, adding up to 1. */
const gaussianShares = (size: number, deviations: Tensor): readonly Tensor[] => {
  const slope = perImage(deviations).square().reciprocal().mul(-0.5);
  const weights = Array.from({ length: size }, (_, place) => slope.mul((place - (size - 1) / 2) ** 2).exp());
  const total = weights.reduce((sum, weight) => sum.add(weight));
  return weights.map(weight => weight.div(total));
};

/**
 * Images seen through a Gaussian window with 0 outside of the image: sizes in pixels and deviations (batch) each for columns and rows.
 * Source: `keras.ops.image.gaussian_blur`, there with one deviation for all images.
 */
export const blurred = (
  images: Tensor,
  [columns, rows]: readonly [number, number],
  [alongColumns, alongRows]: readonly [Tensor, Tensor],
): Tensor => weighted(weighted(images, gaussianShares(rows, alongRows), 1), gaussianShares(columns, alongColumns), 2);

export interface RandomGaussianBlurOptions extends ColourOptions {
  /** Size of the window, odd: one number, or [columns, rows]. Default 3. */
  readonly kernelSize?: number | readonly [number, number];
  /** The deviation in pixels, from 0 to 1: [low, high], f stands for [0, f]. Default 1. */
  readonly sigma?: Factor;
}

/**
 * Blurs images in training by a Gaussian, each with a chance drawn from `factor`; the deviations of rows and columns are drawn from
 * `sigma`, for each image (in Keras for the batch). One number stands for [0, f].
 *
 * x (batch, height, width, channels) -> the same shape; at inference x. Source: Keras 3, `keras.layers.RandomGaussianBlur`.
 * @param factor 1 by default. To blur always: [1, 1].
 * @throws ValueError for factors outside of [0, 1] and for even sizes.
 */
export const randomGaussianBlur = (
  ...args: [] | [factor: Factor, options?: RandomGaussianBlurOptions] | [options: RandomGaussianBlurOptions & { readonly factor?: Factor }]
): Layer => {
  const kind = 'randomGaussianBlur';
  type All = RandomGaussianBlurOptions & { factor?: Factor };
  const options = layerOptions<All>(kind, args, ['factor'], ['kernelSize', 'sigma', ...colourOptions]);
  const { kernelSize = 3 } = options;
  const size = typeof kernelSize === 'number' ? ([kernelSize, kernelSize] as const) : kernelSize;
  if (!Array.isArray(size) || size.length !== 2 || !size.every(one => Number.isInteger(one) && one > 0 && one % 2 === 1))
    throw new ValueError(`layers.${kind} needs kernelSize to be an odd number or two of them, got ${JSON.stringify(kernelSize)}.`);
  const factor = factorRange(kind, 'factor', options.factor ?? 1, [0, 1]);
  const sigma = factorRange(kind, 'sigma', options.sigma ?? 1, [0, 1]);
  const [low, high] = rangeOf(kind, options);
  return randomImageLayer(kind, options, (images, key) => {
    const batch = sizesOf(images)[0];
    const deviations = drawUniform(images, key, 2, sigma, [2]).add(1e-6);
    const of = (index: number): Tensor => deviations.slice([0, index], [-1, 1]).reshape([batch]);
    return where(perImage(drawChosen(images, key, 0, factor)), blurred(images, size, [of(0), of(1)]), images).clip(low, high);
  });
};
