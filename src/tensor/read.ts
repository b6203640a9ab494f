import type { TypedArray } from '../core/dtype.ts';
import { formatShape, ShapeError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import type { Node } from '../graph/node.ts';
import { type NestedArray, nest, valuesFrom } from './convert.ts';
import { realize } from './realize.ts';
import { pauseForCollector } from './runtime.ts';
import { bufferOf, heldValue, type Value } from './value.ts';

/** Computes what is missing, and copies the values out. */
export const readValues = async (node: Node): Promise<TypedArray> => {
  realize([node]);
  const value = heldValue(node) as Value;
  const bytes = await value.device.read(bufferOf(value, value.device));
  const pause = pauseForCollector();
  if (pause !== undefined) await pause;
  return valuesFrom(bytes, node.dtype, sizeOf(node.shape));
};

export const readArray = async (node: Node): Promise<NestedArray> => nest(await readValues(node), node.shape, node.dtype);

export const readItem = async (node: Node): Promise<number> => {
  if (sizeOf(node.shape) !== 1)
    throw new ShapeError(
      `item reads one value, and this tensor of shape ${formatShape(node.shape)} has ${sizeOf(node.shape)}. Use await t.array(), or reduce it first: t.sum().`,
    );
  return (await readValues(node))[0] as number;
};
