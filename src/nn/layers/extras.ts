import { ShapeError, unknownName } from '../../core/errors.ts';
import type { Shape } from '../../core/shape.ts';
import * as g from '../../graph/build.ts';
import { einsum } from '../../tensor/create.ts';
import { nodeOf, type Tensor, wrap } from '../../tensor/tensor.ts';
import { activationOf } from '../activations.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions } from '../layer.ts';
import { formatBatch } from '../symbolic.ts';
import {
  biasSpec,
  checkNames,
  checkRank,
  featuresOf,
  type KernelOptions,
  kernelOptions,
  perSide,
  positiveInteger,
  type Sides,
  weightSpec,
} from './common.ts';
import { checkSpatialRank } from './windows.ts';

/**
 * y_k = activation(Σ a_i W_kij b_j + c_k) of two inputs (batch, …, m) and (batch, …, n): kernel (units, m, n), bias (units).
 * Source: PyTorch, `torch.nn.Bilinear`.
 * @example layers.bilinear(4)(a, b)
 */
export const bilinear = (
  ...args: [units: number, options?: KernelOptions] | [options: KernelOptions & { readonly units: number }]
): Layer => {
  const options = layerOptions<KernelOptions & { units: number }>('bilinear', args, ['units'], kernelOptions);
  const units = positiveInteger('bilinear', 'units', options.units);
  const activation = activationOf(options.activation);
  checkNames(options);
  return createLayer('bilinear', options, {
    build(first, second) {
      if (second === undefined) throw new ShapeError('bilinear takes two inputs: layers.bilinear(4)(a, b).');
      const sizes = [units, featuresOf('bilinear', first), featuresOf('bilinear', second)];
      return { kernel: weightSpec('kernel', sizes, options, 'glorotUniform'), ...biasSpec(units, options) };
    },
    call({ kernel, bias }, [a, b]: readonly [Tensor, Tensor]) {
      const product = einsum('...i,kij,...j->...k', a, kernel as Tensor, b);
      return activation(bias === undefined ? product : product.add(bias));
    },
  });
};

/**
 * Channels become space: (batch, height, width, channels · r²) -> (batch, height · r, width · r, channels), channel c of place (i, j) from
 * channel c r² + i r + j. Source: Shi et al. 2016, arXiv:1609.05158; PyTorch's `PixelShuffle`.
 */
export const pixelShuffle = (
  ...args: [upscaleFactor: number, options?: LayerOptions] | [options: LayerOptions & { readonly upscaleFactor: number }]
): Layer => {
  const options = layerOptions<LayerOptions & { upscaleFactor: number }>('pixelShuffle', args, ['upscaleFactor'], []);
  const r = positiveInteger('pixelShuffle', 'upscaleFactor', options.upscaleFactor);
  return createLayer('pixelShuffle', options, {
    build(shape) {
      checkSpatialRank('pixelShuffle', shape, 2);
      if ((shape?.at(-1) as number) % r ** 2 !== 0)
        throw new ShapeError(`pixelShuffle needs channels that are a multiple of ${r ** 2}, got input ${formatBatch(shape as Shape)}.`);
      return {};
    },
    call(_, x: Tensor) {
      const [batch, height, width, channels] = x.shape as [number, number, number, number];
      const split = x.reshape([batch, height, width, channels / r ** 2, r, r]).permute([0, 1, 4, 2, 5, 3]);
      return split.reshape([batch, height * r, width * r, channels / r ** 2]);
    },
  });
};

/** Space becomes channels: the way back of `pixelShuffle`. */
export const pixelUnshuffle = (
  ...args: [downscaleFactor: number, options?: LayerOptions] | [options: LayerOptions & { readonly downscaleFactor: number }]
): Layer => {
  const options = layerOptions<LayerOptions & { downscaleFactor: number }>('pixelUnshuffle', args, ['downscaleFactor'], []);
  const r = positiveInteger('pixelUnshuffle', 'downscaleFactor', options.downscaleFactor);
  return createLayer('pixelUnshuffle', options, {
    build(shape) {
      checkSpatialRank('pixelUnshuffle', shape, 2);
      if ((shape?.[0] as number) % r !== 0 || (shape?.[1] as number) % r !== 0)
        throw new ShapeError(`pixelUnshuffle needs height and width that are multiples of ${r}, got input ${formatBatch(shape as Shape)}.`);
      return {};
    },
    call(_, x: Tensor) {
      const [batch, height, width, channels] = x.shape as [number, number, number, number];
      const split = x.reshape([batch, height / r, r, width / r, r, channels]).permute([0, 1, 3, 5, 2, 4]);
      return split.reshape([batch, height / r, width / r, channels * r ** 2]);
    },
  });
};

/** Channels of so many groups take turns: channel g · n + i becomes i · groups + g. Source: Zhang et al. 2018, arXiv:1707.01083. */
export const channelShuffle = (
  ...args: [groups: number, options?: LayerOptions] | [options: LayerOptions & { readonly groups: number }]
): Layer => {
  const options = layerOptions<LayerOptions & { groups: number }>('channelShuffle', args, ['groups'], []);
  const groups = positiveInteger('channelShuffle', 'groups', options.groups);
  return createLayer('channelShuffle', options, {
    build(shape) {
      if (featuresOf('channelShuffle', shape) % groups !== 0)
        throw new ShapeError(`channelShuffle needs channels that are a multiple of ${groups}, got input ${formatBatch(shape as Shape)}.`);
      return {};
    },
    call(_, x: Tensor) {
      const channels = x.shape.at(-1) as number;
      return x
        .reshape([...x.shape.slice(0, -1), groups, channels / groups])
        .swapAxes(-1, -2)
        .reshape(x.shape);
    },
  });
};

/** What stands beyond the border: the mirrored inside without the border, the border, or the other side. */
export type PadMode = 'reflect' | 'replicate' | 'circular';

export interface BorderPaddingOptions extends LayerOptions {
  /** Default 'reflect'. */
  readonly mode?: PadMode;
}

const placesFor = (length: number, before: number, after: number, mode: PadMode): number[] =>
  Array.from({ length: before + length + after }, (_, index) => {
    const place = index - before;
    if (mode === 'replicate') return Math.min(Math.max(place, 0), length - 1);
    if (mode === 'circular') return ((place % length) + length) % length;
    const period = Math.max(1, 2 * (length - 1));
    const turned = ((place % period) + period) % period;
    return turned < length ? turned : period - turned;
  });

/**
 * Padding with what is there: `layers.borderPadding(1, { mode: 'circular' })` for (batch, spatial…, channels) of one to three spatial
 * axes. Source: PyTorch's `ReflectionPad`, `ReplicationPad`, `CircularPad`.
 */
export const borderPadding = (
  ...args: [padding: Sides, options?: BorderPaddingOptions] | [options: BorderPaddingOptions & { readonly padding: Sides }]
): Layer => {
  const options = layerOptions<BorderPaddingOptions & { padding: Sides }>('borderPadding', args, ['padding'], ['mode']);
  const { mode = 'reflect' } = options;
  if (!['reflect', 'replicate', 'circular'].includes(mode))
    throw unknownName('mode of borderPadding', mode, ['reflect', 'replicate', 'circular']);
  return createLayer('borderPadding', options, {
    build(shape = []) {
      if (shape.length < 2 || shape.length > 4)
        throw new ShapeError(`borderPadding cannot take input of shape ${formatBatch(shape)}: it needs (batch, spatial…, channels).`);
      perSide('borderPadding', 'padding', options.padding, shape.length - 1).forEach(([before, after], axis) => {
        const length = shape[axis] as number;
        const most = mode === 'reflect' ? length - 1 : mode === 'circular' ? length : Infinity;
        if (before > most || after > most)
          throw new ShapeError(
            `borderPadding cannot add ${Math.max(before, after)} by '${mode}' to an axis of ${length}: at most ${most}.`,
          );
      });
      return {};
    },
    call: (_, x: Tensor) =>
      perSide('borderPadding', 'padding', options.padding, x.rank - 2).reduce((value, [before, after], index) => {
        if (before === 0 && after === 0) return value;
        const places = placesFor(value.shape[index + 1] as number, before, after, mode);
        return value.gather(places, index + 1);
      }, x),
  });
};

export interface LocalResponseOptions extends LayerOptions {
  /** Default 1e-4. */
  readonly alpha?: number;
  /** Default 0.75. */
  readonly beta?: number;
  /** Default 1. */
  readonly k?: number;
}

/**
 * x / (k + α/n Σ x²)^β, the sum over n channels around each: `layers.localResponseNormalization(5)`.
 * Source: Krizhevsky, Sutskever, Hinton 2012; PyTorch's `LocalResponseNorm`.
 */
export const localResponseNormalization = (
  ...args: [size: number, options?: LocalResponseOptions] | [options: LocalResponseOptions & { readonly size: number }]
): Layer => {
  const kind = 'localResponseNormalization';
  const options = layerOptions<LocalResponseOptions & { size: number }>(kind, args, ['size'], ['alpha', 'beta', 'k']);
  const size = positiveInteger(kind, 'size', options.size);
  const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
  return createLayer(kind, options, {
    call(_, x: Tensor) {
      const before = Math.floor(size / 2);
      const widths = x.shape.map((__, axis) => (axis === x.rank - 1 ? ([before, size - 1 - before] as const) : ([0, 0] as const)));
      const padded = x.square().pad([...widths]);
      const around = wrap(g.window(nodeOf(padded), { axes: [x.rank - 1], sizes: [size], strides: [1], dilations: [1] })).sum(-1);
      return x.div(
        around
          .mul(alpha / size)
          .add(k)
          .pow(beta),
      );
    },
  });
};

export interface EmbeddingBagOptions extends LayerOptions {
  /** How the rows become one. Default 'mean'. */
  readonly mode?: 'sum' | 'mean' | 'max';
}

/** The sum, mean or maximum of the rows of a table that (batch, count) whole numbers name: (batch, outputDim). PyTorch's `EmbeddingBag`. */
export const embeddingBag = (
  ...args:
    | [inputDim: number, outputDim: number, options?: EmbeddingBagOptions]
    | [options: EmbeddingBagOptions & { readonly inputDim: number; readonly outputDim: number }]
): Layer => {
  const kind = 'embeddingBag';
  type All = EmbeddingBagOptions & { inputDim: number; outputDim: number };
  const options = layerOptions<All>(kind, args, ['inputDim', 'outputDim'], ['mode']);
  const sizes = [positiveInteger(kind, 'inputDim', options.inputDim), positiveInteger(kind, 'outputDim', options.outputDim)];
  const { mode = 'mean' } = options;
  if (!['sum', 'mean', 'max'].includes(mode)) throw unknownName('mode of embeddingBag', mode, ['sum', 'mean', 'max']);
  return createLayer(kind, options, {
    build(shape) {
      checkRank(kind, shape, ['count']);
      return { embeddings: { shape: sizes, initializer: 'randomNormal' } };
    },
    call({ embeddings }, x: Tensor) {
      const rows = (embeddings as Tensor).gather(x.cast('int32'), 0);
      return mode === 'sum' ? rows.sum(1) : mode === 'max' ? rows.max(1) : rows.mean(1);
    },
  });
};

/** Windows of an image as rows: (batch, height, width, channels) -> (batch, windows, size² · channels), as PyTorch's `Unfold` with channels last. */
export const unfold = (
  ...args:
    | [kernelSize: number, options?: LayerOptions & { readonly strides?: number }]
    | [options: LayerOptions & { readonly kernelSize: number; readonly strides?: number }]
): Layer => {
  const options = layerOptions<LayerOptions & { kernelSize: number; strides?: number }>('unfold', args, ['kernelSize'], ['strides']);
  const size = positiveInteger('unfold', 'kernelSize', options.kernelSize);
  const stride = positiveInteger('unfold', 'strides', options.strides ?? 1);
  return createLayer('unfold', options, {
    build(shape) {
      checkSpatialRank('unfold', shape, 2);
      return {};
    },
    call(_, x: Tensor) {
      const cut = wrap(g.window(nodeOf(x), { axes: [1, 2], sizes: [size, size], strides: [stride, stride], dilations: [1, 1] }));
      const [batch, rows, columns, channels] = cut.shape as [number, number, number, number];
      return cut.permute([0, 1, 2, 4, 5, 3]).reshape([batch, rows * columns, size * size * channels]);
    },
  });
};
