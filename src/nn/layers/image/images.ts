import { isFloat } from '../../../core/dtype.ts';
import { formatShape, ShapeError, unknownName, ValueError } from '../../../core/errors.ts';
import * as random from '../../../tensor/random.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type CallContext, createLayer, keyOf, type Layer, type LayerOptions } from '../../layer.ts';
import { formatBatch } from '../../symbolic.ts';
import type { DataFormatOption } from '../common.ts';

/** What every layer of images takes. */
export interface ImageOptions extends LayerOptions, DataFormatOption {}

/** What every layer takes that changes images at random. */
export interface RandomImageOptions extends ImageOptions {
  /** Draws by this seed and the step alone, whatever the model's seed. */
  readonly seed?: number;
}

export interface ValueRangeOption {
  /** The smallest and the largest value that a pixel can have. Default [0, 255]. */
  readonly valueRange?: readonly [number, number];
}

/** A number f, or the ends [low, high] of the range that factors are drawn from. */
export type Factor = number | readonly [number, number];

export type Range = readonly [low: number, high: number];

export const imageOptions: readonly string[] = ['dataFormat'];
export const randomImageOptions: readonly string[] = ['seed', 'dataFormat'];

/** Images (batch, height, width, channels) and random bits -> images. */
export type Augment = (images: Tensor, key: Tensor) => Tensor;

const toFloat = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : x.cast('float32'));

/** A function of (batch, height, width, channels) for what came: one image alone, channels first. */
const inPlace = (kind: string, { dataFormat = 'channelsLast' }: DataFormatOption, x: Tensor, f: (images: Tensor) => Tensor): Tensor => {
  if (x.rank !== 3 && x.rank !== 4)
    throw new ShapeError(`${kind} cannot take input of shape ${formatShape(x.shape)}: it needs (batch, height, width, channels).`);
  const batch = x.rank === 3 ? x.expandDims(0) : x;
  const isFirst = dataFormat === 'channelsFirst';
  const output = f(isFirst ? batch.permute([0, 2, 3, 1]) : batch);
  const back = isFirst ? output.permute([0, 3, 1, 2]) : output;
  return x.rank === 3 ? back.squeeze(0) : back;
};

export interface ImageParts {
  /** Whether `transform` takes whole numbers as they are. Default false: they become float32. */
  readonly takesIntegers?: boolean;
  /** (batch, height, width, channels) -> the same axes. */
  transform(images: Tensor, context: CallContext): Tensor;
}

/** A layer without weights of images (batch, height, width, channels), or of one image alone. */
export const imageLayer = <Options extends ImageOptions>(kind: string, options: Options, parts: ImageParts): Layer => {
  const { dataFormat } = options;
  if (dataFormat !== undefined && dataFormat !== 'channelsLast' && dataFormat !== 'channelsFirst')
    throw unknownName(`dataFormat of layers.${kind}`, String(dataFormat), ['channelsLast', 'channelsFirst']);
  return createLayer(kind, options, {
    build(shape = []) {
      if (shape.length !== 3)
        throw new ShapeError(`${kind} cannot take input of shape ${formatBatch(shape)}: it needs (batch, height, width, channels).`);
      return {};
    },
    call: (_, x: Tensor, context) =>
      inPlace(kind, options, x, images => parts.transform(parts.takesIntegers === true ? images : toFloat(images), context)),
  });
};

/** The key of a call, with the layer's own seed if it has one. */
export const drawKey = (kind: string, seed: number | undefined, context: CallContext): Tensor => {
  const key = keyOf(kind, context);
  return seed === undefined ? key : random.foldIn(key, seed);
};

/** A layer that changes images in training, and leaves them alone at inference. */
export const randomImageLayer = <Options extends RandomImageOptions>(kind: string, options: Options, augment: Augment): Layer =>
  imageLayer(kind, options, {
    transform: (images, context) => (context.training ? augment(images, drawKey(kind, options.seed, context)) : images),
  });

const isPair = (value: unknown): value is readonly [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every(one => typeof one === 'number' && Number.isFinite(one));

/**
 * The range that factors are drawn from: [low, high] as given, or for one number f [max(-f, lowest), f].
 * @throws ValueError for what lies outside of the bounds.
 */
export const factorRange = (kind: string, name: string, value: unknown, [lowest, highest]: Range, from?: number): Range => {
  const fits = (one: number): boolean => one >= lowest && one <= highest;
  if (typeof value === 'number' && fits(value)) return [from ?? Math.max(-Math.abs(value), lowest), Math.abs(value)];
  if (isPair(value) && value.every(fits)) return [Math.min(...value), Math.max(...value)];
  throw new ValueError(
    `layers.${kind} needs ${name} to be a number from ${lowest} to ${highest} or two of them [low, high], got ${JSON.stringify(value)}.`,
  );
};

/** The range of pixels. @throws ValueError for what is no pair of ascending numbers. */
export const rangeOf = (kind: string, { valueRange = [0, 255] }: ValueRangeOption): Range => {
  if (!isPair(valueRange) || valueRange[0] >= valueRange[1])
    throw new ValueError(`layers.${kind} needs valueRange [low, high] with low < high, got ${JSON.stringify(valueRange)}.`);
  return valueRange;
};

/** Pixels of one range in another one. */
export const changeRange = (images: Tensor, [fromLow, fromHigh]: Range, [toLow, toHigh]: Range): Tensor => {
  if (fromLow === toLow && fromHigh === toHigh) return images;
  return images
    .sub(fromLow)
    .div(fromHigh - fromLow)
    .mul(toHigh - toLow)
    .add(toLow);
};

/** The usual range of bytes. */
export const bytes: Range = [0, 255];

/** Uniform draws, one an image. `index` tells the draws of one call apart. */
export const drawUniform = (images: Tensor, key: Tensor, index: number, [low, high]: Range, shape: readonly number[] = []): Tensor =>
  random.uniform([images.shape[0] as number, ...shape], { low, high, key: random.foldIn(key, index), dtype: images.dtype });

/** 1 or -1, one an image. */
export const drawSign = (images: Tensor, key: Tensor, index: number): Tensor =>
  drawUniform(images, key, index, [0, 1]).greater(0.5).cast(images.dtype).mul(-2).add(1);

/** Which images are changed: with a chance that itself is drawn from a range, one an image. Takes two draws. */
export const drawChosen = (images: Tensor, key: Tensor, index: number, [low, high]: Range): Tensor => {
  const threshold = drawUniform(images, key, index, [0, 1]);
  return threshold.less(low === high ? low : drawUniform(images, key, index + 1, [low, high]));
};

/** (batch) beside images: (batch, 1, 1, 1). */
export const perImage = (values: Tensor): Tensor => values.reshape([values.shape[0] as number, 1, 1, 1]);

/** Sizes of (batch, height, width, channels). */
export const sizesOf = (images: Tensor): readonly [batch: number, height: number, width: number, channels: number] =>
  images.shape as readonly number[] as readonly [number, number, number, number];

/** Images of three channels. @throws ShapeError for others. */
export const checkColours = (kind: string, images: Tensor, channels: readonly number[] = [3]): void => {
  if (!channels.includes(images.shape[3] as number))
    throw new ShapeError(
      `${kind} cannot take images of ${images.shape[3]} channels: it needs ${channels.join(' or ')} (red, green, blue${channels.length > 1 ? ', or grey' : ''}).`,
    );
};
