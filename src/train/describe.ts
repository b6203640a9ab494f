import { sizeOf } from '../core/shape.ts';
import type { LayerCall, Symbolic } from '../nn/symbolic.ts';
import type { Network } from './network.ts';

/** An input of a model, or one use of a layer: a node of the drawing that a model is. */
export interface ModelNode {
  /** Of its own: a layer that is used again adds '#2', as in `trace`. */
  readonly name: string;
  /** The layer's kind; 'input' for an input. */
  readonly kind: string;
  /** Names of the nodes that it reads. */
  readonly inputs: readonly string[];
  /** Of its first output, for one sample. */
  readonly shape: readonly (number | null)[];
  /** Numbers that it keeps, trained or not; those of a layer that is used again count at its first use. */
  readonly parameters: number;
}

/** The nodes of a network, each after those that it reads. */
export const describeModel = ({ inputs, layers, calls }: Network): readonly ModelNode[] => {
  const names = new Map<Symbolic | LayerCall, string>();
  const nodes: ModelNode[] = inputs.map((value, place) => {
    const name = value.name ?? (place === 0 ? 'input' : `input${place}`);
    names.set(value, name);
    return { name, kind: 'input', inputs: [], shape: value.shape, parameters: 0 };
  });
  const uses = new Map<unknown, number>();
  for (const call of calls) {
    const layer = layers.find(one => one.layer === call.layer) as Network['layers'][number];
    const use = (uses.get(layer) ?? 0) + 1;
    uses.set(layer, use);
    const name = `${layer.name}${use > 1 ? `#${use}` : ''}`;
    names.set(call, name);
    const read = call.inputs.map(value => names.get(value) ?? names.get(value.origin as LayerCall));
    nodes.push({
      name,
      kind: call.layer.kind,
      inputs: [...new Set(read.filter(from => from !== undefined))],
      shape: call.outputs[0]?.shape ?? [],
      parameters: use > 1 ? 0 : layer.weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    });
  }
  return nodes;
};
