import { tensor } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type Layer, type LayerOptions, layerOptions } from '../layer.ts';
import { type DataFormatOption, perAxis } from './common.ts';
import { spatialLayer } from './spatial.ts';

export interface AdaptivePoolOptions extends LayerOptions, DataFormatOption {}

interface AdaptiveRequired {
  /** Sizes of the output's spatial axes. */
  readonly outputSize: number | readonly number[];
}

type Arguments =
  | [outputSize: number | readonly number[], options?: AdaptivePoolOptions]
  | [options: AdaptivePoolOptions & AdaptiveRequired];

/** Places that each window of an axis takes: from ⌊i n / m⌋ up to but not ⌈(i + 1) n / m⌉; shorter ones repeat their last place. */
const placesOf = (
  length: number,
  size: number,
): { readonly places: Tensor; readonly counts: readonly number[]; readonly widest: number } => {
  const starts = Array.from({ length: size }, (_, i) => Math.floor((i * length) / size));
  const counts = starts.map((start, i) => Math.ceil(((i + 1) * length) / size) - start);
  const widest = Math.max(...counts);
  const places = starts.flatMap((start, i) => Array.from({ length: widest }, (_, j) => start + Math.min(j, (counts[i] as number) - 1)));
  return { places: tensor(Int32Array.from(places), { shape: [size, widest] }), counts, widest };
};

/** The windows of one axis reduced; a window's elements stand in the axis behind it. */
type Reduce = (windows: Tensor, axis: number, counts: readonly number[], widest: number) => Tensor;

const largest: Reduce = (windows, axis) => windows.max(axis);

const mean: Reduce = (windows, axis, counts, widest) => {
  const weights = counts.flatMap(count => Array.from({ length: widest }, (_, j) => (j < count ? 1 / count : 0)));
  const after = windows.shape.slice(axis + 1).map(() => 1);
  return windows.mul(tensor(Float64Array.from(weights), { shape: [counts.length, widest, ...after], dtype: windows.dtype })).sum(axis);
};

const adaptivePool =
  (kind: string, spatial: number, reduce: Reduce) =>
  (...args: Arguments): Layer => {
    const options = layerOptions<AdaptivePoolOptions & AdaptiveRequired>(kind, args, ['outputSize'], ['dataFormat']);
    const sizes = perAxis(kind, 'outputSize', options.outputSize, spatial);
    return spatialLayer(kind, spatial, options, x =>
      sizes.reduce((value, size, index) => {
        const axis = index + 1;
        const { places, counts, widest } = placesOf(value.shape[axis] as number, size);
        return reduce(value.gather(places, axis), axis + 1, counts, widest);
      }, x),
    );
  };

type AdaptivePool = (...args: Arguments) => Layer;

/** Means of so many windows as the output has steps, whatever the input's length: window i is ⌊i n / m⌋ … ⌈(i + 1) n / m⌉ - 1. */
export const adaptiveAveragePool1d: AdaptivePool = adaptivePool('adaptiveAveragePool1d', 1, mean);
/** Means of windows such that the output has the asked height and width: (batch, height, width, channels). */
export const adaptiveAveragePool2d: AdaptivePool = adaptivePool('adaptiveAveragePool2d', 2, mean);
/** Means of windows such that the output has the asked depth, height and width. */
export const adaptiveAveragePool3d: AdaptivePool = adaptivePool('adaptiveAveragePool3d', 3, mean);
/** The largest of windows such that the output has the asked number of steps. */
export const adaptiveMaxPool1d: AdaptivePool = adaptivePool('adaptiveMaxPool1d', 1, largest);
/** The largest of windows such that the output has the asked height and width. */
export const adaptiveMaxPool2d: AdaptivePool = adaptivePool('adaptiveMaxPool2d', 2, largest);
/** The largest of windows such that the output has the asked depth, height and width. */
export const adaptiveMaxPool3d: AdaptivePool = adaptivePool('adaptiveMaxPool3d', 3, largest);
