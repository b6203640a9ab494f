import { ValueError } from '../core/errors.ts';
import { concat, tensor } from '../tensor/create.ts';
import * as random from '../tensor/random.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What a data set yields: tensors side by side, as [x, y] or [x, y, sampleWeight]. */
export type Item = readonly Tensor[];

/** A pipeline over rows or batches; nothing happens until it is iterated, and each iteration begins anew. */
export interface Dataset extends AsyncIterable<Item> {
  /** Another order in each iteration, drawn from the seed. Rows only: shuffle before `batch`. */
  shuffle(options?: { readonly seed?: number }): Dataset;
  /** Each item transformed. */
  map(transform: (...item: Tensor[]) => Item | Promise<Item>): Dataset;
  /** Items joined along a new first axis, so many at a time; the last batch may be smaller, or is dropped. */
  batch(size: number, options?: { readonly dropRemainder?: boolean }): Dataset;
  /** Prepares so many items while the ones before are in use. Default 2. */
  prefetch(count?: number): Dataset;
  /** The first items only. */
  take(count: number): Dataset;
  /** So many times over; each time a shuffled order is drawn anew. */
  repeat(times: number): Dataset;
}

type Source = (round: number) => AsyncIterable<Item>;

const wholeAtLeast = (what: string, value: number, least: number): number => {
  if (!Number.isInteger(value) || value < least) throw new ValueError(`${what} needs a whole number >= ${least}, got ${value}.`);
  return value;
};

/** Rows by their index: what can be shuffled and cut into batches without touching single rows. */
interface Rows {
  readonly count: number;
  readonly order: (round: number) => Promise<Int32Array>;
  readonly pick: (indices: Int32Array) => Item;
}

const fromSource = (source: Source): Dataset => {
  let rounds = 0;
  return {
    [Symbol.asyncIterator]: () => source(rounds++)[Symbol.asyncIterator](),
    shuffle: () => {
      throw new ValueError('shuffle works on rows: call it on dataset(x, y) first, before map, batch and the rest.');
    },
    map: transform =>
      fromSource(async function* (round) {
        for await (const item of source(round)) yield transform(...item);
      }),
    batch: (size, options) => fromSource(joined(source, wholeAtLeast('batch', size, 1), options?.dropRemainder ?? false)),
    prefetch: (count = 2) => fromSource(ahead(source, wholeAtLeast('prefetch', count, 1))),
    take: count =>
      fromSource(async function* (round) {
        let left = wholeAtLeast('take', count, 0);
        if (left === 0) return;
        for await (const item of source(round)) {
          yield item;
          if (--left === 0) return;
        }
      }),
    repeat: times =>
      fromSource(async function* (round) {
        for (let i = 0; i < wholeAtLeast('repeat', times, 1); i++) yield* source(round * times + i);
      }),
  };
};

const joined = (source: Source, size: number, dropRemainder: boolean): Source =>
  async function* (round) {
    let pending: Item[] = [];
    const join = (): Item =>
      (pending[0] as Item).map((_, part) =>
        concat(
          pending.map(item => (item[part] as Tensor).expandDims(0)),
          0,
        ),
      );
    for await (const item of source(round)) {
      pending.push(item);
      if (pending.length < size) continue;
      yield join();
      pending = [];
    }
    if (pending.length > 0 && !dropRemainder) yield join();
  };

const ahead = (source: Source, count: number): Source =>
  async function* (round) {
    const iterator = source(round)[Symbol.asyncIterator]();
    const started: Promise<IteratorResult<Item>>[] = [];
    try {
      for (;;) {
        while (started.length < count) started.push(iterator.next());
        const { done, value } = await (started.shift() as Promise<IteratorResult<Item>>);
        if (done) return;
        yield value;
      }
    } finally {
      for (const item of started) item.catch(() => undefined); // what failed ahead of its turn is not reported
      await iterator.return?.();
    }
  };

const fromRows = (rows: Rows): Dataset => {
  const single = fromSource(async function* (round) {
    for (const index of await rows.order(round)) yield rows.pick(Int32Array.of(index)).map(part => part.at(0));
  });
  return {
    ...single,
    shuffle: ({ seed = 0 } = {}) =>
      fromRows({
        ...rows,
        order: async round => (await random.permutation(rows.count, { key: random.foldIn(random.key(seed), round) }).data()) as Int32Array,
      }),
    batch: (size, { dropRemainder = false } = {}) => {
      wholeAtLeast('batch', size, 1);
      return fromSource(async function* (round) {
        const order = await rows.order(round);
        for (let start = 0; start < order.length; start += size) {
          const indices = order.subarray(start, start + size);
          if (indices.length === size || !dropRemainder) yield rows.pick(indices);
        }
      });
    },
  };
};

/**
 * A data set of rows: element i of each tensor along its first axis belongs together.
 *
 * @throws ValueError where the numbers of rows differ, or there are none.
 */
export const dataset = (...parts: readonly Tensor[]): Dataset => {
  const counts = parts.map(part => part.shape[0]);
  const [count] = counts;
  if (count === undefined || counts.some(other => other !== count))
    throw new ValueError(`dataset needs tensors with equally many rows, got ${counts.map(String).join(' and ')}. Cut the longer ones.`);
  if (count === 0) throw new ValueError('dataset got no rows. Check where the data comes from.');
  return fromRows({
    count,
    order: async () => Int32Array.from({ length: count }, (_, index) => index),
    pick: indices => {
      const places = tensor(indices);
      return parts.map(part => part.gather(places, 0));
    },
  });
};
