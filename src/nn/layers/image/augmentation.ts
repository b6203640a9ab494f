import { ValueError } from '../../../core/errors.ts';
import { concat, where } from '../../../tensor/create.ts';
import * as random from '../../../tensor/random.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import { positiveInteger } from '../common.ts';
import { type DrawTransforms, drawRotations, drawShears, drawTranslations } from './affine.ts';
import { brightness, type ColourOptions, colourOptions, contrast } from './brightness.ts';
import { drawBeta, drawDirichlet } from './gamma.ts';
import { autoContrasted, equalized } from './histograms.ts';
import { type Augment, type Factor, factorRange, perImage, type Range, randomImageLayer, rangeOf, sizesOf } from './images.ts';
import { affineTransform, checkSampling, type SamplingOptions, transformsOf } from './sampling.ts';
import { colourDegeneration } from './saturation.ts';
import { sharpness } from './sharpness.ts';
import { posterization, solarize } from './tones.ts';

/** What may befall an image: the first ones are affine maps, which share one reading of the pixels; then the others. */
interface Repertoire {
  readonly affine: readonly DrawTransforms[];
  readonly others: readonly Augment[];
}

/** The transformations that Keras draws from, in its order; without the last four of colour where `isShort`. */
const repertoireOf = (kind: string, factor: Range, range: Range, isShort = false): Repertoire => {
  const bits = Math.max(1, Math.trunc(8 * factor[1]));
  return {
    affine: [drawShears(factor, factor), drawTranslations(factor, factor), drawRotations(factor)],
    others: [
      posterization([bits, bits], range),
      solarize(factor, factor, range),
      images => autoContrasted(images, range),
      images => equalized(images, 256, range),
      ...(isShort
        ? []
        : [brightness(factor, range), colourDegeneration(kind, factor, range), contrast(factor, range), sharpness(factor, range)]),
    ],
  };
};

/** One transformation for each image, by its number in the repertoire (int32, one an image); a number beyond leaves the image alone. */
const applyChosen = (
  { affine, others }: Repertoire,
  images: Tensor,
  choice: Tensor,
  key: Tensor,
  sampling: Required<SamplingOptions>,
): Tensor => {
  const chosen = (index: number): Tensor => choice.equal(index);
  const transforms = affine.reduce<Tensor>(
    (all, draw, index) => where(chosen(index).expandDims(1), draw(images, random.foldIn(key, index)), all),
    transformsOf(sizesOf(images)[0], [1, 0, 0, 0, 1, 0], images.dtype),
  );
  const isMoved = perImage(choice.less(affine.length));
  return others.reduce<Tensor>(
    (all, step, index) => where(perImage(chosen(affine.length + index)), step(images, random.foldIn(key, affine.length + index)), all),
    where(isMoved, affineTransform(images, transforms, sampling), images),
  );
};

export interface RandAugmentOptions extends ColourOptions, Pick<SamplingOptions, 'interpolation'> {
  /** Transformations in a row. Default 2. */
  readonly numOps?: number;
  /** How strong each is: [low, high] in [0, 1], f stands for [0, f]. Default 0.5. */
  readonly factor?: Factor;
}

/**
 * `numOps` transformations in a row for each image in training, each drawn from eleven: shear, translation, rotation, posterization,
 * solarization, auto contrast, equalization, brightness, colour, contrast, sharpness, all with `factor`.
 *
 * x (batch, height, width, 1 or 3) -> the same shape; at inference x.
 * Source: Cubuk et al. 2019, arXiv:1909.13719, as in Keras 3, `keras.layers.RandAugment`; there one choice is drawn for the whole batch.
 * @throws ValueError for factors outside of [0, 1].
 * @example layers.randAugment({ numOps: 2, factor: 0.3 })
 */
export const randAugment = (given: RandAugmentOptions = {}): Layer => {
  const kind = 'randAugment';
  const options = layerOptions<RandAugmentOptions>(kind, [given], [], ['numOps', 'factor', 'interpolation', ...colourOptions]);
  const numOps = positiveInteger(kind, 'numOps', options.numOps ?? 2);
  const repertoire = repertoireOf(kind, factorRange(kind, 'factor', options.factor ?? 0.5, [0, 1]), rangeOf(kind, options));
  const sampling = checkSampling(kind, options, 'reflect');
  const count = repertoire.affine.length + repertoire.others.length;
  return randomImageLayer(kind, options, (images, key) => {
    let all = images;
    for (let step = 0; step < numOps; step++) {
      const own = random.foldIn(key, step);
      const choice = random.integers([sizesOf(images)[0]], { high: count, key: random.foldIn(own, 50) });
      all = applyChosen(repertoire, all, choice, own, sampling);
    }
    return all;
  });
};

export interface AugMixOptions extends ColourOptions, Pick<SamplingOptions, 'interpolation'> {
  /** Chains that are mixed. Default 3. */
  readonly numChains?: number;
  /** Transformations of a chain, of which each may be none. Default 3. */
  readonly chainDepth?: number;
  /** How strong each is: [low, high] in [0, 1], f stands for [0, f]. Default 0.3. */
  readonly factor?: Factor;
  /** Of the Dirichlet and beta distributions that the shares are drawn from. Default 1. */
  readonly alpha?: number;
  /** Also brightness, colour, contrast and sharpness. Default true. */
  readonly allOps?: boolean;
}

/** m x + (1 - m) Σ shares · chains, within the range: chains (count, batch, …), shares (batch, count), m (batch). */
export const mixedChains = (images: Tensor, chains: Tensor, shares: Tensor, weight: Tensor, [low, high]: Range): Tensor => {
  const [batch] = sizesOf(images);
  const count = chains.shape[0] as number;
  const sum = chains.mul(shares.transpose().reshape([count, batch, 1, 1, 1])).sum(0);
  const own = perImage(weight);
  return images
    .mul(own)
    .add(sum.mul(own.neg().add(1)))
    .clip(low, high);
};

/**
 * Mixes each image with chains of transformations of itself in training: m x + (1 - m) Σ wᵢ chainᵢ(x), w drawn from a Dirichlet, m from a
 * beta distribution of `alpha`, all for each image.
 *
 * x (batch, height, width, 1 or 3) -> the same shape; at inference x.
 * Source: Hendrycks et al. 2020, arXiv:1912.02781, as in Keras 3, `keras.layers.AugMix`; there the transformations and the shares are drawn
 * for the whole batch.
 * @throws ValueError for factors outside of [0, 1] and alpha <= 0.
 * @example layers.augMix({ valueRange: [0, 1] })
 */
export const augMix = (given: AugMixOptions = {}): Layer => {
  const kind = 'augMix';
  const names = ['numChains', 'chainDepth', 'factor', 'alpha', 'allOps', 'interpolation', ...colourOptions];
  const options = layerOptions<AugMixOptions>(kind, [given], [], names);
  const numChains = positiveInteger(kind, 'numChains', options.numChains ?? 3);
  const chainDepth = positiveInteger(kind, 'chainDepth', options.chainDepth ?? 3);
  const { alpha = 1, allOps = true } = options;
  if (!(alpha > 0)) throw new ValueError(`layers.${kind} needs alpha to be a number above 0, got ${alpha}.`);
  const range = rangeOf(kind, options);
  const repertoire = repertoireOf(kind, factorRange(kind, 'factor', options.factor ?? 0.3, [0, 1]), range, !allOps);
  const sampling = checkSampling(kind, options, 'reflect');
  const count = repertoire.affine.length + repertoire.others.length;
  return randomImageLayer(kind, options, (images, key) => {
    const [batch] = sizesOf(images);
    let chains = concat(new Array<Tensor>(numChains).fill(images), 0); // all chains of all images are one batch
    for (let step = 0; step < chainDepth; step++) {
      const own = random.foldIn(key, step);
      const choice = random.integers([numChains * batch], { high: count + 1, key: random.foldIn(own, 50) });
      chains = applyChosen(repertoire, chains, choice, own, sampling);
    }
    const shares = drawDirichlet([batch, numChains], alpha, random.foldIn(key, 60), images.dtype);
    const weight = drawBeta([batch], alpha, random.foldIn(key, 61), images.dtype);
    return mixedChains(images, chains.reshape([numChains, ...images.shape]), shares, weight, range);
  });
};
