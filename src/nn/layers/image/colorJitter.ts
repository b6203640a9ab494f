import * as random from '../../../tensor/random.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import { brightness, type ColourOptions, colourOptions, contrast, contrastRange } from './brightness.ts';
import { type Augment, type Factor, factorRange, randomImageLayer, rangeOf } from './images.ts';
import { hue, saturation } from './saturation.ts';

export interface RandomColorJitterOptions extends ColourOptions {
  /** As of `randomBrightness`. Default: brightness stays. */
  readonly brightnessFactor?: Factor;
  /** As of `randomContrast`. Default: contrast stays. */
  readonly contrastFactor?: Factor;
  /** As of `randomSaturation`. Default: saturation stays. */
  readonly saturationFactor?: Factor;
  /** As of `randomHue`. Default: the hue stays. */
  readonly hueFactor?: Factor;
}

/**
 * Brightness, contrast, saturation and hue changed in training, in this order, each as its own layer does it.
 *
 * x (batch, height, width, 3) -> the same shape; at inference x. Source: Keras 3, `keras.layers.RandomColorJitter`.
 * @throws ValueError for factors outside of their ranges; ShapeError for images without three channels.
 * @example layers.randomColorJitter({ brightnessFactor: 0.2, hueFactor: 0.1, valueRange: [0, 1] })
 */
export const randomColorJitter = (given: RandomColorJitterOptions = {}): Layer => {
  const kind = 'randomColorJitter';
  const names = ['brightnessFactor', 'contrastFactor', 'saturationFactor', 'hueFactor', ...colourOptions];
  const options = layerOptions<RandomColorJitterOptions>(kind, [given], [], names);
  const range = rangeOf(kind, options);
  const { brightnessFactor, contrastFactor, saturationFactor, hueFactor } = options;
  const steps: Augment[] = [];
  if (brightnessFactor !== undefined) steps.push(brightness(factorRange(kind, 'brightnessFactor', brightnessFactor, [-1, 1]), range));
  if (contrastFactor !== undefined) steps.push(contrast(contrastRange(kind, 'contrastFactor', contrastFactor), range));
  if (saturationFactor !== undefined) steps.push(saturation(kind, factorRange(kind, 'saturationFactor', saturationFactor, [0, 1], 0)));
  if (hueFactor !== undefined) steps.push(hue(kind, factorRange(kind, 'hueFactor', hueFactor, [0, 1]), range));
  return randomImageLayer(kind, options, (images, key) =>
    steps.reduce((all, step, index) => step(all, random.foldIn(key, 100 + index)), images),
  );
};
