import { after, type Cursor, end, type Indexed, type Stage } from './cursor.ts';
import type { Batched } from './items.ts';
import { stackItems } from './stacking.ts';

const batches = (items: number | undefined, size: number, dropRemainder: boolean): number | undefined =>
  items === undefined ? undefined : items === Infinity ? Infinity : dropRemainder ? Math.floor(items / size) : Math.ceil(items / size);

/** Rows gathered at once, without touching single ones. */
const gatherCursor = <T>({ order, gather }: Indexed<T>, round: number, size: number, dropRemainder: boolean): Cursor<Batched<T>> => {
  let rows: Int32Array | undefined;
  let at = 0;
  const ordered = async (): Promise<Int32Array> => {
    rows ??= await order(round);
    return rows;
  };
  const take = (all: Int32Array): Batched<T> | typeof end => {
    const part = all.subarray(at, at + size);
    if (part.length === 0 || (dropRemainder && part.length < size)) return end;
    at += size;
    return (gather as (rows: Int32Array) => unknown)(part) as Batched<T>;
  };
  return {
    next: () => (rows === undefined ? ordered().then(take) : take(rows)),
    async skip(count) {
      const left = Math.max(0, (await ordered()).length - at);
      const passed = Math.min(count, batches(left, size, dropRemainder) as number);
      at += passed * size;
      return passed;
    },
    close: async () => undefined,
  };
};

const joinCursor = <T, U>(cursor: Cursor<T>, size: number, dropRemainder: boolean, join: (items: T[]) => U): Cursor<U> => ({
  async next() {
    const items: T[] = [];
    while (items.length < size) {
      const next = cursor.next();
      const item = next instanceof Promise ? await next : next;
      if (item === end) break;
      items.push(item);
    }
    return items.length === 0 || (dropRemainder && items.length < size) ? end : join(items);
  },
  skip: count => after(cursor.skip(count * size), items => batches(items, size, dropRemainder) as number),
  close: () => cursor.close(),
});

/** Items joined, so many at a time; rows that can be gathered are. */
export const batchStage = <T>(stage: Stage<T>, size: number, dropRemainder: boolean): Stage<Batched<T>> => {
  const { indexed, batches: direct } = stage;
  return {
    open:
      direct !== undefined
        ? () => direct(size, dropRemainder) as Cursor<Batched<T>>
        : indexed?.gather === undefined
          ? round => joinCursor(stage.open(round), size, dropRemainder, items => stackItems(items))
          : round => gatherCursor(indexed, round, size, dropRemainder),
    count: batches(stage.count, size, dropRemainder),
    varies: stage.varies,
  };
};

/** The same with another way to join. */
export const joinStage = <T, U>(stage: Stage<T>, size: number, dropRemainder: boolean, join: (items: T[]) => U): Stage<U> => ({
  open: round => joinCursor(stage.open(round), size, dropRemainder, join),
  count: batches(stage.count, size, dropRemainder),
  varies: stage.varies,
});
