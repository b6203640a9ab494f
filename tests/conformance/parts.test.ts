import { expect, test } from 'vitest';
import * as g from '../../src/graph/build.ts';
import { forgetInterned, input } from '../../src/graph/node.ts';
import { cond, jit, scan, type Tensor, tensor, whileLoop } from '../../src/tensor/index.ts';

test('a part of a loop is found again when the table of nodes has been emptied', () => {
  const [carry, item] = [input([], 'float32'), input([], 'float32')];
  const body = { inputs: [carry, item], outputs: [g.add(carry, item), carry] };
  const parts = g.scan([input([], 'float32'), input([3], 'float32')], { body, constants: 0, carries: 1, length: 3, reverse: false });
  forgetInterned();
  const [whole] = parts[0]?.inputs ?? [];
  expect(g.part(whole as (typeof parts)[number], 1)).toBe(parts[1]);
});

test('loops and branches that are a compiled function’s results themselves', async () => {
  const branch = jit((x: Tensor) =>
    cond(
      x.sum().greater(0),
      y => y,
      y => y.neg(),
      x,
    ),
  );
  expect(await branch(tensor([1, 2])).array()).toEqual([1, 2]);
  expect(await branch(tensor([-1, -2])).array()).toEqual([1, 2]);
  const doubled = jit((limit: Tensor) =>
    whileLoop(
      (x: Tensor) => x.less(limit),
      x => x.mul(2),
      tensor(1),
    ),
  );
  expect(await doubled(tensor(50)).item()).toBe(64);
  // Closing the second loop's body over constants empties the table between the two.
  const twice = jit((xs: Tensor) => {
    const [first, sums] = scan((c: Tensor, x: Tensor) => [c.add(x), c], tensor(0), xs);
    const [second] = scan((c: Tensor, x: Tensor) => [c.add(x.mul(tensor(1).broadcastTo([2]))), c], tensor([0, 0]), sums);
    return [first, second];
  });
  const [first, second] = twice(tensor([1, 2, 3]));
  expect([await first?.item(), await second?.array()]).toEqual([6, [4, 4]]);
});
