import { ShapeError, ValueError } from '../../../core/errors.ts';
import type { Shape } from '../../../core/shape.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions, runLayer, type WeightSpec } from '../../layer.ts';
import { formatBatch } from '../../symbolic.ts';

/**
 * A layer at each step by itself, with the same weights: (batch, steps, …) -> (batch, steps, …):
 * `layers.timeDistributed(layers.conv2d(8, 3))` for films. All steps are seen as rows of one batch, so that batch normalization takes
 * its statistics over all steps (Keras: step by step).
 */
export const timeDistributed = (
  ...args: [layer: Layer, options?: LayerOptions] | [options: LayerOptions & { readonly layer: Layer }]
): Layer => {
  const given = (
    typeof args[0] === 'function' ? [{ ...(args[1] as LayerOptions | undefined), layer: args[0] }] : args
  ) as readonly unknown[];
  const kind = 'timeDistributed';
  const options = layerOptions<LayerOptions & { layer: Layer }>(kind, given, [], ['layer']);
  const { layer } = options;
  if (typeof layer !== 'function' || !('call' in layer))
    throw new ValueError('layers.timeDistributed needs a layer: layers.timeDistributed(layers.dense(8)).');
  return createLayer(kind, options, {
    passesMask: true,
    build(shape = []) {
      if (shape.length < 2) throw new ShapeError(`${kind} cannot take input of shape ${formatBatch(shape)}: it needs (batch, steps, …).`);
      const inner: Shape = shape.slice(1);
      return Object.fromEntries(layer.weights(inner).map(weight => [weight.name, weight as WeightSpec]));
    },
    call(weights, x: Tensor, context) {
      const [batch, steps] = x.shape as [number, number];
      const rows = x.reshape([batch * steps, ...x.shape.slice(2)]);
      const run = runLayer(
        layer,
        weights,
        [rows],
        { isList: false },
        { training: context.training, key: context.key, options: {}, masks: [] },
      );
      const outputs = run.outputs.map(output => output.reshape([batch, steps, ...output.shape.slice(1)]));
      return {
        ...{ output: run.isList ? outputs : (outputs[0] as Tensor), weights: run.weights, losses: run.losses },
        masks: outputs.map(() => context.masks?.[0]),
      };
    },
  });
};
