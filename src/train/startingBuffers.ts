import type { Buffer } from '../backends/device.ts';
import { sizeOf } from '../core/shape.ts';
import type { Node } from '../graph/node.ts';
import type { Attributes } from '../graph/ops.ts';
import { storageFrom } from '../tensor/convert.ts';
import { copyBuffers } from '../tensor/program.ts';
import { currentDevice } from '../tensor/runtime.ts';
import { nodeOf, type Tensor } from '../tensor/tensor.ts';
import { tensorsIn } from '../tensor/trees.ts';

/** The one value of a tensor that was made by `zeros`, `ones` or `full`; undefined for others. */
const onlyValue = (node: Node): number | undefined => {
  if (node.value !== undefined) return undefined;
  const source = node.op === 'broadcast' || node.op === 'reshape' ? (node.inputs[0] as Node) : node;
  return source.op === 'constant' ? (source.attributes as Attributes['constant']).value : undefined;
};

/** Buffers of one's own with the values of a tree's tensors. Those of one value are written at once: no program is compiled for them. */
export const startingBuffers = (tree: unknown): Buffer[] =>
  tensorsIn(tree).map(({ leaf }: { leaf: Tensor }) => {
    const value = onlyValue(nodeOf(leaf));
    if (value === undefined) return copyBuffers(leaf)[0] as Buffer;
    const buffer = currentDevice().allocate(leaf.dtype, sizeOf(leaf.shape));
    const stored = storageFrom(new Float64Array(buffer.elements).fill(value), leaf.dtype);
    currentDevice().write(buffer, new Uint8Array(stored.buffer));
    return buffer;
  });
