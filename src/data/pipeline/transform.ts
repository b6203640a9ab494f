import { ValueError } from '../../core/errors.ts';
import {
  type Awaitable,
  after,
  type Cursor,
  cursorOf,
  type End,
  end,
  isAsyncIterable,
  isIterable,
  type Stage,
  takingCursor,
} from './cursor.ts';

/** A function of items on a tuple's parts, or on the item itself. */
export const applied = <U>(transform: (...parts: never[]) => U): ((item: unknown) => U) => {
  const call = transform as (...parts: unknown[]) => U;
  return item => (Array.isArray(item) ? call(...(item as readonly unknown[])) : call(item));
};

/** Calls a function on what comes, up to `parallel` at a time; the order stays. */
const mapCursor = <T, U>(cursor: Cursor<T>, transform: (item: T) => Awaitable<U>, parallel: number): Cursor<U> => {
  if (parallel === 1)
    return {
      next: () => after(cursor.next(), item => (item === end ? end : transform(item))),
      skip: count => cursor.skip(count),
      close: () => cursor.close(),
    };
  const begun: Promise<U>[] = [];
  let isOver = false;
  const fill = async (): Promise<void> => {
    while (begun.length < parallel && !isOver) {
      const item = await cursor.next();
      if (item === end) isOver = true;
      else {
        const result = Promise.resolve(item).then(transform);
        result.catch(() => undefined); // is reported in its turn
        begun.push(result);
      }
    }
  };
  const close = (): Promise<void> => cursor.close();
  return {
    async next() {
      await fill();
      return begun.length === 0 ? end : (begun.shift() as Promise<U>);
    },
    async skip(count) {
      const held = begun.splice(0, count).length;
      return held + (isOver ? 0 : await cursor.skip(count - held));
    },
    close,
  };
};

export const mapStage = <T, U>(stage: Stage<T>, transform: (item: T) => Awaitable<U>, parallel = 1): Stage<U> => {
  const { indexed } = stage;
  return {
    open: round => mapCursor(stage.open(round), transform, parallel),
    count: stage.count,
    varies: stage.varies,
    indexed: indexed && {
      count: indexed.count,
      order: indexed.order,
      pick: row => after(indexed.pick(row), transform),
      parallel: Math.max(parallel, indexed.parallel ?? 1),
    },
  };
};

export const filterStage = <T>(stage: Stage<T>, keeps: (item: T, place: number, round: number) => Awaitable<unknown>): Stage<T> => ({
  open: round => {
    const cursor = stage.open(round);
    let place = 0;
    return takingCursor<T>(
      async () => {
        for (;;) {
          const next = cursor.next();
          const item = next instanceof Promise ? await next : next;
          if (item === end) return end;
          const kept = keeps(item, place++, round);
          if (kept instanceof Promise ? await kept : kept) return item;
        }
      },
      () => cursor.close(),
    );
  },
  count: undefined,
  varies: stage.varies,
});

/** The items of what a function gives. */
export const itemsOf = <U>(what: string, value: AsyncIterable<U> | Iterable<U>): Cursor<U> => {
  if (typeof value !== 'string' && (isAsyncIterable(value) || isIterable(value))) return cursorOf(value);
  throw new ValueError(`${what} needs a function that gives an array, an iterable or a data set, and it gave ${typeof value}.`);
};

export const flatMapStage = <T, U>(stage: Stage<T>, transform: (item: T) => Awaitable<AsyncIterable<U> | Iterable<U>>): Stage<U> => ({
  open: round => {
    const cursor = stage.open(round);
    let inner: Cursor<U> | undefined;
    return takingCursor<U>(
      async () => {
        for (;;) {
          if (inner !== undefined) {
            const next = inner.next();
            const item = next instanceof Promise ? await next : next;
            if (item !== end) return item;
            await inner.close();
            inner = undefined;
          }
          const outer = await cursor.next();
          if (outer === end) return end;
          inner = itemsOf('flatMap', await transform(outer));
        }
      },
      async () => {
        await inner?.close();
        await cursor.close();
      },
    );
  },
  count: undefined,
  varies: stage.varies,
});

/** [place, item]; passing over items keeps the count. */
export const enumerateStage = <T>(stage: Stage<T>, start: number): Stage<[number, T]> => ({
  open: round => {
    const cursor = stage.open(round);
    let place = start;
    return {
      next: () => after(cursor.next(), (item): [number, T] | End => (item === end ? end : [place++, item])),
      skip: count =>
        after(cursor.skip(count), passed => {
          place += passed;
          return passed;
        }),
      close: () => cursor.close(),
    };
  },
  count: stage.count,
  varies: stage.varies,
});
