import { expect, test } from 'vitest';
import { tensor } from './create.ts';
import { ready } from './ready.ts';
import { nodeOf } from './tensor.ts';

test('what is needed a second time is kept: a tensor that others are made from is computed twice at most', async () => {
  const base = tensor([1, 2, 3]).exp().add(1);
  expect(await base.mul(2).sum().item()).toBeCloseTo(2 * (Math.E + Math.E ** 2 + Math.E ** 3 + 3), 4);
  expect(nodeOf(base).value).toBeUndefined();
  expect(await base.mul(3).sum().item()).toBeCloseTo(3 * (Math.E + Math.E ** 2 + Math.E ** 3 + 3), 4);
  expect(nodeOf(base).value).not.toBeUndefined();
  expect(await base.array()).toEqual([Math.E + 1, Math.E ** 2 + 1, Math.E ** 3 + 1].map(x => expect.closeTo(x, 5)));
});

test('a view that is read together with what is computed from it', async () => {
  const view = tensor([1, 2, 3, 4]).reshape([2, 2]);
  const doubled = view.mul(2);
  await ready([view, doubled]);
  expect(await view.array()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(await doubled.array()).toEqual([
    [2, 4],
    [6, 8],
  ]);
});
