import { isFloat } from '../../core/dtype.ts';
import * as g from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import { nodeOf, wrap } from '../../tensor/tensor.ts';
import { type Layer, type LayerOptions, layerOptions } from '../layer.ts';
import { type DataFormatOption, perAxis } from './common.ts';
import { spatialLayer } from './spatial.ts';
import { checkPadding, checkSpatial, type Padding, paddingOf, type WindowGeometry } from './windows.ts';

export interface PoolOptions extends LayerOptions, DataFormatOption {
  /** Default: the pool's size, so that windows do not overlap. */
  readonly strides?: number | readonly number[];
  /** Default 'valid'. */
  readonly padding?: Exclude<Padding, 'causal'>;
  /** Of averages: whether padding counts as zeros, as in PyTorch. Default false. */
  readonly countPadding?: boolean;
}

type PoolArguments =
  | [poolSize?: number | readonly number[], options?: PoolOptions]
  | [options: PoolOptions & { readonly poolSize?: number | readonly number[] }];

/** (batch, spatial…, channels) -> (batch, spatial'…, channels, window…). */
const windows = (x: Node, geometry: WindowGeometry, fill: number): Node => {
  const padding = paddingOf(x.shape.slice(1, -1), geometry);
  const low = [0, ...padding.map(([before]) => before), 0];
  const high = [0, ...padding.map(([, after]) => after), 0];
  const { sizes, strides, dilations } = geometry;
  return g.window(g.pad(x, low, high, { value: fill }), { axes: sizes.map((_, axis) => axis + 1), sizes, strides, dilations });
};

/** The axes of `windows` that hold the windows' elements. */
const windowAxes = ({ sizes }: WindowGeometry): number[] => sizes.map((_, axis) => sizes.length + 2 + axis);

const pool =
  (kind: string, spatial: number, reduce: (x: Node, geometry: WindowGeometry, countsPadding: boolean) => Node) =>
  (...args: PoolArguments): Layer => {
    const known = ['strides', 'padding', 'dataFormat', ...(kind.startsWith('average') ? ['countPadding'] : [])];
    const options = layerOptions<PoolOptions & { poolSize?: number | readonly number[] }>(kind, args, ['poolSize'], known);
    const sizes = perAxis(kind, 'poolSize', options.poolSize ?? 2, spatial);
    const geometry: WindowGeometry = {
      sizes,
      strides: options.strides === undefined || options.strides === null ? sizes : perAxis(kind, 'strides', options.strides, spatial),
      dilations: sizes.map(() => 1),
      padding: checkPadding(kind, options.padding ?? 'valid', spatial),
    };
    const counts = options.countPadding === true;
    return spatialLayer(
      kind,
      spatial,
      options,
      x => wrap(reduce(nodeOf(isFloat(x.dtype) ? x : x.cast('float32')), geometry, counts)),
      shape => checkSpatial(kind, shape, geometry),
    );
  };

type Pool = (...args: PoolArguments) => Layer;

const largest = (x: Node, geometry: WindowGeometry): Node => g.max(windows(x, geometry, -Infinity), windowAxes(geometry));

const mean = (x: Node, geometry: WindowGeometry, countsPadding: boolean): Node => {
  const total = g.sum(windows(x, geometry, 0), windowAxes(geometry));
  if (geometry.padding === 'valid' || countsPadding)
    return g.div(
      total,
      geometry.sizes.reduce((a, b) => a * b),
    );
  const ones = g.full(1, [1, ...x.shape.slice(1, -1), 1], x.dtype);
  return g.div(total, g.sum(windows(ones, geometry, 0), windowAxes(geometry)));
};

/** The largest of each window: (batch, steps, channels) -> (batch, steps', channels). */
export const maxPool1d: Pool = pool('maxPool1d', 1, largest);
/**
 * The largest of each window: (batch, height, width, channels) -> (batch, height', width', channels).
 * @example layers.maxPool2d(2)
 */
export const maxPool2d: Pool = pool('maxPool2d', 2, largest);
/** The largest of each window: (batch, depth, height, width, channels) -> the same with shorter spatial axes. */
export const maxPool3d: Pool = pool('maxPool3d', 3, largest);
/** The mean of each window; padding does not count in it (it does with `countPadding`, PyTorch's default). */
export const averagePool1d: Pool = pool('averagePool1d', 1, mean);
/** The mean of each window; padding does not count in it (it does with `countPadding`, PyTorch's default). */
export const averagePool2d: Pool = pool('averagePool2d', 2, mean);
/** The mean of each window; padding does not count in it (it does with `countPadding`, PyTorch's default). */
export const averagePool3d: Pool = pool('averagePool3d', 3, mean);
