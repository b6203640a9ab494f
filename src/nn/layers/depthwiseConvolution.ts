import { sizeOf } from '../../core/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { activationOf } from '../activations.ts';
import type { ConstraintOption } from '../constraints.ts';
import type { InitializerOption } from '../initializers.ts';
import { createLayer, type Layer, layerOptions } from '../layer.ts';
import type { RegularizerOption } from '../regularizers.ts';
import {
  type BiasOptions,
  biasOptions,
  biasSpec,
  checkNames,
  type DataFormatOption,
  inFormat,
  positiveInteger,
  weightOptions,
  weightSpec,
} from './common.ts';
import { convolve, geometryOf, geometryOptions } from './convolution.ts';
import { checkSpatial, type Padding, type WindowGeometry } from './windows.ts';

export interface DepthwiseConvolutionOptions extends BiasOptions, DataFormatOption {
  /** Outputs for each channel. Default 1. */
  readonly depthMultiplier?: number;
  /** Default 1. */
  readonly strides?: number | readonly number[];
  /** Default 'valid'. */
  readonly padding?: Padding;
  /** Default 1. */
  readonly dilationRate?: number | readonly number[];
  /** Default 'glorotUniform'. */
  readonly depthwiseInitializer?: InitializerOption;
  readonly depthwiseRegularizer?: RegularizerOption;
  readonly depthwiseConstraint?: ConstraintOption;
}

export interface SeparableConvolutionOptions extends DepthwiseConvolutionOptions {
  /** Default 'glorotUniform'. */
  readonly pointwiseInitializer?: InitializerOption;
  readonly pointwiseRegularizer?: RegularizerOption;
  readonly pointwiseConstraint?: ConstraintOption;
}

interface WindowRequired {
  readonly kernelSize: number | readonly number[];
}

/** Each channel with filters of its own: kernel (window…, channels, multiplier) seen as (window…, 1, channels · multiplier). */
const depthwise = (x: Tensor, kernel: Tensor, geometry: WindowGeometry): Tensor => {
  const channels = x.shape.at(-1) as number;
  return convolve(x, kernel.reshape([...geometry.sizes, 1, sizeOf(kernel.shape.slice(-2))]), geometry, channels);
};

type DepthwiseArguments =
  | [kernelSize: number | readonly number[], options?: DepthwiseConvolutionOptions]
  | [options: DepthwiseConvolutionOptions & WindowRequired];

const depthwiseOptions = [...biasOptions, ...geometryOptions, 'depthMultiplier', ...weightOptions('depthwise')];

const depthwiseLayer =
  (kind: string, spatial: number) =>
  (...args: DepthwiseArguments): Layer => {
    const known = [...depthwiseOptions];
    const options = layerOptions<DepthwiseConvolutionOptions & WindowRequired>(kind, args, ['kernelSize'], known);
    const geometry = geometryOf(kind, spatial, options);
    const multiplier = positiveInteger(kind, 'depthMultiplier', options.depthMultiplier ?? 1);
    const activation = activationOf(options.activation);
    checkNames(options);
    return createLayer(
      kind,
      options,
      inFormat(kind, options, {
        build(shape) {
          checkSpatial(kind, shape, geometry);
          const channels = shape?.at(-1) as number;
          return {
            kernel: weightSpec('depthwise', [...geometry.sizes, channels, multiplier], options, 'glorotUniform'),
            ...biasSpec(channels * multiplier, options),
          };
        },
        call({ kernel, bias }, x: Tensor) {
          const product = depthwise(x, kernel as Tensor, geometry);
          return activation(bias === undefined ? product : product.add(bias));
        },
      }),
    );
  };

/** `depthwiseConv2d` of sequences: x (batch, steps, channels); kernel (size, channels, depthMultiplier). */
export const depthwiseConv1d: (...args: DepthwiseArguments) => Layer = depthwiseLayer('depthwiseConv1d', 1);

/**
 * A convolution of each channel by itself, with `depthMultiplier` filters each: x (batch, height, width, channels) ->
 * (batch, height', width', channels · depthMultiplier); kernel (kh, kw, channels, depthMultiplier), bias. Source: Chollet 2017,
 * arXiv:1610.02357.
 */
export const depthwiseConv2d: (...args: DepthwiseArguments) => Layer = depthwiseLayer('depthwiseConv2d', 2);

interface SeparableRequired extends WindowRequired {
  readonly filters: number;
}

type SeparableArguments =
  | [filters: number, kernelSize: number | readonly number[], options?: SeparableConvolutionOptions]
  | [options: SeparableConvolutionOptions & SeparableRequired];

const separableLayer =
  (kind: string, spatial: number) =>
  (...args: SeparableArguments): Layer => {
    const known = [...depthwiseOptions, ...weightOptions('pointwise')];
    const options = layerOptions<SeparableConvolutionOptions & SeparableRequired>(kind, args, ['filters', 'kernelSize'], known);
    const filters = positiveInteger(kind, 'filters', options.filters);
    const geometry = geometryOf(kind, spatial, options);
    const multiplier = positiveInteger(kind, 'depthMultiplier', options.depthMultiplier ?? 1);
    const activation = activationOf(options.activation);
    checkNames(options);
    const one = geometry.sizes.map(() => 1);
    return createLayer(
      kind,
      options,
      inFormat(kind, options, {
        build(shape) {
          checkSpatial(kind, shape, geometry);
          const channels = shape?.at(-1) as number;
          return {
            depthwiseKernel: weightSpec('depthwise', [...geometry.sizes, channels, multiplier], options, 'glorotUniform'),
            pointwiseKernel: weightSpec('pointwise', [...one, channels * multiplier, filters], options, 'glorotUniform'),
            ...biasSpec(filters, options),
          };
        },
        call({ depthwiseKernel, pointwiseKernel, bias }, x: Tensor) {
          const each = depthwise(x, depthwiseKernel as Tensor, geometry);
          const point: WindowGeometry = { sizes: one, strides: one, dilations: one, padding: 'valid' };
          const product = convolve(each, pointwiseKernel as Tensor, point);
          return activation(bias === undefined ? product : product.add(bias));
        },
      }),
    );
  };

/** `separableConv2d` of sequences: x (batch, steps, channels). */
export const separableConv1d: (...args: SeparableArguments) => Layer = separableLayer('separableConv1d', 1);

/**
 * A depthwise convolution, then a 1x1 convolution that mixes the channels: depthwiseKernel (kh, kw, channels, depthMultiplier),
 * pointwiseKernel (1, 1, channels · depthMultiplier, filters), bias (filters). Source: Chollet 2017, arXiv:1610.02357.
 */
export const separableConv2d: (...args: SeparableArguments) => Layer = separableLayer('separableConv2d', 2);
