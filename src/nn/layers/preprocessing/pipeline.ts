import { ValueError } from '../../../core/errors.ts';
import type { Shape } from '../../../core/shape.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { partSpecs, runPart } from '../../compose.ts';
import { describeOptions } from '../../describe.ts';
import { createLayer, type Layer, type LayerInput, type LayerOptions, layerOptions, type Mask, type WeightSpec } from '../../layer.ts';
import { input } from '../../symbolic.ts';

/** Shapes of a layer's outputs for inputs of these shapes. */
const shapesAfter = (layer: Layer, shapes: readonly Shape[]): Shape[] => {
  const begins = shapes.map(shape => input(shape));
  return layer(begins.length === 1 ? (begins[0] as (typeof begins)[number]) : begins).outputs.map(({ shape }) => shape);
};

/**
 * Layers one after the other as one layer: those of images in a row, as a part that is switched on and off together.
 *
 * x -> what the last layer makes of it. Weights bear the names of their layers' places: '0.mean'.
 * Source: Keras 3, `keras.layers.Pipeline`.
 * @throws ValueError for what is no list of layers.
 * @example layers.pipeline([layers.randomFlip('horizontal'), layers.randomRotation(0.1), layers.rescaling(1 / 255)])
 */
export const pipeline = (
  ...args: [layers: readonly Layer[], options?: LayerOptions] | [options: LayerOptions & { readonly layers: readonly Layer[] }]
): Layer => {
  const kind = 'pipeline';
  const options = layerOptions<LayerOptions & { layers: readonly Layer[] }>(kind, args, ['layers'], []);
  const { layers } = options;
  if (!Array.isArray(layers) || !layers.every(layer => typeof layer === 'function' && 'call' in layer))
    throw new ValueError(`layers.${kind} needs a list of layers: layers.pipeline([layers.randomFlip(), layers.rescaling(1 / 255)]).`);
  const layer = createLayer(kind, options, {
    build(...shapes: Shape[]): Readonly<Record<string, WeightSpec>> {
      let given = shapes;
      return Object.assign(
        {},
        ...layers.map((layer: Layer, place: number) => {
          const specs = partSpecs(String(place), layer, ...given);
          if (place < layers.length - 1) given = shapesAfter(layer, given);
          return specs;
        }),
      ) as Readonly<Record<string, WeightSpec>>;
    },
    call(weights, x: LayerInput, context) {
      let outputs: readonly Tensor[] = Array.isArray(x) ? x : [x];
      let masks: readonly Mask[] = context.masks ?? [];
      let isList = Array.isArray(x);
      const changed: Record<string, Tensor> = {};
      const losses: Tensor[] = [];
      for (const [index, layer] of layers.entries()) {
        const run = runPart(String(index), layer, weights, outputs, context, { masks, index });
        ({ outputs, masks, isList } = run);
        Object.assign(changed, run.weights);
        losses.push(...run.losses);
      }
      return { output: isList ? outputs : (outputs[0] as Tensor), weights: changed, losses, masks };
    },
  });
  // Its layers may learn after it was made.
  return Object.defineProperty(layer, 'config', { get: () => describeOptions(options), enumerable: true });
};
