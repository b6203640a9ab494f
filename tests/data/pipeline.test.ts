import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, expectTypeOf, test } from 'vitest';
import { type Dataset, dataset } from '../../src/data/index.ts';
import { type Tensor, tensor } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'gradus-pipeline-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const count = (to: number): number[] => Array.from({ length: to }, (_, index) => index);

/** 0 … to - 1 as a stream that can only be read from its beginning; says how many were read. */
const stream = (to: number): { data: Dataset<number>; read: () => number } => {
  let read = 0;
  const data = dataset(async function* () {
    for (let value = 0; value < to; value++) {
      read++;
      yield value;
    }
  });
  return { data, read: () => read };
};

const pause = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds));

const plain = async (value: unknown): Promise<unknown> => {
  if (typeof value === 'object' && value !== null && 'array' in value) return (value as Tensor).array();
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (typeof value === 'object' && value !== null && value.constructor === Object)
    return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([key, part]) => [key, await plain(part)])));
  return value;
};

const collect = async (data: Dataset<unknown>): Promise<unknown[]> => (await plain(await data.toArray())) as unknown[];

describe('items', () => {
  test('of arrays, streams, generators once, records and tuples of columns', async () => {
    expect(await dataset([3, 4]).toArray()).toEqual([3, 4]);
    expect(await dataset(new Set(['a', 'b'])).toArray()).toEqual(['a', 'b']);
    expect(await dataset(() => 'ab').toArray()).toEqual(['a', 'b']);
    const once = dataset(
      (function* () {
        yield 1;
      })(),
    );
    expect(await once.toArray()).toEqual([1]);
    await expect(once.toArray()).rejects.toThrow('a data set of a generator can be walked through once. Give the function');
    const records = dataset({ id: Int32Array.of(7, 8), name: ['x', 'y'] });
    expect(await records.toArray()).toEqual([
      { id: 7, name: 'x' },
      { id: 8, name: 'y' },
    ]);
    expect(await collect(records.batch(2))).toEqual([{ id: [7, 8], name: ['x', 'y'] }]);
    expect(await collect(dataset(Float32Array.of(1, 2), ['a', 'b']).batch(2))).toEqual([
      [
        [1, 2],
        ['a', 'b'],
      ],
    ]);
    expect(() => dataset(5 as never)).toThrow('dataset takes tensors, arrays, records of them, iterables');
    expect(() => dataset([1], [1, 2])).toThrow('equally many rows, got 1 and 2');
  });

  test('a batch stacks numbers, booleans, vectors, typed arrays and tensors, and lists the rest', async () => {
    const item = (value: number) => ({
      number: value,
      flag: value > 0,
      vector: [value, 1],
      bytes: Uint8Array.of(value, 2),
      words: Uint16Array.of(value),
      matrix: tensor([[value]]),
      text: `t${value}`,
      missing: value === 0 ? null : value,
      deep: { place: value },
    });
    const [batch] = await dataset([item(0), item(1)])
      .batch(2)
      .toArray();
    expect(batch?.bytes.dtype).toBe('uint8');
    expect(batch?.words.dtype).toBe('int32');
    expect(batch?.flag.dtype).toBe('bool');
    expect(await plain(batch)).toEqual({
      number: [0, 1],
      flag: [false, true],
      vector: [
        [0, 1],
        [1, 1],
      ],
      bytes: [
        [0, 2],
        [1, 2],
      ],
      words: [[0], [1]],
      matrix: [[[0]], [[1]]],
      text: ['t0', 't1'],
      missing: [null, 1],
      deep: { place: [0, 1] },
    });
  });

  test('what cannot be stacked says so', async () => {
    await expect(
      dataset([{ a: [1] }, { a: [1, 2] }])
        .batch(2)
        .toArray(),
    ).rejects.toThrow("different lengths at 'a': 1 and 2. Use paddedBatch");
    await expect(
      dataset([[1], [1, 2]])
        .batch(2)
        .toArray(),
    ).rejects.toThrow('batch needs tuples of equally many parts, got 1 and 2');
    await expect(
      dataset<Record<string, number>>([{ a: 1 }, { b: 2 }])
        .batch(2)
        .toArray(),
    ).rejects.toThrow('batch needs records with the same keys: one has a, another b');
  });

  test('their types follow', () => {
    const rows = dataset({ x: Float32Array.of(1), name: ['a'] });
    expectTypeOf(rows).toEqualTypeOf<Dataset<{ readonly x: number; readonly name: string }>>();
    expectTypeOf(rows.map(({ x, name }) => [x, name])).toEqualTypeOf<Dataset<readonly [number, string]>>();
    expectTypeOf(rows.batch(2)).toExtend<Dataset<{ readonly x: Tensor; readonly name: string[] }>>();
    expectTypeOf(dataset([1, 2]).zip(dataset(['a', 'b']))).toEqualTypeOf<Dataset<[number, string]>>();
    expectTypeOf(dataset([1]).map(async value => String(value))).toEqualTypeOf<Dataset<string>>();
    expectTypeOf(dataset(['a']).enumerate()).toEqualTypeOf<Dataset<[place: number, item: string]>>();
    expectTypeOf(dataset([1]).batch(1)).toEqualTypeOf<Dataset<Tensor>>();
    expectTypeOf(dataset(['a']).flatMap(text => [text.length])).toEqualTypeOf<Dataset<number>>();
  });
});

describe('steps', () => {
  test('map: tuples by parts, in order however long each takes, several at once', async () => {
    expect(
      await dataset([1, 2], ['a', 'b'])
        .map((n, s) => s.repeat(n))
        .toArray(),
    ).toEqual(['a', 'bb']);
    let running = 0;
    let most = 0;
    const slow = async (value: number): Promise<number> => {
      most = Math.max(most, ++running);
      await pause(value % 2 === 0 ? 6 : 1);
      running--;
      return value * 10;
    };
    expect(await stream(9).data.map(slow, { parallel: 4 }).toArray()).toEqual(count(9).map(value => value * 10));
    expect(most).toBe(4);
    most = 0;
    await dataset(count(9)).map(slow, { parallel: 3 }).shuffle().toArray();
    expect(most).toBe(3);
    await expect(
      stream(9)
        .data.map(value => (value === 5 ? Promise.reject(new Error('five')) : value), { parallel: 4 })
        .toArray(),
    ).rejects.toThrow('five');
  });

  test('filter, flatMap, enumerate, take, skip', async () => {
    const { data, read } = stream(100);
    expect(
      await data
        .filter(value => value % 3 === 0)
        .take(3)
        .toArray(),
    ).toEqual([0, 3, 6]);
    expect(read()).toBeLessThan(9);
    expect(
      await dataset(['ab', 'c'])
        .flatMap(text => [...text])
        .toArray(),
    ).toEqual(['a', 'b', 'c']);
    expect(
      await dataset([2, 1])
        .flatMap(n => dataset(count(n)))
        .toArray(),
    ).toEqual([0, 1, 0]);
    expect(await dataset(['a', 'b']).enumerate(5).toArray()).toEqual([
      [5, 'a'],
      [6, 'b'],
    ]);
    expect(await dataset(count(5)).skip(2).take(2).toArray()).toEqual([2, 3]);
    expect(dataset(count(5)).skip(2).take(9).count).toBe(3);
    await expect(
      dataset([1])
        .flatMap(() => 5 as never)
        .toArray(),
    ).rejects.toThrow('flatMap needs a function that gives an array');
  });

  test('zip, concat, interleave, repeat', async () => {
    expect(
      await dataset(count(3))
        .zip(dataset(['a', 'b']), stream(9).data)
        .toArray(),
    ).toEqual([
      [0, 'a', 0],
      [1, 'b', 1],
    ]);
    expect(
      await dataset([1])
        .concat(dataset(['a']), dataset([2]))
        .toArray(),
    ).toEqual([1, 'a', 2]);
    const files = dataset([10, 20, 30]).interleave(n => [n, n + 1, n + 2], { cycle: 2, block: 2 });
    expect(await files.toArray()).toEqual([10, 11, 20, 21, 12, 22, 30, 31, 32]);
    expect(await dataset([1, 2]).repeat(2).toArray()).toEqual([1, 2, 1, 2]);
    expect(await dataset([1, 2]).repeat().take(5).toArray()).toEqual([1, 2, 1, 2, 1]);
    expect(dataset([1, 2]).repeat().count).toBe(Infinity);
    await expect(
      dataset([1])
        .filter(() => false)
        .repeat()
        .take(1)
        .toArray(),
    ).rejects.toThrow('repeat without end got a data set without items');
    await expect(dataset([1]).repeat().toArray()).rejects.toThrow('toArray cannot list a data set without end');
  });

  test('paddedBatch and bucketByLength', async () => {
    const rows = dataset([{ tokens: [1, 2, 3] }, { tokens: [4] }, { tokens: [] as number[] }]);
    expect(await collect(rows.paddedBatch(3))).toEqual([
      {
        tokens: [
          [1, 2, 3],
          [4, 0, 0],
          [0, 0, 0],
        ],
      },
    ]);
    expect(await collect(rows.take(2).paddedBatch(2, { padValue: -1, multipleOf: 4, side: 'start' }))).toEqual([
      {
        tokens: [
          [-1, 1, 2, 3],
          [-1, -1, -1, 4],
        ],
      },
    ]);
    await expect(rows.paddedBatch(3, { length: 2 }).toArray()).rejects.toThrow("length 2 got an item of length 3 at 'tokens'");
    const arrays = dataset([5, 1, 6, 2, 1]).map(length => ({ x: new Int32Array(length).fill(length) }));
    const buckets = arrays.bucketByLength({ lengthOf: ({ x }) => x.length, boundaries: [4], batchSize: [2, 1] });
    expect(await collect(buckets)).toEqual([
      { x: [[5, 5, 5, 5, 5]] },
      { x: [[6, 6, 6, 6, 6, 6]] },
      {
        x: [
          [1, 0],
          [2, 2],
        ],
      },
      { x: [[1]] },
    ]);
    const matrices = dataset([
      tensor([[1, 2]]),
      tensor([
        [3, 4],
        [5, 6],
      ]),
    ] as const).map(frames => ({ frames }));
    expect(await collect(matrices.paddedBatch(2))).toEqual([
      {
        frames: [
          [
            [1, 2],
            [0, 0],
          ],
          [
            [3, 4],
            [5, 6],
          ],
        ],
      },
    ]);
  });

  test('window: size, shift, remainder', async () => {
    const windows = (options: object): Promise<unknown[]> => collect(stream(5).data.window(3, options));
    expect(await windows({})).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    expect(await windows({ shift: 1, dropRemainder: true })).toEqual([
      [0, 1, 2],
      [1, 2, 3],
      [2, 3, 4],
    ]);
    expect(await windows({ shift: 4 })).toEqual([[0, 1, 2], [4]]);
    expect(dataset(count(5)).window(3, { shift: 1, dropRemainder: true }).count).toBe(3);
    expect(dataset(count(5)).window(2, { shift: 2 }).count).toBe(3);
  });

  test('shuffle of a stream: all items, near their places, the same from the same seed', async () => {
    const order = (seed: number): Promise<number[]> => stream(1000).data.shuffle({ bufferSize: 50, seed }).toArray();
    const first = await order(1);
    expect(await order(1)).toEqual(first);
    expect(await order(2)).not.toEqual(first);
    expect([...first].sort((a, b) => a - b)).toEqual(count(1000));
    expect(Math.max(...first.map((value, place) => value - place))).toBeLessThan(50);
    const data = stream(100).data.shuffle({ bufferSize: 100 });
    expect(await data.toArray()).not.toEqual(await data.toArray());
    const fixed = stream(100).data.shuffle({ bufferSize: 100, reshuffle: false });
    expect(await fixed.toArray()).toEqual(await fixed.toArray());
    expect(() => stream(5).data.shuffle()).toThrow('need a buffer: shuffle({ bufferSize: 10_000 })');
  });

  test('a mapped, cut and cached data set is still shuffled whole', async () => {
    const mapped = dataset(count(1000)).skip(100).map(String).shuffle({ seed: 3 });
    const items = await mapped.toArray();
    expect(new Set(items).size).toBe(900);
    expect(items.slice(0, 450).filter(text => Number(text) >= 550).length).toBeGreaterThan(150);
    const cached = stream(1000).data.cache().shuffle({ seed: 3 });
    expect(new Set(await cached.take(500).toArray()).size).toBe(500);
  });

  test('cache in memory: read once, also by a shuffle; a walk broken off keeps nothing', async () => {
    const { data, read } = stream(10);
    const cached = data.cache();
    for await (const value of cached) if (value === 3) break;
    expect(await cached.toArray()).toEqual(count(10));
    expect(read()).toBe(14);
    expect(await cached.toArray()).toEqual(count(10));
    expect((await cached.shuffle().toArray()).length).toBe(10);
    expect(read()).toBe(14);
  });

  test('cache in a file: what JSON cannot say comes back, a walk broken off leaves no file, damage is told', async () => {
    const path = join(folder, 'items.cache');
    const items = [
      {
        a: 1,
        b: NaN,
        c: -0,
        d: 'ö',
        e: null,
        f: undefined,
        g: new Date(5),
        h: 10n,
        i: [1, [2]],
        j: Float64Array.of(0.1),
        k: Uint8Array.of(255),
      },
      { a: -Infinity, $: 'mine' },
    ];
    const source = stream(2);
    const cached = () =>
      source.data.map(index => ({ item: items[index], t: tensor([[index, 0.5]]), h: tensor([1.5], { dtype: 'float16' }) })).cache({ path });
    for await (const _ of cached()) break;
    expect(readdirSync(folder)).toEqual([]);
    await cached().toArray();
    expect(source.read()).toBe(3);
    const back = await cached().toArray();
    expect(source.read()).toBe(3);
    expect(back.map(({ item }) => item)).toEqual(items);
    expect(await plain(back[1]?.t)).toEqual([[1, 0.5]]);
    expect(back[0]?.h.dtype).toBe('float16');
    expect(await plain(back[0]?.h)).toEqual([1.5]);
    writeFileSync(path, 'GRADUSC1\x09\0\0\0ab');
    await expect(cached().toArray()).rejects.toThrow('items.cache is damaged');
    await expect(
      dataset([1])
        .map(() => new Map())
        .cache({ path: join(folder, 'other') })
        .toArray(),
    ).rejects.toThrow('cache cannot write a Map');
    expect(readdirSync(folder)).toEqual(['items.cache']);
  });

  test('prefetch reads ahead, no further than told', async () => {
    const { data, read } = stream(20);
    const walk = data.prefetch(3)[Symbol.asyncIterator]();
    await walk.next();
    await pause(5);
    expect(read()).toBe(4);
    await walk.return();
  });

  test('rejectionSample brings classes to the shares asked for', async () => {
    const skewed = dataset(count(20_000)).map(value => (value % 10 === 0 ? 1 : 0));
    const share = async (data: Dataset<0 | 1>): Promise<number> => {
      const items: number[] = await data.toArray();
      return items.reduce((sum, value) => sum + value, 0) / items.length;
    };
    expect(await share(skewed.rejectionSample({ classOf: value => value }))).toBeCloseTo(0.5, 1);
    expect(
      await share(skewed.rejectionSample({ classOf: value => value, target: { 0: 0.8, 1: 0.2 }, initial: { 0: 0.9, 1: 0.1 } })),
    ).toBeCloseTo(0.2, 1);
    await expect(skewed.rejectionSample({ classOf: value => value, target: { 2: 1 } }).toArray()).rejects.toThrow("class '2' a share");
  });
});

describe('splits', () => {
  const disjoint = async (parts: Dataset<number>[], of: number): Promise<number[][]> => {
    const items = await Promise.all(parts.map(part => part.toArray()));
    expect(items.flat().sort((a, b) => a - b)).toEqual(count(of));
    return items;
  };

  test('by shares: exact for rows, drawn for streams, in their order, and never mixed by a shuffle', async () => {
    const [a, b, c] = await disjoint(dataset(count(101)).split([0.5, 0.3, 0.2], { seed: 4 }), 101);
    expect([a?.length, b?.length, c?.length]).toEqual([51, 30, 20]);
    expect(a).toEqual([...(a as number[])].sort((x, y) => x - y));
    expect(dataset(count(101)).split(0.5)[0]?.count).toBe(51);
    const kept = await disjoint(stream(100).data.cache().split(0.8), 100);
    expect(kept.map(part => part.length)).toEqual([80, 20]);
    const drawn = await disjoint(stream(1000).data.split(0.8), 1000);
    expect(drawn[0]?.length).toBeGreaterThan(750);
    const shuffled = dataset(count(50)).shuffle().split(0.5) as [Dataset<number>, Dataset<number>];
    const [first] = await disjoint(shuffled, 50);
    expect([...(await shuffled[0].toArray())].sort()).toEqual([...(first as number[])].sort());
    expect(() => stream(5).data.shuffle({ bufferSize: 3 }).split(0.5)).toThrow('Call split first, then shuffle its parts');
    expect(() => dataset([1]).split([0.5, 0.6])).toThrow('shares above 0 that sum to 1');
  });

  test('stratified: every class has its share in every part', async () => {
    const by = (value: number): number => (value < 90 ? 0 : 1);
    for (const data of [dataset(count(100)), stream(100).data]) {
      const parts = await disjoint(data.stratifiedSplit([0.7, 0.2, 0.1], { by }), 100);
      expect(parts.map(part => part.length)).toEqual([70, 20, 10]);
      expect(parts.map(part => part.filter(value => by(value) === 1).length)).toEqual([7, 2, 1]);
    }
  });

  test('grouped: no group in two parts, sizes near the shares', async () => {
    const by = (value: number): number => Math.floor(Math.sqrt(value));
    const parts = await disjoint(stream(100).data.groupedSplit([0.6, 0.4], { by, seed: 1 }), 100);
    const [left, right] = parts.map(part => new Set(part.map(by))) as [Set<number>, Set<number>];
    expect([...left].filter(group => right.has(group))).toEqual([]);
    expect(Math.abs((parts[0] as number[]).length - 60)).toBeLessThan(5);
    await expect(
      dataset([1, 2])
        .groupedSplit(0.5, { by: () => 0 })[0]
        ?.toArray(),
    ).rejects.toThrow('2 parts of 1 groups');
  });

  test('kFold: each item is validated once; by class, by group', async () => {
    const folds = dataset(count(23)).kFold(5, { seed: 2 });
    await disjoint(
      folds.map(({ validation }) => validation),
      23,
    );
    for (const { train, validation } of folds) {
      expect((await train.toArray()).length).toBe(train.count);
      expect((await validation.toArray()).length).toBe(validation.count);
      await disjoint([train, validation], 23);
    }
    const byClass = dataset(count(20)).kFold(4, { by: value => value % 2 });
    for (const { validation } of byClass) expect((await validation.toArray()).filter(value => value % 2 === 0).length).toBeGreaterThan(1);
    const groups = dataset(count(20)).kFold(3, { groupBy: value => value % 5 });
    for (const { train, validation } of groups) {
      const held = new Set((await validation.toArray()).map(value => value % 5));
      expect((await train.toArray()).filter(value => held.has(value % 5))).toEqual([]);
    }
    await expect(dataset([1]).kFold(2)[0]?.train.toArray()).rejects.toThrow('kFold cannot make 2 folds of 1 items');
  });

  test('tensors stay rows that are gathered', async () => {
    const [part] = dataset(tensor([[0], [1], [2], [3]]), tensor([0, 1, 2, 3])).split(0.5) as [Dataset<readonly [Tensor, Tensor]>];
    const [batch] = (await collect(part.batch(2))) as [[number[][], number[]]];
    expect(batch[0].flat()).toEqual(batch[1]);
    expect(batch[1].length).toBe(2);
  });
});

describe('state', () => {
  const pipelines: Record<string, () => Dataset<unknown>> = {
    'rows, shuffled': () => dataset(count(40)).shuffle({ seed: 1 }),
    'a stream, shuffled by a buffer': () => stream(40).data.shuffle({ bufferSize: 7 }),
    'filter and batch': () =>
      stream(60)
        .data.filter(value => value % 3 > 0)
        .batch(3)
        .map(async batch => (await batch.array()).join()),
    'flatMap and window': () =>
      stream(20)
        .data.flatMap(value => count(value % 7))
        .window(3, { shift: 2 })
        .map(window => window.array() as Promise<number[]>)
        .map((...parts) => parts.join()),
    'repeat of a shuffle': () => dataset(count(7)).shuffle().repeat(4),
    endless: () => stream(5).data.shuffle({ bufferSize: 3 }).repeat().take(30),
    'zip, concat, enumerate': () => dataset(count(20)).concat(stream(9).data).zip(stream(40).data).enumerate(),
    'map, several at once': () => stream(30).data.map(async value => value * 2, { parallel: 3 }),
    'prefetch and cache': () => stream(30).data.cache().prefetch(4),
    'a split': () =>
      dataset(count(60))
        .shuffle()
        .stratifiedSplit(0.5, { by: value => value % 2 })[0] as Dataset<unknown>,
    'interleave and skip': () =>
      dataset([5, 6, 7])
        .interleave(n => count(n), { cycle: 2 })
        .skip(2),
    rejection: () => dataset(count(80)).rejectionSample({ classOf: value => Number(value < 60) }),
  };
  test.each(Object.entries(pipelines))('%s goes on where it stood, also in the rounds after', async (_, make) => {
    const whole = make();
    const rounds = [await whole.toArray(), await whole.toArray(), await whole.toArray()];
    for (const taken of [0, 1, 5, 8]) {
      const broken = make();
      await broken.toArray();
      const walk = broken[Symbol.asyncIterator]();
      for (let index = 0; index < taken; index++) await walk.next();
      const state = JSON.parse(JSON.stringify(walk.state()));
      await walk.return();
      expect(state).toEqual({ round: 1, taken });
      const fresh = make();
      const resumed = fresh[Symbol.asyncIterator]();
      await resumed.restore(state);
      const rest: unknown[] = [];
      for await (const item of resumed) rest.push(item);
      expect(rest).toEqual((rounds[1] as unknown[]).slice(taken));
      expect(resumed.state().taken).toBe((rounds[1] as unknown[]).length);
      expect(await fresh.toArray()).toEqual(rounds[2]);
    }
  });

  test('functions of map are not called for what is passed over', async () => {
    let calls = 0;
    const walk = dataset(count(1000))
      .map(value => {
        calls++;
        return value;
      })
      .batch(10)
      [Symbol.asyncIterator]();
    await walk.restore({ round: 0, taken: 99 });
    expect(await plain((await walk.next()).value)).toEqual(count(1000).slice(990));
    expect(calls).toBe(10);
  });

  test('a state of other data is refused', async () => {
    const walk = dataset([1])[Symbol.asyncIterator]();
    await expect(walk.restore({ round: 0, taken: 5 })).rejects.toThrow(
      'restore cannot go on after item 5 of the data: this time they are only 1',
    );
    await expect(walk.restore({ round: -1, taken: 0 })).rejects.toThrow('restore takes what state() gave');
  });
});

test('statistics tell who waits for whom', async () => {
  const slow = stream(5).data.map(async value => {
    await pause(10);
    return value;
  });
  await slow.toArray();
  const waiting = slow.statistics();
  expect(waiting.items).toBe(5);
  expect(waiting.rounds).toBe(1);
  expect(waiting.waitedShare).toBeGreaterThan(0.9);
  expect(waiting.itemsPerSecond).toBeLessThan(110);
  const quick = dataset(count(5));
  for await (const _ of quick) await pause(10);
  expect(quick.statistics().waitedShare).toBeLessThan(0.2);
});

test('a failure comes once, and closes what was open', async () => {
  let closed = 0;
  const data = dataset(async function* () {
    try {
      yield 1;
      throw new Error('broken');
    } finally {
      closed++;
    }
  });
  const walk = data.batch(2)[Symbol.asyncIterator]();
  await expect(walk.next()).rejects.toThrow('broken');
  expect(await walk.next()).toEqual({ done: true, value: undefined });
  for await (const _ of data) break;
  expect(closed).toBe(2);
});
