import { ValueError } from '../../core/errors.ts';
import type { Shape } from '../../core/shape.ts';
import { stopGradient } from '../../tensor/gradientRules.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { partSpecs, runPart } from '../compose.ts';
import { truncatedNormal } from '../initializers.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions, type WeightSpec } from '../layer.ts';
import { positiveInteger } from './common.ts';

export interface SpectralNormalizationOptions extends LayerOptions {
  /** Default 1. */
  readonly powerIterations?: number;
}

const unit = (x: Tensor): Tensor => x.mul(x.square().sum().maximum(1e-12).rsqrt());

/**
 * A layer whose kernel is divided by its largest singular value σ: `layers.spectralNormalization(layers.dense(8))`. σ comes from power
 * iterations, one a training step, which `vectorU` (1, out) carries on; weights of the layer inside are `layer.kernel`, ….
 * At inference the kernel is divided by σ for the last `vectorU`, as PyTorch has it; Keras writes the divided kernel back in training and
 * takes it as it is.
 *
 * Source: Miyato et al. 2018, arXiv:1802.05957.
 */
export const spectralNormalization = (
  ...args: [layer: Layer, options?: SpectralNormalizationOptions] | [options: SpectralNormalizationOptions & { readonly layer: Layer }]
): Layer => {
  const kind = 'spectralNormalization';
  const isPlace = typeof args[0] === 'function';
  const given = (isPlace ? [{ ...(args[1] as SpectralNormalizationOptions | undefined), layer: args[0] }] : args) as readonly unknown[];
  const options = layerOptions<SpectralNormalizationOptions & { layer: Layer }>(kind, given, [], ['layer', 'powerIterations']);
  const { layer } = options;
  if (typeof layer !== 'function' || !('call' in layer))
    throw new ValueError('layers.spectralNormalization needs a layer: layers.spectralNormalization(layers.dense(8)).');
  const iterations = positiveInteger(kind, 'powerIterations', options.powerIterations ?? 1);
  const normalized = ['layer.kernel', 'layer.embeddings'];
  return createLayer(kind, options, {
    passesMask: true,
    build(...shapes: Shape[]) {
      const specs = partSpecs('layer', layer, ...shapes);
      const name = normalized.find(one => specs[one] !== undefined);
      if (name === undefined) throw new ValueError(`layers.${kind} needs a layer with a kernel or embeddings, and ${layer.kind} has none.`);
      const { [name]: kernel, ...others } = specs as Record<string, WeightSpec>;
      const initializer = truncatedNormal({ standardDeviation: 0.02 });
      const vectorU = { shape: [1, (kernel as WeightSpec).shape.at(-1) as number], initializer, trainable: false };
      return { [name]: kernel as WeightSpec, vectorU, ...others }; // in Keras' order
    },
    call(weights, input: Tensor | readonly Tensor[], context) {
      const name = normalized.find(one => weights[one] !== undefined) as string;
      const kernel = weights[name] as Tensor;
      const matrix = kernel.reshape([-1, kernel.shape.at(-1) as number]);
      let u = weights.vectorU as Tensor;
      let v = unit(u.matmul(matrix.transpose()));
      if (context.training)
        for (let i = 0; i < iterations; i++) {
          v = unit(u.matmul(matrix.transpose()));
          u = unit(v.matmul(matrix));
        }
      const [left, right] = [stopGradient(v), stopGradient(u)];
      const sigma = left.matmul(matrix).matmul(right.transpose()).reshape([]);
      const inputs = (Array.isArray(input) ? input : [input]) as readonly Tensor[];
      const run = runPart('layer', layer, { ...weights, [name]: kernel.div(sigma) }, inputs, context, { options: context.options });
      return {
        ...{ output: run.isList ? run.outputs : (run.outputs[0] as Tensor), losses: run.losses },
        weights: { ...run.weights, ...(context.training ? { vectorU: right } : {}) },
      };
    },
  });
};
