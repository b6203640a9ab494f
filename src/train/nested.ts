import type { Config, ConfigValue } from '../core/config.ts';
import { ShapeError, ValueError } from '../core/errors.ts';
import { type Shape, sameShape } from '../core/shape.ts';
import type { Initializer } from '../nn/initializers.ts';
import { createLayer, type Layer, type LayerOptions, type LayerParts, type WeightSpec } from '../nn/layer.ts';
import { formatBatch } from '../nn/symbolic.ts';
import { tensor } from '../tensor/create.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { type Network, runNetwork, type Weights } from './network.ts';

/** The kind of a model that is a layer of another one, in files. */
export const nestedKind = 'model';

interface NestedOptions extends LayerOptions {
  /** The graph of layers, as plain data. */
  readonly architecture: ConfigValue;
}

/** An initializer that gives what a weight was when the model became a layer. */
const fixed = (values: Float32Array): Initializer =>
  Object.assign((shape: Shape) => tensor(values, { shape }), { kind: 'constant', config: {} as Config, values: () => values.slice() });

/** A layer that computes what a network computes; its weights are named 'layer.weight'. */
export const nestedLayer = (network: Network, options: NestedOptions, values?: ReadonlyMap<string, Float32Array>): Layer => {
  const specs: (readonly [string, WeightSpec])[] = network.layers.flatMap(({ name, weights }) =>
    weights.map(weight => {
      const path = `${name}.${weight.name}`;
      const known = values?.get(path);
      const spec: WeightSpec = { ...weight, initializer: known === undefined ? weight.initializer : fixed(known) };
      return [path, spec] as const;
    }),
  );
  const inTree = (flat: Readonly<Record<string, Tensor>>): Weights =>
    Object.fromEntries(
      network.layers.map(({ name, weights }) => [
        name,
        Object.fromEntries(weights.map(weight => [weight.name, flat[`${name}.${weight.name}`] as Tensor])),
      ]),
    );
  const parts: LayerParts = {
    build(...shapes) {
      if (shapes.length !== network.inputs.length)
        throw new ValueError(`a model of ${network.inputs.length} inputs was called as a layer with ${shapes.length}.`);
      network.inputs.forEach(({ shape }, index) => {
        if (!sameShape(shape, shapes[index] as Shape))
          throw new ShapeError(
            `a model for ${formatBatch(shape)} cannot be called as a layer with ${formatBatch(shapes[index] as Shape)}.`,
          );
      });
      return Object.fromEntries(specs);
    },
    call(weights, input: Tensor | readonly Tensor[], context) {
      const given = isTensor(input) ? [input] : input;
      const inputs = given.map((one, index) => one.cast(network.inputs[index]?.dtype ?? one.dtype));
      const before = inTree(weights);
      const { training, key } = context;
      const frozen = context.isFrozen === true || options.trainable === false ? new Set(network.layers.map(({ name }) => name)) : undefined;
      const run = runNetwork(network, before, inputs, { training, key, ...(frozen === undefined ? {} : { frozen }) });
      const changed = network.layers.flatMap(({ name, weights: own }) =>
        own.flatMap(weight => {
          const [old, now] = [before[name]?.[weight.name], run.weights[name]?.[weight.name]];
          return now === undefined || now === old ? [] : [[`${name}.${weight.name}`, now] as const];
        }),
      );
      return {
        output: run.outputs.length === 1 ? (run.outputs[0] as Tensor) : run.outputs,
        ...{ weights: Object.fromEntries(changed), losses: run.losses, masks: run.masks },
      };
    },
  };
  return createLayer(nestedKind, options, parts);
};
