import { isFloat } from '../../../core/dtype.ts';
import { formatShape, ShapeError, ValueError } from '../../../core/errors.ts';
import { normalizeAxis, type Shape } from '../../../core/shape.ts';
import type { Nested } from '../../../tensor/convert.ts';
import { tensor } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Initializer } from '../../initializers.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions } from '../../layer.ts';
import { describeAgain, Knowledge, type NumericData, tensorsOf } from './learning.ts';

/** Means and variances of features, in the order of the axes that are kept. */
interface Moments {
  readonly shape: Shape;
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

export interface NormalizationOptions extends LayerOptions {
  /** Axes whose places have a mean and a variance each; 0 is the batch, null: one for all. Default -1. */
  readonly axis?: number | readonly number[] | null;
  /** Given with the variance instead of being learned: one number, or one for each place of the axes. */
  readonly mean?: Nested;
  readonly variance?: Nested;
  /** Whether values come back from normalized ones. Default false. */
  readonly invert?: boolean;
  /** What `adapt` learned: put here by the layer itself, so that its description makes it again. */
  readonly learned?: Moments;
}

export interface NormalizationLayer extends Layer {
  /** Learns mean and variance from data with a batch axis, before the layer is part of a model. */
  adapt(data: NumericData): Promise<void>;
}

const fixed = (values: readonly number[]): Initializer => {
  const create = (shape: Shape, { dtype = 'float32' }: { readonly dtype?: Tensor['dtype'] } = {}): Tensor =>
    tensor([...values], { shape, dtype });
  return Object.assign(create, { kind: 'learned', config: {}, values: () => Float32Array.from(values) });
};

const listOf = (axis: NormalizationOptions['axis']): readonly number[] => {
  if (axis === null) return [];
  return axis === undefined || typeof axis === 'number' ? [axis ?? -1] : axis;
};

/** Kept axes in ascending order, for a shape with its batch. */
const keptAxes = (kind: string, axis: NormalizationOptions['axis'], rank: number): readonly number[] =>
  listOf(axis)
    .map(one => normalizeAxis(kind, one, rank))
    .sort((a, b) => a - b);

/** Mean and variance of all batches together, by those of each: Chan, Golub, LeVeque 1983. */
const momentsOf = async (kind: string, data: NumericData, axis: NormalizationOptions['axis']): Promise<Moments> => {
  let all: { count: number; shape: Shape; mean: number[]; variance: number[] } | undefined;
  for await (const given of tensorsOf(kind, data)) {
    if (given.size === 0) continue;
    const x = isFloat(given.dtype) ? given : given.cast('float32');
    const kept = keptAxes(kind, axis, x.rank);
    const others = x.shape.map((_, place) => place).filter(place => !kept.includes(place));
    const shape = kept.map(place => x.shape[place] as number);
    const mean = Array.from(await (others.length === 0 ? x : x.mean(others)).data());
    const variance = Array.from(await (others.length === 0 ? x.mul(0) : x.variance(others)).data());
    const count = others.reduce((size, place) => size * (x.shape[place] as number), 1);
    if (all === undefined) all = { count, shape, mean, variance };
    else {
      if (formatShape(shape) !== formatShape(all.shape))
        throw new ShapeError(
          `layers.${kind} learns from batches of one shape, got features ${formatShape(all.shape)}, then ${formatShape(shape)}.`,
        );
      const share = count / (all.count + count);
      all.count += count;
      for (const [place, one] of mean.entries()) {
        const [before, after] = [all.mean[place] as number, (all.mean[place] as number) * (1 - share) + one * share];
        all.variance[place] =
          ((all.variance[place] as number) + (before - after) ** 2) * (1 - share) +
          ((variance[place] as number) + (one - after) ** 2) * share;
        all.mean[place] = after;
      }
    }
  }
  if (all === undefined) throw new ValueError(`layers.${kind} cannot learn from nothing: there were no numbers.`);
  return { shape: all.shape, mean: all.mean, variance: all.variance };
};

/**
 * Features with mean 0 and variance 1: y = (x - mean) / max(√variance, 1e-7), with mean and variance given or learned by `adapt`; with
 * `invert` x = y max(√variance, 1e-7) + mean.
 *
 * x of any shape -> the same shape. What was learned are weights `mean` and `variance` that training does not move (Keras has a third one,
 * `count`, which is always 0); before, the mean is 0 and the variance 1. Source: Keras 3, `keras.layers.Normalization`.
 * @throws ValueError for a mean without variance, and for learning when the layer is part of a model; ShapeError for features that differ.
 * @example
 * const normalize = layers.normalization();
 * await normalize.adapt(train.x);
 * const net = sequential([normalize, layers.dense(1)], { inputShape: [13] });
 */
export const normalization = (given: NormalizationOptions = {}): NormalizationLayer => {
  const kind = 'normalization';
  const options = layerOptions<NormalizationOptions>(kind, [given], [], ['axis', 'mean', 'variance', 'invert', 'learned']);
  const { axis, mean, variance, invert = false } = options;
  if ((mean === undefined) !== (variance === undefined))
    throw new ValueError(`layers.${kind} needs mean and variance together, got ${mean === undefined ? 'a variance' : 'a mean'} alone.`);
  const ranks = [mean, variance].map(one => (one === undefined ? [] : tensor(one as number[]).shape));
  if (formatShape(ranks[0] as Shape) !== formatShape(ranks[1] as Shape))
    throw new ShapeError(
      `layers.${kind} needs mean and variance of one shape, got ${ranks.map(shape => formatShape(shape)).join(' and ')}.`,
    );
  if ((ranks[0] as Shape).length > listOf(axis).length)
    throw new ShapeError(`layers.${kind} has ${listOf(axis).length} axes to keep, got a mean of shape ${formatShape(ranks[0] as Shape)}.`);
  const knowledge = new Knowledge(kind, options.learned);

  /** The shape in which mean and variance stand beside x. */
  const beside = (shape: Shape, values: Shape): number[] => {
    const kept = keptAxes(kind, axis, shape.length);
    const own = kept.slice(kept.length - values.length);
    return shape.map((_, place) => (own.includes(place) ? (values[own.indexOf(place)] as number) : 1));
  };

  const layer = createLayer(kind, options, {
    passesMask: true,
    build(shape = []): Readonly<Record<string, { shape: Shape; initializer: Initializer | string; trainable: boolean }>> {
      if (mean !== undefined) return {};
      const full = [0, ...shape];
      const kept = keptAxes(kind, axis, full.length);
      if (kept[0] === 0 && full.length > 0)
        throw new ShapeError(`${kind} cannot keep axis 0, the batch: its size changes. For one mean of all: axis null.`);
      const own = kept.map(place => full[place] as number);
      const learned = knowledge.use();
      if (learned !== undefined && formatShape(learned.shape) !== formatShape(own))
        throw new ShapeError(`${kind} learned features of shape ${formatShape(learned.shape)}, and cannot take ${formatShape(own)}.`);
      const weight = (
        values: readonly number[] | undefined,
        otherwise: string,
      ): { shape: Shape; initializer: Initializer | string; trainable: boolean } => ({
        ...{ shape: own, initializer: values === undefined ? otherwise : fixed(values), trainable: false },
      });
      return { mean: weight(learned?.mean, 'zeros'), variance: weight(learned?.variance, 'ones') };
    },
    call(weights, input: Tensor) {
      const x = isFloat(input.dtype) ? input : input.cast('float32');
      const place = (name: 'mean' | 'variance', value: Nested | undefined): Tensor => {
        const known = value === undefined ? (weights[name] as Tensor) : tensor(value as number[], { dtype: x.dtype });
        return known.reshape(beside(x.shape, known.shape)).cast(x.dtype);
      };
      const deviation = place('variance', variance).sqrt().maximum(1e-7);
      return invert ? x.mul(deviation).add(place('mean', mean)) : x.sub(place('mean', mean)).div(deviation);
    },
  });
  return Object.assign(layer, {
    async adapt(data: NumericData): Promise<void> {
      if (mean !== undefined) throw new ValueError(`layers.${kind} was given its mean and variance: there is nothing to learn.`);
      knowledge.checkUnused();
      const learned = await momentsOf(kind, data, axis);
      knowledge.learn(learned);
      describeAgain(layer, { ...options, learned });
    },
  });
};
