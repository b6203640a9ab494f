import { FormatError, GradusError, ValueError } from '../../core/errors.ts';
import { platform } from '../../core/platform.ts';
import { tensor } from '../../tensor/create.ts';
import { unknownOptions } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { byteSource, type FileInput, readBytes } from '../files/bytes.ts';
import { packageFor } from '../packages.ts';

/** Pixels of an image, row by row from the top, the channels of a pixel side by side; 0 to 255. */
export interface DecodedImage {
  /** (height × width × channels) */
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** 1: grey. 3: red, green, blue. 4: and opacity. */
  readonly channels: 1 | 3 | 4;
}

export interface ImageOptions {
  /** [height, width] that the image is brought to. Default: its own. */
  readonly size?: readonly [height: number, width: number];
  /** How an image of another proportion is fitted: 'stretch' (default), 'cover' (cuts the edges), 'contain' (fills up with black). */
  readonly fit?: 'stretch' | 'cover' | 'contain';
  /** Default 3: grey images are repeated, opacity is laid on black. */
  readonly channels?: 1 | 3 | 4;
}

interface Sharp {
  resize(width: number, height: number, options: object): Sharp;
  flatten(options: object): Sharp;
  ensureAlpha(): Sharp;
  removeAlpha(): Sharp;
  rotate(): Sharp;
  toColourspace(space: string): Sharp;
  raw(): Sharp;
  toBuffer(options: { readonly resolveWithObject: true }): Promise<{
    readonly data: Uint8Array;
    readonly info: { readonly width: number; readonly height: number; readonly channels: number };
  }>;
}

type MakeSharp = (bytes: Uint8Array, options: object) => Sharp;

const bySharp = async (bytes: Uint8Array, { size, fit = 'stretch', channels = 3 }: ImageOptions, name: string): Promise<DecodedImage> => {
  const module = await packageFor<{ readonly default: MakeSharp }>('sharp', `decoding ${name}`);
  const resized =
    size === undefined
      ? undefined
      : { width: size[1], height: size[0], options: { fit: fit === 'stretch' ? 'fill' : fit, background: '#000' } };
  let image = module.default(bytes, { failOn: 'error', limitInputPixels: 268_402_689 }).rotate(); // as the camera was held
  if (resized !== undefined) image = image.resize(resized.width, resized.height, resized.options);
  image = channels === 4 ? image.ensureAlpha() : image.flatten({ background: '#000' }).removeAlpha();
  const { data, info } = await image
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const plain = new Uint8Array(data.buffer, data.byteOffset, data.length).slice();
  return { data: withChannels(plain, info.channels, channels), height: info.height, width: info.width, channels };
};

/** Grey out of colours (ITU-R BT.601), colours out of grey. */
const withChannels = (data: Uint8Array, from: number, to: 1 | 3 | 4): Uint8Array => {
  if (from === to) return data;
  const pixels = data.length / from;
  const result = new Uint8Array(pixels * to);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const at = pixel * from;
    const [red, green, blue] = from < 3 ? [data[at], data[at], data[at]] : [data[at], data[at + 1], data[at + 2]];
    const [r, g, b] = [red as number, green as number, blue as number];
    if (to === 1) result[pixel] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    else result.set([r, g, b, from === 4 || from === 2 ? (data[at + from - 1] as number) : 255].slice(0, to), pixel * to);
  }
  return result;
};

/** The browser's own decoder. */
const byBrowser = async (bytes: Uint8Array, { size, fit = 'stretch', channels = 3 }: ImageOptions): Promise<DecodedImage> => {
  const bitmap = await createImageBitmap(new Blob([bytes.slice()]));
  const [height, width] = size ?? [bitmap.height, bitmap.width];
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new GradusError('this browser gives no canvas to decode images with.');
  if (channels !== 4) {
    context.fillStyle = '#000';
    context.fillRect(0, 0, width, height);
  }
  const [sx, sy] = [width / bitmap.width, height / bitmap.height];
  const [scaleX, scaleY] =
    fit === 'stretch' ? [sx, sy] : fit === 'cover' ? [Math.max(sx, sy), Math.max(sx, sy)] : [Math.min(sx, sy), Math.min(sx, sy)];
  const [w, h] = [bitmap.width * scaleX, bitmap.height * scaleY];
  context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h);
  const { data } = context.getImageData(0, 0, width, height);
  return { data: withChannels(new Uint8Array(data.buffer), 4, channels), height, width, channels };
};

/**
 * An image (PNG, JPEG, WebP, GIF, AVIF, TIFF; in browsers what they show) as pixels: by the package `sharp` in Node, by
 * `createImageBitmap` in browsers. A photograph is turned as the camera was held.
 *
 * @throws FormatError for a damaged file, or one that is no image.
 */
export const readImage = async (input: FileInput, options: ImageOptions = {}): Promise<DecodedImage> => {
  unknownOptions('readImage', options, ['size', 'fit', 'channels']);
  const { size = [1, 1], channels = 3 } = options;
  if (![1, 3, 4].includes(channels)) throw new ValueError(`readImage needs channels to be 1, 3 or 4, got ${channels}.`);
  if (size.length !== 2 || size.some(side => !Number.isInteger(side) || side < 1))
    throw new ValueError(`readImage needs size as [height, width] in whole pixels, got [${size.join(', ')}].`);
  const source = byteSource(input);
  const bytes = await readBytes(source);
  try {
    return await (platform().name === 'node' ? bySharp(bytes, options, source.name) : byBrowser(bytes, options));
  } catch (error) {
    if (error instanceof GradusError) throw error;
    throw new FormatError(`cannot read ${source.name} as an image: ${(error as Error).message}. It is damaged, cut short or no image.`, {
      cause: error,
    });
  }
};

/** An image as a tensor: uint8 (height, width, channels). */
export const imageTensor = ({ data, height, width, channels }: DecodedImage): Tensor => tensor(data, { shape: [height, width, channels] });
