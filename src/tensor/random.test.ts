import { describe, expect, test } from 'vitest';
import { random, seed, type Tensor, tensor } from './index.ts';

const moments = async (x: Tensor): Promise<{ mean: number; deviation: number; min: number; max: number }> => {
  const values = await x.cast('float64').data();
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  return { mean, deviation, min: Math.min(...values), max: Math.max(...values) };
};
const n = 100_000;

describe('distributions have their moments', () => {
  test('normal', async () => {
    const { mean, deviation, min, max } = await moments(random.normal([n], { seed: 1, mean: 3, standardDeviation: 2 }));
    expect(Math.abs(mean - 3)).toBeLessThan(0.03);
    expect(Math.abs(deviation - 2)).toBeLessThan(0.02);
    expect(min).toBeLessThan(3 - 2 * 3.5);
    expect(max).toBeGreaterThan(3 + 2 * 3.5);
  });

  test('normal: shares within 1, 2 and 3 deviations', async () => {
    const z = random.normal([n], { seed: 5 }).abs();
    for (const [bound, share] of [
      [1, 0.682689],
      [2, 0.9545],
      [3, 0.9973],
    ] as const)
      expect(Math.abs((await z.less(bound).cast('float32').mean().item()) - share)).toBeLessThan(0.005);
  });

  test('truncatedNormal: Keras cuts at two deviations, which leaves 0.8796 of one', async () => {
    const { mean, deviation, min, max } = await moments(random.truncatedNormal([n], { seed: 2 }));
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(Math.abs(deviation - 0.87962566)).toBeLessThan(0.01);
    expect([min >= -2, max <= 2, max > 1.99]).toEqual([true, true, true]);
  });

  test('uniform', async () => {
    const { mean, deviation, min, max } = await moments(random.uniform([n], { seed: 3, low: -2, high: 3 }));
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
    expect(Math.abs(deviation - 5 / Math.sqrt(12))).toBeLessThan(0.02);
    expect([min >= -2, max < 3, max > 2.99]).toEqual([true, true, true]);
  });

  test('bernoulli, integers, exponential', async () => {
    expect(Math.abs((await random.bernoulli([n], 0.3, { seed: 4 }).sum().item()) / n - 0.3)).toBeLessThan(0.01);
    const dice = random.integers([n], { low: 1, high: 7, seed: 5 });
    const { mean, min, max } = await moments(dice);
    expect([dice.dtype, min, max, Math.abs(mean - 3.5) < 0.03]).toEqual(['int32', 1, 6, true]);
    expect(Math.abs((await moments(random.exponential([n], { seed: 6 }))).mean - 1)).toBeLessThan(0.02);
  });

  test('categorical draws by softmax', async () => {
    const logits = tensor([Math.log(0.2), Math.log(0.5), Math.log(0.3)]).broadcastTo([n, 3]);
    const drawn = random.categorical(logits, { seed: 7 }).oneHot(3).mean(0);
    const shares: number[] = await drawn.array();
    for (const [i, share] of [0.2, 0.5, 0.3].entries()) expect(Math.abs((shares[i] as number) - share)).toBeLessThan(0.01);
  });

  test('permutation has every index once, and moves rows', async () => {
    const order: number[] = await random.permutation(1000, { seed: 8 }).array();
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(order.filter((value, index) => value === index).length).toBeLessThan(10);
    const rows = await random
      .permutation(
        tensor([
          [1, 1],
          [2, 2],
          [3, 3],
        ]),
        { seed: 9 },
      )
      .array();
    expect([...rows].sort()).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });
});

describe('keys', () => {
  test('the same key gives the same numbers; others have nothing in common', async () => {
    const draw = async (key: Tensor): Promise<string> => String(await random.normal([4], { key }).data());
    const [a, b, c] = random.split(random.key(1), 3) as [Tensor, Tensor, Tensor];
    const keys = [
      random.key(1),
      random.key(2),
      random.key(-1),
      random.key(2 ** 40),
      a,
      b,
      c,
      random.foldIn(random.key(1), 0),
      random.foldIn(random.key(1), 1),
      random.foldIn(random.key(2), 1),
    ];
    const drawn = await Promise.all(keys.map(draw));
    expect(new Set(drawn).size).toBe(keys.length);
    expect(await draw(random.key(1))).toBe(drawn[0]);
    expect(await draw(random.foldIn(random.key(1), tensor(1, { dtype: 'int32' })))).toBe(drawn[8]);
    expect(String(await random.normal([4], { seed: 2 }).data())).toBe(drawn[1]);
  });

  test('streams of a split do not follow each other', async () => {
    const [a, b] = random.split(random.key(1)) as [Tensor, Tensor];
    const [x, y] = [random.normal([n], { key: a }), random.normal([n], { key: b })];
    expect(Math.abs(await x.mul(y).mean().item())).toBeLessThan(0.015);
  });

  test('seed sets the default stream, whose draws differ', async () => {
    const three = async (): Promise<string[]> => {
      seed(42);
      return Promise.all([random.normal([3]), random.normal([3]), random.uniform([3])].map(async x => String(await x.data())));
    };
    const first = await three();
    expect(await three()).toEqual(first);
    expect(new Set(first).size).toBe(3);
  });

  test('numbers are the same on every machine', async () => {
    expect(await random.key(42).array()).toMatchInlineSnapshot(`
      [
        299296017,
        1420614330,
      ]
    `);
    expect(await random.permutation(8, { seed: 1 }).array()).toMatchInlineSnapshot(`
      [
        0,
        1,
        3,
        4,
        7,
        2,
        5,
        6,
      ]
    `);
    expect(await random.uniform([3], { seed: 1 }).array()).toMatchInlineSnapshot(`
      [
        0.5775002241134644,
        0.7036973237991333,
        0.13857316970825195,
      ]
    `);
  });
});
