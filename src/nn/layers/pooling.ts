import { compact } from '../../core/config.ts';
import { isFloat } from '../../core/dtype.ts';
import { ShapeError } from '../../core/errors.ts';
import * as g from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import { nodeOf, type Tensor, wrap } from '../../tensor/tensor.ts';
import { createLayer, type Layer, layerOptions } from '../layer.ts';
import { formatBatch } from '../symbolic.ts';
import { type NameOption, perAxis } from './common.ts';
import { checkPadding, checkSpatial, type Padding, paddingOf, type WindowGeometry } from './windows.ts';

export interface PoolOptions extends NameOption {
  /** Default: the pool's size, so that windows do not overlap. */
  readonly strides?: number | readonly number[];
  /** Default 'valid'. */
  readonly padding?: Padding;
}

type PoolArguments =
  | [poolSize?: number | readonly number[], options?: PoolOptions]
  | [options: PoolOptions & { readonly poolSize?: number | readonly number[] }];

/** (batch, height, width, channels) -> (batch, height', width', channels, window height, window width). */
const windows = (x: Node, geometry: WindowGeometry, fill: number): Node => {
  const padding = paddingOf(x.shape.slice(1, -1), geometry);
  const low = [0, ...padding.map(([before]) => before), 0];
  const high = [0, ...padding.map(([, after]) => after), 0];
  const { sizes, strides, dilations } = geometry;
  return g.window(g.pad(x, low, high, { value: fill }), { axes: [1, 2], sizes, strides, dilations });
};

const pool =
  (kind: string, reduce: (x: Node, geometry: WindowGeometry) => Node) =>
  (...args: PoolArguments): Layer => {
    const options = layerOptions<PoolOptions & { poolSize?: number | readonly number[] }>(kind, args, ['poolSize'], ['strides', 'padding']);
    const { poolSize = 2 } = options;
    const sizes = perAxis(kind, 'poolSize', poolSize, 2);
    const geometry: WindowGeometry = {
      sizes,
      strides: options.strides === undefined ? sizes : perAxis(kind, 'strides', options.strides, 2),
      dilations: [1, 1],
      padding: checkPadding(kind, options.padding ?? 'valid'),
    };
    return createLayer(kind, compact({ poolSize, strides: options.strides, padding: options.padding, name: options.name }), {
      build(shape) {
        checkSpatial(kind, shape, geometry);
        return {};
      },
      call: (_, x: Tensor) => wrap(reduce(nodeOf(isFloat(x.dtype) ? x : x.cast('float32')), geometry)),
    });
  };

type Pool = (...args: PoolArguments) => Layer;

/**
 * The largest of each window: (batch, height, width, channels) -> (batch, height', width', channels).
 * @example layers.maxPool2d(2)
 */
export const maxPool2d: Pool = pool('maxPool2d', (x, geometry) => g.max(windows(x, geometry, -Infinity), [4, 5]));

/** The mean of each window; padding does not count in it. */
export const averagePool2d: Pool = pool('averagePool2d', (x, geometry) => {
  const total = g.sum(windows(x, geometry, 0), [4, 5]);
  if (geometry.padding === 'valid')
    return g.div(
      total,
      geometry.sizes.reduce((a, b) => a * b),
    );
  const [, height, width] = x.shape as [number, number, number];
  return g.div(total, g.sum(windows(g.full(1, [1, height, width, 1], x.dtype), geometry, 0), [4, 5]));
});

const globalPool =
  (kind: string, reduce: (x: Tensor) => Tensor) =>
  (options: NameOption = {}): Layer => {
    const { name } = layerOptions<NameOption>(kind, [options], [], []);
    return createLayer(kind, compact({ name }), {
      build(shape) {
        if (shape?.length !== 3)
          throw new ShapeError(
            `${kind} cannot take input of shape ${formatBatch(shape ?? [])}: it needs (batch, height, width, channels).`,
          );
        return {};
      },
      call: (_, x: Tensor) => reduce(x),
    });
  };

/** The mean of each channel: (batch, height, width, channels) -> (batch, channels). */
export const globalAveragePool2d: (options?: NameOption) => Layer = globalPool('globalAveragePool2d', x => x.mean([1, 2]));
/** The largest of each channel: (batch, height, width, channels) -> (batch, channels). */
export const globalMaxPool2d: (options?: NameOption) => Layer = globalPool('globalMaxPool2d', x => x.max([1, 2]));
