import { ShapeError, ValueError } from '../../core/errors.ts';
import * as g from '../../graph/build.ts';
import { nodeOf, type Tensor, wrap } from '../../tensor/tensor.ts';
import { activationOf } from '../activations.ts';
import { createLayer, type Layer, layerOptions } from '../layer.ts';
import {
  biasSpec,
  checkNames,
  type DataFormatOption,
  inFormat,
  type KernelOptions,
  kernelOptions,
  perAxis,
  positiveInteger,
  weightSpec,
} from './common.ts';
import { checkPadding, checkSpatial, type Padding, paddingOf, type WindowGeometry } from './windows.ts';

export interface ConvolutionOptions extends KernelOptions, DataFormatOption {
  /** Default 1. */
  readonly strides?: number | readonly number[];
  /** Default 'valid'; 'causal' in one dimension; a number of zeros on both sides (of each axis), as in PyTorch. */
  readonly padding?: Padding;
  /** Distance of the kernel's elements. Default 1. */
  readonly dilationRate?: number | readonly number[];
  /** Channels and filters are split into so many runs that do not see each other. Default 1. */
  readonly groups?: number;
}

interface ConvolutionRequired {
  readonly filters: number;
  readonly kernelSize: number | readonly number[];
}

/** Names of the options that say where windows lie. */
export const geometryOptions: readonly string[] = ['strides', 'padding', 'dilationRate', 'dataFormat'];

/** Where windows lie, by the options. */
export const geometryOf = (
  kind: string,
  spatial: number,
  options: Pick<ConvolutionOptions & ConvolutionRequired, 'kernelSize' | 'strides' | 'padding' | 'dilationRate'>,
): WindowGeometry => {
  return {
    sizes: perAxis(kind, 'kernelSize', options.kernelSize, spatial),
    strides: perAxis(kind, 'strides', options.strides ?? 1, spatial),
    dilations: perAxis(kind, 'dilationRate', options.dilationRate ?? 1, spatial),
    padding: checkPadding(kind, options.padding ?? 'valid', spatial, spatial === 1 ? ['valid', 'same', 'causal'] : ['valid', 'same']),
  };
};

/** x (batch, spatial…, in) with kernel (window…, in / groups, out). */
export const convolve = (x: Tensor, kernel: Tensor, geometry: WindowGeometry, groups = 1): Tensor =>
  wrap(
    g.convolution(nodeOf(x.cast(kernel.dtype)), nodeOf(kernel), {
      ...{ strides: geometry.strides, dilation: geometry.dilations, groups },
      ...{ padding: paddingOf(x.shape.slice(1, -1), geometry), inputDilation: geometry.strides.map(() => 1) },
    }),
  );

type ConvolutionArguments =
  | [filters: number, kernelSize: number | readonly number[], options?: ConvolutionOptions]
  | [filters: number, options: ConvolutionOptions & Pick<ConvolutionRequired, 'kernelSize'>]
  | [options: ConvolutionOptions & ConvolutionRequired];

const convolution =
  (kind: string, spatial: number) =>
  (...args: ConvolutionArguments): Layer => {
    const known = [...kernelOptions, ...geometryOptions, 'groups'];
    const options = layerOptions<ConvolutionOptions & ConvolutionRequired>(kind, args, ['filters', 'kernelSize'], known);
    const filters = positiveInteger(kind, 'filters', options.filters);
    const groups = positiveInteger(kind, 'groups', options.groups ?? 1);
    const geometry = geometryOf(kind, spatial, options);
    if (filters % groups !== 0)
      throw new ValueError(`layers.${kind} cannot split ${filters} filters into ${groups} groups: filters must be a multiple.`);
    const activation = activationOf(options.activation);
    checkNames(options);
    return createLayer(
      kind,
      options,
      inFormat(kind, options, {
        build(shape) {
          checkSpatial(kind, shape, geometry);
          const channels = shape?.at(-1) as number;
          if (channels % groups !== 0)
            throw new ShapeError(`${kind} cannot split ${channels} channels into ${groups} groups: channels must be a multiple.`);
          return {
            kernel: weightSpec('kernel', [...geometry.sizes, channels / groups, filters], options, 'glorotUniform'),
            ...biasSpec(filters, options),
          };
        },
        call({ kernel, bias }, x: Tensor) {
          const product = convolve(x, kernel as Tensor, geometry, groups);
          return activation(bias === undefined ? product : product.add(bias));
        },
      }),
    );
  };

type Convolution = (...args: ConvolutionArguments) => Layer;

/**
 * Filters that slide over a sequence: x (batch, steps, channels) -> (batch, steps', filters); kernel (size, channels / groups, filters).
 * With padding 'causal' step t sees steps ≤ t only. Otherwise as `conv2d`.
 */
export const conv1d: Convolution = convolution('conv1d', 1);

/**
 * Filters that slide over an image (cross-correlation, as everywhere in deep learning).
 *
 *     y[n, i, j, f] = activation(Σ x[n, i s + k d, j s + l d, c] W[k, l, c, f] + b[f])
 *
 * x (batch, height, width, channels) -> y (batch, height', width', filters); kernel W (kh, kw, channels / groups, filters), bias (filters).
 * height' is ⌊(height - (kh - 1) d - 1) / s⌋ + 1 with padding 'valid', ⌈height / s⌉ with 'same'.
 *
 * @throws ShapeError for inputs that are no images, too small for the kernel, or of channels that groups do not divide.
 * @example layers.conv2d(32, 3, { activation: 'relu', padding: 'same' })
 */
export const conv2d: Convolution = convolution('conv2d', 2);

/** Filters that slide over a volume: x (batch, depth, height, width, channels); kernel (kd, kh, kw, channels / groups, filters). */
export const conv3d: Convolution = convolution('conv3d', 3);
