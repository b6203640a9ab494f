import { ValueError } from '../../../core/errors.ts';
import { tensor, where } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import {
  drawChosen,
  drawUniform,
  type Factor,
  factorRange,
  perImage,
  type RandomImageOptions,
  randomImageLayer,
  randomImageOptions,
  sizesOf,
} from './images.ts';
import { checkSampling, pixelGrid, type SamplingOptions, sampleImages } from './sampling.ts';

/** A 3 x 3 matrix for each image: nine vectors (batch), row by row. */
type Matrix = readonly Tensor[];

/** The projective map from the unit square to four points (batch, 4, 2) in the order (0, 0), (1, 0), (0, 1), (1, 1). Source: Heckbert 1989. */
const fromSquare = (points: Tensor): Matrix => {
  const batch = points.shape[0] as number;
  const at = (point: number, axis: number): Tensor => points.slice([0, point, axis], [-1, 1, 1]).reshape([batch]);
  const [x0, x1, x3, x2] = [0, 1, 2, 3].map(point => at(point, 0)) as [Tensor, Tensor, Tensor, Tensor];
  const [y0, y1, y3, y2] = [0, 1, 2, 3].map(point => at(point, 1)) as [Tensor, Tensor, Tensor, Tensor];
  const [dx1, dx2, sx] = [x1.sub(x2), x3.sub(x2), x0.sub(x1).add(x2).sub(x3)];
  const [dy1, dy2, sy] = [y1.sub(y2), y3.sub(y2), y0.sub(y1).add(y2).sub(y3)];
  const area = dx1.mul(dy2).sub(dx2.mul(dy1));
  const g = sx.mul(dy2).sub(dx2.mul(sy)).div(area);
  const h = dx1.mul(sy).sub(sx.mul(dy1)).div(area);
  const column = (first: Tensor, last: Tensor, share: Tensor): Tensor => last.sub(first).add(share.mul(last));
  return [column(x0, x1, g), column(x0, x3, h), x0, column(y0, y1, g), column(y0, y3, h), y0, g, h, g.mul(0).add(1)];
};

/** The inverse but for a factor, which projective maps do not see. */
const adjugate = (m: Matrix): Matrix => {
  const minor = (a: number, b: number, c: number, d: number): Tensor =>
    (m[a] as Tensor).mul(m[b] as Tensor).sub((m[c] as Tensor).mul(m[d] as Tensor));
  return [
    ...[minor(4, 8, 5, 7), minor(2, 7, 1, 8), minor(1, 5, 2, 4)],
    ...[minor(5, 6, 3, 8), minor(0, 8, 2, 6), minor(2, 3, 0, 5)],
    ...[minor(3, 7, 4, 6), minor(1, 6, 0, 7), minor(0, 4, 1, 3)],
  ];
};

const product = (a: Matrix, b: Matrix): Matrix =>
  Array.from({ length: 9 }, (_, place) => {
    const [row, column] = [Math.floor(place / 3), place % 3];
    return [0, 1, 2].map(k => (a[3 * row + k] as Tensor).mul(b[3 * k + column] as Tensor)).reduce((sum, part) => sum.add(part));
  });

/**
 * Images seen through the projective map that takes end points to start points: what stood at a start point comes to stand at its end
 * point. Points (batch, 4, 2) of (x, y), in pixels: the corners above left, above right, below left, below right.
 * Source: `keras.ops.image.perspective_transform`.
 */
export const perspectiveTransform = (images: Tensor, start: Tensor, end: Tensor, options: Required<SamplingOptions>): Tensor => {
  const [batch] = sizesOf(images);
  const [rows, columns] = pixelGrid(images);
  const m = product(fromSquare(start), adjugate(fromSquare(end))).map(one => one.reshape([batch, 1, 1]));
  const line = (at: number): Tensor =>
    columns
      .mul(m[at] as Tensor)
      .add(rows.mul(m[at + 1] as Tensor))
      .add(m[at + 2] as Tensor);
  const scale = line(6);
  return sampleImages(images, line(3).div(scale), line(0).div(scale), options);
};

export interface RandomPerspectiveOptions extends RandomImageOptions, Omit<SamplingOptions, 'fillMode'> {
  /** How far corners move: each coordinate by up to half of `scale` times itself. From 0 to 1. Default 1. */
  readonly scale?: number;
}

/**
 * Changes the perspective of images in training, each with a chance drawn from `factor` (one number stands for [0, f]): every corner's
 * coordinates c move to c + c u, u uniform in ±`scale` / 2, so that the corner above left stays.
 *
 * x (batch, height, width, channels) -> the same shape; at inference x. Outside lies `fillValue`.
 * Source: Keras 3, `keras.layers.RandomPerspective`.
 * @param factor 1 by default. To change always: [1, 1].
 * @throws ValueError for factors and scales outside of [0, 1].
 */
export const randomPerspective = (
  ...args: [] | [factor: Factor, options?: RandomPerspectiveOptions] | [options: RandomPerspectiveOptions & { readonly factor?: Factor }]
): Layer => {
  const kind = 'randomPerspective';
  type All = RandomPerspectiveOptions & { factor?: Factor };
  const options = layerOptions<All>(kind, args, ['factor'], ['scale', 'interpolation', 'fillValue', ...randomImageOptions]);
  const factor = factorRange(kind, 'factor', options.factor ?? 1, [0, 1]);
  const { scale = 1 } = options;
  if (!(scale >= 0 && scale <= 1)) throw new ValueError(`layers.${kind} needs scale to be a number from 0 to 1, got ${scale}.`);
  const sampling = checkSampling(kind, options, 'constant');
  return randomImageLayer(kind, options, (images, key) => {
    const [, height, width] = sizesOf(images);
    const corners = [0, 0, width - 1, 0, 0, height - 1, width - 1, height - 1];
    const start = tensor(corners, { dtype: images.dtype }).reshape([1, 4, 2]);
    const end = start.add(start.mul(drawUniform(images, key, 2, [-scale / 2, scale / 2], [4, 2])));
    const changed = perspectiveTransform(images, start.broadcastTo(end.shape), end, sampling);
    return where(perImage(drawChosen(images, key, 0, factor)), changed, images);
  });
};
