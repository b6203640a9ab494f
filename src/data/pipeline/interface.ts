import type { Arguments, Batched, Item } from './items.ts';
import type { DatasetIterator, DatasetStatistics } from './iterator.ts';
import type { PaddingOptions } from './padding.ts';
import type { ClassName, RejectionOptions } from './rejection.ts';
import type { ShuffleOptions } from './shuffle.ts';

type Several<U> = AsyncIterable<U> | Iterable<U>;

export interface ParallelOptions {
  /** How many calls are under way at once, for functions that wait (files, decoding). The order stays. Default 1. */
  readonly parallel?: number;
}

export interface BatchOptions {
  /** Leaves out a last batch that is not full. Default false. */
  readonly dropRemainder?: boolean;
}

export interface BucketOptions<T> extends PaddingOptions, BatchOptions {
  /** The length of an item, by which its bucket is chosen. */
  readonly lengthOf: (item: T) => number;
  /** Bucket i takes items shorter than boundary i; one more takes the rest. */
  readonly boundaries: readonly number[];
  /** Items of a batch, of every bucket or of each (one more than boundaries). */
  readonly batchSize: number | readonly number[];
}

export interface InterleaveOptions {
  /** How many sources are open at once. Default 4. */
  readonly cycle?: number;
  /** How many items of a source follow each other. Default 1. */
  readonly block?: number;
}

export interface WindowOptions extends BatchOptions {
  /** How far apart windows begin. Default: their size. */
  readonly shift?: number;
}

export interface SplitOptions {
  /** Default 0. */
  readonly seed?: number;
}

export interface StratifiedOptions<T> extends SplitOptions {
  /** The class, or the group, of an item. */
  readonly by: (item: T) => ClassName;
}

export interface KFoldOptions<T> extends SplitOptions {
  /** Classes that every fold shall hold alike. */
  readonly by?: (item: T) => ClassName;
  /** Groups that no two folds may share. */
  readonly groupBy?: (item: T) => ClassName;
}

export interface Fold<T> {
  readonly train: Dataset<T>;
  readonly validation: Dataset<T>;
}

/**
 * A pipeline of items: nothing is read or computed until it is walked through (`for await`, `fit`), and each walk begins anew. Methods
 * give new data sets and leave this one as it is. What is random is drawn from a seed: the same in every run and on every machine.
 *
 * An item that is an array counts as a tuple: functions get its parts as arguments, (x, y) => …. Rows of different lengths go into
 * records or typed arrays.
 */
export interface Dataset<T = Item> extends AsyncIterable<T> {
  /** How many items a walk gives; Infinity for no end, undefined where it shows only at the end. */
  readonly count: number | undefined;
  [Symbol.asyncIterator](): DatasetIterator<T>;

  /** Each item transformed; one that takes its time may be given several at once. */
  map<const U>(transform: (...item: Arguments<T>) => U | Promise<U>, options?: ParallelOptions): Dataset<U>;
  /** The items that a function says yes to. */
  filter(keeps: (...item: Arguments<T>) => unknown): Dataset<T>;
  /** Each item replaced by those of an array, an iterable or a data set. */
  flatMap<U>(transform: (...item: Arguments<T>) => Several<U> | Promise<Several<U>>): Dataset<U>;
  /** [place, item], counted from `start` (0). */
  enumerate(start?: number): Dataset<[place: number, item: T]>;

  /**
   * Items joined along a new first axis, so many at a time: numbers, booleans, tensors and typed arrays become tensors (numbers
   * float32), tuples and records go part by part, texts and the rest are listed. @throws ShapeError, when it is reached, for parts of different shapes.
   */
  batch(size: number, options?: BatchOptions): Dataset<Batched<T>>;
  /** The same for arrays of different lengths: filled up to the longest of the batch. */
  paddedBatch(size: number, options?: PaddingOptions & BatchOptions): Dataset<Batched<T>>;
  /** Padded batches of items of like lengths, so that little is filled up. */
  bucketByLength(options: BucketOptions<T>): Dataset<Batched<T>>;
  /** Windows of `size` items that follow each other, joined as by `batch`: of a series, or of frames. */
  window(size: number, options?: WindowOptions): Dataset<Batched<T>>;

  /** Another order in each walk. Rows are shuffled whole; a stream, and batches, need a `bufferSize`. */
  shuffle(options?: ShuffleOptions): Dataset<T>;
  /** So many times over, without end by default; each time a shuffled order is drawn anew. */
  repeat(times?: number): Dataset<T>;
  /** The first items only. */
  take(count: number): Dataset<T>;
  /** Without the first items. */
  skip(count: number): Dataset<T>;
  /** Items side by side, as [mine, theirs, …], as long as all have some. */
  zip<U extends readonly unknown[]>(...others: { readonly [K in keyof U]: Dataset<U[K]> }): Dataset<[T, ...U]>;
  /** The items of others after these. */
  concat<U extends readonly unknown[]>(...others: { readonly [K in keyof U]: Dataset<U[K]> }): Dataset<T | U[number]>;
  /** What a function gives for each item (as files give rows), several sources in turn. */
  interleave<U>(transform: (...item: Arguments<T>) => Several<U> | Promise<Several<U>>, options?: InterleaveOptions): Dataset<U>;
  /**
   * Keeps the items of the first whole walk: in memory, or with `path` in a file, which later runs use as it is (remove it when what
   * comes before changes). Random steps belong after it.
   */
  cache(options?: { readonly path?: string }): Dataset<T>;
  /** Prepares so many items while the ones before are in use. Default 2. */
  prefetch(count?: number): Dataset<T>;
  /** Leaves items out at random until the classes have the shares asked for. */
  rejectionSample(options: RejectionOptions<T>): Dataset<T>;

  /**
   * Random parts that share no item: 0.8 gives two, [0.8, 0.1, 0.1] three. Exact where the count is known; of a stream each item draws
   * its part. @throws ValueError after a shuffle of a stream, which would mix them.
   */
  split(shares: number | readonly number[], options?: SplitOptions): Dataset<T>[];
  /** Parts in which each class has its share; the items are read once to know their classes. */
  stratifiedSplit(shares: number | readonly number[], options: StratifiedOptions<T>): Dataset<T>[];
  /** Parts that share no group (a patient, a speaker); the items are read once to know their groups. */
  groupedSplit(shares: number | readonly number[], options: StratifiedOptions<T>): Dataset<T>[];
  /** `folds` pairs; each item is for validation in one of them. */
  kFold(folds: number, options?: KFoldOptions<T>): Fold<T>[];

  /** All items. @throws ValueError for a data set without end. */
  toArray(): Promise<T[]>;
  /** What the data and their consumer did with their time so far: whether training waits for data. */
  statistics(): DatasetStatistics;
}
