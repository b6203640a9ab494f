import { after, type Cursor, type End, end, type Stage } from './cursor.ts';

const iota = (count: number): Int32Array => Int32Array.from({ length: count }, (_, index) => index);

/** Keeps what the first whole round gave, in memory; later rounds get the same items in the same order. */
export const cacheStage = <T>(stage: Stage<T>): Stage<T> => {
  let kept: T[] | undefined;
  const fillFrom = (cursor: Cursor<T>): Cursor<T> => {
    const items: T[] = [];
    const keep = (item: T | End): T | End => {
      if (item === end) kept ??= items;
      else items.push(item);
      return item;
    };
    const next = (): T | End | Promise<T | End> => after(cursor.next(), keep);
    return {
      next,
      async skip(count) {
        for (let passed = 0; passed < count; passed++) if ((await next()) === end) return passed;
        return count;
      },
      close: () => cursor.close(),
    };
  };
  const read = (items: readonly T[]): Cursor<T> => {
    let at = 0;
    return {
      next: () => (at < items.length ? (items[at++] as T) : end),
      skip(count) {
        const passed = Math.min(count, items.length - at);
        at += passed;
        return passed;
      },
      close: async () => undefined,
    };
  };
  let loading: Promise<readonly T[]> | undefined;
  const load = async (): Promise<readonly T[]> => {
    if (kept !== undefined) return kept;
    const cursor = fillFrom(stage.open(0));
    try {
      while ((await cursor.next()) !== end);
    } finally {
      await cursor.close();
    }
    return kept as unknown as readonly T[];
  };
  const all = (): Promise<readonly T[]> => {
    loading ??= load();
    return loading;
  };
  return {
    open: round => (kept === undefined ? fillFrom(stage.open(round)) : read(kept)),
    count: stage.count,
    // What is kept can be reached by number: shuffles and splits after a cache read everything first.
    ...(stage.count === Infinity
      ? {}
      : {
          indexed: {
            count: stage.count,
            order: async () => iota((await all()).length),
            pick: row => (kept as readonly T[])[row] as T,
          },
        }),
    varies: false,
  };
};
