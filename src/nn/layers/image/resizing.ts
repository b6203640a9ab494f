import { isFloat } from '../../../core/dtype.ts';
import { unknownName, ValueError } from '../../../core/errors.ts';
import { concat, full } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import { positiveInteger } from '../common.ts';
import { type Interpolation, interpolations, resizeImages } from '../interpolation.ts';
import { type ImageOptions, imageLayer, imageOptions, sizesOf } from './images.ts';

/** The largest part of a size (height, width) that has the aspect ratio of another one. */
const largestPart = (height: number, width: number, toHeight: number, toWidth: number): readonly [number, number] => [
  Math.max(Math.min(height, Math.trunc((width * toHeight) / toWidth)), 1),
  Math.max(Math.min(width, Math.trunc((height * toWidth) / toHeight)), 1),
];

/** The largest middle part of the images that has the aspect ratio of a size. */
export const cropToRatio = (images: Tensor, toHeight: number, toWidth: number): Tensor => {
  const [, height, width] = sizesOf(images);
  const [partHeight, partWidth] = largestPart(height, width, toHeight, toWidth);
  const start = [0, Math.trunc((height - partHeight) / 2), Math.trunc((width - partWidth) / 2), 0];
  return images.slice(start, [-1, partHeight, partWidth, -1]);
};

/** Images with a value around, as much on both sides, so that they have the aspect ratio of a size. */
const padToRatio = (images: Tensor, toHeight: number, toWidth: number, value: number): Tensor => {
  const [batch, height, width, channels] = sizesOf(images);
  const above = Math.trunc((Math.max(height, Math.trunc((width * toHeight) / toWidth)) - height) / 2);
  const left = Math.trunc((Math.max(width, Math.trunc((height * toWidth) / toHeight)) - width) / 2);
  const around = (shape: number[], axis: number): Tensor => {
    const edge = full(shape, value, { dtype: images.dtype });
    return concat([edge, images, edge], axis);
  };
  if (above > 0) return around([batch, above, width, channels], 1);
  return left > 0 ? around([batch, height, left, channels], 2) : images;
};

/** Images in another size; whole numbers stay whole: rounded, and kept within their element type. */
const resized = (images: Tensor, height: number, width: number, interpolation: Interpolation, antialias: boolean): Tensor => {
  if (isFloat(images.dtype)) return resizeImages(images, [height, width], interpolation, antialias);
  const floats = resizeImages(images.cast('float32'), [height, width], interpolation, antialias).round();
  return (images.dtype === 'uint8' ? floats.clip(0, 255) : floats).cast(images.dtype);
};

/** The largest middle part of the aspect ratio, in the size. */
export const smartResize = (images: Tensor, height: number, width: number): Tensor =>
  resized(cropToRatio(images, height, width), height, width, 'bilinear', false);

/** Height and width, which come first. */
export type SizeArguments<Options> =
  | [height: number, width: number, options?: Options]
  | [options: Options & { readonly height: number; readonly width: number }];

export interface ResizingOptions extends ImageOptions {
  /** Default 'bilinear'. */
  readonly interpolation?: Interpolation;
  /** Crops to the aspect ratio first, so that nothing is stretched. Default false. */
  readonly cropToAspectRatio?: boolean;
  /** Pads to the aspect ratio first, so that nothing is stretched. Default false. */
  readonly padToAspectRatio?: boolean;
  /** Of the padding; the only one is 'constant'. */
  readonly fillMode?: 'constant';
  /** Of the padding. Default 0. */
  readonly fillValue?: number;
  /** Whether shrinking takes all pixels into account. Default false. */
  readonly antialias?: boolean;
}

/**
 * Images in another size: (batch, height, width, channels) -> (batch, newHeight, newWidth, channels), in training and at inference. Whole
 * numbers stay in their element type, rounded.
 *
 * Source: Keras 3, `keras.layers.Resizing`; 'area' as TensorFlow has it.
 * @throws ValueError for sizes below 1 and for cropping and padding at once.
 * @example layers.resizing(32, 32, { interpolation: 'lanczos3', antialias: true })
 */
export const resizing = (...args: SizeArguments<ResizingOptions>): Layer => {
  const kind = 'resizing';
  type All = ResizingOptions & { height: number; width: number };
  const names = ['interpolation', 'cropToAspectRatio', 'padToAspectRatio', 'fillMode', 'fillValue', 'antialias', ...imageOptions];
  const options = layerOptions<All>(kind, args, ['height', 'width'], names);
  const { interpolation = 'bilinear', cropToAspectRatio = false, padToAspectRatio = false, fillMode = 'constant', fillValue = 0 } = options;
  const [height, width] = [positiveInteger(kind, 'height', options.height), positiveInteger(kind, 'width', options.width)];
  if (!interpolations.includes(interpolation)) throw unknownName(`interpolation of layers.${kind}`, String(interpolation), interpolations);
  if (fillMode !== 'constant') throw unknownName(`fillMode of layers.${kind}`, String(fillMode), ['constant']);
  if (cropToAspectRatio && padToAspectRatio)
    throw new ValueError(`layers.${kind} either crops or pads to the aspect ratio: leave one of them out.`);
  return imageLayer(kind, options, {
    takesIntegers: true,
    transform(images) {
      const part = cropToAspectRatio
        ? cropToRatio(images, height, width)
        : padToAspectRatio
          ? padToRatio(images, height, width, fillValue)
          : images;
      return resized(part, height, width, interpolation, options.antialias ?? false);
    },
  });
};
