import { unknownName } from '../../../core/errors.ts';
import { arange, stack, where, zeros } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { sizesOf } from './images.ts';

/**
 * What lies outside of an image: `constant` the fill value; `nearest` the edge (a a a | a b c | c c c); `reflect` the image reflected
 * about its edge (c b a | a b c | c b a), `mirror` about the middle of its last pixels (c b | a b c | b a); `wrap` the image again.
 */
export type FillMode = 'constant' | 'nearest' | 'reflect' | 'mirror' | 'wrap';

export const fillModes: readonly FillMode[] = ['constant', 'nearest', 'reflect', 'mirror', 'wrap'];

export interface SamplingOptions {
  /** How pixels between pixels follow from those around. Default 'bilinear'. */
  readonly interpolation?: 'nearest' | 'bilinear';
  /** What lies outside of the image. */
  readonly fillMode?: FillMode;
  /** With fillMode 'constant'. Default 0. */
  readonly fillValue?: number;
}

export const samplingOptions: readonly string[] = ['interpolation', 'fillMode', 'fillValue'];

/** With all defaults. @throws ValueError for unknown names. */
export const checkSampling = (kind: string, options: SamplingOptions, fillMode: FillMode): Required<SamplingOptions> => {
  const all = {
    interpolation: options.interpolation ?? 'bilinear',
    fillMode: options.fillMode ?? fillMode,
    fillValue: options.fillValue ?? 0,
  };
  if (!['nearest', 'bilinear'].includes(all.interpolation))
    throw unknownName(`interpolation of layers.${kind}`, String(all.interpolation), ['nearest', 'bilinear']);
  if (!fillModes.includes(all.fillMode)) throw unknownName(`fillMode of layers.${kind}`, String(all.fillMode), fillModes);
  return all;
};

const mirrored = (index: Tensor, size: number): Tensor =>
  size === 1
    ? index.mul(0)
    : index
        .add(size - 1)
        .mod(2 * (size - 1))
        .sub(size - 1)
        .abs();

/** Places outside of an axis as places inside of it. */
const inside: { readonly [mode in FillMode]: (index: Tensor, size: number) => Tensor } = {
  constant: (index, size) => index.clip(0, size - 1),
  nearest: (index, size) => index.clip(0, size - 1),
  wrap: (index, size) => index.mod(size),
  mirror: mirrored,
  reflect: (index, size) =>
    mirrored(index.mul(2).add(1), 2 * size + 1)
      .sub(1)
      .floorDivide(2),
};

/** Places along one axis with their shares of the result. */
interface Tap {
  readonly index: Tensor;
  readonly share: Tensor | undefined;
}

const taps = (coordinate: Tensor, interpolation: 'nearest' | 'bilinear'): readonly Tap[] => {
  if (interpolation === 'nearest') {
    const rounded = coordinate.abs().add(0.5).floor().mul(coordinate.sign()); // halves go away from zero
    return [{ index: rounded.cast('int32'), share: undefined }];
  }
  const lower = coordinate.floor();
  const above = coordinate.sub(lower);
  const index = lower.cast('int32');
  return [
    { index, share: above.neg().add(1) },
    { index: index.add(1), share: above },
  ];
};

/**
 * Images read at other places: y[i, r, c] = images[i, rows[i, r, c], columns[i, r, c]].
 *
 * images (batch, height, width, channels); rows and columns (batch, newHeight, newWidth) in pixels -> (batch, newHeight, newWidth, channels).
 * Source: SciPy's `ndimage.map_coordinates` of order 0 and 1, as Keras has it.
 */
export const sampleImages = (images: Tensor, rows: Tensor, columns: Tensor, options: Required<SamplingOptions>): Tensor => {
  const { interpolation, fillMode, fillValue } = options;
  const [batch, height, width, channels] = sizesOf(images);
  const pixels = images.reshape([batch * height * width, channels]);
  const first = arange(batch)
    .mul(height * width)
    .reshape([batch, 1, 1]);
  const fits = (index: Tensor, size: number): Tensor => index.greaterEqual(0).and(index.less(size));
  const columnTaps = taps(columns, interpolation);
  const parts = taps(rows, interpolation).flatMap(row =>
    columnTaps.map(column => {
      const place = first.add(inside[fillMode](row.index, height).mul(width)).add(inside[fillMode](column.index, width));
      const read = pixels.gather(place);
      const isInside = fits(row.index, height).and(fits(column.index, width)).expandDims(-1);
      const value = fillMode === 'constant' ? where(isInside, read, fillValue) : read;
      return row.share === undefined || column.share === undefined ? value : value.mul(row.share.mul(column.share).expandDims(-1));
    }),
  );
  return parts.reduce((sum, part) => sum.add(part));
};

/** Rows (height, 1) and columns (1, width) of an image's pixels, counted from 0. */
export const pixelGrid = (images: Tensor): readonly [rows: Tensor, columns: Tensor] => {
  const [, height, width] = sizesOf(images);
  const count = (size: number): Tensor => arange(size, { dtype: images.dtype });
  return [count(height).reshape([height, 1]), count(width).reshape([1, width])];
};

/**
 * Images seen through an affine map: the pixel (x, y) of the result is read at
 *
 *     (a0 x + a1 y + a2, b0 x + b1 y + b2)
 *
 * images (batch, height, width, channels), transforms (batch, 8) of rows a0 a1 a2 b0 b1 b2 c0 c1 -> the shape of the images. c0 and c1 are
 * not used, as in Keras with JAX. Source: `keras.ops.image.affine_transform`.
 */
export const affineTransform = (images: Tensor, transforms: Tensor, options: Required<SamplingOptions>): Tensor => {
  const [rows, columns] = pixelGrid(images);
  const [batch] = sizesOf(images);
  const [a0, a1, a2, b0, b1, b2] = transforms.split(8, 1).map(part => part.reshape([batch, 1, 1])) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const x = columns.mul(a0).add(rows.mul(a1)).add(a2);
  const y = columns.mul(b0).add(rows.mul(b1)).add(b2);
  return sampleImages(images, y, x, options);
};

/** Rows of eight parameters, from a vector or a number each: a0 a1 a2 b0 b1 b2; c0 and c1 are 0. */
export const transformsOf = (batch: number, parameters: readonly (Tensor | number)[], dtype: Tensor['dtype']): Tensor => {
  const nothing = zeros([batch], { dtype });
  return stack(
    [...parameters, 0, 0].map(one => (typeof one === 'number' ? nothing.add(one) : one)),
    1,
  );
};
