import { formatShape, ShapeError, unknownName, ValueError } from '../../core/errors.ts';
import { type Shape, sizeOf } from '../../core/shape.ts';
import { wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions } from '../layer.ts';
import { formatBatch } from '../symbolic.ts';
import { checkRank, type DataFormatOption, perAxis, perSide, type Sides } from './common.ts';
import { type Interpolation, interpolations, resizeImages } from './interpolation.ts';
import { spatialLayer } from './spatial.ts';

export interface FlattenOptions extends LayerOptions, DataFormatOption {}

/** All axes but the batch as one: (batch, …) -> (batch, features), the last axis running fastest. */
export const flatten = (given: FlattenOptions = {}): Layer => {
  const options = layerOptions<FlattenOptions>('flatten', [given], [], ['dataFormat']);
  const inLine = (x: Tensor): Tensor => x.reshape([x.shape[0] as number, sizeOf(x.shape.slice(1))]);
  return createLayer('flatten', options, {
    // Channels first: as if they stood last, so that weights behind are the same in both formats (as Keras).
    call: (_, x: Tensor) =>
      inLine(options.dataFormat === 'channelsFirst' && x.rank > 2 ? x.permute([0, ...x.shape.slice(2).map((__, axis) => axis + 2), 1]) : x),
  });
};

/**
 * Another shape of the same elements; the batch axis stays and is not named. One size may be -1: what is left.
 * @example layers.reshape([28, 28, 1])
 */
export const reshape = (
  ...args: [targetShape: Shape, options?: LayerOptions] | [options: LayerOptions & { readonly targetShape: Shape }]
): Layer => {
  const options = layerOptions<LayerOptions & { targetShape: Shape }>('reshape', args, ['targetShape'], []);
  const { targetShape } = options;
  const valid = Array.isArray(targetShape) && targetShape.every(size => Number.isInteger(size) && size >= -1);
  if (!valid || targetShape.filter(size => size === -1).length > 1)
    throw new ShapeError(
      `layers.reshape needs a shape of whole numbers, at most one of them -1, got ${Array.isArray(targetShape) ? formatShape(targetShape) : targetShape}.`,
    );
  return createLayer('reshape', options, {
    build(shape = []) {
      const given = sizeOf(targetShape.filter(size => size !== -1));
      const fits = targetShape.includes(-1) ? given > 0 && sizeOf(shape) % given === 0 : given === sizeOf(shape);
      if (!fits)
        throw new ShapeError(
          `reshape cannot give input of shape ${formatBatch(shape)} the shape ${formatBatch(targetShape)}: a sample has ${sizeOf(shape)} elements.`,
        );
      return {};
    },
    call(_, x: Tensor) {
      const rest = sizeOf(x.shape.slice(1)) / sizeOf(targetShape.filter(size => size !== -1));
      return x.reshape([x.shape[0] as number, ...targetShape.map(size => (size === -1 ? rest : size))]);
    },
  });
};

/** The axes in another order, the first behind the batch being 1: `layers.permute([2, 1])`. */
export const permute = (
  ...args: [dims: readonly number[], options?: LayerOptions] | [options: LayerOptions & { readonly dims: readonly number[] }]
): Layer => {
  const options = layerOptions<LayerOptions & { dims: readonly number[] }>('permute', args, ['dims'], []);
  const { dims } = options;
  if (!Array.isArray(dims) || [...dims].sort((a, b) => a - b).some((axis, index) => axis !== index + 1))
    throw new ValueError(`layers.permute needs each axis from 1 on once, as [2, 1], got ${JSON.stringify(dims)}.`);
  return createLayer('permute', options, {
    build(shape) {
      if (shape?.length !== dims.length)
        throw new ShapeError(
          `permute cannot order ${dims.length} axes of input ${formatBatch(shape ?? [])}: name each axis but the batch.`,
        );
      return {};
    },
    call: (_, x: Tensor) => x.permute([0, ...dims]),
  });
};

/** (batch, features) -> (batch, n, features), n times the same: `layers.repeatVector(3)`. */
export const repeatVector = (...args: [n: number, options?: LayerOptions] | [options: LayerOptions & { readonly n: number }]): Layer => {
  const options = layerOptions<LayerOptions & { n: number }>('repeatVector', args, ['n'], []);
  const n = wholeNumber('layers.repeatVector', 'n', options.n, 1);
  return createLayer('repeatVector', options, {
    build(shape) {
      checkRank('repeatVector', shape, ['features']);
      return {};
    },
    call: (_, x: Tensor) => x.expandDims(1).broadcastTo([x.shape[0] as number, n, x.shape[1] as number]),
  });
};

export interface SidesOptions extends LayerOptions, DataFormatOption {}

const zeroPadding =
  (kind: string, spatial: number) =>
  (...args: [padding?: Sides, options?: SidesOptions] | [options: SidesOptions & { readonly padding?: Sides }]): Layer => {
    const options = layerOptions<SidesOptions & { padding?: Sides }>(kind, args, ['padding'], ['dataFormat']);
    const pairs = perSide(kind, 'padding', options.padding ?? 1, spatial);
    return spatialLayer(kind, spatial, options, x => x.pad([[0, 0], ...pairs, [0, 0]]));
  };

type Padder = (...args: [padding?: Sides, options?: SidesOptions] | [options: SidesOptions & { readonly padding?: Sides }]) => Layer;

/** Zeros before and after the steps: `layers.zeroPadding1d(2)` or `([1, 2])`. */
export const zeroPadding1d: Padder = zeroPadding('zeroPadding1d', 1);
/** Zeros around an image: `layers.zeroPadding2d(1)`, `([1, 2])` for height and width, `([[1, 0], [2, 2]])` for each side. */
export const zeroPadding2d: Padder = zeroPadding('zeroPadding2d', 2);
/** Zeros around a volume. */
export const zeroPadding3d: Padder = zeroPadding('zeroPadding3d', 3);

type Cropper = (...args: [cropping?: Sides, options?: SidesOptions] | [options: SidesOptions & { readonly cropping?: Sides }]) => Layer;

const cropper =
  (kind: string, spatial: number): Cropper =>
  (...args) => {
    const options = layerOptions<SidesOptions & { cropping?: Sides }>(kind, args, ['cropping'], ['dataFormat']);
    const pairs = perSide(kind, 'cropping', options.cropping ?? (spatial === 2 ? 0 : 1), spatial);
    const check = (shape: Shape | undefined): void => {
      pairs.forEach(([before, after], axis) => {
        if (before + after >= (shape?.[axis] as number))
          throw new ShapeError(`${kind} cannot cut ${before} and ${after} off input ${formatBatch(shape ?? [])}: nothing would be left.`);
      });
    };
    const cut = (x: Tensor): Tensor =>
      x.slice(
        [0, ...pairs.map(([before]) => before), 0],
        [-1, ...pairs.map(([before, after], axis) => (x.shape[axis + 1] as number) - before - after), -1],
      );
    return spatialLayer(kind, spatial, options, cut, check);
  };

/** Without the first and last steps: `layers.cropping1d([1, 2])`. */
export const cropping1d: Cropper = cropper('cropping1d', 1);
/** Without the borders of an image: `layers.cropping2d([[1, 0], [2, 2]])`. */
export const cropping2d: Cropper = cropper('cropping2d', 2);
/** Without the borders of a volume. */
export const cropping3d: Cropper = cropper('cropping3d', 3);

export interface UpSamplingOptions extends LayerOptions, DataFormatOption {}

type UpSampler<Options> = (
  ...args: [size?: number | readonly number[], options?: Options] | [options: Options & { readonly size?: number | readonly number[] }]
) => Layer;

const repeated = (x: Tensor, sizes: readonly number[]): Tensor =>
  sizes.reduce((value, size, axis) => (size === 1 ? value : value.repeat(size, axis + 1)), x);

const upSampler =
  (kind: string, spatial: number): UpSampler<UpSamplingOptions> =>
  (...args) => {
    const options = layerOptions<UpSamplingOptions & { size?: number | readonly number[] }>(kind, args, ['size'], ['dataFormat']);
    const sizes = perAxis(kind, 'size', options.size ?? 2, spatial);
    return spatialLayer(kind, spatial, options, x => repeated(x, sizes));
  };

/** Each step `size` times: (batch, steps, features). */
export const upSampling1d: UpSampler<UpSamplingOptions> = upSampler('upSampling1d', 1);
/** Each voxel `size` times along each axis. */
export const upSampling3d: UpSampler<UpSamplingOptions> = upSampler('upSampling3d', 3);

export interface UpSampling2dOptions extends UpSamplingOptions {
  /** Default 'nearest': each pixel `size` times. */
  readonly interpolation?: Interpolation;
}

/** An image `size` times as high and wide: (batch, height, width, channels). */
export const upSampling2d: UpSampler<UpSampling2dOptions> = (...args) => {
  const known = ['dataFormat', 'interpolation'];
  const options = layerOptions<UpSampling2dOptions & { size?: number | readonly number[] }>('upSampling2d', args, ['size'], known);
  const sizes = perAxis('upSampling2d', 'size', options.size ?? 2, 2);
  const { interpolation = 'nearest' } = options;
  if (!interpolations.includes(interpolation)) throw unknownName('interpolation', String(interpolation), interpolations);
  return spatialLayer('upSampling2d', 2, options, x => {
    if (interpolation === 'nearest') return repeated(x, sizes);
    return resizeImages(x, sizes.map((size, axis) => size * (x.shape[axis + 1] as number)) as [number, number], interpolation);
  });
};
