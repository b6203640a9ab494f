import { ValueError } from '../core/errors.ts';
import { tensor } from '../tensor/create.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { datasetOf } from './pipeline/build.ts';
import { cursorOf, indexedStage, isAsyncIterable, isIterable, type Stage } from './pipeline/cursor.ts';
import type { Dataset } from './pipeline/interface.ts';
import type { NumberArray } from './pipeline/items.ts';
import { isNumberArray, isPlainRecord, stackItems, tensorArray } from './pipeline/stacking.ts';

/** Values that belong to rows, one each: the first axis of a tensor, the elements of an array. */
export type Column = Tensor | NumberArray | readonly unknown[];

/** One row's part of a column. */
export type RowOf<C> = C extends Tensor ? Tensor : C extends NumberArray ? number : C extends readonly (infer E)[] ? E : never;

type Rows<P> = { readonly [K in keyof P]: RowOf<P[K]> };

/** What can be walked through again and again: an iterable, or a function that gives one each time. */
export type Stream<T> = AsyncIterable<T> | Iterable<T> | (() => AsyncIterable<T> | Iterable<T>);

const lengthOf = (column: Column): number | undefined => (isTensor(column) ? column.shape[0] : column.length);

const isColumn = (value: unknown): value is Column => isTensor(value) || isNumberArray(value) || Array.isArray(value);

/** Rows of a column by number, as a batch has them. */
const gatherColumn = (column: Column, rows: Int32Array, places: () => Tensor): unknown => {
  if (isTensor(column)) return column.gather(places(), 0);
  if (!isNumberArray(column)) return (stackItems(Array.from(rows, row => [column[row]])) as unknown[])[0];
  const values = tensorArray(column);
  const Storage = values.constructor as new (length: number) => Float64Array;
  const gathered = new Storage(rows.length);
  for (let index = 0; index < rows.length; index++) gathered[index] = values[rows[index] as number] as number;
  return tensor(gathered);
};

const pickFrom = (column: Column, row: number): unknown =>
  isTensor(column) ? column.gather(tensor(Int32Array.of(row)), 0).at(0) : column[row];

const rowsStage = <T>(columns: readonly Column[], build: (parts: unknown[]) => unknown): Stage<T> => {
  const counts = columns.map(lengthOf);
  const [count] = counts;
  if (count === undefined || counts.some(other => other !== count))
    throw new ValueError(`dataset needs tensors with equally many rows, got ${counts.map(String).join(' and ')}. Cut the longer ones.`);
  if (count === 0) throw new ValueError('dataset got no rows. Check where the data comes from.');
  return indexedStage<T>(
    {
      count,
      order: async () => Int32Array.from({ length: count }, (_, index) => index),
      pick: row => build(columns.map(column => pickFrom(column, row))) as T,
      gather: rows => {
        let places: Tensor | undefined;
        const shared = (): Tensor => {
          places ??= tensor(rows);
          return places;
        };
        return build(columns.map(column => gatherColumn(column, rows, shared)));
      },
    },
    false,
  );
};

const arrayStage = <T>(items: readonly T[]): Stage<T> => {
  if (items.length === 0) throw new ValueError('dataset got no rows. Check where the data comes from.');
  return indexedStage<T>(
    {
      count: items.length,
      order: async () => Int32Array.from({ length: items.length }, (_, index) => index),
      pick: row => items[row] as T,
      gather: rows => stackItems(Array.from(rows, row => items[row] as T)),
    },
    false,
  );
};

/** A stage over what is walked through from its beginning. */
export const streamStage = <T>(stream: Stream<T>): Stage<T> => {
  let used: unknown; // the iterator that came last: one that comes again is used up
  return {
    open: () => {
      const iterable = typeof stream === 'function' ? stream() : stream;
      const isOnce = (iterable as { next?: unknown }).next !== undefined;
      if (isOnce && used === iterable)
        throw new ValueError(
          'a data set of a generator can be walked through once. Give the function that makes it: dataset(() => generate()).',
        );
      used = iterable;
      return cursorOf(iterable);
    },
    count: undefined,
    varies: false,
  };
};

/**
 * A data set:
 * - `dataset(x, y, …)` of columns (tensors, typed arrays, arrays): rows as tuples; element i of each belongs together;
 * - `dataset({ image, label })` of named columns: rows as records;
 * - `dataset(items)` of an array: its elements;
 * - `dataset(iterable)`, `dataset(() => iterable)`: what a (possibly endless, asynchronous) iterable gives, walked through anew each time.
 *
 * @throws ValueError where the numbers of rows differ, or there are none.
 * @example dataset(x, y).shuffle({ seed: 1 }).map((x, y) => [x.div(255), y]).batch(32).prefetch()
 */
export function dataset<const P extends readonly [Tensor | NumberArray, ...Column[]]>(...columns: P): Dataset<Rows<P>>;
export function dataset<const P extends readonly [readonly unknown[], Column, ...Column[]]>(...columns: P): Dataset<Rows<P>>;
export function dataset<T>(items: readonly T[]): Dataset<T>;
export function dataset<T>(stream: Stream<T>): Dataset<T>;
export function dataset<P extends Readonly<Record<string, Column>>>(columns: P): Dataset<Rows<P>>;
export function dataset(...parts: readonly unknown[]): Dataset<unknown> {
  const [first] = parts;
  if (parts.length === 1) {
    if (Array.isArray(first)) return datasetOf(arrayStage<unknown>(first));
    if (typeof first === 'function') return datasetOf(streamStage<unknown>(first as Stream<unknown>));
    if (isPlainRecord(first) && Object.keys(first).length > 0 && Object.values(first).every(isColumn)) {
      const names = Object.keys(first);
      return datasetOf(
        rowsStage(Object.values(first) as Column[], values => Object.fromEntries(names.map((name, at) => [name, values[at]]))),
      );
    }
    if (!isColumn(first) && (isAsyncIterable(first) || isIterable(first))) return datasetOf(streamStage<unknown>(first as Stream<unknown>));
  }
  const other = parts.findIndex(part => !isColumn(part));
  if (other >= 0)
    throw new ValueError(
      `dataset takes tensors, arrays, records of them, iterables and functions that give iterables; argument ${other + 1} is ${parts[other] === null ? 'null' : typeof parts[other]}.`,
    );
  return datasetOf(rowsStage(parts as readonly Column[], values => values));
}
