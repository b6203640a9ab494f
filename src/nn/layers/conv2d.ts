import { compact } from '../../core/config.ts';
import { ShapeError, ValueError } from '../../core/errors.ts';
import * as g from '../../graph/build.ts';
import { nodeOf, type Tensor, wrap } from '../../tensor/tensor.ts';
import { activationOf } from '../activations.ts';
import { createLayer, type Layer, layerOptions } from '../layer.ts';
import { describeKernel, type KernelOptions, kernelOptions, perAxis, positiveInteger } from './common.ts';
import { checkPadding, checkSpatial, type Padding, paddingOf, type WindowGeometry } from './windows.ts';

export interface Conv2dOptions extends KernelOptions {
  /** Default 1. */
  readonly strides?: number | readonly number[];
  /** Default 'valid'. */
  readonly padding?: Padding;
  /** Distance of the kernel's elements. Default 1. */
  readonly dilationRate?: number | readonly number[];
  /** Channels and filters are split into so many runs that do not see each other. Default 1. */
  readonly groups?: number;
}

interface Conv2dRequired {
  readonly filters: number;
  readonly kernelSize: number | readonly number[];
}

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
export const conv2d = (
  ...args:
    | [filters: number, kernelSize: number | readonly number[], options?: Conv2dOptions]
    | [filters: number, options: Conv2dOptions & Pick<Conv2dRequired, 'kernelSize'>]
    | [options: Conv2dOptions & Conv2dRequired]
): Layer => {
  const places = args.map(value => value as unknown);
  const known = [...kernelOptions, 'strides', 'padding', 'dilationRate', 'groups'];
  const options = layerOptions<Conv2dOptions & Conv2dRequired>('conv2d', places, ['filters', 'kernelSize'], known);
  const filters = positiveInteger('conv2d', 'filters', options.filters);
  const groups = positiveInteger('conv2d', 'groups', options.groups ?? 1);
  const geometry: WindowGeometry = {
    sizes: perAxis('conv2d', 'kernelSize', options.kernelSize, 2),
    strides: perAxis('conv2d', 'strides', options.strides ?? 1, 2),
    dilations: perAxis('conv2d', 'dilationRate', options.dilationRate ?? 1, 2),
    padding: checkPadding('conv2d', options.padding ?? 'valid'),
  };
  if (filters % groups !== 0)
    throw new ValueError(`layers.conv2d cannot split ${filters} filters into ${groups} groups: filters must be a multiple.`);
  const { useBias = true, kernelInitializer = 'glorotUniform', biasInitializer = 'zeros' } = options;
  const activation = activationOf(options.activation);
  const config = compact({
    ...{ filters, kernelSize: options.kernelSize, ...describeKernel(options) },
    ...{ strides: options.strides, padding: options.padding, dilationRate: options.dilationRate, groups: options.groups },
  });
  return createLayer('conv2d', config, {
    build(shape) {
      checkSpatial('conv2d', shape, geometry);
      const channels = shape?.at(-1) as number;
      if (channels % groups !== 0)
        throw new ShapeError(`conv2d cannot split ${channels} channels into ${groups} groups: channels must be a multiple.`);
      return {
        kernel: { shape: [...geometry.sizes, channels / groups, filters], initializer: kernelInitializer },
        ...(useBias ? { bias: { shape: [filters], initializer: biasInitializer } } : {}),
      };
    },
    call({ kernel, bias }, x: Tensor) {
      const image = x.cast((kernel as Tensor).dtype);
      const product = wrap(
        g.convolution(nodeOf(image), nodeOf(kernel as Tensor), {
          strides: geometry.strides,
          padding: paddingOf(x.shape.slice(1, -1), geometry),
          inputDilation: geometry.strides.map(() => 1),
          dilation: geometry.dilations,
          groups,
        }),
      );
      return activation(bias === undefined ? product : product.add(bias));
    },
  });
};
