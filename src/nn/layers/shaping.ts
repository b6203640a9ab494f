import { compact } from '../../core/config.ts';
import { formatShape, ShapeError } from '../../core/errors.ts';
import { type Shape, sizeOf } from '../../core/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { createLayer, type Layer, layerOptions } from '../layer.ts';
import { formatBatch } from '../symbolic.ts';
import type { NameOption } from './common.ts';

/** All axes but the batch as one: (batch, …) -> (batch, features), the last axis running fastest. */
export const flatten = (options: NameOption = {}): Layer => {
  const { name } = layerOptions<NameOption>('flatten', [options], [], []);
  return createLayer('flatten', compact({ name }), {
    call: (_, x: Tensor) => x.reshape([x.shape[0] as number, sizeOf(x.shape.slice(1))]),
  });
};

/**
 * Another shape of the same elements; the batch axis stays and is not named. One size may be -1: what is left.
 * @example layers.reshape([28, 28, 1])
 */
export const reshape = (
  ...args: [targetShape: Shape, options?: NameOption] | [options: NameOption & { readonly targetShape: Shape }]
): Layer => {
  const { name, targetShape } = layerOptions<NameOption & { targetShape: Shape }>('reshape', args, ['targetShape'], []);
  const valid = Array.isArray(targetShape) && targetShape.every(size => Number.isInteger(size) && size >= -1);
  if (!valid || targetShape.filter(size => size === -1).length > 1)
    throw new ShapeError(
      `layers.reshape needs a shape of whole numbers, at most one of them -1, got ${Array.isArray(targetShape) ? formatShape(targetShape) : targetShape}.`,
    );
  return createLayer('reshape', compact({ targetShape, name }), {
    build(shape = []) {
      const given = sizeOf(targetShape.filter(size => size !== -1));
      const fits = targetShape.includes(-1) ? given > 0 && sizeOf(shape) % given === 0 : given === sizeOf(shape);
      if (!fits)
        throw new ShapeError(
          `reshape cannot give input of shape ${formatBatch(shape)} the shape ${formatBatch(targetShape)}: a sample has ${sizeOf(shape)} elements.`,
        );
      return {};
    },
    call(_, x: Tensor) {
      const rest = sizeOf(x.shape.slice(1)) / sizeOf(targetShape.filter(size => size !== -1));
      return x.reshape([x.shape[0] as number, ...targetShape.map(size => (size === -1 ? rest : size))]);
    },
  });
};
