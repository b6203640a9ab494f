import { expect, test } from 'vitest';
import { arange, tensor } from '../tensor/create.ts';
import { dataset } from './dataset.ts';
import type { Dataset, Item } from './index.ts';

const collect = async (data: Dataset<Item>): Promise<unknown[]> => {
  const items: unknown[] = [];
  for await (const item of data) items.push(await Promise.all(item.map(part => part.array())));
  return items;
};

const rows = () =>
  dataset(
    arange(5),
    tensor([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
      [8, 9],
    ]),
  );

test('batches keep rows together; the last one may be smaller or is dropped', async () => {
  expect(await collect(rows().batch(2))).toEqual([
    [
      [0, 1],
      [
        [0, 1],
        [2, 3],
      ],
    ],
    [
      [2, 3],
      [
        [4, 5],
        [6, 7],
      ],
    ],
    [[4], [[8, 9]]],
  ]);
  expect(await collect(rows().batch(2, { dropRemainder: true }))).toHaveLength(2);
});

test('shuffle draws the same order from the same seed, another one each time around, and loses no row', async () => {
  const once = async (seed: number) => (await collect(rows().shuffle({ seed }).batch(5)))[0] as [number[], number[][]];
  const [x, y] = await once(3);
  expect(await once(3)).toEqual([x, y]);
  expect([...x].sort()).toEqual([0, 1, 2, 3, 4]);
  expect(y).toEqual(x.map(value => [2 * value, 2 * value + 1]));
  const twice = rows().shuffle({ seed: 3 }).batch(5);
  expect(await collect(twice)).not.toEqual(await collect(twice));
});

test('map, take, repeat and prefetch', async () => {
  const doubled = rows()
    .map((x, y) => [x.mul(2), y])
    .batch(3)
    .prefetch();
  expect((await collect(doubled)).map(item => (item as unknown[])[0])).toEqual([
    [0, 2, 4],
    [6, 8],
  ]);
  expect(await collect(rows().batch(2).take(1))).toHaveLength(1);
  expect(await collect(rows().batch(5).repeat(3))).toHaveLength(3);
});

test('an item that fails is reported when its turn comes', async () => {
  const failing = rows()
    .batch(1)
    .map((x, y) => {
      if (x.shape[0] === 1) throw new Error('no');
      return [x, y];
    });
  await expect(collect(failing.prefetch(3))).rejects.toThrow('no');
});

test('rows must agree', () => {
  expect(() => dataset(arange(3), arange(4))).toThrow('dataset needs tensors with equally many rows, got 3 and 4');
  expect(() => dataset(arange(0))).toThrow('dataset got no rows');
  expect(() => rows().batch(0)).toThrow('batch needs a whole number >= 1, got 0');
  expect(() => rows().batch(2).shuffle()).toThrow('shuffle works on rows');
});
