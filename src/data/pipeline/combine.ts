import type { Awaitable, Cursor, Stage } from './cursor.ts';
import { end, takingCursor } from './cursor.ts';
import { itemsOf } from './transform.ts';

const sumOf = (counts: readonly (number | undefined)[]): number | undefined =>
  counts.includes(undefined) ? undefined : (counts as number[]).reduce((sum, count) => sum + count, 0);

const closeAll = async (cursors: readonly Cursor<unknown>[]): Promise<void> => {
  await Promise.all(cursors.map(cursor => cursor.close()));
};

/** Items of several stages side by side, as long as all have some. */
export const zipStage = (stages: readonly Stage<unknown>[]): Stage<unknown[]> => ({
  open: round => {
    const cursors = stages.map(stage => stage.open(round));
    return {
      async next() {
        const items = await Promise.all(cursors.map(cursor => cursor.next()));
        return items.includes(end) ? end : items;
      },
      skip: async count => Math.min(...(await Promise.all(cursors.map(cursor => cursor.skip(count))))),
      close: () => closeAll(cursors),
    };
  },
  count: stages.some(({ count }) => count === undefined) ? undefined : Math.min(...stages.map(({ count }) => count as number)),
  varies: stages.some(({ varies }) => varies),
});

/** One stage after the other. */
export const concatStage = <T>(stages: readonly Stage<T>[]): Stage<T> => ({
  open: round => {
    let index = 0;
    let cursor: Cursor<T> | undefined;
    const advance = async (): Promise<void> => {
      await cursor?.close();
      cursor = undefined;
      index++;
    };
    const current = (): Cursor<T> => {
      cursor ??= (stages[index] as Stage<T>).open(round);
      return cursor;
    };
    return {
      async next() {
        for (; index < stages.length; await advance()) {
          const next = current().next();
          const item = next instanceof Promise ? await next : next;
          if (item !== end) return item;
        }
        return end;
      },
      async skip(count) {
        let passed = 0;
        while (index < stages.length) {
          passed += await current().skip(count - passed);
          if (passed === count) break;
          await advance();
        }
        return passed;
      },
      close: async () => cursor?.close(),
    };
  },
  count: sumOf(stages.map(({ count }) => count)),
  varies: stages.some(({ varies }) => varies),
});

/** Walks through what a function gives for `cycle` items at a time, `block` items of each in turn. */
export const interleaveStage = <T, U>(
  stage: Stage<T>,
  transform: (item: T) => Awaitable<AsyncIterable<U> | Iterable<U>>,
  cycle: number,
  block: number,
): Stage<U> => ({
  open: round => {
    const cursor = stage.open(round);
    const open: Cursor<U>[] = [];
    let isOver = false;
    let turn = 0;
    let left = block;
    const fill = async (): Promise<void> => {
      while (open.length < cycle && !isOver) {
        const item = await cursor.next();
        if (item === end) isOver = true;
        else open.push(itemsOf('interleave', await transform(item)));
      }
    };
    const turnOn = (): void => {
      turn = open.length === 0 ? 0 : (turn + 1) % open.length;
      left = block;
    };
    return takingCursor<U>(
      async () => {
        for (;;) {
          await fill();
          const inner = open[turn];
          if (inner === undefined) return end;
          const item = await inner.next();
          if (item !== end) {
            if (--left === 0) turnOn();
            return item;
          }
          await inner.close();
          open.splice(turn, 1);
          const replacement = isOver ? end : await cursor.next();
          if (replacement === end) {
            isOver = true;
            if (turn >= open.length) turn = 0; // the next source has moved into this place
            left = block;
          } else {
            open.splice(turn, 0, itemsOf('interleave', await transform(replacement)));
            turnOn();
          }
        }
      },
      async () => {
        await closeAll(open);
        await cursor.close();
      },
    );
  },
  count: undefined,
  varies: stage.varies,
});
