import { ValueError } from '../../core/errors.ts';
import * as random from '../../tensor/random.ts';
import { end, indexedStage, type Stage, takingCursor } from './cursor.ts';
import { drawsOf } from './draws.ts';

export interface ShuffleOptions {
  /** The same seed gives the same orders. Default 0. */
  readonly seed?: number;
  /**
   * How many items are held to draw the next one from: needed for streams, whose items cannot be reached by number. Rows are put in a
   * new order as a whole unless a size is given.
   */
  readonly bufferSize?: number;
  /** Whether each round has another order. Default true. */
  readonly reshuffle?: boolean;
}

/** Rows in an order drawn as a whole. */
const shuffleRows = <T>(indexed: NonNullable<Stage<T>['indexed']>, seed: number, reshuffle: boolean): Stage<T> =>
  indexedStage(
    {
      ...indexed,
      async order(round) {
        const before = await indexed.order(round);
        const key = random.foldIn(random.key(seed), reshuffle ? round : 0);
        const places = (await random.permutation(before.length, { key }).data()) as Int32Array;
        return places.map(place => before[place] as number);
      },
    },
    reshuffle,
  );

/** Items drawn from a buffer that is kept full: one far behind in the stream cannot come early. */
const shuffleBuffer = <T>(stage: Stage<T>, seed: number, size: number, reshuffle: boolean): Stage<T> => ({
  open: round => {
    const cursor = stage.open(round);
    const draws = drawsOf(seed, reshuffle ? round : 0);
    const buffer: T[] = [];
    let isOver = false;
    return takingCursor<T>(
      async () => {
        while (!isOver && buffer.length < size) {
          const next = cursor.next();
          const item = next instanceof Promise ? await next : next;
          if (item === end) isOver = true;
          else buffer.push(item);
        }
        if (buffer.length === 0) return end;
        const place = draws.below(buffer.length);
        const chosen = buffer[place] as T;
        const last = buffer.pop() as T;
        if (place < buffer.length) buffer[place] = last;
        return chosen;
      },
      () => cursor.close(),
    );
  },
  count: stage.count,
  varies: stage.varies || reshuffle,
});

export const shuffleStage = <T>(stage: Stage<T>, { seed = 0, bufferSize, reshuffle = true }: ShuffleOptions): Stage<T> => {
  drawsOf(seed); // refuses what is no seed now, not at the first item
  if (bufferSize !== undefined) return shuffleBuffer(stage, seed, bufferSize, reshuffle);
  if (stage.indexed !== undefined) return shuffleRows(stage.indexed, seed, reshuffle);
  throw new ValueError(
    'shuffle works on rows as a whole; a stream or batches need a buffer: shuffle({ bufferSize: 10_000 }). Or shuffle first, or cache() before.',
  );
};
