import { ShapeError, ValueError } from '../../core/errors.ts';
import { concat, full, stack, tensor } from '../../tensor/create.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import { type Cursor, end, type Stage, takingCursor } from './cursor.ts';
import type { Batched, NumberArray } from './items.ts';
import { isNumberArray, type JoinArrays, stackItems, tensorArray } from './stacking.ts';

export interface PaddingOptions {
  /** What fills up the shorter items. Default 0. */
  readonly padValue?: number;
  /** The length of every item; longer ones are an error. Default: the longest of the batch. */
  readonly length?: number;
  /** Rounds the length up, so that fewer different shapes are compiled. Default 1. */
  readonly multipleOf?: number;
  /** Default 'end'. */
  readonly side?: 'start' | 'end';
}

const padTensor = (value: Tensor, length: number, { padValue = 0, side = 'end' }: PaddingOptions): Tensor => {
  const [own = 0, ...rest] = value.shape;
  if (own === length) return value;
  const filling = full([length - own, ...rest], padValue, { dtype: value.dtype });
  return concat(side === 'end' ? [value, filling] : [filling, value], 0);
};

/** Arrays of different lengths (the first axis) as one tensor. */
const joinPadded =
  (options: PaddingOptions): JoinArrays =>
  (values, path) => {
    const { padValue = 0, length, multipleOf = 1, side = 'end' } = options;
    const lengths = values.map(value => (isTensor(value) ? (value.shape[0] ?? 0) : (value as { length: number }).length));
    const longest = Math.max(...lengths);
    if (length !== undefined && longest > length)
      throw new ShapeError(
        `paddedBatch to length ${length} got an item of length ${longest}${path && ` at '${path}'`}. Cut it in a map before.`,
      );
    const target = length ?? Math.ceil(longest / multipleOf) * multipleOf;
    if (values.every(isTensor)) return stack((values as readonly Tensor[]).map(value => padTensor(value, target, options)));
    if (values.some(value => Array.isArray(value) && Array.isArray(value[0])))
      return stack(values.map(value => padTensor(tensor(value as number[][]), target, options)));
    const arrays = values.map(value => (isNumberArray(value) ? tensorArray(value as NumberArray) : Float32Array.from(value as number[])));
    const Storage = (arrays[0] as Float32Array).constructor as new (length: number) => Float32Array;
    const joined = new Storage(target * arrays.length).fill(padValue);
    for (const [index, array] of arrays.entries()) joined.set(array, index * target + (side === 'start' ? target - array.length : 0));
    return tensor(joined, { shape: [arrays.length, target] });
  };

/** A batch of items whose arrays have different lengths, filled up. */
export const stackPadded = <T>(items: readonly T[], options: PaddingOptions): Batched<T> => stackItems(items, joinPadded(options));

/** Items go into buckets by their length; a full bucket is a batch, padded to its longest item. */
export const bucketStage = <T>(
  stage: Stage<T>,
  lengthOf: (item: T) => number,
  boundaries: readonly number[],
  sizes: readonly number[],
  dropRemainder: boolean,
  padding: PaddingOptions,
): Stage<Batched<T>> => {
  if (boundaries.some((boundary, index) => index > 0 && boundary <= (boundaries[index - 1] as number)))
    throw new ValueError(`bucketByLength needs boundaries that grow, got ${boundaries.join(', ')}.`);
  return {
    open: round => {
      const cursor: Cursor<T> = stage.open(round);
      const buckets = sizes.map((): T[] => []);
      let isOver = false;
      return takingCursor<Batched<T>>(
        async () => {
          while (!isOver) {
            const item = await cursor.next();
            if (item === end) {
              isOver = true;
              break;
            }
            const length = lengthOf(item);
            const found = boundaries.findIndex(boundary => length < boundary);
            const place = found < 0 ? boundaries.length : found;
            const bucket = buckets[place] as T[];
            bucket.push(item);
            if (bucket.length === sizes[place]) return stackPadded(bucket.splice(0), padding);
          }
          const rest = dropRemainder ? undefined : buckets.find(bucket => bucket.length > 0);
          return rest === undefined ? end : stackPadded(rest.splice(0), padding);
        },
        () => cursor.close(),
      );
    },
    count: undefined,
    varies: stage.varies,
  };
};
