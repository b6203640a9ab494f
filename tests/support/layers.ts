import { expect } from 'vitest';
import type { Value } from '../../src/backends/reference/value.ts';
import { type Node, input as parameter } from '../../src/graph/node.ts';
import { decodeModel, encodeModel, input, layers, model, type Tensor, tensor } from '../../src/index.ts';
import { type Layer, runLayer } from '../../src/nn/layer.ts';
import { holdGraph } from '../../src/tensor/realize.ts';
import { nodeOf, wrap } from '../../src/tensor/tensor.ts';
import { checkGradients } from './differences.ts';
import { fill, floats, integers } from './inputs.ts';

export interface LayerCheck {
  /** Shapes of the inputs, without the batch. */
  readonly inputs: readonly (readonly number[])[];
  readonly training?: boolean;
  /** Inputs are whole numbers below this, and have no gradient. */
  readonly classes?: number;
}

const batch = 3;

/** What a layer computes for new nodes of an element type. */
const traced = (layer: Layer, { inputs, training = false, classes }: LayerCheck): { outputs: Node[]; weights: Node[]; given: Node[] } => {
  const given = inputs.map(shape => parameter([batch, ...shape], classes === undefined ? 'float64' : 'int32'));
  const specs = layer.weights(...inputs);
  const weights = specs.map(({ shape }) => parameter(shape, 'float64'));
  const key = parameter([2], 'int32');
  const { outputs } = holdGraph(() =>
    runLayer(
      layer,
      Object.fromEntries(specs.map(({ name }, index) => [name, wrap(weights[index] as Node)])),
      given.map(wrap),
      { isList: inputs.length > 1 },
      { training, key: wrap(key), options: {} },
    ),
  );
  return { outputs: outputs.map(nodeOf), weights, given };
};

const valueFor = ({ shape }: Node, name: string, seed: number): Value =>
  fill(/variance/i.test(name) ? floats(shape, seed, 0.5, 2) : floats(shape, seed), 'float64');

/** Gradients with respect to inputs and weights, of first and second order, against differences in float64. */
export const checkLayerGradients = (layer: Layer, check: LayerCheck): void => {
  const { outputs, weights, given } = traced(layer, check);
  const names = layer.weights(...check.inputs).map(({ name }) => name);
  const bindings = new Map<Node, Value>(weights.map((node, index) => [node, valueFor(node, names[index] as string, 50 + index)]));
  given.forEach((node, index) => {
    bindings.set(
      node,
      check.classes === undefined ? valueFor(node, '', 70 + index) : fill(integers(node.shape, 70 + index, 0, check.classes)),
    );
  });
  checkGradients(outputs, [...weights, ...(check.classes === undefined ? given : [])], bindings, 2);
};

/** A model of the layer alone gives the same before it is saved and after it is loaded, and its weights are the same. */
export const checkLayerSaves = async (layer: Layer, { inputs, classes }: LayerCheck): Promise<void> => {
  const dtype = classes === undefined ? 'float32' : 'int32';
  const begins = inputs.map(shape => input(shape, { dtype }));
  const output = layer(begins.length === 1 ? (begins[0] as (typeof begins)[number]) : begins);
  const net = model({ inputs: begins, outputs: layers.flatten()(output), seed: 3 });
  const again = await decodeModel(await encodeModel(net));
  const xs = inputs.map((shape, index): Tensor => {
    const { data } = fill(
      classes === undefined ? floats([batch, ...shape], 80 + index) : integers([batch, ...shape], 80 + index, 0, classes),
    );
    return tensor(Float64Array.from(data), { shape: [batch, ...shape], dtype });
  });
  const [before, after] = [await (await net.predict(xs)).array(), await (await again.predict(xs)).array()];
  expect(after).toEqual(before);
  const values = (of: typeof net): Promise<unknown[]> => Promise.all(of.getWeights().map(weight => weight.array()));
  expect(await values(again)).toEqual(await values(net));
};
