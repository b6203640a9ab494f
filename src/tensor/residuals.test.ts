import { describe, expect, test } from 'vitest';
import {
  checkpoint,
  cond,
  customGradient,
  full,
  type GradOptions,
  grad,
  random,
  scan,
  type Tensor,
  tensor,
  valueAndGrad,
  where,
  zeros,
} from './index.ts';
import { plannedBytes } from './program.ts';

type Narrow = 'float16' | 'bfloat16';
type Tree = Readonly<Record<string, Tensor>>;

const normal = (shape: readonly number[], key: number): Tensor => random.normal(shape, { key: random.key(key) });

/** ‖a - b‖ / ‖b‖ over all tensors of two trees. */
const distance = async (a: Tree, b: Tree): Promise<number> => {
  let [difference, size] = [0, 0];
  for (const [name, value] of Object.entries(b)) {
    const [x, y] = [await (a[name] as Tensor).data(), await value.data()];
    y.forEach((expected, i) => {
      difference += ((x[i] as number) - expected) ** 2;
      size += expected ** 2;
    });
  }
  return Math.sqrt(difference / size);
};

const x = normal([64, 32], 1);
const [square, other] = [normal([32, 32], 2).mul(0.2), normal([32, 32], 3).mul(0.2)];

const layerNorm = (h: Tensor): Tensor => h.sub(h.mean(-1, { keepDims: true })).div(h.variance(-1, { keepDims: true }).add(1e-5).sqrt());

const functions: readonly (readonly [string, (w: Tree) => Tensor, Tree])[] = [
  [
    'relu',
    w =>
      x
        .matmul(w.a as Tensor)
        .relu()
        .matmul(w.b as Tensor)
        .square()
        .mean(),
    { a: square, b: other },
  ],
  [
    'gelu and a residual',
    w => {
      const h = x.matmul(w.a as Tensor);
      return h
        .add(h.gelu().matmul(w.b as Tensor))
        .tanh()
        .mean();
    },
    { a: square, b: other },
  ],
  [
    'many additions',
    w => {
      let h = x;
      for (let i = 0; i < 6; i++)
        h = h.add(
          layerNorm(h)
            .matmul(w.a as Tensor)
            .silu(),
        );
      return h.square().mean();
    },
    { a: square },
  ],
  [
    'softmax over rows',
    w =>
      x
        .matmul(w.a as Tensor)
        .matmul(x.transpose())
        .softmax(-1)
        .matmul(x)
        .matmul(w.b as Tensor)
        .square()
        .mean(),
    { a: square, b: other },
  ],
  [
    'a product of exponentials',
    w =>
      x
        .matmul(w.a as Tensor)
        .exp()
        .add(1)
        .log()
        .sqrt()
        .mean(),
    { a: square },
  ],
  [
    'a table',
    w =>
      (w.table as Tensor)
        .gather(tensor(Int32Array.from({ length: 64 }, (_, i) => (7 * i) % 50)), 0)
        .tanh()
        .matmul(w.a as Tensor)
        .square()
        .mean(),
    { table: normal([50, 32], 4), a: square },
  ],
  [
    'a checkpoint',
    w =>
      checkpoint((h: Tensor, a: Tensor) => h.matmul(a).sigmoid().matmul(a).tanh())(x.matmul(w.b as Tensor), w.a as Tensor)
        .square()
        .mean(),
    { a: square, b: other },
  ],
  [
    'a derivative of the user’s own',
    w => {
      const doubled = customGradient((h: Tensor) => [h.square(), dy => dy.mul(h).mul(2)]);
      return doubled(x.matmul(w.a as Tensor))
        .matmul(w.b as Tensor)
        .square()
        .mean();
    },
    { a: square, b: other },
  ],
  [
    'a scan',
    w => {
      const [last] = scan(
        (h: Tensor, row: Tensor) => {
          const next = h
            .matmul(w.a as Tensor)
            .add(row)
            .tanh();
          return [next, next];
        },
        zeros([8, 32]),
        x.matmul(w.b as Tensor).reshape([8, 8, 32]),
      );
      return last.square().mean();
    },
    { a: square, b: other },
  ],
  [
    'a branch',
    w => {
      const h = x.matmul(w.a as Tensor);
      const branch = cond(
        h.sum().greater(-1e9),
        (v: Tensor) => v.matmul(w.b as Tensor).tanh(),
        (v: Tensor) => v.sigmoid(),
        h,
      );
      return branch.square().mean();
    },
    { a: square, b: other },
  ],
  [
    'a choice',
    w => {
      const h = x.matmul(w.a as Tensor);
      return where(h.greater(0), h.matmul(w.b as Tensor), h.mul(0.1))
        .square()
        .mean();
    },
    { a: square, b: other },
  ],
];

describe.each([
  ['float16', 2e-3],
  ['bfloat16', 2e-2],
] as const)('forward values in %s', (residuals, most) => {
  test.each(functions)('%s: the same value, and nearly the same gradient', async (_, f, weights) => {
    const [value, exact] = valueAndGrad(f)(weights);
    const [same, near] = valueAndGrad(f, { residuals })(weights);
    expect(Math.abs((await same.item()) - (await value.item()))).toBeLessThanOrEqual(1e-6 * Math.abs(await value.item()));
    const off = await distance(near as Tree, exact as Tree);
    expect(off).toBeLessThan(most);
    expect(off).toBeGreaterThan(1e-6);
  });

  test('are those rounded once, in the gradient that they enter', async () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }): Tensor => x.matmul(a).relu().matmul(b).sum();
    const { b } = grad(f, { residuals })({ a: square, b: other });
    const hidden = x.matmul(square).cast(residuals).cast('float32').relu();
    expect(await distance({ b }, { b: hidden.sum(0).reshape([32, 1]).broadcastTo([32, 32]) })).toBeLessThan(1e-6);
  });

  test('small arrays stay as they are', async () => {
    const few = x.slice(0, 4);
    const f = (a: Tensor): Tensor => few.matmul(a).tanh().square().sum();
    expect(await grad(f, { residuals })(square).array()).toEqual(await grad(f)(square).array());
  });
});

test('the largest of each row: what rounding makes equal shares the adjoint', async () => {
  const f = (a: Tensor): Tensor => x.matmul(a).max(-1).sum();
  const [exact, near] = [grad(f)(square), grad(f, { residuals: 'bfloat16' })(square)];
  // Each row hands on all that it received.
  expect(await distance({ sum: near.sum(1) }, { sum: exact.sum(1) })).toBeLessThan(1e-6);
  expect(await distance({ near }, { near: exact })).toBeLessThan(0.2);
});

test('what float16 has no number for becomes its largest one', async () => {
  const f = (a: Tensor): Tensor => x.matmul(a).mul(1e-6).tanh().mean();
  const large = square.mul(1e8);
  const g = await grad(f, { residuals: 'float16' })(large).data();
  expect(g.every(Number.isFinite)).toBe(true);
});

test('a second derivative goes through them', async () => {
  const second = (residuals: NonNullable<GradOptions['residuals']>): Tensor =>
    grad((a: Tensor) =>
      grad((w: Tensor) => x.matmul(w).tanh().mean(), { residuals })(a)
        .square()
        .sum()
        .mul(1e4),
    )(square);
  const [near, exact] = [second('bfloat16'), second('float32')];
  expect(await distance({ near }, { near: exact })).toBeLessThan(0.03);
});

test.each<Narrow>(['float16', 'bfloat16'])('a deep network needs less than half the memory (%s)', residuals => {
  const block = (h: Tensor, w: Tensor): Tensor => h.add(layerNorm(h).matmul(w).gelu().matmul(w));
  const loss = ({ h, ws }: { h: Tensor; ws: Tensor[] }): Tensor => ws.reduce(block, h).square().sum();
  const args = { h: full([512, 64], 1), ws: Array.from({ length: 12 }, () => zeros([64, 64])) };
  const bytes = (options: GradOptions): number => plannedBytes(grad(loss, options) as (...all: never[]) => unknown, [args]);
  expect(bytes({ residuals })).toBeLessThan(0.5 * bytes({}));
});

test('another element type is refused', () => {
  expect(() => grad((a: Tensor) => a.sum(), { residuals: 'int8' as never })(square)).toThrow(
    "unknown element type for the residuals of grad 'int8'",
  );
});
