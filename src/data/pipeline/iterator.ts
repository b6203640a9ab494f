import { ValueError } from '../../core/errors.ts';
import { type Cursor, end, type Stage } from './cursor.ts';

/** Where a walk through a data set stands: plain data, for a checkpoint. */
export interface IteratorState {
  /** Which walk it is, from 0: a shuffled order belongs to it. */
  readonly round: number;
  /** How many items were taken. */
  readonly taken: number;
}

/** A walk through a data set. */
export interface DatasetIterator<T> extends AsyncIterableIterator<T, undefined, void> {
  next(): Promise<IteratorResult<T, undefined>>;
  /** Ends the walk, and frees what it holds. */
  return(): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): DatasetIterator<T>;
  /** Where the walk stands: after the items that were taken, whatever was read ahead of them. */
  state(): IteratorState;
  /**
   * Goes where another walk through the same data set stood, in this process or in another one: the items that follow are the same,
   * and so are those of the rounds after. What lies between is passed over without being made where that can be: rows are not read,
   * functions of `map` not called, items of a file read again.
   *
   * @throws ValueError for what is no state, and where the data set has fewer items.
   */
  restore(state: IteratorState): Promise<void>;
}

/** What a data set and its consumer did with their time, over all walks so far. */
export interface DatasetStatistics {
  readonly items: number;
  readonly rounds: number;
  /** How long the consumer waited for items, in milliseconds. */
  readonly waitedMilliseconds: number;
  /** How long it was busy with them, between an item and the question for the next one. */
  readonly usedMilliseconds: number;
  /** The share of the time that the consumer waited: 0 where data are always ready, 1 where it does nothing else. */
  readonly waitedShare: number;
  /** Items a second that the pipeline gave while it was waited for; Infinity where it never was. */
  readonly itemsPerSecond: number;
}

/** Counts what walks do. */
export class Meter {
  items = 0;
  rounds = 0;
  waited = 0;
  used = 0;

  get statistics(): DatasetStatistics {
    const { items, rounds, waited, used } = this;
    return {
      ...{ items, rounds, waitedMilliseconds: waited, usedMilliseconds: used },
      waitedShare: waited + used === 0 ? 0 : waited / (waited + used),
      itemsPerSecond: items === 0 ? 0 : (items / waited) * 1000,
    };
  }
}

/** The rounds that a data set has begun. */
export interface Rounds {
  next: number;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

export class Walk<T> implements DatasetIterator<T> {
  readonly #stage: Stage<T>;
  readonly #rounds: Rounds;
  readonly #meter: Meter;
  #round: number;
  #cursor: Cursor<T> | undefined;
  #taken = 0;
  #isOver = false;
  #answered: number | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(stage: Stage<T>, rounds: Rounds, meter: Meter) {
    [this.#stage, this.#rounds, this.#meter] = [stage, rounds, meter];
    this.#round = rounds.next++;
    meter.rounds++;
  }

  /** One after the other, whoever asks. */
  #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return this.#inTurn(() => this.#step());
  }

  async #step(): Promise<IteratorResult<T, undefined>> {
    if (this.#isOver) return { done: true, value: undefined };
    const asked = performance.now();
    if (this.#answered !== undefined) this.#meter.used += asked - this.#answered;
    this.#cursor ??= this.#stage.open(this.#round);
    try {
      const next = this.#cursor.next();
      const item = next instanceof Promise ? await next : next;
      this.#answered = performance.now();
      this.#meter.waited += this.#answered - asked;
      if (item !== end) {
        this.#taken++;
        this.#meter.items++;
        return { done: false, value: item };
      }
    } catch (error) {
      await this.#finish().catch(() => undefined); // the first failure is the one to report
      throw error;
    }
    await this.#finish();
    return { done: true, value: undefined };
  }

  async #finish(): Promise<void> {
    this.#isOver = true;
    this.#answered = undefined;
    const cursor = this.#cursor;
    this.#cursor = undefined;
    await cursor?.close();
  }

  return(): Promise<IteratorResult<T, undefined>> {
    return this.#inTurn(async () => {
      await this.#finish();
      return { done: true, value: undefined };
    });
  }

  [Symbol.asyncIterator](): DatasetIterator<T> {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  state(): IteratorState {
    return { round: this.#round, taken: this.#taken };
  }

  restore(state: IteratorState): Promise<void> {
    return this.#inTurn(async () => {
      const { round, taken } = (state ?? {}) as Partial<IteratorState>;
      if (!isCount(round) || !isCount(taken))
        throw new ValueError('restore takes what state() gave: { round, taken }, both whole numbers from 0. Save it with the checkpoint.');
      await this.#finish();
      this.#round = round;
      this.#rounds.next = round + 1;
      this.#cursor = this.#stage.open(round);
      this.#isOver = false;
      const passed = await this.#cursor.skip(taken);
      this.#taken = passed;
      if (passed < taken) {
        await this.#finish();
        throw new ValueError(
          `restore cannot go on after item ${taken} of the data: this time they are only ${passed}. Give the same data.`,
        );
      }
    });
  }
}
