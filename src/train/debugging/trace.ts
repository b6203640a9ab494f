import { ready } from '../../tensor/ready.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type Network, type RunOptions, runNetwork, type Weights } from '../network.ts';

/** Every value of a forward pass by the layer that made it. A layer that is called again adds '#2', a second output '[1]'. */
export type Trace = Readonly<Record<string, Tensor>>;

/** The outputs of every layer for given weights and inputs, computed. */
export const traceNetwork = async (network: Network, weights: Weights, inputs: readonly Tensor[], options: RunOptions): Promise<Trace> => {
  const found: Record<string, Tensor> = {};
  const calls = new Map<string, number>();
  network.inputs.forEach(({ name }, place) => {
    found[name ?? (place === 0 ? 'input' : `input${place}`)] = inputs[place] as Tensor;
  });
  runNetwork(network, weights, inputs, {
    ...options,
    observe(call, side, values) {
      if (side === 'inputs') return values;
      const layer = network.layers.find(one => one.layer === network.calls[call]?.layer)?.name as string;
      const count = (calls.get(layer) ?? 0) + 1;
      calls.set(layer, count);
      values.forEach((value, place) => {
        found[`${layer}${count > 1 ? `#${count}` : ''}${place > 0 ? `[${place}]` : ''}`] = value;
      });
      return values;
    },
  });
  await ready(found);
  return found;
};
