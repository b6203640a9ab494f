import { type Cursor, type End, end, type Stage } from './cursor.ts';

/** Takes items ahead, up to a number of them, while the ones before are in use. */
export const prefetchStage = <T>(stage: Stage<T>, count: number): Stage<T> => ({
  open: round => {
    const cursor: Cursor<T> = stage.open(round);
    const ready: (T | End)[] = [];
    let failure: { readonly error: unknown } | undefined;
    let pump: Promise<void> | undefined;
    let isOver = false;
    let isClosed = false;
    let wake: (() => void) | undefined;
    const run = async (): Promise<void> => {
      try {
        while (!isOver && !isClosed && ready.length < count) {
          const item = await cursor.next();
          ready.push(item);
          if (item === end) isOver = true;
          wake?.();
        }
      } catch (error) {
        failure = { error };
        isOver = true;
      }
      pump = undefined;
      wake?.();
    };
    const start = (): void => {
      if (pump === undefined && !isOver && ready.length < count) pump = run();
    };
    const next = async (): Promise<T | End> => {
      start();
      while (ready.length === 0) {
        if (failure !== undefined) throw failure.error;
        await new Promise<void>(resolve => {
          wake = resolve;
        });
        wake = undefined;
      }
      if (ready[0] === end) return end;
      const item = ready.shift() as T;
      start();
      return item;
    };
    return {
      next,
      async skip(number) {
        await pump; // an item that is under way comes first
        let held = 0;
        while (held < number && ready.length > 0 && ready[0] !== end) {
          ready.shift();
          held++;
        }
        if (failure !== undefined && ready.length === 0) throw failure.error;
        return held + (isOver || held === number ? 0 : await cursor.skip(number - held));
      },
      async close() {
        isClosed = true;
        await pump;
        await cursor.close();
      },
    };
  },
  count: stage.count,
  varies: stage.varies,
  indexed: stage.indexed && { ...stage.indexed, gather: undefined },
});
