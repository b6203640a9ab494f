import { where } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type Layer, type LayerOptions, layerOptions, type Mask } from '../layer.ts';
import type { DataFormatOption } from './common.ts';
import { spatialLayer } from './spatial.ts';

export interface GlobalPoolOptions extends LayerOptions, DataFormatOption {
  /** The spatial axes stay, with size 1. Default false. */
  readonly keepDims?: boolean;
}

type Reduce = (x: Tensor, axes: readonly number[], options: { readonly keepDims: boolean }, mask: Mask) => Tensor;

const globalPool =
  (kind: string, spatial: number, reduce: Reduce) =>
  (given: GlobalPoolOptions = {}): Layer => {
    const options = layerOptions<GlobalPoolOptions>(kind, [given], [], ['keepDims', 'dataFormat']);
    const axes = Array.from({ length: spatial }, (_, axis) => axis + 1);
    return spatialLayer(kind, spatial, options, (x, { masks }) => reduce(x, axes, { keepDims: options.keepDims ?? false }, masks?.[0]));
  };

type GlobalPool = (options?: GlobalPoolOptions) => Layer;

const mean: Reduce = (x, axes, keep, mask) => {
  if (mask === undefined || x.rank !== 3) return x.mean([...axes], keep);
  const counts = mask.expandDims(-1);
  return where(counts, x, 0)
    .sum([...axes], keep)
    .div(
      counts
        .cast(x.dtype)
        .sum([...axes], keep)
        .maximum(1),
    ); // no step counts: 0, where Keras gives NaN
};
const largest: Reduce = (x, axes, keep) => x.max([...axes], keep);

/** The mean of each channel over the steps (those that a mask lets count; 0 where none does): (batch, steps, channels) -> (batch, channels). */
export const globalAveragePool1d: GlobalPool = globalPool('globalAveragePool1d', 1, mean);
/** The mean of each channel: (batch, height, width, channels) -> (batch, channels). */
export const globalAveragePool2d: GlobalPool = globalPool('globalAveragePool2d', 2, mean);
/** The mean of each channel: (batch, depth, height, width, channels) -> (batch, channels). */
export const globalAveragePool3d: GlobalPool = globalPool('globalAveragePool3d', 3, mean);
/** The largest of each channel: (batch, steps, channels) -> (batch, channels). */
export const globalMaxPool1d: GlobalPool = globalPool('globalMaxPool1d', 1, largest);
/** The largest of each channel: (batch, height, width, channels) -> (batch, channels). */
export const globalMaxPool2d: GlobalPool = globalPool('globalMaxPool2d', 2, largest);
/** The largest of each channel: (batch, depth, height, width, channels) -> (batch, channels). */
export const globalMaxPool3d: GlobalPool = globalPool('globalMaxPool3d', 3, largest);
