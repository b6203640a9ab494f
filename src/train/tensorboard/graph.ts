import type { Shape } from '../../core/shape.ts';
import type { Symbolic } from '../../nn/symbolic.ts';
import type { Network } from '../network.ts';
import { bytes, entry, integer, message, text } from './protobuf.ts';

/** An axis whose size is not known, the batch: -1, as an int64 of two's complement. */
const unknownSize = Uint8Array.of(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);

const shapeProto = (shape: Shape): Uint8Array => message(bytes(2, unknownSize), ...shape.map(size => bytes(2, integer(1, size))));

/** AttrValue of shapes, and of a text. */
const shapes = (values: readonly Symbolic[]): Uint8Array => bytes(1, message(...values.map(({ shape }) => bytes(7, shapeProto(shape)))));
const attributeText = (value: string): Uint8Array => text(2, value);

/** The layers of a model as a GraphDef: one node a call, with its kind, its inputs, its outputs' shapes and its options. */
export const graphDef = ({ inputs, calls, layers }: Network): Uint8Array => {
  const names = new Map<Symbolic, string>();
  const nodes: Uint8Array[] = [];
  const node = (name: string, kind: string, from: readonly string[], outputs: readonly Symbolic[], config?: string): void => {
    outputs.forEach((output, place) => {
      names.set(output, place === 0 ? name : `${name}:${place}`);
    });
    nodes.push(
      message(
        ...[text(1, name), text(2, kind), ...from.map(input => text(3, input))],
        entry(5, '_output_shapes', shapes(outputs)),
        ...(config === undefined ? [] : [entry(5, 'options', attributeText(config))]),
      ),
    );
  };
  inputs.forEach((input, place) => node(input.name ?? (place === 0 ? 'input' : `input${place}`), 'Placeholder', [], [input]));
  const used = new Map<string, number>();
  for (const call of calls) {
    const layer = layers.find(one => one.layer === call.layer)?.name as string;
    const count = used.get(layer) ?? 0;
    used.set(layer, count + 1);
    const from = call.inputs.map(input => names.get(input) as string);
    node(count === 0 ? layer : `${layer}_${count}`, call.layer.kind, from, call.outputs, JSON.stringify(call.layer.config));
  }
  return message(...nodes.map(one => bytes(1, one)), bytes(4, integer(1, 22)));
};
