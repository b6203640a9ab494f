import { ShapeError, ValueError } from '../../core/errors.ts';
import { broadcastShapes, type Shape, sameShape } from '../../core/shape.ts';
import { concat } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions, type Mask } from '../layer.ts';
import { formatBatch } from '../symbolic.ts';
import { axisWithoutBatch } from './common.ts';

const severalInputs = (kind: string, shapes: readonly Shape[]): void => {
  if (shapes.length < 2) throw new ValueError(`${kind} joins two inputs or more, got ${shapes.length}: layers.${kind}()([a, b]).`);
};

/** What counts in one input counts in the result, as Keras has it; unmasked inputs decide nothing. */
const joinedMask = (masks: readonly Mask[] | undefined): readonly Mask[] => {
  const given = (masks ?? []).filter(mask => mask !== undefined);
  return [given.length === 0 ? undefined : given.reduce((a, b) => a.and(b))];
};

const merge =
  (kind: string, join: (a: Tensor, b: Tensor) => Tensor, finish: (x: Tensor, count: number) => Tensor = x => x) =>
  (given: LayerOptions = {}): Layer =>
    createLayer(kind, layerOptions<LayerOptions>(kind, [given], [], []), {
      build(...shapes) {
        severalInputs(kind, shapes);
        shapes.reduce((a, b) => broadcastShapes(kind, a, b));
        return {};
      },
      call: (_, inputs: readonly Tensor[], { masks }) => ({ output: finish(inputs.reduce(join), inputs.length), masks: joinedMask(masks) }),
    });

type Merge = (options?: LayerOptions) => Layer;

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

export interface ConcatenateOptions extends LayerOptions {
  /** The axis that grows, the batch being 0. Default -1. */
  readonly axis?: number;
}

/** All inputs one after the other along an axis: `layers.concatenate()([a, b])`. Their other axes must agree. */
export const concatenate = (given: ConcatenateOptions = {}): Layer => {
  const options = layerOptions<ConcatenateOptions>('concatenate', [given], [], ['axis']);
  const { axis = -1 } = options;
  return createLayer('concatenate', options, {
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
    call(_, inputs: readonly Tensor[], { masks }) {
      const isLast = axis === -1 || axis === (inputs[0] as Tensor).rank - 1;
      return { output: concat(inputs, axis), masks: isLast ? joinedMask(masks) : [undefined] };
    },
  });
};

export interface DotOptions extends LayerOptions {
  /** Inputs are scaled to length 1 along the axes first: cosines. Default false. */
  readonly normalize?: boolean;
}

/**
 * Products of two inputs summed over an axis of each (batched): `layers.dot(1)([a, b])` of (batch, n) and (batch, n) -> (batch, 1);
 * `layers.dot([2, 1])` of (batch, i, k) and (batch, k, j) -> (batch, i, j). The batch is axis 0.
 */
export const dot = (
  ...args:
    | [axes: number | readonly [number, number], options?: DotOptions]
    | [options: DotOptions & { readonly axes: number | readonly [number, number] }]
): Layer => {
  const options = layerOptions<DotOptions & { axes: number | readonly [number, number] }>('dot', args, ['axes'], ['normalize']);
  const { axes, normalize = false } = options;
  const pair = (typeof axes === 'number' ? [axes, axes] : axes) as readonly [number, number];
  if (!Array.isArray(pair) || pair.length !== 2 || !pair.every(Number.isInteger))
    throw new ValueError(`layers.dot needs an axis, or one of each input, got ${JSON.stringify(axes)}.`);
  const placesOf = (shapes: readonly Shape[]): readonly [number, number] => [
    axisWithoutBatch('dot', pair[0], shapes[0] as Shape),
    axisWithoutBatch('dot', pair[1], shapes[1] as Shape),
  ];
  return createLayer('dot', options, {
    build(...shapes) {
      if (shapes.length !== 2) throw new ValueError(`dot takes two inputs, got ${shapes.length}: layers.dot(1)([a, b]).`);
      const [first, second] = placesOf(shapes);
      const [a, b] = shapes as [Shape, Shape];
      if (a[first] !== b[second])
        throw new ShapeError(
          `dot cannot multiply ${formatBatch(a)} and ${formatBatch(b)} along axes ${pair}: they are ${a[first]} and ${b[second]} long.`,
        );
      return {};
    },
    call(_, [a, b]: readonly [Tensor, Tensor]) {
      const [first, second] = placesOf([a.shape.slice(1), b.shape.slice(1)]);
      const unit = (x: Tensor, axis: number): Tensor =>
        normalize ? x.mul(x.square().sum(axis, { keepDims: true }).maximum(1e-12).rsqrt()) : x;
      const left = unit(a, first + 1);
      const right = unit(b, second + 1);
      const batch = a.shape[0] as number;
      const toEnd = (x: Tensor, axis: number): Tensor => {
        const order = [...x.shape.map((_, index) => index).filter(index => index !== axis), axis];
        return x.permute(order);
      };
      const l = toEnd(left, first + 1);
      const r = toEnd(right, second + 1);
      const size = l.shape.at(-1) as number;
      const [leftRest, rightRest] = [l.shape.slice(1, -1), r.shape.slice(1, -1)];
      const product = l.reshape([batch, -1, size]).matmul(r.reshape([batch, -1, size]).swapAxes(1, 2));
      const rest = [...leftRest, ...rightRest];
      return product.reshape([batch, ...(rest.length === 0 ? [1] : rest)]);
    },
  });
};
