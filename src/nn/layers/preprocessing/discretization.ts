import { isFloat } from '../../../core/dtype.ts';
import { ValueError } from '../../../core/errors.ts';
import { tensor } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions } from '../../layer.ts';
import { positiveInteger } from '../common.ts';
import { checkMode, encodeCategories, type OutputMode } from './categories.ts';
import { describeAgain, Knowledge, type NumericData, tensorsOf } from './learning.ts';

export interface DiscretizationOptions extends LayerOptions {
  /** The upper bounds of the bins but the last, ascending, each excluded: [0, 1, 2] makes (-∞, 0), [0, 1), [1, 2), [2, ∞). */
  readonly binBoundaries?: readonly number[];
  /** Instead: how many bins of equal frequency `adapt` makes. */
  readonly numBins?: number;
  /** How exact: the share of the data that quantiles may be off by. Default 0.01. */
  readonly epsilon?: number;
  /** 'int' (the default), 'oneHot', 'multiHot' or 'count'. */
  readonly outputMode?: 'int' | 'oneHot' | 'multiHot' | 'count';
}

export interface DiscretizationLayer extends Layer {
  /** Learns the boundaries from data, before the layer is part of a model. */
  adapt(data: NumericData): Promise<void>;
  /** The boundaries, given or learned. */
  binBoundaries(): readonly number[];
}

/** Values with how many of the data each stands for, in ascending order. */
interface Summary {
  readonly values: Float32Array;
  readonly weights: Float32Array;
}

const nothing: Summary = { values: new Float32Array(0), weights: new Float32Array(0) };

/** Every so many of the sorted values. */
const summarize = (data: Float32Array, epsilon: number): Summary => {
  const sorted = data.slice().sort();
  const step = Math.max(sorted.length / (1 / epsilon), 1);
  const [first, every] = [Math.trunc(step - 1), Math.trunc(step)];
  const values = sorted.filter((_, index) => index >= first && (index - first) % every === 0);
  return { values, weights: new Float32Array(values.length).fill(step) };
};

/** The piecewise linear function through points (x ascending, y), level outside. */
const interpolate = (at: number, x: ArrayLike<number>, y: ArrayLike<number>): number => {
  const last = x.length - 1;
  if (at <= (x[0] as number)) return y[0] as number;
  if (at >= (x[last] as number)) return y[last] as number;
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((x[middle] as number) <= at) low = middle;
    else high = middle;
  }
  const [from, to] = [x[low] as number, x[high] as number];
  return (y[low] as number) + (((y[high] as number) - (y[low] as number)) * (at - from)) / (to - from);
};

/** At most 1 / epsilon values, at equal distances in frequency. */
const compress = ({ values, weights }: Summary, epsilon: number): Summary => {
  if (values.length * epsilon < 1) return { values, weights };
  let sum = 0;
  const running = weights.map(weight => {
    sum = Math.fround(sum + weight);
    return sum;
  });
  const shares = running.map(one => one / sum);
  const percents = Array.from({ length: Math.ceil(1 / epsilon) }, (_, index) => epsilon + index * epsilon);
  const upTo = percents.map(percent => interpolate(percent, shares, running));
  return {
    values: Float32Array.from(percents, percent => interpolate(percent, shares, values)),
    weights: Float32Array.from(upTo, (one, index) => one - (index === 0 ? 0 : (upTo[index - 1] as number))),
  };
};

const merge = (a: Summary, b: Summary, epsilon: number): Summary => {
  const pairs = [a, b].flatMap(({ values, weights }) => Array.from(values, (value, index) => [value, weights[index] as number] as const));
  pairs.sort(([first], [second]) => first - second);
  return compress(
    { values: Float32Array.from(pairs, ([value]) => value), weights: Float32Array.from(pairs, ([, weight]) => weight) },
    epsilon,
  );
};

/**
 * Numbers as the numbers of their bins: how many boundaries are not above them.
 *
 * x of any shape -> the same shape, int32; other modes as `layers.categoryEncoding`. Boundaries are given, or learned by `adapt` as the
 * quantiles of the data. Source: Keras 3, `keras.layers.Discretization`, to the bit of its quantile sketch.
 * @throws ValueError for boundaries and numBins at once or for none of them, for learning when the layer is part of a model, and for a call
 * before it has learned.
 * @example layers.discretization({ binBoundaries: [0, 1, 2] })
 */
export const discretization = (given: DiscretizationOptions = {}): DiscretizationLayer => {
  const kind = 'discretization';
  const options = layerOptions<DiscretizationOptions>(kind, [given], [], ['binBoundaries', 'numBins', 'epsilon', 'outputMode']);
  const { binBoundaries, numBins, epsilon = 0.01, outputMode = 'int' } = options;
  if (binBoundaries === undefined && numBins === undefined)
    throw new ValueError(`layers.${kind} needs binBoundaries, or numBins and then adapt(data).`);
  if (numBins !== undefined) positiveInteger(kind, 'numBins', numBins);
  if (!(epsilon > 0 && epsilon < 1)) throw new ValueError(`layers.${kind} needs epsilon between 0 and 1, got ${epsilon}.`);
  if (binBoundaries?.some((value, index) => !(index === 0 || value >= (binBoundaries[index - 1] as number))))
    throw new ValueError(`layers.${kind} needs binBoundaries in ascending order, got [${binBoundaries.join(', ')}].`);
  const modes: readonly OutputMode[] = ['int', 'oneHot', 'multiHot', 'count'];
  checkMode(kind, outputMode, modes);
  const knowledge = new Knowledge(kind, binBoundaries);
  const known = (boundaries: readonly number[] | undefined): readonly number[] => {
    if (boundaries !== undefined) return boundaries;
    throw new ValueError(`layers.${kind} has no boundaries yet: call await layer.adapt(data) first.`);
  };
  const layer = createLayer(kind, options, {
    call(_, x: Tensor) {
      const boundaries = known(knowledge.use());
      const numbers = isFloat(x.dtype) ? x : x.cast('float32');
      const below = numbers.expandDims(-1).less(tensor([...boundaries], { dtype: numbers.dtype }));
      return encodeCategories(below.not().cast('int32').sum(-1), outputMode, boundaries.length + 1);
    },
  });
  return Object.assign(layer, {
    binBoundaries: () => known(knowledge.known),
    async adapt(data: NumericData): Promise<void> {
      if (numBins === undefined) throw new ValueError(`layers.${kind} was given its boundaries: there is nothing to learn.`);
      knowledge.checkUnused();
      let summary = nothing;
      for await (const batch of tensorsOf(kind, data))
        summary = merge(summarize(Float32Array.from(await batch.data()), epsilon), summary, epsilon);
      if (summary.values.length === 0) throw new ValueError(`layers.${kind} cannot learn from nothing: there were no numbers.`);
      const learned = Array.from(compress(summary, 1 / numBins).values.slice(0, -1));
      knowledge.learn(learned);
      describeAgain(layer, { ...options, binBoundaries: learned });
    },
  });
};
