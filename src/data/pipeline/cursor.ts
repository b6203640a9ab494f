/** What a cursor gives where nothing is left. */
export const end: unique symbol = Symbol('end of the data');
export type End = typeof end;

/** A value now or later: what is at hand does not wait a turn of the event loop. */
export type Awaitable<T> = T | Promise<T>;

/** One walk through a stage of a pipeline. Calls never overlap: the next one follows the answer to the one before. */
export interface Cursor<T> {
  next(): Awaitable<T | End>;
  /** Passes over items, without making them where that can be avoided; how many there were. */
  skip(count: number): Awaitable<number>;
  /** Frees what the walk holds: files, transfers. */
  close(): Promise<void>;
}

/** Rows that are reached by their number: what can be put in any order without being read. */
export interface Indexed<T> {
  /** How many there are in the order; undefined where that shows only when they are read. */
  readonly count: number | undefined;
  /** The rows of a round, by number. */
  readonly order: (round: number) => Promise<Int32Array>;
  readonly pick: (row: number) => Awaitable<T>;
  /** Many rows at once, as `batch` gives them. */
  readonly gather?: ((rows: Int32Array) => unknown) | undefined;
  /** How many rows are picked at a time. */
  readonly parallel?: number | undefined;
}

/** A recipe for walks: what a data set is made of. */
export interface Stage<T> {
  /** Begins a walk. Rounds are the times that a data set is walked through: shuffles draw another order in each. */
  readonly open: (round: number) => Cursor<T>;
  /** Infinity for one without end; undefined where it shows only at the end. */
  readonly count: number | undefined;
  readonly indexed?: Indexed<T> | undefined;
  /** A walk through batches, as `stackItems` would make them, that need no single items on the way. */
  readonly batches?: ((size: number, dropRemainder: boolean) => Cursor<unknown>) | undefined;
  /** Whether the items' places differ from round to round. */
  readonly varies: boolean;
}

/** Continues with a value, at once where it is there. */
export const after = <T, U>(value: Awaitable<T>, then: (value: T) => Awaitable<U>): Awaitable<U> =>
  value instanceof Promise ? value.then(then) : then(value);

/** Passes over items by making them. */
export const skipByTaking = async (next: () => Awaitable<unknown>, count: number): Promise<number> => {
  for (let passed = 0; passed < count; passed++) {
    const item = next();
    if ((item instanceof Promise ? await item : item) === end) return passed;
  }
  return count;
};

/** A cursor that can pass over items only by making them. */
export const takingCursor = <T>(next: () => Awaitable<T | End>, close: () => Promise<void>): Cursor<T> => ({
  next,
  skip: count => skipByTaking(next, count),
  close,
});

export const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

export const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;

/** A walk through any iterable. */
export const cursorOf = <T>(iterable: AsyncIterable<T> | Iterable<T>): Cursor<T> => {
  const iterator = isAsyncIterable(iterable) ? iterable[Symbol.asyncIterator]() : (iterable as Iterable<T>)[Symbol.iterator]();
  const unwrapped = ({ done, value }: IteratorResult<T>): T | End => (done === true ? end : value);
  return takingCursor<T>(
    () => after(iterator.next() as Awaitable<IteratorResult<T>>, unwrapped),
    async () => {
      await iterator.return?.();
    },
  );
};

/** Walks through indexed rows: what is passed over is not read. */
export const openIndexed =
  <T>({ order, pick, parallel = 1 }: Indexed<T>): ((round: number) => Cursor<T>) =>
  round => {
    let rows: Int32Array | undefined;
    let at = 0;
    const begun: Awaitable<T>[] = [];
    const take = (all: Int32Array): Awaitable<T | End> => {
      if (parallel === 1) return at < all.length ? pick(all[at++] as number) : end;
      for (; begun.length < parallel && at < all.length; at++) {
        const row = pick(all[at] as number);
        if (row instanceof Promise) row.catch(() => undefined); // is reported in its turn
        begun.push(row);
      }
      return begun.length > 0 ? (begun.shift() as Awaitable<T>) : end;
    };
    const ordered = (): Awaitable<Int32Array> => {
      if (rows !== undefined) return rows;
      return order(round).then(all => {
        rows = all;
        return all;
      });
    };
    return {
      next: () => after(ordered(), take),
      skip: count =>
        after(ordered(), all => {
          const held = begun.splice(0, count).length;
          const passed = Math.min(count - held, all.length - at);
          at += passed;
          return held + passed;
        }),
      close: async () => undefined,
    };
  };

export const indexedStage = <T>(indexed: Indexed<T>, varies: boolean): Stage<T> => ({
  open: openIndexed(indexed),
  count: indexed.count,
  indexed,
  varies,
});
