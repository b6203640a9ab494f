import { describe, expect, test } from 'vitest';
import { expectNear } from '../../tests/support/tensorCases.ts';
import { trace } from './compiled.ts';
import { checkpoint, grad, jit, random, ready, scan, type Tensor, tensor, valueAndGrad, zeros } from './index.ts';
import { compileProgram, copyBuffers, lendBuffers, tensorsFrom } from './program.ts';

describe('jit', () => {
  test('traces once a shape, element type and value of what is no tensor', async () => {
    let traces = 0;
    const f = jit((x: Tensor, options: { scale: number }) => {
      traces++;
      return { y: x.mul(options.scale) };
    });
    expect(await f(tensor([1, 2]), { scale: 2 }).y.array()).toEqual([2, 4]);
    expect(await f(tensor([3, 4]), { scale: 2 }).y.array()).toEqual([6, 8]);
    expect(traces).toBe(1);
    expect(await f(tensor([3, 4]), { scale: 3 }).y.array()).toEqual([9, 12]);
    expect(await f(tensor([[3, 4]]), { scale: 3 }).y.array()).toEqual([[9, 12]]);
    expect(await f(tensor([3], { dtype: 'int32' }), { scale: 3 }).y.array()).toEqual([9]);
    expect(traces).toBe(4);
  });

  test('captures tensors as inputs, and gives one tensor at two places', async () => {
    const w = tensor([10, 20]);
    const lazy = w.mul(2);
    const f = jit((x: Tensor) => [x.add(w), lazy.add(x), x, x] as const);
    const [a, b, c, d] = f(tensor([1, 2]));
    expect(await Promise.all([a.array(), b.array(), c.array(), d.array()])).toEqual([
      [11, 22],
      [21, 42],
      [1, 2],
      [1, 2],
    ]);
  });

  test('a training step: state donated, each step reads the last', async () => {
    const target = tensor([1, 2, 3]);
    const step = jit(
      (state: { w: Tensor; count: Tensor }) => {
        const [loss, g] = valueAndGrad((w: Tensor) => w.sub(target).square().sum())(state.w);
        return [{ w: state.w.sub(g.mul(0.25)), count: state.count.add(1) }, loss] as const;
      },
      { donate: [0] },
    );
    let state = { w: zeros([3]), count: tensor(0) };
    const losses: Tensor[] = [];
    for (let i = 0; i < 30; i++) {
      const [next, loss] = step(state);
      state = next;
      losses.push(loss);
    }
    expect(await state.count.item()).toBe(30);
    expectNear(await state.w.array(), [1, 2, 3]);
    expect(await (losses[0] as Tensor).item()).toBe(14);
    expect(await (losses[1] as Tensor).item()).toBe(3.5);
  });

  test('a donated tensor is consumed; what was built on it before is not', async () => {
    const f = jit((x: Tensor) => x.mul(2), { donate: [0] });
    const x = tensor([1, 2]);
    const before = x.add(1);
    const called = jit((y: Tensor) => y.sub(1))(x);
    const same = x.reshape([2]);
    const y = f(x);
    expect(() => x.add(1)).toThrow('was donated to a function under jit, which consumed it, and cannot be used any more');
    expect(() => x.array()).toThrow('was donated');
    expect(await y.array()).toEqual([2, 4]);
    expect(await before.array()).toEqual([2, 3]);
    expect(await called.array()).toEqual([0, 1]);
    expect(await same.array()).toEqual([1, 2]);
  });

  test('a tensor donated twice, and one that no result can take', async () => {
    const add = jit((x: Tensor, y: Tensor) => x.add(y), { donate: [0, 1] });
    const x = tensor([1, 2]);
    expect(await add(x, x).array()).toEqual([2, 4]);
    const total = jit((v: Tensor) => v.sum(), { donate: [0] });
    expect(await total(tensor([1, 2])).item()).toBe(3);
  });

  test('donors go to results at their own place in the tree', async () => {
    const swap = jit((s: { a: Tensor; b: Tensor }) => ({ b: s.a.add(s.b), a: s.a.mul(s.b) }), { donate: [0] });
    let s = { a: tensor([2]), b: tensor([3]) };
    s = swap(s);
    s = swap(s);
    expect([await s.a.array(), await s.b.array()]).toEqual([[30], [11]]);
  });

  test('an exchange of two donated values', async () => {
    const exchange = jit((s: { a: Tensor; b: Tensor }) => ({ a: s.b, b: s.a }), { donate: [0] });
    const s = exchange(exchange(exchange({ a: tensor([1]), b: tensor([2]) })));
    expect([await s.a.array(), await s.b.array()]).toEqual([[2], [1]]);
  });

  test('inside of other transforms it is the function', async () => {
    const f = jit((x: Tensor) => x.square().sum());
    expect(await grad(f)(tensor([1, 2])).array()).toEqual([2, 4]);
    const outer = jit((x: Tensor) => f(x.add(1)).add(grad(f)(x).sum()));
    expect(await outer(tensor([1, 2])).item()).toBe(19);
    const [total] = scan(
      (c: Tensor, x: Tensor) => [c.add(f(x)), undefined],
      zeros([]),
      tensor([
        [1, 2],
        [3, 4],
      ]),
    );
    expect(await total.item()).toBe(30);
    expect(await grad((x: Tensor) => jit(checkpoint(f))(x))(tensor([3])).array()).toEqual([6]);
  });

  test('an error of the program reaches the reader, and every result built on it', async () => {
    const f = jit((x: Tensor, i: Tensor) => x.gather(i));
    const bad = f(tensor([1, 2]), tensor([7], { dtype: 'int32' }));
    await expect(bad.add(1).array()).rejects.toThrow('index 7');
    await expect(ready(f(tensor([1, 2]), tensor([-3], { dtype: 'int32' })))).rejects.toThrow('index -3');
    expect(await f(tensor([1, 2]), tensor([1], { dtype: 'int32' })).array()).toEqual([2]);
  });

  test('says what it needs', () => {
    expect(() => jit((x: Tensor) => x, { donated: [0] } as object)).toThrow("unknown option of jit 'donated'. Did you mean 'donate'?");
    expect(() => jit(() => 3)()).toThrow('what a function under jit returns must be tensors');
    expect(() => jit(() => random.normal([2]))()).toThrow('normal inside of jit needs a key');
    let leaked: Tensor | undefined;
    jit((x: Tensor) => {
      leaked = x.add(1);
      return x;
    })(tensor([1]));
    expect(() => jit(() => (leaked as Tensor).add(1))()).toThrow('belongs to another trace');
  });

  test('a tensor of a trace has no value yet', async () => {
    let read: Promise<unknown> | undefined;
    jit((x: Tensor) => {
      read = x.array();
      read.catch(() => undefined);
      return x;
    })(tensor([1, 2]));
    await expect(read).rejects.toThrow('inside of jit, vmap, scan or cond has no value yet');
  });

  test('random numbers with a key differ by key only', async () => {
    const draw = jit((key: Tensor) => random.normal([4], { key }));
    const expected = await random.normal([4], { key: random.key(1) }).array();
    expect(await draw(random.key(1)).array()).toEqual(expected);
    expect(await draw(random.key(2)).array()).not.toEqual(expected);
  });
});

describe('trace and compileProgram', () => {
  test('trace gives the graph, its places and what it captured', () => {
    const w = tensor([5, 6]);
    const traced = trace((tree: { x: Tensor }, times: number) => ({ y: tree.x.mul(w).mul(times) }), { x: zeros([2]) }, 3);
    expect(traced.inputs.map(node => node.op)).toEqual(['input', 'input']);
    expect(traced.paths).toEqual(['y']);
    expect(traced.outputs).toHaveLength(1);
    expect(traced.captured).toHaveLength(1);
  });

  test('a step runs on buffers, many times in one call, and leaves the examples alone', async () => {
    const start = { w: tensor([0, 0]), steps: tensor(0, { dtype: 'int32' }) };
    const target = tensor([1, 2]);
    const program = compileProgram(
      (state: typeof start, rate: Tensor) => {
        const g = grad((w: Tensor) => w.sub(target).square().sum())(state.w);
        return { state: { w: state.w.sub(g.mul(rate)), steps: state.steps.add(1) } };
      },
      start,
      tensor(0),
    );
    let state: ReturnType<typeof copyBuffers> = copyBuffers(start);
    const others = lendBuffers([tensor(0.25)]);
    for (let i = 0; i < 3; i++) state = [...program.run(state, others, 10).state];
    const halfway = tensorsFrom(start, state, { copy: true });
    state = [...program.run(state, others, 10).state];
    const end = tensorsFrom(program.state, state);
    expect([await halfway.steps.item(), await end.steps.item(), await start.steps.item()]).toEqual([30, 40, 0]);
    expectNear(await end.w.array(), [1, 2]);
    expect(await start.w.array()).toEqual([0, 0]);
  });

  test('outputs come once a run, and a state must stay what it is', async () => {
    const program = compileProgram(
      (s: Tensor, x: Tensor) => ({ state: s.add(x), outputs: { sum: s.add(x).sum() } }),
      zeros([2]),
      zeros([2]),
    );
    const { state, outputs } = program.run(copyBuffers(zeros([2])), lendBuffers([tensor([1, 2])]));
    expect(await tensorsFrom(program.outputs, outputs).sum.item()).toBe(3);
    expect(() => program.run(state, lendBuffers([tensor([1, 2])]), 2)).toThrow('with outputs cannot run 2 times');
    expect(() => compileProgram((s: Tensor) => ({ state: s.sum() }), zeros([2]))).toThrow(
      'needs the state to stay float32 (2,), and got float32 ()',
    );
  });

  const twoStates: readonly (readonly [string, (s: { a: Tensor; b: Tensor }) => { a: Tensor; b: Tensor }, number[][]])[] = [
    [
      'equal states',
      s => ({ a: s.a.add(s.b), b: s.a.add(s.b) }),
      [
        [16, 24],
        [16, 24],
      ],
    ],
    [
      'an exchange',
      s => ({ a: s.b, b: s.a }),
      [
        [3, 4],
        [1, 2],
      ],
    ],
    [
      'one state twice',
      s => ({ a: s.a, b: s.a }),
      [
        [1, 2],
        [1, 2],
      ],
    ],
    [
      'a state that was another',
      s => ({ a: s.b.add(1), b: s.a }),
      [
        [5, 6],
        [2, 3],
      ],
    ],
    [
      'a constant',
      s => ({ a: zeros([2]), b: s.b.sum().add(s.a) }),
      [
        [0, 0],
        [34, 34],
      ],
    ],
  ];
  test.each(twoStates)('three steps in place, with %s', async (_, next, expected) => {
    const start = { a: tensor([1, 2]), b: tensor([3, 4]) };
    const program = compileProgram((s: typeof start) => ({ state: next(s) }), start);
    const { a, b } = tensorsFrom(start, program.run(copyBuffers(start), [], 3).state);
    expect([await a.array(), await b.array()]).toEqual(expected);
  });
});
