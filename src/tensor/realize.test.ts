import { expect, test } from 'vitest';
import { tensor } from './create.ts';
import { nodeOf } from './tensor.ts';

test('what is needed a second time is kept: a tensor that others are made from is computed twice at most', async () => {
  const base = tensor([1, 2, 3]).exp().add(1);
  expect(await base.mul(2).sum().item()).toBeCloseTo(2 * (Math.E + Math.E ** 2 + Math.E ** 3 + 3), 4);
  expect(nodeOf(base).value).toBeUndefined();
  expect(await base.mul(3).sum().item()).toBeCloseTo(3 * (Math.E + Math.E ** 2 + Math.E ** 3 + 3), 4);
  expect(nodeOf(base).value).not.toBeUndefined();
  expect(await base.array()).toEqual([Math.E + 1, Math.E ** 2 + 1, Math.E ** 3 + 1].map(x => expect.closeTo(x, 5)));
});
