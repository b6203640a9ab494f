import { ValueError } from '../../core/errors.ts';
import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import { batchStage, joinStage } from './batch.ts';
import { cacheStage } from './cache.ts';
import { cacheFileStage } from './cacheFile.ts';
import { concatStage, interleaveStage, zipStage } from './combine.ts';
import type { Awaitable, Stage } from './cursor.ts';
import type { Dataset } from './interface.ts';
import { Meter, type Rounds, Walk } from './iterator.ts';
import { repeatStage, skipStage, takeStage } from './limits.ts';
import { bucketStage, stackPadded } from './padding.ts';
import { prefetchStage } from './prefetch.ts';
import { rejectionStage } from './rejection.ts';
import { shuffleStage } from './shuffle.ts';
import { type FoldOptions, foldStages, groupedStages, refuseMoving, sharesOf, splitStages, stratifiedStages } from './splits.ts';
import { applied, enumerateStage, filterStage, flatMapStage, mapStage } from './transform.ts';
import { windowStage } from './window.ts';

const stages = new WeakMap<object, Stage<unknown>>();

/** What a data set is made of. */
export const stageOf = <T>(what: string, value: Dataset<T>): Stage<T> => {
  const stage = typeof value === 'object' && value !== null ? stages.get(value) : undefined;
  if (stage === undefined) throw new ValueError(`${what} takes data sets. Make one of it: dataset(values).`);
  return stage as Stage<T>;
};

/** Whether a value is a data set of this library. */
export const isDataset = (value: unknown): value is Dataset<unknown> => typeof value === 'object' && value !== null && stages.has(value);

const whole = (what: string, value: number, least: number, name?: string): number => {
  if (name !== undefined) return wholeNumber(what, name, value, least);
  if (!Number.isInteger(value) || value < least) throw new ValueError(`${what} needs a whole number >= ${least}, got ${value}.`);
  return value;
};

const functionIn = (what: string, value: unknown): void => {
  if (typeof value !== 'function') throw new ValueError(`${what} takes a function of the items, got ${typeof value}.`);
};

/** Calls of items: a tuple's parts one by one. */
const byParts = <T, U>(what: string, transform: unknown): ((item: T) => Awaitable<U>) => {
  functionIn(what, transform);
  return applied(transform as (...parts: never[]) => Awaitable<U>) as (item: T) => Awaitable<U>;
};

const paddingNames = ['padValue', 'length', 'multipleOf', 'side', 'dropRemainder'];

type Several<U> = AsyncIterable<U> | Iterable<U>;

/** A data set of a stage. */
export const datasetOf = <T>(stage: Stage<T>): Dataset<T> => {
  const rounds: Rounds = { next: 0 };
  const meter = new Meter();
  const self: Dataset<T> = {
    count: stage.count,
    [Symbol.asyncIterator]: () => new Walk(stage, rounds, meter),
    statistics: () => meter.statistics,
    map: <const U>(transform: unknown, options: { readonly parallel?: number } = {}) => {
      unknownOptions('map', options, ['parallel']);
      return datasetOf(mapStage<T, U>(stage, byParts('map', transform), whole('map', options.parallel ?? 1, 1, 'parallel')));
    },
    filter: keeps => datasetOf(filterStage(stage, byParts<T, unknown>('filter', keeps))),
    flatMap: <U>(transform: unknown) => datasetOf(flatMapStage<T, U>(stage, byParts<T, Several<U>>('flatMap', transform))),
    enumerate: (start = 0) => datasetOf(enumerateStage(stage, whole('enumerate', start, 0))),
    batch(size, options = {}) {
      unknownOptions('batch', options, ['dropRemainder']);
      return datasetOf(batchStage(stage, whole('batch', size, 1), options.dropRemainder ?? false));
    },
    paddedBatch(size, options = {}) {
      unknownOptions('paddedBatch', options, paddingNames);
      const { dropRemainder = false, ...padding } = options;
      return datasetOf(joinStage(stage, whole('paddedBatch', size, 1), dropRemainder, items => stackPadded(items, padding)));
    },
    bucketByLength(options) {
      unknownOptions('bucketByLength', options, ['lengthOf', 'boundaries', 'batchSize', ...paddingNames]);
      const { lengthOf, boundaries, batchSize, dropRemainder = false, ...padding } = options;
      functionIn('bucketByLength', lengthOf);
      const sizes = typeof batchSize === 'number' ? Array.from({ length: boundaries.length + 1 }, () => batchSize) : batchSize;
      if (sizes.length !== boundaries.length + 1)
        throw new ValueError(`bucketByLength needs one batch size more than boundaries (${boundaries.length}), got ${sizes.length}.`);
      for (const size of sizes) whole('bucketByLength', size, 1, 'every batchSize');
      return datasetOf(bucketStage(stage, lengthOf, boundaries, sizes, dropRemainder, padding));
    },
    window(size, options = {}) {
      unknownOptions('window', options, ['shift', 'dropRemainder']);
      const { shift = size, dropRemainder = false } = options;
      return datasetOf(windowStage(stage, whole('window', size, 1), whole('window', shift, 1, 'shift'), dropRemainder));
    },
    shuffle(options = {}) {
      unknownOptions('shuffle', options, ['seed', 'bufferSize', 'reshuffle']);
      if (options.bufferSize !== undefined) whole('shuffle', options.bufferSize, 1, 'bufferSize');
      return datasetOf(shuffleStage(stage, options));
    },
    repeat: (times = Infinity) => datasetOf(repeatStage(stage, times === Infinity ? times : whole('repeat', times, 1))),
    take: count => datasetOf(takeStage(stage, whole('take', count, 0))),
    skip: count => datasetOf(skipStage(stage, whole('skip', count, 0))),
    zip: ((...others: readonly Dataset<unknown>[]) =>
      datasetOf(zipStage([stage, ...others.map(other => stageOf('zip', other))]))) as unknown as Dataset<T>['zip'],
    concat: ((...others: readonly Dataset<unknown>[]) =>
      datasetOf(concatStage<unknown>([stage, ...others.map(other => stageOf('concat', other))]))) as unknown as Dataset<T>['concat'],
    interleave: <U>(transform: unknown, options: { readonly cycle?: number; readonly block?: number } = {}) => {
      unknownOptions('interleave', options, ['cycle', 'block']);
      const [cycle, block] = [whole('interleave', options.cycle ?? 4, 1, 'cycle'), whole('interleave', options.block ?? 1, 1, 'block')];
      return datasetOf(interleaveStage<T, U>(stage, byParts<T, Several<U>>('interleave', transform), cycle, block));
    },
    cache(options = {}) {
      unknownOptions('cache', options, ['path']);
      return datasetOf(options.path === undefined ? cacheStage(stage) : cacheFileStage(stage, options.path));
    },
    prefetch: (count = 2) => datasetOf(prefetchStage(stage, whole('prefetch', count, 1))),
    rejectionSample(options) {
      unknownOptions('rejectionSample', options, ['classOf', 'target', 'initial', 'seed']);
      functionIn('rejectionSample', options.classOf);
      return datasetOf(rejectionStage(stage, options));
    },
    split(shares, { seed = 0 } = {}) {
      refuseMoving('split', stage);
      return splitStages(stage, sharesOf('split', shares), seed).map(datasetOf);
    },
    stratifiedSplit(shares, { by, seed = 0 }) {
      functionIn('stratifiedSplit', by);
      refuseMoving('stratifiedSplit', stage);
      return stratifiedStages(stage, sharesOf('stratifiedSplit', shares), by, seed).map(datasetOf);
    },
    groupedSplit(shares, { by, seed = 0 }) {
      functionIn('groupedSplit', by);
      refuseMoving('groupedSplit', stage);
      return groupedStages(stage, sharesOf('groupedSplit', shares), by, seed).map(datasetOf);
    },
    kFold(folds, options: FoldOptions<T> = {}) {
      unknownOptions('kFold', options, ['by', 'groupBy', 'seed']);
      refuseMoving('kFold', stage);
      return foldStages(stage, whole('kFold', folds, 2, 'the number of folds'), options).map(({ train, validation }) => ({
        train: datasetOf(train),
        validation: datasetOf(validation),
      }));
    },
    async toArray() {
      if (stage.count === Infinity) throw new ValueError('toArray cannot list a data set without end. Call take(count) first.');
      const items: T[] = [];
      for await (const item of self) items.push(item);
      return items;
    },
  };
  stages.set(self, stage as Stage<unknown>);
  return self;
};
