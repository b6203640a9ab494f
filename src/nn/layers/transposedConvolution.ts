import { ValueError } from '../../core/errors.ts';
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
import { geometryOptions } from './convolution.ts';
import { checkPadding, checkSpatialRank, type Padding, reachOf, type WindowGeometry } from './windows.ts';

export interface TransposedConvolutionOptions extends KernelOptions, DataFormatOption {
  /** How much longer the output is. Default 1. */
  readonly strides?: number | readonly number[];
  /** Default 'valid'. A number is PyTorch's: what it cuts off on both sides. */
  readonly padding?: Exclude<Padding, 'causal'>;
  /** What is added to the output's end. By default the output is input · stride with 'same', input · stride + max(kernel - stride, 0) with 'valid'. */
  readonly outputPadding?: number | readonly number[];
  /** Distance of the kernel's elements. Default 1. */
  readonly dilationRate?: number | readonly number[];
}

interface Required {
  readonly filters: number;
  readonly kernelSize: number | readonly number[];
}

/** What goes around the spread input on each side, as Keras has it. */
const paddingFor = (
  { sizes, strides, dilations, padding }: WindowGeometry,
  outputPadding: readonly number[] | undefined,
): [number, number][] =>
  sizes.map((size, axis) => {
    const [stride, reach, extra] = [strides[axis] as number, reachOf(size, dilations[axis] as number), outputPadding?.[axis]];
    // As PyTorch: (n - 1) s - 2 p + reach + outputPadding.
    if (typeof padding !== 'string') return [reach - 1 - (padding[axis] as number), reach - 1 - (padding[axis] as number) + (extra ?? 0)];
    if (padding === 'valid') return [reach - 1, reach - 1 + (extra ?? Math.max(reach, stride) - reach)];
    const all = extra === undefined ? stride + reach - 2 : reach + (reach % 2) - 2 + extra;
    const before = Math.min(Math.ceil(all / 2), reach - 1);
    return [before, all - before];
  });

type Arguments =
  | [filters: number, kernelSize: number | readonly number[], options?: TransposedConvolutionOptions]
  | [options: TransposedConvolutionOptions & Required];

const transposed =
  (kind: string, spatial: number) =>
  (...args: Arguments): Layer => {
    const known = [...kernelOptions, ...geometryOptions, 'outputPadding'];
    const options = layerOptions<TransposedConvolutionOptions & Required>(kind, args, ['filters', 'kernelSize'], known);
    const filters = positiveInteger(kind, 'filters', options.filters);
    const geometry: WindowGeometry = {
      sizes: perAxis(kind, 'kernelSize', options.kernelSize, spatial),
      strides: perAxis(kind, 'strides', options.strides ?? 1, spatial),
      dilations: perAxis(kind, 'dilationRate', options.dilationRate ?? 1, spatial),
      padding: checkPadding(kind, options.padding ?? 'valid', spatial),
    };
    const extra = options.outputPadding === undefined ? undefined : perAxis(kind, 'outputPadding', options.outputPadding, spatial, 0);
    extra?.forEach((one, axis) => {
      if (one >= (geometry.strides[axis] as number))
        throw new ValueError(`layers.${kind} needs outputPadding < strides, got ${one} and ${geometry.strides[axis]}.`);
    });
    const activation = activationOf(options.activation);
    checkNames(options);
    const axes = geometry.sizes.map((_, axis) => axis);
    return createLayer(
      kind,
      options,
      inFormat(kind, options, {
        build(shape) {
          checkSpatialRank(kind, shape, spatial);
          return {
            kernel: weightSpec('kernel', [...geometry.sizes, filters, shape?.at(-1) as number], options, 'glorotUniform'),
            ...biasSpec(filters, options),
          };
        },
        call({ kernel, bias }, x: Tensor) {
          const turned = (kernel as Tensor).flip(axes).swapAxes(-1, -2);
          const product = wrap(
            g.convolution(nodeOf(x.cast(turned.dtype)), nodeOf(turned), {
              ...{ strides: axes.map(() => 1), inputDilation: geometry.strides, dilation: geometry.dilations, groups: 1 },
              padding: paddingFor(geometry, extra),
            }),
          );
          return activation(bias === undefined ? product : product.add(bias));
        },
      }),
    );
  };

type Transposed = (...args: Arguments) => Layer;

/** `conv2dTranspose` of sequences: x (batch, steps, channels); kernel (size, filters, channels). */
export const conv1dTranspose: Transposed = transposed('conv1dTranspose', 1);

/**
 * The gradient of a convolution to its input, as a layer: each element of x adds its kernel to the output at `strides` times its place.
 *
 *     y[n, i s + k d - p, j s + l d - p, f] += x[n, i, j, c] W[k, l, f, c]
 *
 * x (batch, height, width, channels) -> y (batch, height', width', filters); kernel W (kh, kw, filters, channels), bias (filters).
 * height' is height · s with 'same', height · s + max((kh - 1) d + 1 - s, 0) with 'valid'. Source: Dumoulin, Visin 2016, arXiv:1603.07285.
 */
export const conv2dTranspose: Transposed = transposed('conv2dTranspose', 2);

/** `conv2dTranspose` of volumes: x (batch, depth, height, width, channels); kernel (kd, kh, kw, filters, channels). */
export const conv3dTranspose: Transposed = transposed('conv3dTranspose', 3);
