import { compact } from '../../core/config.ts';
import { ShapeError, ValueError } from '../../core/errors.ts';
import { broadcastShapes, type Shape, sameShape } from '../../core/shape.ts';
import { concat } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { createLayer, type Layer, layerOptions } from '../layer.ts';
import { formatBatch } from '../symbolic.ts';
import type { NameOption } from './common.ts';

const severalInputs = (kind: string, shapes: readonly Shape[]): void => {
  if (shapes.length < 2) throw new ValueError(`${kind} joins two inputs or more, got ${shapes.length}: layers.${kind}()([a, b]).`);
};

const merge =
  (kind: string, join: (a: Tensor, b: Tensor) => Tensor, finish: (x: Tensor, count: number) => Tensor = x => x) =>
  (options: NameOption = {}): Layer => {
    const { name } = layerOptions<NameOption>(kind, [options], [], []);
    return createLayer(kind, compact({ name }), {
      build(...shapes) {
        severalInputs(kind, shapes);
        shapes.reduce((a, b) => broadcastShapes(kind, a, b));
        return {};
      },
      call: (_, inputs: readonly Tensor[]) => finish(inputs.reduce(join), inputs.length),
    });
  };

type Merge = (options?: NameOption) => Layer;

/** The sum of all inputs, which must have one shape or broadcast: `layers.add()([a, b])`. */
export const add: Merge = merge('add', (a, b) => a.add(b));
/** The first input less the second. */
export const subtract: Merge = merge('subtract', (a, b) => a.sub(b));
/** The product of all inputs, element by element. */
export const multiply: Merge = merge('multiply', (a, b) => a.mul(b));
/** The mean of all inputs, element by element. */
export const average: Merge = merge(
  'average',
  (a, b) => a.add(b),
  (x, count) => x.div(count),
);
/** The largest of all inputs, element by element. */
export const maximum: Merge = merge('maximum', (a, b) => a.maximum(b));
/** The smallest of all inputs, element by element. */
export const minimum: Merge = merge('minimum', (a, b) => a.minimum(b));

export interface ConcatenateOptions extends NameOption {
  /** The axis that grows, the batch being 0. Default -1. */
  readonly axis?: number;
}

/** All inputs one after the other along an axis: `layers.concatenate()([a, b])`. Their other axes must agree. */
export const concatenate = (options: ConcatenateOptions = {}): Layer => {
  const given = layerOptions<ConcatenateOptions>('concatenate', [options], [], ['axis']);
  const { axis = -1 } = given;
  return createLayer('concatenate', compact({ axis: given.axis, name: given.name }), {
    build(...shapes) {
      severalInputs('concatenate', shapes);
      const [first, ...others] = shapes as [Shape, ...Shape[]];
      const place = axis < 0 ? axis + first.length : axis - 1; // without the batch
      if (!Number.isInteger(axis) || place < 0 || place >= first.length)
        throw new ShapeError(
          `concatenate cannot join inputs of shape ${formatBatch(first)} along axis ${axis}: axes other than the batch are 1 to ${first.length}.`,
        );
      const rest = (shape: Shape): number[] => shape.filter((_, other) => other !== place);
      for (const other of others)
        if (other.length !== first.length || !sameShape(rest(first), rest(other)))
          throw new ShapeError(
            `concatenate cannot join ${formatBatch(first)} and ${formatBatch(other)} along axis ${axis}: all other axes must be equal.`,
          );
      return {};
    },
    call: (_, inputs: readonly Tensor[]) => concat(inputs, axis),
  });
};
