import { ShapeError } from '../../core/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { activationOf } from '../activations.ts';
import { createLayer, type Layer, layerOptions } from '../layer.ts';
import { formatBatch } from '../symbolic.ts';
import { describeKernel, type KernelOptions, kernelOptions, positiveInteger } from './common.ts';

export interface DenseOptions extends KernelOptions {}

/**
 * A linear map of the last axis, and a function of it.
 *
 *     y = activation(x W + b)
 *
 * x (batch, …, in) -> y (batch, …, units); kernel W (in, units) starts glorotUniform, bias b (units) at 0.
 *
 * @throws ShapeError for inputs without a feature axis.
 * @example sequential([layers.dense(64, { activation: 'relu' }), layers.dense(10)], { inputShape: [20] })
 */
export const dense = (...args: [units: number, options?: DenseOptions] | [options: DenseOptions & { readonly units: number }]): Layer => {
  const options = layerOptions<DenseOptions & { units: number }>('dense', args, ['units'], kernelOptions);
  const units = positiveInteger('dense', 'units', options.units);
  const { useBias = true, kernelInitializer = 'glorotUniform', biasInitializer = 'zeros' } = options;
  const activation = activationOf(options.activation);
  return createLayer(
    'dense',
    { units, ...describeKernel(options) },
    {
      build(shape) {
        const features = shape?.at(-1);
        if (features === undefined)
          throw new ShapeError(
            `dense cannot take input of shape ${formatBatch(shape ?? [])}: it needs (batch, …, features). Add an axis first: layers.reshape([1]).`,
          );
        return {
          kernel: { shape: [features, units], initializer: kernelInitializer },
          ...(useBias ? { bias: { shape: [units], initializer: biasInitializer } } : {}),
        };
      },
      call({ kernel, bias }, x: Tensor) {
        const product = x.matmul(kernel as Tensor);
        return activation(bias === undefined ? product : product.add(bias));
      },
    },
  );
};
