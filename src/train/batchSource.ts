import { ValueError } from '../core/errors.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import type { Values } from './arrays.ts';
import type { ModelCore } from './core.ts';
import { type Rows, rowsFrom } from './fitOptions.ts';

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

const iteratorOf = (batches: BatchSource): AsyncIterator<Batch> | Iterator<Batch> =>
  Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();

/** Where a walk through batches stands: how often they were begun, and how many of the last round are taken. */
export interface WalkPlace {
  readonly rounds: number;
  readonly taken: number;
}

/** A walk through batches, round after round. */
export class BatchWalk {
  readonly #batches: BatchSource;
  #iterator: AsyncIterator<Batch> | Iterator<Batch> | undefined;
  #rounds = 0;
  #taken = 0;

  constructor(batches: BatchSource) {
    this.#batches = batches;
  }

  get place(): WalkPlace {
    return { rounds: this.#rounds, taken: this.#iterator === undefined ? -1 : this.#taken };
  }

  /** The next batch of this round; undefined where it is over, and the next call begins another. */
  async next(): Promise<Batch | undefined> {
    if (this.#iterator === undefined) {
      this.#iterator = iteratorOf(this.#batches);
      this.#rounds++;
      this.#taken = 0;
    }
    const { done, value } = await this.#iterator.next();
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

  /** Goes where a walk stood that was broken off: rounds that are over are begun and left alone, batches that were taken are drawn again. */
  async goTo({ rounds, taken }: WalkPlace): Promise<void> {
    const over = taken < 0 ? rounds : rounds - 1;
    for (; this.#rounds < over; this.#rounds++) iteratorOf(this.#batches); // a data set counts its rounds, for its order
    for (let index = 0; index < taken; index++)
      if ((await this.next()) === undefined)
        throw new ValueError(`fit cannot go on after batch ${taken} of the data: this time they are only ${index}. Give the same batches.`);
    if (taken === 0) {
      this.#iterator = iteratorOf(this.#batches);
      this.#rounds++;
    }
  }
}
