import { where } from '../../../tensor/create.ts';
import * as random from '../../../tensor/random.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import { type ColourOptions, colourOptions } from './brightness.ts';
import { drawChosen, drawUniform, type Factor, factorRange, perImage, randomImageLayer, rangeOf, sizesOf } from './images.ts';
import { checkSampling, pixelGrid, type SamplingOptions, sampleImages, samplingOptions } from './sampling.ts';
import { blurred } from './sharpness.ts';

/**
 * Images read at places that a smooth field moves: x + alpha blur(sigma noise).
 *
 * images (batch, height, width, channels); noise (batch, height, width, 2), standard normal, for columns and rows; alpha and sigma
 * (batch) in pixels; `size` of the blurring window, odd -> the shape of the images.
 * Source: Simard, Steinkraus, Platt 2003, as in `keras.ops.image.elastic_transform`.
 */
export const elasticTransform = (
  images: Tensor,
  noise: Tensor,
  alpha: Tensor,
  sigma: Tensor,
  size: number,
  options: Required<SamplingOptions>,
): Tensor => {
  const [batch, height, width] = sizesOf(images);
  const [rows, columns] = pixelGrid(images);
  const moved = blurred(noise.mul(perImage(sigma)), [size, size], [sigma, sigma]).mul(perImage(alpha));
  const [x, y] = moved.split(2, -1).map(field => field.reshape([batch, height, width])) as [Tensor, Tensor];
  return sampleImages(images, y.add(rows), x.add(columns), options);
};

export interface RandomElasticTransformOptions extends ColourOptions, SamplingOptions {
  /** How strong: [low, high] in [0, 1], f stands for [0, f]. Default 1. */
  readonly scale?: Factor;
}

/**
 * Moves the pixels of images in training by a smooth random field, each image with a chance drawn from `factor` (one number stands for
 * [0, f]). With s drawn from `scale`, the field is normal noise of deviation σ = 0.05 s min(height, width), blurred by a Gaussian of σ, and
 * times 0.1 s max(height, width).
 *
 * x (batch, height, width, channels) -> the same shape within `valueRange`; at inference x. fillMode 'reflect' by default.
 * Source: Keras 3, `keras.layers.RandomElasticTransform`; there one strength and one field are drawn for columns and rows alike, here each
 * image has its own and the two directions differ; the blurring window is that of the largest strength.
 * @param factor 1 by default.
 * @throws ValueError for factors outside of [0, 1].
 */
export const randomElasticTransform = (
  ...args:
    | []
    | [factor: Factor, options?: RandomElasticTransformOptions]
    | [options: RandomElasticTransformOptions & { readonly factor?: Factor }]
): Layer => {
  const kind = 'randomElasticTransform';
  type All = RandomElasticTransformOptions & { factor?: Factor };
  const options = layerOptions<All>(kind, args, ['factor'], ['scale', ...samplingOptions, ...colourOptions]);
  const factor = factorRange(kind, 'factor', options.factor ?? 1, [0, 1]);
  const scale = factorRange(kind, 'scale', options.scale ?? 1, [0, 1]);
  const [low, high] = rangeOf(kind, options);
  const sampling = checkSampling(kind, options, 'reflect');
  return randomImageLayer(kind, options, (images, key) => {
    if (scale[1] === 0 || factor[1] === 0) return images;
    const [batch, height, width] = sizesOf(images);
    const strength = drawUniform(images, key, 2, scale);
    const deviation = 0.05 * Math.min(height, width);
    const noise = random.normal([batch, height, width, 2], { key: random.foldIn(key, 3), dtype: images.dtype });
    const sigma = strength.mul(deviation).maximum(1e-6);
    const alpha = strength.mul(0.1 * Math.max(height, width));
    const size = Math.trunc(6 * deviation * scale[1]) | 1;
    const changed = elasticTransform(images, noise, alpha, sigma, size, sampling);
    return where(perImage(drawChosen(images, key, 0, factor)), changed, images).clip(low, high);
  });
};
