import { expect, test } from 'vitest';
import { scan, type Tensor, tensor } from '../../src/index.ts';

// A loop writes its new state over the old one only where nothing reads that later.
test('states that change places, and states that are read after they are renewed', async () => {
  const [a, b] = [tensor([1, 2, 3, 4, 5]), tensor([10, 20, 30, 40, 50])];
  const [[first, second, third], sequence] = scan(
    ([x, y, z]: readonly [Tensor, Tensor, Tensor], item: Tensor) => {
      const sum = x.add(y);
      return [[y, sum, x.flip(0).add(z).add(item)] as const, y.sub(x)] as const;
    },
    [a, b, a.mul(0)] as const,
    tensor([1, 2, 3]),
  );
  let [x, y, z] = [
    [1, 2, 3, 4, 5],
    [10, 20, 30, 40, 50],
    [0, 0, 0, 0, 0],
  ] as [number[], number[], number[]];
  const expected: number[][] = [];
  for (const item of [1, 2, 3]) {
    const at = (list: readonly number[], i: number): number => list[i] as number;
    expected.push(y.map((value, i) => value - at(x, i)));
    [x, y, z] = [y, x.map((value, i) => value + at(y, i)), z.map((value, i) => at(x, 4 - i) + value + item)];
  }
  expect(await Promise.all([first, second, third].map(state => state.array()))).toEqual([x, y, z]);
  expect(await sequence.array()).toEqual(expected);
});
