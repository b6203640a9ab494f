import { describe, expect, test } from 'vitest';
import { expectNear } from '../../tests/support/tensorCases.ts';
import { cond, grad, jit, random, scan, stack, type Tensor, tensor, vmap, whileLoop, zeros } from './index.ts';

describe('scan', () => {
  const xs = tensor([1, 2, 3]);
  const w = tensor(2);

  test('carries a state, stacks what it gives, and uses what is outside', async () => {
    const outside = w.add(1);
    const [last, all] = scan((c: Tensor, x: Tensor) => [c.mul(w).add(x), { c, y: x.mul(outside) }], zeros([]), xs);
    expect(await last.item()).toBe(11);
    expect(await all.c.array()).toEqual([0, 1, 4]);
    expect(await all.y.array()).toEqual([3, 6, 9]);
  });

  test('backwards, and by a length alone', async () => {
    const [last, sums] = scan((c: Tensor, x: Tensor) => [c.add(x), c], zeros([]), xs, { reverse: true });
    expect([await last.item(), await sums.array()]).toEqual([6, [5, 3, 0]]);
    const [power] = scan((c: Tensor) => [c.mul(w), undefined], tensor(1), undefined, { length: 5 });
    expect(await power.item()).toBe(32);
  });

  test('is the unrolled loop, and so are its gradients, to the carry, the sequence and what is captured', async () => {
    const loop = (t: { c: Tensor; xs: Tensor; w: Tensor }): Tensor => {
      const [last, all] = scan((c: Tensor, x: Tensor) => [c.mul(t.w).add(x).tanh(), c.mul(x)], t.c, t.xs);
      return last.add(all.sum());
    };
    const unrolled = (t: { c: Tensor; xs: Tensor; w: Tensor }): Tensor => {
      let c = t.c;
      const all: Tensor[] = [];
      for (let i = 0; i < 3; i++) {
        all.push(c.mul(t.xs.at(i)));
        c = c.mul(t.w).add(t.xs.at(i)).tanh();
      }
      return c.add(stack(all).sum());
    };
    const tree = { c: tensor(0.5), xs: tensor([0.1, -0.2, 0.3]), w: tensor(0.7) };
    const [expected, actual] = [grad(unrolled)(tree), grad(loop)(tree)];
    const compiled = jit(grad(loop))(tree);
    for (const name of ['c', 'xs', 'w'] as const) {
      expectNear(await actual[name].array(), await expected[name].array());
      expectNear(await compiled[name].array(), await expected[name].array());
    }
    expectNear(
      await vmap(loop, { inAxes: 0 })({ c: stack([tree.c, tree.c]), xs: stack([tree.xs, tree.xs]), w: stack([tree.w, tree.w]) })
        .at(1)
        .item(),
      await loop(tree).item(),
    );
  });

  test('says what does not fit', () => {
    expect(() => scan((c: Tensor) => [c, undefined], zeros([]), undefined)).toThrow('scan needs to know its number of steps');
    expect(() => scan((c: Tensor, x: Tensor) => [c.add(x.sum()).expandDims(0), x], zeros([]), xs)).toThrow(
      'scan needs the carry to stay float32 (), and got float32 (1,).',
    );
    expect(() => scan((c: Tensor) => [c, c], zeros([]), { a: xs, b: zeros([4]) })).toThrow(
      "scan needs 3 steps in every sequence, and 'b' has 4",
    );
    expect(() => scan((c: Tensor) => c as never, zeros([]), xs)).toThrow('scan needs a function that returns [carry, y].');
  });
});

describe('cond', () => {
  const choose = (x: Tensor, w: Tensor): Tensor =>
    cond(
      x.greater(0),
      (v: Tensor) => v.mul(w),
      (v: Tensor) => v.sub(1),
      x,
    );

  test('takes one branch, with its gradient, also to what it captures', async () => {
    expect([await choose(tensor(2), tensor(5)).item(), await choose(tensor(-2), tensor(5)).item()]).toEqual([10, -3]);
    const g = grad((t: { x: Tensor; w: Tensor }) => choose(t.x, t.w));
    const [yes, no] = [g({ x: tensor(2), w: tensor(5) }), g({ x: tensor(-2), w: tensor(5) })];
    expect([await yes.x.item(), await yes.w.item(), await no.x.item(), await no.w.item()]).toEqual([5, 2, 1, 0]);
  });

  test('computes the taken branch only', async () => {
    const bad = tensor([9], { dtype: 'int32' });
    const f = (x: Tensor): Tensor =>
      cond(
        x.greater(0),
        () => x.expandDims(0).gather(bad).sum(),
        () => x,
      );
    expect(await f(tensor(-1)).item()).toBe(-1);
    await expect(f(tensor(1)).item()).rejects.toThrow('index 9');
  });

  test('says what does not fit', () => {
    expect(() =>
      cond(
        tensor(true),
        () => zeros([2]),
        () => zeros([3]),
      ),
    ).toThrow('cond needs the second branch');
    expect(() =>
      cond(
        tensor([true]),
        () => zeros([]),
        () => zeros([]),
      ),
    ).toThrow('cond needs a scalar to decide by');
  });
});

test('whileLoop repeats while the condition holds, and has no gradient', async () => {
  const double = (x: Tensor): Tensor =>
    whileLoop(
      (v: Tensor) => v.less(100),
      (v: Tensor) => v.mul(2),
      x,
    );
  expect(await double(tensor(3)).item()).toBe(192);
  expect(await double(tensor(300)).item()).toBe(300);
  expect(() => grad(double)(tensor(3))).toThrow('gradients do not flow through a while loop');
});

test('what a scan packs for a product is packed anew where it is an item, once where it stays', async () => {
  const items = random.normal([3, 40, 40], { seed: 4 }).mul(0.2);
  const weight = random.normal([40, 40], { seed: 5 }).mul(0.2);
  const start = random.normal([90, 40], { seed: 6 });
  // The sequence is a constant of the body as well.
  const step = (state: Tensor, item: Tensor): Tensor => state.matmul(item).tanh().matmul(weight).add(items.mul(state.mean()).sum());
  const [last, all] = scan((state: Tensor, item: Tensor) => [step(state, item), state.sum()] as const, start, items);
  let expected = start;
  const sums: Tensor[] = [];
  for (let i = 0; i < 3; i++) {
    sums.push(expected.sum());
    expected = step(expected, items.slice([i, 0, 0], [1, 40, 40]).reshape([40, 40]));
  }
  const [a, b] = [await last.data(), await expected.data()];
  a.forEach((value, index) => expect(value).toBeCloseTo(b[index] as number, 3));
  const [c, d] = [await all.data(), await stack(sums).data()];
  c.forEach((value, index) => expect(value / (d[index] as number)).toBeCloseTo(1, 3));
});
