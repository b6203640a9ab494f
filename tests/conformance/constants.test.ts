import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cond, configure, full, grad, jit, ones, scan, type Tensor, tensor, zeros } from '../../src/tensor/index.ts';

// Equal operations are one node, and a node that is read becomes a leaf: a loop's or a program's must not be a tensor's.
describe.each(['wasm', 'reference'] as const)('on %s, reading what is made of constants leaves alone', backend => {
  beforeAll(() => configure({ backend }));
  afterAll(() => configure({ backend: 'wasm' }));
  const stepped = (carry: Tensor, x: Tensor): [Tensor, Tensor] => [carry.add(ones([3])), carry.mul(x)];

  test('the body of a scan', async () => {
    const [last, items] = scan(stepped, zeros([3]), tensor([1, 2]));
    await ones([3]).data();
    expect([await last.array(), await items.array()]).toEqual([
      [2, 2, 2],
      [
        [0, 0, 0],
        [2, 2, 2],
      ],
    ]);
  });

  test('the bodies of its derivative', async () => {
    const sums = (xs: Tensor): Tensor => scan((c: Tensor, x: Tensor) => [c.add(ones([3])).mul(x), c.mul(x)], zeros([3]), xs)[1].sum();
    const gradient = grad(sums)(tensor([1, 2]));
    await Promise.all([ones([3]).data(), zeros([3]).data()]);
    expect(await gradient.array()).toEqual([6, 3]);
  });

  test('the branches of a cond', async () => {
    const chosen = cond(
      tensor(1).greater(0),
      () => full([2], 3),
      () => full([2], 4),
    );
    await full([2], 3).data();
    expect(await chosen.array()).toEqual([3, 3]);
  });

  test('a compiled function', async () => {
    const f = jit((x: Tensor) => [scan(stepped, zeros([3]), x)[0], full([2], 7)]);
    const sevens = full([2], 7);
    const early = f(tensor([1, 2]));
    await Promise.all([sevens.data(), ones([3]).data()]);
    const late = f(tensor([1, 2]));
    for (const [last, constant] of [early, late] as Tensor[][])
      expect([await last?.array(), await constant?.array()]).toEqual([
        [2, 2, 2],
        [7, 7],
      ]);
  });

  test('an equal number that is read before and after', async () => {
    const number = full([], 5);
    const lazy = tensor([1]).mul(5);
    expect([await number.item(), await lazy.array(), await tensor([2]).mul(5).array()]).toEqual([5, [5], [10]]);
  });
});
