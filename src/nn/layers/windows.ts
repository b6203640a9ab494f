import { ShapeError, unknownName } from '../../core/errors.ts';
import type { Shape } from '../../core/shape.ts';
import { formatBatch } from '../symbolic.ts';

/** 'valid': windows lie inside of the input. 'same': ⌈length / stride⌉ of them, with padding shared by both sides. */
export type Padding = 'valid' | 'same';

export const checkPadding = (kind: string, padding: unknown): Padding => {
  if (padding !== 'valid' && padding !== 'same') throw unknownName(`padding of layers.${kind}`, String(padding), ['valid', 'same']);
  return padding;
};

export interface WindowGeometry {
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padding: Padding;
}

/**
 * Padding [before, after] for each spatial axis. 'same', as in Keras: in all max((⌈n / s⌉ - 1) s + (k - 1) d + 1 - n, 0), the odd one
 * after.
 */
export const paddingOf = (lengths: readonly number[], { sizes, strides, dilations, padding }: WindowGeometry): [number, number][] =>
  lengths.map((length, axis) => {
    if (padding === 'valid') return [0, 0];
    const [size, stride, dilation] = [sizes[axis], strides[axis], dilations[axis]] as [number, number, number];
    const needed = Math.max((Math.ceil(length / stride) - 1) * stride + (size - 1) * dilation + 1 - length, 0);
    return [Math.floor(needed / 2), needed - Math.floor(needed / 2)];
  });

const axisNames = ['height', 'width'];

/** Inputs (batch, spatial…, channels) that are long enough for one window, or an error. */
export const checkSpatial = (kind: string, shape: Shape | undefined, { sizes, dilations, padding }: WindowGeometry): void => {
  const spatial = sizes.length;
  const names = spatial === 2 ? axisNames : spatial === 1 ? ['time'] : ['depth', ...axisNames];
  if (shape?.length !== spatial + 1) {
    const flat =
      shape?.length === 1 ? [...new Array<number>(spatial).fill(Math.floor((shape[0] as number) ** (1 / spatial))), 1] : undefined;
    const fits = flat !== undefined && flat.reduce((a, b) => a * b) === shape?.[0];
    throw new ShapeError(
      `${kind} cannot take input of shape ${formatBatch(shape ?? [])}: it needs (batch, ${names.join(', ')}, channels). ${fits ? `Reshape first: layers.reshape([${flat.join(', ')}]).` : 'Reshape first: layers.reshape([…]).'}`,
    );
  }
  sizes.forEach((size, axis) => {
    const reach = (size - 1) * (dilations[axis] as number) + 1;
    if (padding === 'valid' && reach > (shape[axis] as number))
      throw new ShapeError(
        `${kind} cannot lay a window of ${reach} over ${names[axis]} ${shape[axis]} (input ${formatBatch(shape)}): make the window smaller, or use padding: 'same'.`,
      );
  });
};
