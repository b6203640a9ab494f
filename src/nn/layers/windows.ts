import { ShapeError, unknownName } from '../../core/errors.ts';
import type { Shape } from '../../core/shape.ts';
import { formatBatch } from '../symbolic.ts';
import { perAxis } from './common.ts';

/**
 * 'valid': windows lie inside of the input. 'same': ⌈length / stride⌉ of them, with padding shared by both sides. 'causal', in one
 * dimension: all padding before, so that no step sees later ones.
 */
export type NamedPadding = 'valid' | 'same' | 'causal';

/** By name, or so many zeros on both sides of each axis, as PyTorch has it: 1, [1, 2]. */
export type Padding = NamedPadding | number | readonly number[];

export const checkPadding = (
  kind: string,
  padding: unknown,
  spatial: number,
  known: readonly NamedPadding[] = ['valid', 'same'],
): NamedPadding | readonly number[] => {
  if (typeof padding === 'number' || Array.isArray(padding)) return perAxis(kind, 'padding', padding, spatial, 0);
  if (!known.includes(padding as NamedPadding)) throw unknownName(`padding of layers.${kind}`, String(padding), known);
  return padding as NamedPadding;
};

export interface WindowGeometry {
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padding: NamedPadding | readonly number[];
}

/** What a window reaches over. */
export const reachOf = (size: number, dilation: number): number => (size - 1) * dilation + 1;

/**
 * Padding [before, after] for each spatial axis. 'same', as in Keras: in all max((⌈n / s⌉ - 1) s + (k - 1) d + 1 - n, 0), the odd one
 * after. Numbers, as PyTorch's padding, stand on both sides, which for strides > 1 and even windows is something else.
 */
export const paddingOf = (lengths: readonly number[], { sizes, strides, dilations, padding }: WindowGeometry): [number, number][] =>
  lengths.map((length, axis) => {
    if (padding === 'valid') return [0, 0];
    if (typeof padding !== 'string') return [padding[axis] as number, padding[axis] as number];
    const [stride, reach] = [strides[axis] as number, reachOf(sizes[axis] as number, dilations[axis] as number)];
    if (padding === 'causal') return [reach - 1, 0];
    const needed = Math.max((Math.ceil(length / stride) - 1) * stride + reach - length, 0);
    return [Math.floor(needed / 2), needed - Math.floor(needed / 2)];
  });

/** Names of so many spatial axes. */
export const spatialNames = (spatial: number): readonly string[] =>
  spatial === 1 ? ['steps'] : spatial === 2 ? ['height', 'width'] : ['depth', 'height', 'width'];

/** Inputs (batch, spatial…, channels), or an error that says how to reshape. */
export const checkSpatialRank = (kind: string, shape: Shape | undefined, spatial: number): void => {
  if (shape?.length === spatial + 1) return;
  const flat = shape?.length === 1 ? [...new Array<number>(spatial).fill(Math.floor((shape[0] as number) ** (1 / spatial))), 1] : undefined;
  const fits = flat !== undefined && flat.reduce((a, b) => a * b) === shape?.[0];
  throw new ShapeError(
    `${kind} cannot take input of shape ${formatBatch(shape ?? [])}: it needs (batch, ${spatialNames(spatial).join(', ')}, channels). ${fits ? `Reshape first: layers.reshape([${flat.join(', ')}]).` : 'Reshape first: layers.reshape([…]).'}`,
  );
};

/** Inputs (batch, spatial…, channels) that are long enough for one window, or an error. */
export const checkSpatial = (kind: string, shape: Shape | undefined, { sizes, dilations, padding }: WindowGeometry): void => {
  checkSpatialRank(kind, shape, sizes.length);
  const names = spatialNames(sizes.length);
  sizes.forEach((size, axis) => {
    const reach = reachOf(size, dilations[axis] as number);
    const around = typeof padding === 'string' ? 0 : 2 * (padding[axis] as number);
    if ((padding === 'valid' || around > 0) && reach > ((shape as Shape)[axis] as number) + around)
      throw new ShapeError(
        `${kind} cannot lay a window of ${reach} over ${names[axis]} ${shape?.[axis]} (input ${formatBatch(shape as Shape)}): make the window smaller, or use padding: 'same'.`,
      );
  });
};
