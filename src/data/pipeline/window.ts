import { type End, end, type Stage, takingCursor } from './cursor.ts';
import type { Batched } from './items.ts';
import { stackItems } from './stacking.ts';

/** `size` items that follow each other as one, beginning `shift` items further each time. */
export const windowStage = <T>(stage: Stage<T>, size: number, shift: number, dropRemainder: boolean): Stage<Batched<T>> => ({
  open: round => {
    const cursor = stage.open(round);
    let held: T[] = [];
    let isOver = false;
    const advance = async (): Promise<T[] | undefined> => {
      while (held.length < size && !isOver) {
        const item = await cursor.next();
        if (item === end) isOver = true;
        else held.push(item);
      }
      if (held.length === 0 || (dropRemainder && held.length < size)) return undefined;
      const window = held.slice(0, size);
      held = held.slice(shift);
      if (shift > window.length && !isOver) await cursor.skip(shift - window.length);
      return window;
    };
    return {
      ...takingCursor<Batched<T>>(
        async (): Promise<Batched<T> | End> => {
          const window = await advance();
          return window === undefined ? end : stackItems(window);
        },
        () => cursor.close(),
      ),
      async skip(count) {
        for (let passed = 0; passed < count; passed++) if ((await advance()) === undefined) return passed;
        return count;
      },
    };
  },
  count:
    stage.count === undefined || stage.count === Infinity
      ? stage.count
      : dropRemainder
        ? Math.max(0, Math.floor((stage.count - size) / shift) + 1)
        : Math.ceil(stage.count / shift),
  varies: stage.varies,
});
