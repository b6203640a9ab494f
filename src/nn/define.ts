import type { Config } from '../core/config.ts';
import { ValueError } from '../core/errors.ts';
import { createLayer, type Layer, type LayerParts } from './layer.ts';

const defined = new Map<string, (options: never) => Layer>();

/** Layers of the user's own, by kind. */
export const definedLayers: ReadonlyMap<string, (options: never) => Layer> = defined;

/**
 * A layer of one's own. `create` gets the options (plain data: they are saved with the model) and gives `build`, from the inputs'
 * shapes to the weights, and `call`, from weights and input to the output. Before a model that has it is loaded, it must be defined.
 *
 * @example
 * const scale = defineLayer('scale', ({ by = 1 }: { by?: number }) => ({
 *   build: shape => ({ gain: { shape: [shape.at(-1)], initializer: 'ones' } }),
 *   call: ({ gain }, x) => x.mul(gain).mul(by),
 * }));
 * sequential([layers.dense(4), scale({ by: 2 })], { inputShape: [3] });
 */
export const defineLayer = <Options extends object = Config>(
  kind: string,
  create: (options: Options) => LayerParts,
): ((options?: Options) => Layer) => {
  if (typeof kind !== 'string' || kind === '')
    throw new ValueError("defineLayer needs a name for the layer: defineLayer('name', options => …).");
  const make = (options: Options = {} as Options): Layer => {
    const parts = create(options);
    if (typeof parts?.call !== 'function')
      throw new ValueError(`defineLayer('${kind}', …) needs a function that returns { build, call }, with call a function.`);
    return createLayer(kind, { ...options }, parts);
  };
  defined.set(kind, make as (options: never) => Layer);
  return make;
};
