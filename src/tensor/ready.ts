import { realize } from './realize.ts';
import { currentDevice, pauseForCollector } from './runtime.ts';
import { Tensor } from './tensor.ts';
import { tensorsIn } from './trees.ts';
import { bufferOf, heldValue, type Value } from './value.ts';

/**
 * Computes all tensors of a tree, in one program, without copying them out; resolves with the tree when it is done.
 *
 * @throws what went wrong in the programs: an index out of range.
 */
export const ready = async <T>(tree: T): Promise<T> => {
  const nodes = tensorsIn(tree).map(({ leaf }) => Tensor.peek(leaf));
  realize(nodes);
  const device = currentDevice();
  await device.finish(nodes.map(node => bufferOf(heldValue(node) as Value, device)));
  await pauseForCollector();
  return tree;
};
