import { describe, expect, test } from 'vitest';
import { expectNear } from '../../tests/support/tensorCases.ts';
import {
  arange,
  checkpoint,
  concat,
  customGradient,
  einsum,
  grad,
  hessian,
  jacobian,
  jvp,
  stopGradient,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  vmap,
  where,
} from './index.ts';

const cube = (x: Tensor): Tensor => x.pow(3).sum();

/** f(x + h) - f(x - h) over 2 h, in float64, for each element. */
const differences = async (f: (x: Tensor) => Tensor, x: readonly number[], h = 1e-5): Promise<number[]> => {
  const at = (values: readonly number[]): Promise<number> => f(tensor([...values], { dtype: 'float64' })).item();
  return Promise.all(
    x.map(async (_, i) => {
      const moved = (by: number): number[] => x.map((value, j) => (i === j ? value + by : value));
      return ((await at(moved(h))) - (await at(moved(-h)))) / (2 * h);
    }),
  );
};

const weights = tensor([0.5, -1, 2, 0.25, 1.5, -0.75], { dtype: 'float64' });

describe('composites have the derivatives of differences', () => {
  const composites: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
    ['softmax', x => x.softmax()],
    ['logSoftmax', x => x.reshape([2, 3]).logSoftmax(0).flatten()],
    ['softplus', x => x.softplus()],
    ['silu', x => x.silu()],
    ['gelu', x => x.gelu()],
    ['gelu by tanh', x => x.gelu({ approximate: true })],
    ['relu', x => x.relu()],
    ['rsqrt', x => x.square().add(1).rsqrt()],
    ['variance', x => x.variance().mul(x)],
    ['norm', x => x.norm().mul(x)],
    ['norm of order 3', x => x.norm(undefined, { order: 3 }).mul(x)],
    ['logSumExp', x => x.logSumExp().mul(x)],
    ['cumSum', x => x.cumSum(0)],
    ['cumProd', x => x.cumProd(0)],
    ['cumProd from the end', x => x.cumProd(0, { reverse: true, exclusive: true })],
    ['sort', x => x.sort()],
    ['topK', x => concat([x.topK(3).values, x.topK(3).values])],
    ['clip', x => x.clip(-0.5, 1)],
    ['roll, flip, tile', x => x.roll(2).flip().tile([2]).slice(3, 6)],
    [
      'pad and repeat',
      x =>
        x
          .slice(1, 2)
          .pad([[1, 0]])
          .repeat(2),
    ],
    ['gather', x => x.gather([5, 0, 0, 1, 2, 2])],
    ['scatterAdd', x => x.scatterAdd([1, 1, 4], x.slice(0, 3))],
    [
      'takeAlongAxis',
      x =>
        x
          .reshape([2, 3])
          .takeAlongAxis(
            [
              [2, 0, 0],
              [1, 1, 2],
            ],
            1,
          )
          .flatten(),
    ],
    ['where', x => where(x.greater(0.3), x.square(), x.sin())],
    [
      'matmul',
      x =>
        x
          .reshape([2, 3])
          .matmul(x.reshape([3, 2]))
          .pad([
            [0, 0],
            [0, 1],
          ])
          .flatten(),
    ],
    [
      'einsum',
      x =>
        einsum('ij,ik->jk', x.reshape([2, 3]), x.reshape([2, 3]))
          .flatten()
          .slice(0, 6),
    ],
    ['prod', x => x.prod().mul(x)],
    ['expm1, log1p, erf, tan', x => x.expm1().add(x.abs().log1p()).add(x.erf()).add(x.mul(0.3).tan())],
  ];
  const point = [0.8, -0.7, 1.7, 0.45, -1.3, 0.2];
  test.each(composites)('%s', async (_, f) => {
    const loss = (x: Tensor): Tensor => f(x).mul(weights).sum();
    const expected = await differences(loss, point);
    const actual = await grad(loss)(tensor(point, { dtype: 'float64' })).array();
    for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 6);
  });
});

describe('grad', () => {
  test('of any order', async () => {
    const x = tensor([1, 2]);
    expect(await grad(cube)(x).array()).toEqual([3, 12]);
    expect(await grad((y: Tensor) => grad(cube)(y).sum())(x).array()).toEqual([6, 12]);
    expect(await grad((y: Tensor) => grad((z: Tensor) => grad(cube)(z).sum())(y).sum())(x).array()).toEqual([6, 6]);
  });

  test('keeps the tree of the first argument, and gives zeros where nothing depends on a leaf', async () => {
    const tree = { layers: [{ w: tensor([1, 2]) }, { w: tensor(3) }] as const, unused: tensor([1]) };
    const g = grad((t: typeof tree, scale: number) => t.layers[0].w.sum().mul(t.layers[1].w).mul(scale))(tree, 10);
    expect(await g.layers[0].w.array()).toEqual([30, 30]);
    expect(await g.layers[1].w.item()).toBe(30);
    expect(await g.unused.array()).toEqual([0]);
  });

  test('shares ties evenly and is 0 where relu and abs bend', async () => {
    expect(await grad((x: Tensor) => x.max())(tensor([2, 2, 1])).array()).toEqual([0.5, 0.5, 0]);
    expect(await grad((x: Tensor) => x.relu().add(x.abs()).sum())(tensor([0])).array()).toEqual([0]);
    expect(await grad((x: Tensor) => x.softplus().sum())(tensor([0])).array()).toEqual([0.5]);
    expect(await grad((x: Tensor) => grad((y: Tensor) => y.softplus().sum())(x).sum())(tensor([0])).array()).toEqual([0.25]);
    expect(await grad((x: Tensor) => x.norm())(tensor([0, 0])).array()).toEqual([0, 0]);
  });

  test('valueAndGrad gives the loss, and hands more through with hasAux', async () => {
    const [loss, g] = valueAndGrad(cube)(tensor([1, 2]));
    expect([await loss.item(), await g.array()]).toEqual([9, [3, 12]]);
    const [[value, more], h] = valueAndGrad((x: Tensor) => [x.square().sum(), x.add(1)] as const, { hasAux: true })(tensor([3]));
    expect([await value.item(), await more.array(), await h.array()]).toEqual([9, [4], [6]]);
  });

  test('differentiates a graph deeper than what is computed on the way', async () => {
    const deep = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < 200; i++) y = y.mul(1.01);
      return y.sum();
    };
    expectNear(await grad(deep)(tensor([1], { dtype: 'float64' })).array(), [1.01 ** 200]);
  });

  test('says what it cannot do', () => {
    expect(() => grad((x: Tensor) => x.square())(tensor([1, 2]))).toThrow(
      'grad needs a function that returns a scalar, got a tensor of shape (2,).',
    );
    expect(() => grad((x: Tensor) => x.sum())(arange(3))).toThrow('grad differentiates with respect to floats, and the argument is int32.');
    expect(() => grad((t: { i: Tensor }) => t.i.sum())({ i: arange(3) })).toThrow("the argument at 'i' is int32");
    expect(() => grad((x: Tensor) => x.argMax())(tensor([1]))).toThrow('grad needs a loss of floats, got int32');
    expect(() => grad((x: Tensor) => x.size)(tensor([1]))).toThrow(
      'what a function under grad returns must be tensors: a tree holds a number',
    );
    expect(() => grad(async (x: Tensor) => x.sum())(tensor([1]))).toThrow('grad needs a function that returns at once');
  });
});

describe('other derivatives', () => {
  const f = (x: Tensor): Tensor => x.square().mul(x.sum());
  const x = tensor([1, 2]);

  test('jvp, vjp, jacobian agree: J = [[2 x₁ s + x₁², x₁²], [x₂², 2 x₂ s + x₂²]] with s = x₁ + x₂', async () => {
    expect(await jacobian(f)(x).array()).toEqual([
      [7, 1],
      [4, 16],
    ]);
    const [y, tangent] = jvp(f, [x], [tensor([1, 10])]);
    expect([await y.array(), await tangent.array()]).toEqual([
      [3, 12],
      [17, 164],
    ]);
    const [, pullback] = vjp(f, x);
    expect(await pullback(tensor([1, 10]))[0].array()).toEqual([47, 161]);
  });

  test('hessian', async () => {
    expect(await hessian((v: Tensor) => v.prod())(tensor([2, 3, 5])).array()).toEqual([
      [0, 5, 3],
      [5, 0, 2],
      [3, 2, 0],
    ]);
  });

  test('stopGradient, checkpoint, customGradient', async () => {
    expect(await grad((v: Tensor) => v.mul(stopGradient(v)).sum())(x).array()).toEqual([1, 2]);
    const w = tensor([3, 4]);
    const block = checkpoint((v: Tensor, u: Tensor) => v.mul(u).sin().mul(w));
    const plain = (v: Tensor, u: Tensor): Tensor => v.mul(u).sin().mul(w);
    const of = (g: (v: Tensor, u: Tensor) => Tensor): Promise<number[]> => grad((v: Tensor) => g(v, v).sum())(x).array();
    expectNear(await of(block), await of(plain));
    const clipped = customGradient((v: Tensor) => [v.square(), dy => dy.clip(-1, 1)]);
    expect(await grad((v: Tensor) => clipped(v).mul(5).sum())(x).array()).toEqual([1, 1]);
  });

  test('a checkpoint passes gradients to what it captures', async () => {
    const g = grad((w: Tensor) => checkpoint((v: Tensor) => v.mul(w).sum())(x))(tensor([1, 1]));
    expect(await g.array()).toEqual([1, 2]);
  });
});

describe('vmap', () => {
  const rows = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  test('does a batch as each member alone', async () => {
    const one = (v: Tensor, w: Tensor): Tensor => v.softmax().mul(w).sum();
    const w = tensor([1, -1]);
    const expected = await Promise.all([0, 1, 2].map(i => one(rows.at(i), w).item()));
    expectNear(await vmap(one, { inAxes: [0, null] })(rows, w).array(), expected);
  });
  test('of gradients, with axes elsewhere', async () => {
    const g = vmap(grad(cube), { inAxes: 1, outAxes: 1 })(rows);
    expect(await g.array()).toEqual([
      [3, 12],
      [27, 48],
      [75, 108],
    ]);
  });
  test('says what does not fit', () => {
    expect(() => vmap((a: Tensor, b: Tensor) => a.add(b))(rows, tensor([1, 2]))).toThrow(
      'vmap needs batch axes of one length, got 3 and 2.',
    );
    expect(() => vmap((a: Tensor) => a, { inAxes: null })(rows)).toThrow('at least one batched tensor');
  });
});
