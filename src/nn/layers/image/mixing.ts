import { isFloat } from '../../../core/dtype.ts';
import { formatShape, ShapeError, ValueError } from '../../../core/errors.ts';
import { where } from '../../../tensor/create.ts';
import * as random from '../../../tensor/random.ts';
import { isTensor, type Tensor } from '../../../tensor/tensor.ts';
import { createLayer, type Layer, type LayerInput, type LayerOptions, layerOptions } from '../../layer.ts';
import { type Boxes, boxMasks, drawBoxes } from './erasing.ts';
import { drawBeta } from './gamma.ts';
import { drawKey, type Factor, factorRange, sizesOf } from './images.ts';

export interface MixingOptions extends LayerOptions {
  /** Draws by this seed and the step alone, whatever the model's seed. */
  readonly seed?: number;
}

/** weight x + (1 - weight) x[order]: rows of a batch mixed, the weight one a row. */
export const mixed = (x: Tensor, weight: Tensor, order: Tensor): Tensor => {
  const shares = weight.reshape([x.shape[0] as number, ...x.shape.slice(1).map(() => 1)]);
  return x.mul(shares).add(x.gather(order, 0).mul(shares.neg().add(1)));
};

/** Boxes of other images of the batch, and the share of each image that is still its own. */
export const cutMixed = (images: Tensor, boxes: Boxes, order: Tensor): { readonly images: Tensor; readonly weight: Tensor } => {
  const [, height, width] = sizesOf(images);
  const area = boxes.right.sub(boxes.left).mul(boxes.bottom.sub(boxes.top));
  return {
    images: where(boxMasks(images, boxes), images.gather(order, 0), images),
    weight: area.div(-height * width).add(1),
  };
};

type Mix = (images: Tensor, key: Tensor) => { readonly images: Tensor; readonly weight: Tensor; readonly order: Tensor };

const toFloat = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : x.cast('float32'));

const mixingLayer = <Options extends MixingOptions>(kind: string, options: Options, mix: Mix): Layer =>
  createLayer(kind, options, {
    call(_, input: LayerInput, context) {
      const [images, labels, ...more] = (Array.isArray(input) ? input : [input]).map((x: Tensor) => toFloat(x)) as [
        Tensor,
        Tensor?,
        ...Tensor[],
      ];
      if (!isTensor(images) || images.rank !== 4 || more.length > 0)
        throw new ShapeError(
          `${kind} cannot take input of shape ${formatShape(images?.shape ?? [])}: it needs images (batch, height, width, channels), or a list of images and labels (batch, classes).`,
        );
      if (labels !== undefined && (labels.rank < 2 || labels.shape[0] !== images.shape[0]))
        throw new ShapeError(
          `${kind} cannot mix labels of shape ${formatShape(labels.shape)}: it needs (batch, classes), as labels.oneHot(classes) gives them.`,
        );
      const result = context.training ? mix(images, drawKey(kind, options.seed, context)) : undefined;
      const output = result === undefined ? images : result.images;
      if (labels === undefined) return output;
      return [output, result === undefined ? labels : mixed(labels, result.weight, result.order)];
    },
  });

/**
 * Mixes each image of a batch with another one in training: w x + (1 - w) x', and labels alike, w drawn from the beta distribution
 * (alpha, alpha), one an image.
 *
 * images (batch, height, width, channels) -> the same shape; [images, labels (batch, classes)] -> both mixed. At inference the input.
 * Source: Zhang et al. 2018, arXiv:1710.09412, as in Keras 3, `keras.layers.MixUp`.
 * @param alpha above 0, 0.2 by default.
 * @throws ValueError for another alpha; ShapeError for labels that are no vectors.
 * @example
 * const mix = model({ inputs: [image, label], outputs: layers.mixUp()([image, label]) });
 * data.map((x, y) => mix.applyAll(mix.weights, [x, y.oneHot(10)], { training: true, key }).outputs);
 */
export const mixUp = (
  ...args: [] | [alpha: number, options?: MixingOptions] | [options: MixingOptions & { readonly alpha?: number }]
): Layer => {
  const kind = 'mixUp';
  const options = layerOptions<MixingOptions & { alpha?: number }>(kind, args, ['alpha'], ['seed']);
  const { alpha = 0.2 } = options;
  if (!(alpha > 0)) throw new ValueError(`layers.${kind} needs alpha to be a number above 0, got ${alpha}.`);
  return mixingLayer(kind, options, (images, key) => {
    const batch = images.shape[0] as number;
    const order = random.permutation(batch, { key: random.foldIn(key, 0) });
    const weight = drawBeta([batch], alpha, random.foldIn(key, 1), images.dtype);
    return { images: mixed(images, weight, order), weight, order };
  });
};

/**
 * Puts a box of another image of the batch into each image in training, and mixes labels by the areas. With w drawn from the beta
 * distribution (a, a), a drawn from `factor` (one number stands for [0, f]), the box takes √(1 - w) of width and height.
 *
 * images (batch, height, width, channels) -> the same shape; [images, labels (batch, classes)] -> both. At inference the input.
 * Source: Yun et al. 2019, arXiv:1905.04899, as in Keras 3, `keras.layers.CutMix`.
 * @param factor 1 by default.
 * @throws ValueError for factors outside of [0, 1]; ShapeError for labels that are no vectors.
 */
export const cutMix = (
  ...args: [] | [factor: Factor, options?: MixingOptions] | [options: MixingOptions & { readonly factor?: Factor }]
): Layer => {
  const kind = 'cutMix';
  const options = layerOptions<MixingOptions & { factor?: Factor }>(kind, args, ['factor'], ['seed']);
  const [low, high] = factorRange(kind, 'factor', options.factor ?? 1, [0, 1]);
  return mixingLayer(kind, options, (images, key) => {
    const batch = images.shape[0] as number;
    const order = random.permutation(batch, { key: random.foldIn(key, 0) });
    const alpha = random.uniform([], { low, high, key: random.foldIn(key, 1), dtype: images.dtype }).add(1e-6);
    const side = drawBeta([batch], alpha, random.foldIn(key, 2), images.dtype).neg().add(1).sqrt();
    return { ...cutMixed(images, drawBoxes(images, key, 3, side, side), order), order };
  });
};
