import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mismatch } from '../../tests/support/compare.ts';
import { initializers } from '../index.ts';
import { HostRandom, hostKey } from './hostRandom.ts';
import { fansOf, initializerOf } from './initializers.ts';

const moments = (values: ArrayLike<number>): { mean: number; deviation: number; least: number; most: number } => {
  const list = Array.from(values);
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  const deviation = Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length);
  return { mean, deviation, least: Math.min(...list), most: Math.max(...list) };
};

test('fans are those of Keras', () => {
  expect(fansOf([])).toEqual({ fanIn: 1, fanOut: 1 });
  expect(fansOf([7])).toEqual({ fanIn: 7, fanOut: 7 });
  expect(fansOf([20, 30])).toEqual({ fanIn: 20, fanOut: 30 });
  expect(fansOf([3, 5, 8, 16])).toEqual({ fanIn: 120, fanOut: 240 });
});

describe('variance and bounds for a kernel (200, 300)', () => {
  const shape = [200, 300];
  test.each([
    ['glorotUniform', 2 / 500, Math.sqrt(6 / 500)],
    ['heUniform', 2 / 200, Math.sqrt(6 / 200)],
    ['lecunUniform', 1 / 200, Math.sqrt(3 / 200)],
    ['glorotNormal', 2 / 500, (2 * Math.sqrt(2 / 500)) / 0.8796256610342398],
    ['heNormal', 2 / 200, (2 * Math.sqrt(2 / 200)) / 0.8796256610342398],
    ['lecunNormal', 1 / 200, (2 * Math.sqrt(1 / 200)) / 0.8796256610342398],
  ] as const)('%s', async (name, variance, bound) => {
    const { mean, deviation, least, most } = moments(await initializers[name]({ seed: 1 })(shape).data());
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(variance / 60_000));
    expect(deviation).toBeCloseTo(Math.sqrt(variance), 3);
    expect(most).toBeLessThanOrEqual(bound * 1.0000001);
    expect(most).toBeGreaterThan(bound * 0.98);
    expect(least).toBeLessThan(-bound * 0.98);
  });

  test('randomNormal, truncatedNormal, randomUniform, constant', async () => {
    const normal = moments(await initializers.randomNormal({ mean: 3, standardDeviation: 2, seed: 2 })(shape).data());
    expect(normal.mean).toBeCloseTo(3, 1);
    expect(normal.deviation).toBeCloseTo(2, 1);
    expect(normal.most).toBeGreaterThan(3 + 3.5 * 2);
    const cut = moments(await initializers.truncatedNormal({ mean: 3, standardDeviation: 2, seed: 2 })(shape).data());
    expect(cut.deviation).toBeCloseTo(2 * 0.8796, 1);
    expect(cut.most).toBeLessThanOrEqual(7);
    const uniform = moments(await initializers.randomUniform({ minimum: 1, maximum: 2, seed: 2 })(shape).data());
    expect([uniform.mean.toFixed(2), uniform.least.toFixed(2), uniform.most.toFixed(2)]).toEqual(['1.50', '1.00', '2.00']);
    expect(await initializers.constant({ value: 0.25 })([2]).array()).toEqual([0.25, 0.25]);
  });
});

test.each([[[6, 4]], [[4, 6]], [[2, 3, 5]]])('orthogonal (%s): the shorter sides are orthonormal', async shape => {
  const columns = shape.at(-1) as number;
  const matrix = initializers.orthogonal({ seed: 3, gain: 2 })(shape).reshape([-1, columns]);
  const product = (matrix.shape[0] as number) < columns ? matrix.matmul(matrix.transpose()) : matrix.transpose().matmul(matrix);
  const values = await product.data();
  const size = product.shape[0] as number;
  values.forEach((value, place) => {
    expect(value).toBeCloseTo(place % (size + 1) === 0 ? 4 : 0, 5);
  });
});

test('a seed always gives the same values, a fixed few of them known for ever', async () => {
  const values = (seed: number): Promise<unknown> => initializers.heNormal({ seed })([3, 2]).array();
  expect(await values(1)).toEqual(await values(1));
  expect(await values(1)).not.toEqual(await values(2));
  expect(await initializers.heNormal()([3, 2]).array()).not.toEqual(await initializers.heNormal()([3, 2]).array());
  // Threefry-2x32 of key (1, 0): a saved seed must give the same model in every version.
  const random = new HostRandom(hostKey(1));
  expect([random.bits(), random.bits(), random.bits()]).toEqual([...knownBits]);
});

const knownBits: readonly number[] = [3023415290, 2531993477, 247883890];

test('a permutation holds each number once, and is another one for another key', () => {
  const order = new HostRandom(hostKey(7)).permutation(1000);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
  expect([...order]).not.toEqual([...new HostRandom(hostKey(8)).permutation(1000)]);
  expect([...order].filter((value, index) => value === index).length).toBeLessThan(8); // about one stays in its place
});

test('unknown names name the nearest, and impossible shapes are errors', () => {
  expect(() => initializerOf('heNromal')).toThrow("unknown initializer 'heNromal'. Did you mean 'heNormal'?");
  expect(() => initializers.orthogonal()([3])).toThrow('needs a shape of two axes or more, got (3,)');
  expect(() => initializers.heNormal({ seeed: 1 } as never)).toThrow(
    "unknown option of initializers.heNormal 'seeed'. Did you mean 'seed'?",
  );
});

interface Golden {
  readonly kind: string;
  readonly options: object;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../../tests/golden/initializers.json'), 'utf8')) as Record<
  string,
  Golden
>;

test.each(Object.entries(golden))('%s as the real Keras has it', async (_, { kind, options, shape, values }) => {
  const made = initializerOf({ kind, config: options as never });
  expect(mismatch(await made(shape).data(), values, { absolute: 1e-6, relative: 1e-6 })).toBeUndefined();
});

test.each([
  ['fanIn', 'truncatedNormal', 3 / 200],
  ['fanOut', 'untruncatedNormal', 3 / 300],
  ['fanAvg', 'uniform', 3 / 250],
] as const)('varianceScaling by %s, %s', async (mode, distribution, variance) => {
  const { mean, deviation } = moments(await initializers.varianceScaling({ scale: 3, mode, distribution, seed: 4 })([200, 300]).data());
  expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(variance / 60_000));
  expect(deviation / Math.sqrt(variance)).toBeCloseTo(1, 1);
});
