import { ValueError } from '../../core/errors.ts';
import { after, type Cursor, type End, end, type Stage } from './cursor.ts';

/** A stage whose order is a part of another's, where it is indexed. */
const sliced = <T>(stage: Stage<T>, from: number, to: number | undefined): Stage<T>['indexed'] => {
  const { indexed } = stage;
  return (
    indexed && {
      ...indexed,
      count: indexed.count === undefined ? undefined : Math.max(0, Math.min(indexed.count, to ?? Infinity) - from),
      order: async round => (await indexed.order(round)).subarray(from, to),
    }
  );
};

export const takeStage = <T>(stage: Stage<T>, limit: number): Stage<T> => ({
  open: round => {
    const cursor = stage.open(round);
    let left = limit;
    const countDown = (item: T | End): T | End => {
      left--;
      return item;
    };
    return {
      next: () => (left === 0 ? end : after(cursor.next(), countDown)),
      skip: count =>
        after(cursor.skip(Math.min(count, left)), passed => {
          left -= passed;
          return passed;
        }),
      close: () => cursor.close(),
    };
  },
  count: stage.count === undefined ? undefined : Math.min(limit, stage.count),
  indexed: sliced(stage, 0, limit),
  varies: stage.varies,
});

export const skipStage = <T>(stage: Stage<T>, first: number): Stage<T> => ({
  open: round => {
    const cursor = stage.open(round);
    let isBegun = false;
    const begin = (): number | Promise<number> => {
      if (isBegun) return 0;
      isBegun = true;
      return cursor.skip(first);
    };
    return {
      next: () => after(begin(), () => cursor.next()),
      skip: count => after(begin(), () => cursor.skip(count)),
      close: () => cursor.close(),
    };
  },
  count: stage.count === undefined ? undefined : Math.max(0, stage.count - first),
  indexed: sliced(stage, first, undefined),
  varies: stage.varies,
});

/** A round of a repeated stage is many of the stage's own; endless ones have a block of numbers each. */
const innerRound = (round: number, times: number, index: number): number =>
  times === Infinity ? round * 2 ** 20 + index : round * times + index;

export const repeatStage = <T>(stage: Stage<T>, times: number): Stage<T> => ({
  open: round => {
    let index = 0;
    let cursor: Cursor<T> | undefined;
    let taken = 0; // in this turn
    const renew = async (): Promise<boolean> => {
      await cursor?.close();
      cursor = undefined;
      index++;
      if (taken === 0 && times === Infinity)
        throw new ValueError('repeat without end got a data set without items. Check where the data comes from, and what filter leaves.');
      taken = 0;
      return index < times;
    };
    const current = (): Cursor<T> => {
      cursor ??= stage.open(innerRound(round, times, index));
      return cursor;
    };
    const next = async (): Promise<T | typeof end> => {
      while (index < times) {
        const item = await current().next();
        if (item !== end) {
          taken++;
          return item;
        }
        await renew();
      }
      return end;
    };
    return {
      next,
      async skip(count) {
        let passed = 0;
        const { count: each } = stage;
        if (each !== undefined && each > 0 && each < Infinity) {
          const turns = Math.floor((count + taken) / each); // whole rounds are left alone
          if (turns > 0) {
            const turn = Math.min(index + turns, times);
            passed = (turn - index) * each - taken;
            await cursor?.close();
            [cursor, index, taken] = [undefined, turn, 0];
          }
        }
        while (passed < count && index < times) {
          const some = await current().skip(count - passed);
          passed += some;
          taken += some;
          if (passed < count) await renew();
        }
        return passed;
      },
      close: async () => cursor?.close(),
    };
  },
  count: stage.count === undefined ? (times === Infinity ? Infinity : undefined) : stage.count === 0 ? 0 : stage.count * times,
  varies: stage.varies,
});
