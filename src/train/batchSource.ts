import { ValueError } from '../core/errors.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import type { Values } from './arrays.ts';
import type { ModelCore } from './core.ts';
import { type Rows, rowsFrom } from './fitOptions.ts';
import type { Json } from './json.ts';

/** One batch: [x, y] or [x, y, sampleWeight], also with names. */
export type Batch =
  | readonly [Values, Values]
  | readonly [Values, Values, Values]
  | readonly Tensor[]
  | { readonly x: Values; readonly y: Values; readonly sampleWeight?: Values };

/** Batches one after the other; each epoch begins them anew. */
export type BatchSource = AsyncIterable<Batch> | Iterable<Batch>;

/** Whether a value gives batches one after the other; tensors, arrays and typed arrays are rows. */
export const isBatchSource = <T = Batch>(value: unknown): value is AsyncIterable<T> | Iterable<T> =>
  typeof value === 'object' &&
  value !== null &&
  !isTensor(value) &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value) &&
  (Symbol.asyncIterator in value || Symbol.iterator in value);

/** Rows of one batch. @throws ValueError for batches of other parts. */
export const rowsOfBatch = (method: string, core: ModelCore, batch: Batch): Rows => {
  if (Array.isArray(batch) && (batch.length < 2 || batch.length > 3))
    throw new ValueError(`${method} takes batches [x, y] or [x, y, sampleWeight], and got one of ${batch.length} parts.`);
  const [x, y, weight] = Array.isArray(batch)
    ? (batch as unknown as readonly [Values, Values, Values?])
    : [(batch as { x: Values }).x, (batch as { y: Values }).y, (batch as { sampleWeight?: Values }).sampleWeight];
  return rowsFrom(method, core.network.inputs.length, core.network.outputs.length, x, y, weight);
};

type BatchIterator = AsyncIterator<Batch> | Iterator<Batch>;

const iteratorOf = (batches: BatchSource): BatchIterator =>
  Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();

/** An iterator that knows where it stands, as that of a data set: it passes over what was taken without making it. */
interface Placed {
  state(): Json;
  restore(state: Json): Promise<void>;
}

const isPlaced = (iterator: unknown): iterator is Placed =>
  typeof iterator === 'object' && iterator !== null && 'state' in iterator && 'restore' in iterator;

/** Where a walk through batches stands. */
export interface WalkPlace {
  /** How often the batches were begun. */
  readonly rounds: number;
  /** How many of the last round are taken; -1 where it is over. */
  readonly taken: number;
  /** What the iterator of the last round says itself; null where it says nothing. */
  readonly state: Json;
}

/** A walk through batches, round after round. */
export class BatchWalk {
  readonly #batches: BatchSource;
  #iterator: BatchIterator | undefined;
  /** That of the last round, also where the round is over. */
  #last: BatchIterator | undefined;
  #rounds = 0;
  #taken = 0;

  constructor(batches: BatchSource) {
    this.#batches = batches;
  }

  get place(): WalkPlace {
    const state = isPlaced(this.#last) ? { ...(this.#last.state() as object) } : null;
    return { rounds: this.#rounds, taken: this.#iterator === undefined ? -1 : this.#taken, state };
  }

  #begin(): BatchIterator {
    this.#iterator = this.#last = iteratorOf(this.#batches);
    this.#rounds++;
    this.#taken = 0;
    return this.#iterator;
  }

  /** The next batch of this round; undefined where it is over, and the next call begins another. */
  async next(): Promise<Batch | undefined> {
    const { done, value } = await (this.#iterator ?? this.#begin()).next();
    if (done !== true) this.#taken++;
    else this.#iterator = undefined;
    return done === true ? undefined : value;
  }

  /** Leaves the round where it is: the next one begins anew. */
  async leave(): Promise<void> {
    const left = this.#iterator;
    this.#iterator = undefined;
    await left?.return?.();
  }

  /**
   * Goes where a walk stood that was broken off. A data set passes over what was taken; of other iterables rounds that are over are begun
   * and left alone, and batches that were taken are drawn again.
   */
  async goTo({ rounds, taken, state }: WalkPlace): Promise<void> {
    const over = taken < 0 ? rounds : rounds - 1;
    if (rounds === 0) return;
    if (state !== null) {
      const iterator = this.#begin();
      if (isPlaced(iterator)) {
        await iterator.restore(taken < 0 ? { ...(state as object), taken: 0 } : state);
        this.#rounds = rounds;
        this.#taken = Math.max(0, taken);
        if (taken < 0) await this.leave();
        return;
      }
      await this.leave();
    }
    for (this.#rounds = 0; this.#rounds < over; this.#rounds++) iteratorOf(this.#batches); // what counts its rounds, for an order
    if (taken < 0) return;
    this.#begin();
    for (let index = 0; index < taken; index++)
      if ((await this.next()) === undefined)
        throw new ValueError(`fit cannot go on after batch ${taken} of the data: this time they are only ${index}. Give the same batches.`);
  }
}
