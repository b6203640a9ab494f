import { encodePng } from '../../core/png.ts';
import type { Shape } from '../../core/shape.ts';

/** Images that are shown of a weight at most. */
const imageLimit = 3;

/** A pixel: what lies outside of 0 … 1 is black or white. */
const pixel = (value: number): number => Math.min(255, Math.max(0, Math.floor(value * 255.5))) || 0;

/** Sizes of images (count, height, width, channels), and where the value of a pixel stands; undefined where a weight is no image. */
const layout = (
  shape: Shape,
):
  | {
      readonly sizes: readonly [number, number, number, number];
      readonly at: (image: number, row: number, column: number, channel: number) => number;
    }
  | undefined => {
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  if (shape.length === 1) return { sizes: [1, a, 1, 1], at: (_, row) => row };
  if (shape.length === 2)
    return a > b
      ? { sizes: [1, b, a, 1], at: (_, row, column) => column * b + row }
      : { sizes: [1, a, b, 1], at: (_, row, column) => row * b + column };
  if (shape.length === 3) return { sizes: [c, a, b, 1], at: (image, row, column) => (row * b + column) * c + image };
  if (shape.length === 4 && [1, 3, 4].includes(d))
    return { sizes: [a, b, c, d], at: (image, row, column, channel) => ((image * b + row) * c + column) * d + channel };
  return undefined;
};

export interface WeightImages {
  readonly width: number;
  readonly height: number;
  readonly files: readonly Uint8Array[];
}

/** A weight as images, as Keras shows it: a vector as a column, a matrix lying, a stack of kernels one by one. Axes of size 1 do not count. */
export const weightImages = (shape: Shape, values: ArrayLike<number>): WeightImages | undefined => {
  const found = layout(shape.filter(size => size !== 1));
  if (found === undefined || shape.every(size => size === 1)) return undefined;
  const [count, height, width, channels] = found.sizes;
  const files = Array.from({ length: Math.min(count, imageLimit) }, (_, image) => {
    const pixels = new Uint8Array(height * width * channels);
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        for (let channel = 0; channel < channels; channel++)
          pixels[(row * width + column) * channels + channel] = pixel(values[found.at(image, row, column, channel)] as number);
    return encodePng({ width, height, channels, pixels });
  });
  return { width, height, files };
};
