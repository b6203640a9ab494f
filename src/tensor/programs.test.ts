import { describe, expect, test, vi } from 'vitest';
import { expectNear } from '../../tests/support/tensorCases.ts';
import { checkpoint, grad, jit, random, scan, type Tensor, tensor, valueAndGrad, zeros } from './index.ts';
import { plannedBytes } from './program.ts';
import { currentDevice } from './runtime.ts';

/** How many programs an action compiles, and how many it runs. */
const counted = async (action: () => Promise<unknown> | unknown): Promise<{ compiled: number; runs: number }> => {
  const device = currentDevice();
  const [compile, run] = [vi.spyOn(device, 'compile'), vi.spyOn(device, 'run')];
  try {
    await action();
    return { compiled: compile.mock.calls.length, runs: run.mock.calls.length };
  } finally {
    compile.mockRestore();
    run.mockRestore();
  }
};

describe('programs', () => {
  test('nothing runs before it is read, and what was read is not computed again', async () => {
    let y = zeros([]);
    const made = await counted(() => {
      y = tensor([1, 2]).exp().sum();
    });
    expect(made).toEqual({ compiled: 0, runs: 0 });
    expect((await counted(() => y.item())).runs).toBe(1);
    expect((await counted(() => y.item())).runs).toBe(0);
  });

  test('a number that changes meets the same program; another structure does not', async () => {
    const x = tensor([1, 2, 3]);
    await x.mul(0.123).add(7).array();
    const { compiled, runs } = await counted(async () => {
      for (let i = 0; i < 10; i++) {
        const [scale, shift] = [i * 0.3 + 0.1, i + 5];
        const expected = [1, 2, 3].map(v => v * scale + shift);
        expectNear(await x.mul(scale).add(shift).array(), expected);
      }
    });
    expect({ compiled, runs }).toEqual({ compiled: 0, runs: 10 });
    expect((await counted(() => x.mul(0.123).add(7).add(8).array())).compiled).toBe(1);
  });

  test('numbers of another sign, size or kind are not confused', async () => {
    const x = tensor([-1, 1]);
    expect(await x.pow(2).array()).toEqual([1, 1]);
    expect(await x.pow(3).array()).toEqual([-1, 1]);
    expect(await x.pad([[1, 0]], 5).array()).toEqual([5, -1, 1]);
    expect(await x.pad([[1, 0]], 6).array()).toEqual([6, -1, 1]);
    expect(await x.maximum(-Infinity).minimum(Infinity).array()).toEqual([-1, 1]);
    expect(await x.div(0).array()).toEqual([-Infinity, Infinity]);
    expect(await x.div(-0).array()).toEqual([Infinity, -Infinity]);
    expect(await x.mul(NaN).array()).toEqual([NaN, NaN]);
  });

  test('an eager training loop meets the same programs at each step, with a scan in it too', async () => {
    const x = random.normal([4, 3], { seed: 1 });
    const lossOf = (w: { a: Tensor; b: Tensor }): Tensor => {
      const [h] = scan((c: Tensor, row: Tensor) => [c.add(row.mul(w.a).softplus()), undefined], zeros([3]), x);
      return h.mul(w.b).gelu().square().mean();
    };
    let w = { a: tensor([0.1, 0.2, 0.3]), b: tensor([1, -1, 0.5]) };
    const losses: number[] = [];
    const step = async (): Promise<void> => {
      const [loss, g] = valueAndGrad(lossOf)(w);
      w = { a: w.a.sub(g.a.mul(0.05)), b: w.b.sub(g.b.mul(0.05)) };
      losses.push(await loss.item());
    };
    for (let i = 0; i < 3; i++) await step();
    const { compiled, runs } = await counted(async () => {
      for (let i = 0; i < 10; i++) await step();
    });
    expect(compiled).toBe(0);
    expect(runs).toBeLessThanOrEqual(20);
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
  });

  test('loss and gradients are computed together', async () => {
    const [loss, g] = valueAndGrad((v: Tensor) => v.square().sum())(tensor([1, 2]));
    expect((await counted(() => loss.item())).runs).toBe(1);
    expect((await counted(() => g.array())).runs).toBe(0);
    expect(await g.array()).toEqual([2, 4]);
  });

  test('a chain that is never read is computed on the way, by the same program each time', async () => {
    const g = tensor([1, 2]);
    let w = zeros([2]);
    const { compiled, runs } = await counted(() => {
      for (let i = 0; i < 1000; i++) w = w.sub(g.mul(0.5));
    });
    expect(compiled).toBeLessThanOrEqual(3);
    expect(runs).toBeGreaterThan(10);
    expect(await w.array()).toEqual([-500, -1000]);
  });

  test('a chain of calls that is never read runs on the way', async () => {
    const step = jit((v: Tensor) => v.add(1));
    let v = tensor([0]);
    const { runs } = await counted(() => {
      for (let i = 0; i < 100; i++) v = step(v);
    });
    expect(runs).toBeGreaterThan(80);
    expect(await v.array()).toEqual([100]);
  });

  test('another shape of what is there shares its memory', async () => {
    const x = tensor([1, 2, 3, 4]);
    const rows = x.reshape([2, 2]);
    expect((await counted(() => rows.array())).runs).toBe(0);
    expect(await rows.at(1).array()).toEqual([3, 4]);
    expect(await grad((y: Tensor) => y.reshape([2, 2]).at(0).sum())(x).array()).toEqual([1, 1, 0, 0]);
  });
});

describe('memory stays bounded', () => {
  const megabytes = (): number => process.memoryUsage().rss / 2 ** 20;
  const megabyte = new Float32Array(2 ** 18).fill(1);

  test('of tensors that are made, read and dropped', async () => {
    await tensor(megabyte).data();
    const before = megabytes();
    for (let i = 0; i < 1000; i++) await tensor(megabyte).add(1).data(); // 2,000 MB pass through
    expect(megabytes() - before).toBeLessThan(600);
  });

  test('of an eager loop that never reads, at microseconds a step', async () => {
    const g = tensor(megabyte);
    let w = g;
    const before = megabytes();
    for (let i = 0; i < 64_000; i++) w = w.sub(g.mul(2 ** -10)); // about 1,000 programs, 1 MB each
    expect(megabytes() - before).toBeLessThan(600);
    expect((await w.data())[0]).toBe(1 - 64_000 / 1024);
    const small = tensor([1, 2]);
    let v = small;
    const start = performance.now();
    for (let i = 0; i < 2000; i++) v = v.sub(small.mul(0.1));
    expect((performance.now() - start) / 2000).toBeLessThan(0.1); // milliseconds
  });
});

test('checkpoint lowers the peak of a deep network’s gradient', () => {
  const width = 64;
  const block = (x: Tensor, w: Tensor): Tensor => x.matmul(w).tanh().matmul(w).sigmoid().matmul(w).tanh();
  const loss =
    (step: typeof block) =>
    ({ x, ws }: { x: Tensor; ws: Tensor[] }): Tensor =>
      ws
        .reduce((h, w) => step(h, w), x)
        .square()
        .sum();
  const args = { x: zeros([512, width]), ws: Array.from({ length: 12 }, () => zeros([width, width])) };
  const [kept, again] = [block, checkpoint(block)].map(step => plannedBytes(grad(loss(step)) as (...all: never[]) => unknown, [args]));
  expect(again as number).toBeLessThan(0.6 * (kept as number));
});
