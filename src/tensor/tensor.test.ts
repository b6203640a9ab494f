import { describe, expect, test, vi } from 'vitest';
import { expectNear } from '../../tests/support/tensorCases.ts';
import { arange, concat, configure, einsum, full, grad, jit, random, ready, stack, type Tensor, tensor, where, zeros } from './index.ts';
import { currentDevice } from './runtime.ts';

describe('a tensor', () => {
  const a = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

  test('knows its shape, type and size before anything is computed', () => {
    const b = a.mul(2).sum(0, { keepDims: true });
    expect([b.shape, b.dtype, b.rank, b.size]).toEqual([[1, 3], 'float32', 2, 3]);
    expect(String(b)).toBe('Tensor (1, 3) float32');
  });

  test('is read as typed array, nested array and number', async () => {
    expect(await a.data()).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(await tensor(7, { dtype: 'int32' }).data()).toEqual(Int32Array.of(7));
    expect(await a.greater(2).data()).toEqual(Uint8Array.of(0, 0, 1, 1, 1, 1));
    expect(await tensor([1.5], { dtype: 'float16' }).data()).toEqual(Float32Array.of(1.5));
    expect(await a.sum().item()).toBe(21);
    expect(await tensor(true).array()).toBe(true);
    await expect(a.item()).rejects.toThrow('item reads one value, and this tensor of shape (2, 3) has 6.');
  });

  test('copies what it is made of, and gives copies', async () => {
    const values = Float32Array.of(1, 2);
    const t = tensor(values);
    values[0] = 9;
    const read = await t.data();
    read[1] = 9;
    expect(await t.array()).toEqual([1, 2]);
    const halves = new Float32Array(8).subarray(2, 4).fill(3);
    expect(await tensor(halves).array()).toEqual([3, 3]);
  });

  test('promotes as the array API standard has it; numbers are weak', () => {
    const [i, u, h] = [arange(2), tensor(new Uint8Array(2)), zeros([2], { dtype: 'float16' })];
    expect(
      [i.add(u), i.add(a.at(0).slice(0, 2)), h.add(1), u.add(1), i.mul(2), i.mul(0.5), h.add(zeros([2], { dtype: 'bfloat16' }))].map(
        t => t.dtype,
      ),
    ).toEqual(['int32', 'float32', 'float16', 'uint8', 'int32', 'float32', 'float32']);
  });

  test('has different values once each, in order', async () => {
    expect(
      await tensor([3, 1, 3, -2])
        .unique()
        .then(t => t.array()),
    ).toEqual([-2, 1, 3]);
    expect(
      await tensor([true, true])
        .unique()
        .then(t => t.array()),
    ).toEqual([true]);
  });

  test('ready computes a tree without copying out', async () => {
    const tree = { x: a.add(1), list: [a.sum()] };
    expect(await ready(tree)).toBe(tree);
    expect(await (tree.list[0] as Tensor).item()).toBe(21);
  });

  test('is freed early by using, unless something still needs it', async () => {
    let kept: Tensor;
    let gone: Tensor;
    {
      using t = tensor([1, 2]);
      kept = t.mul(2);
      gone = t;
    }
    expect(await kept.array()).toEqual([2, 4]);
    expect(() => gone.add(1)).toThrow('Tensor (2,) float32 was freed (by using, or by Symbol.dispose) and cannot be used any more.');
    gone[Symbol.dispose]();
  });

  test('a result is freed early by using, unless another tensor stands for it or was built on it', async () => {
    const free = vi.spyOn(currentDevice(), 'free');
    const freed = async (action: () => Promise<unknown>): Promise<number> => {
      const before = free.mock.calls.length;
      await action();
      return free.mock.calls.length - before;
    };
    const alone = async (): Promise<void> => {
      using product = a.matmul(a.permute([1, 0]));
      await ready(product);
    };
    expect(await freed(alone)).toBe(1);
    expect(await freed(alone)).toBe(1);
    let kept: Tensor | undefined;
    const built = async (): Promise<void> => {
      using product = a.mul(3);
      kept = product.add(1);
      await ready(product);
    };
    expect(await freed(built)).toBe(0);
    expect(await (kept as Tensor).sum().item()).toBe(69);
    const twice = async (): Promise<void> => {
      using product = a.mul(4);
      kept = a.mul(4);
      await ready(product);
    };
    expect(await freed(twice)).toBe(0);
    expect(await (kept as Tensor).sum().item()).toBe(84);
    free.mockRestore();
  });

  test('settles many results of one graph with the same numbers as one', async () => {
    const x = random.normal([50], { seed: 3 });
    let y = x;
    for (let i = 0; i < 300; i++) y = y.mul(0.99).add(x.mul(0.01 * (i % 7)));
    let expected = await x.data();
    const start = expected.slice();
    for (let i = 0; i < 300; i++)
      expected = expected.map((v, j) =>
        Math.fround(Math.fround(v * Math.fround(0.99)) + Math.fround((start[j] as number) * Math.fround(0.01 * (i % 7)))),
      );
    const actual = await y.data();
    for (const [index, value] of expected.entries()) expect(Math.abs((actual[index] as number) - value)).toBeLessThan(1e-5);
  });
});

describe('errors say what was asked, what came and what to do', () => {
  const a = zeros([2, 3]);
  const cases: readonly (readonly [string, () => unknown, string])[] = [
    ['ragged rows', () => tensor([[1, 2], [3]]), 'row [1] is an array of 1, where the first one there is an array of 2'],
    ['ragged depth', () => tensor([1, [2]]), 'element [1] is an array of 1'],
    [
      'a missing level',
      () =>
        tensor([
          [[1], [2]],
          [[1], 3],
        ]),
      'row [1][1] is a number',
    ],
    ['a text', () => tensor(['1'] as never), 'tensor takes numbers or booleans, got a string at [0]'],
    ['a mixture', () => tensor([1, true]), 'tensor cannot mix numbers and booleans'],
    ['a wrong size', () => tensor([1, 2, 3], { shape: [2] }), 'tensor cannot give 3 values the shape (2,)'],
    ['a typed array of another kind', () => tensor(new BigInt64Array(1)), 'tensor cannot take a BigInt64Array'],
    ['an unknown element type', () => zeros([1], { dtype: 'float' as never }), "unknown element type 'float'"],
    ['an unknown option', () => a.sum(0, { keepdims: true } as never), "unknown option of sum 'keepdims'. Did you mean 'keepDims'?"],
    ['an option in the place of an axis', () => a.variance(0, true as never), 'variance takes its options as an object'],
    ['shapes that do not broadcast', () => a.add(zeros([2])), 'add cannot broadcast shapes (2, 3) and (2,)'],
    ['an operand of another kind', () => a.add('1' as never), 'add takes tensors and numbers, got a string'],
    ['a matrix product', () => a.matmul(a), 'matmul cannot multiply (2, 3) with (2, 3)'],
    ['an axis', () => a.sum(2), 'sum cannot use axis 2: a tensor of rank 2 has axes -2 to 1'],
    ['a reshape', () => a.reshape([4]), 'reshape cannot turn (2, 3) (6 elements) into (4,)'],
    ['a squeeze', () => a.squeeze(0), 'squeeze cannot drop axis 0 of (2, 3): it has size 2'],
    ['a slice', () => a.slice([0, 2], [2, 2]), 'slice cannot take 2 elements from 2 on along axis 1 of size 3'],
    ['an index', () => a.at(-3), 'at cannot use index -3 along axis 0 of size 2: indices go from -2 to 1'],
    ['padding with a fraction', () => tensor([1], { dtype: 'int32' }).pad([[1, 0]], 0.5), 'pad cannot fill int32 with 0.5'],
    ['a split', () => a.split(2, 1), 'split cannot cut axis 1 of size 3 into 2 equal parts'],
    ['indices of floats', () => a.gather(zeros([1])), 'gather needs whole numbers as indices, got float32'],
    ['updates', () => a.scatterAdd([0], zeros([2, 3])), 'scatterAdd needs updates of shape (1, 3)'],
    ['updates of fractions', () => tensor([1, 2], { dtype: 'int32' }).scatterAdd([0], 0.5), 'scatterAdd puts float32 into int32'],
    ['updates of bool', () => a.greater(0).scatterAdd([0], 1), 'scatter needs numbers, got bool'],
    ['topK', () => a.topK(4), 'topK cannot take 4 of 3 elements'],
    ['einsum letters', () => einsum('ijk->i', a), "einsum 'ijk->i' gives 3 letters to a tensor of shape (2, 3)"],
    ['einsum sizes', () => einsum('ij,ij->i', a, zeros([2, 4])), 'needs one size for j, got 3 and 4'],
    ['einsum results', () => einsum('ij->k', a), "has 'k' in its result"],
    ['stack', () => stack([a, zeros([3])]), 'stack needs tensors of one shape, got (2, 3) and (3,)'],
    ['concat', () => concat([]), 'concat needs at least one tensor'],
    ['where', () => where([true] as never, a, a), 'where needs a tensor as its condition, got an array of 1'],
    ['clip', () => a.clip(1, 0), 'clip cannot keep values between 1 and 0'],
    ['full', () => full(3 as never, [2] as never), 'full fills with a number or a boolean, got an array of 1'],
    ['arange', () => arange(0, 1, 0), 'arange cannot go from 0 to 1 in steps of 0'],
    ['arithmetic by JavaScript', () => Number(a), "JavaScript's + and < do not work on tensors"],
    ['two sources of randomness', () => random.normal([1], { seed: 1, key: random.key(1) }), 'got both a seed and a key'],
    ['a key that is none', () => random.normal([1], { key: a }), 'normal needs a key of shape (2,) int32'],
    ['a shape that is a number', () => zeros(3 as never), 'zeros needs a shape, which is an array of sizes: [2, 3]'],
    ['axes that are no numbers', () => a.sum('0' as never), 'sum takes an axis, several in an array'],
    ['an index between two', () => a.gather([[0], [0.5]]), 'an index must be a whole number, got 0.5'],
    ['an einsum without its equation', () => einsum(a as never, a), "einsum('ij,jk->ik', a, b)"],
    ['a transform of nothing', () => jit(undefined as never), 'jit takes a function of tensors, got undefined'],
    ['a gradient of a number', () => grad(3 as unknown as (x: Tensor) => Tensor)(a), 'grad takes a function of tensors, got number'],
    [
      'a donated argument that is not there',
      () => jit((x: Tensor) => x.add(1), { donate: [1] })(a),
      'jit donates argument 1, and was called with 1',
    ],
    ['a probability', () => random.bernoulli([1], 2), 'needs a probability from 0 to 1, got 2'],
  ];
  test.each(cases)('%s', (_, act, message) => expect(act).toThrow(message));

  test('an index out of range is reported where the result is read', async () => {
    await expect(a.gather([2]).array()).rejects.toThrow('index 2');
    await expect(a.scatterAdd([-1], 1).array()).rejects.toThrow('index -1');
    expect(await a.gather([1]).array()).toEqual([[0, 0, 0]]);
  });
});

describe('configure', () => {
  test('refuses what there is not', async () => {
    await expect(configure({ backend: 'webgpu' })).rejects.toThrow("the backend 'webgpu' does not exist yet");
    await expect(configure({ backend: 'wsam' as never })).rejects.toThrow("unknown backend 'wsam'. Did you mean 'wasm'?");
    await expect(configure({ thread: 2 } as never)).rejects.toThrow("unknown option of configure 'thread'. Did you mean 'threads'?");
    await expect(configure({ threads: 0 })).rejects.toThrow('threads must be a whole number >= 1, got 0.');
    await expect(configure({ numerics: 'exact' as never })).rejects.toThrow('unknown numerics');
  });

  test('changes the device, and says when a tensor is of another one', async () => {
    const f = (x: Tensor): Tensor => x.softmax().matmul(x.transpose());
    const values = [
      [0.1, 0.2],
      [0.3, -0.4],
    ];
    const before = tensor(values);
    const onWasm = await f(before).array();
    await configure({ backend: 'reference' });
    try {
      expectNear(await f(tensor(values)).array(), onWasm);
      await expect(before.add(1).array()).rejects.toThrow("a tensor made on the device 'wasm' cannot be used on 'reference'");
    } finally {
      await configure({ backend: 'wasm' });
    }
    expect(await before.add(1).array()).toEqual(await tensor(values).add(1).array()); // back on its own device
  });
});
