import { describe, expect, test } from 'vitest';
import { mismatch } from '../../../tests/support/compare.ts';
import { fill, type InputDescription } from '../../../tests/support/inputs.ts';
import { gradients } from '../../autodiff/gradients.ts';
import { evaluate } from '../../backends/reference/evaluate.ts';
import type { Value } from '../../backends/reference/value.ts';
import { sizeOf } from '../../core/shape.ts';
import * as g from '../build.ts';
import { input, intern, type Node, settle, topological } from '../node.ts';
import { type Op, ops } from '../ops.ts';
import { repetition } from './algebra.ts';
import { rewrite, rules } from './rewrite.ts';

/** Where rules on elements must hold too. */
const special = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 1e-30, -2.5, 3, 0.25, 40];

/** Inputs that the examples are built on, all in float64 but where a rule is about types. */
const descriptions = {
  v: { shape: [12], dtype: 'float32', values: special.map(String) },
  w: { shape: [12], dtype: 'float32', seed: 2 },
  s: { shape: [], dtype: 'float32', seed: 3 },
  row: { shape: [12], dtype: 'float32', seed: 4, low: -3, high: 3 },
  a: { shape: [3, 4], dtype: 'float32', seed: 5 },
  b: { shape: [4, 5], dtype: 'float32', seed: 6 },
  column: { shape: [3, 1], dtype: 'float32', seed: 7 },
  cube: { shape: [2, 3, 4], dtype: 'float32', seed: 8 },
  flat: { shape: [1, 3, 1, 4], dtype: 'float32', seed: 9 },
  one: { shape: [1, 1], dtype: 'float32', seed: 10 },
  p: { shape: [12], dtype: 'bool', low: 0, high: 2, seed: 11 },
  grid: { shape: [3, 4], dtype: 'bool', low: 0, high: 2, seed: 13 },
  bytes: { shape: [12], dtype: 'uint8', low: 0, high: 256, seed: 14 },
} as const satisfies Record<string, InputDescription>;

type Inputs = { readonly [K in keyof typeof descriptions]: Node };

const inputs = Object.fromEntries(
  Object.entries(descriptions).map(([name, { shape, dtype }]) => [name, input(shape, dtype === 'float32' ? 'float64' : dtype)]),
) as Inputs;
const bindings = new Map<Node, Value>(
  Object.entries(descriptions).map(([name, description]) => [inputs[name as keyof Inputs], fill(description, 'float64')]),
);

const { v, w, s, row, a, b, column, cube, flat, one, p, grid, bytes } = inputs;
const matrixProduct = (x: Node, y: Node, i = 1, j = 0): Node => g.contraction(x, y, { batch: [[], []], contract: [[i], [j]] });
const transposed = (x: Node): Node => g.permute(x, [1, 0]);
const wide = (x: Node): Node => g.broadcast(x, [3, 4]);
const truth = (value: 0 | 1): Node => g.full(value, [12], 'bool');
const repeat = (x: Node, shape: readonly number[]): Node => g.broadcast(x, shape);
const [two, half] = [g.constant(2, 'float64'), g.constant(0.5, 'float64')];

const allReductions = { sum: g.sum, prod: g.prod, max: g.max, min: g.min, any: g.any, all: g.all };
const ofReductions = (example: (op: string, reduce: typeof g.sum) => [string, readonly Node[]]): Record<string, readonly Node[]> =>
  Object.fromEntries(Object.entries(allReductions).map(([op, reduce]) => example(op, reduce)));

/** At least one graph for each rule, which the rule must change. */
const examples: Readonly<Record<string, readonly Node[]>> = {
  'mark x = x': [g.mark(v)],
  'stopGradient x = x': [g.stopGradient(v)],
  'custom(x, …) = x': [g.custom(v, [w], () => [null])],
  'cast cast x = cast x, where the first loses nothing': [
    g.cast(g.cast(bytes, 'float32'), 'uint8'),
    g.cast(g.cast(g.cast(w, 'float32'), 'float64'), 'float16'),
    g.cast(g.cast(g.cast(v, 'int32'), 'float64'), 'uint8'),
    g.cast(g.cast(p, 'bfloat16'), 'bool'),
  ],
  'add of two numbers': [g.add(two, half)],
  'sub of two numbers': [g.sub(two, half)],
  'mul of two numbers': [g.mul(g.constant(0.1, 'float32'), g.constant(0.3, 'float32'))],
  'div of two numbers': [g.div(g.constant(1, 'float32'), g.constant(3, 'float32'))],
  '-(number)': [g.neg(two)],
  'x + 0 = x': [g.add(v, 0), g.add(0, v)],
  'x - 0 = x': [g.sub(v, 0)],
  '0 - x = -x': [g.sub(0, v)],
  'x · 1 = x': [g.mul(v, 1), g.mul(1, v)],
  'x · -1 = -x': [g.mul(v, -1)],
  'x / 1 = x': [g.div(v, 1)],
  'x / -1 = -x': [g.div(v, -1)],
  '-(-x) = x': [g.neg(g.neg(v))],
  'x + (-y) = x - y': [g.add(v, g.neg(w)), g.add(g.neg(v), w)],
  'x - (-y) = x + y': [g.sub(v, g.neg(w))],
  '-(x - y) = y - x': [g.neg(g.sub(v, w))],
  '|-x| = |x|': [g.abs(g.neg(v))],
  '||x|| = |x|': [g.abs(g.abs(v))],
  'max(x, x) = x': [g.maximum(v, v)],
  'min(x, x) = x': [g.minimum(v, v)],
  'x⁰ = 1': [g.pow(v, 0)],
  'x¹ = x': [g.pow(v, 1)],
  'x² = x x': [g.pow(v, 2), g.pow(g.cast(bytes, 'int32'), 2)],
  'x³ = x x x': [g.pow(v, 3)],
  'x^½ = √x': [g.pow(g.abs(v), 0.5), g.pow(w, 0.5)],
  'x⁻¹ = 1 / x': [g.pow(v, -1)],
  'x⁻² = 1 / (x x)': [g.pow(v, -2)],
  'x^-½ = 1 / √x': [g.pow(g.abs(v), -0.5)],
  'log(1 + x) = log1p x': [g.log(g.add(v, 1)), g.log(g.add(1, row))],
  'eˣ - 1 = expm1 x': [g.sub(g.exp(v), 1)],
  'log(eˣ / y) = x - log y': [g.log(g.div(g.exp(row), repeat(g.sum(g.exp(row), [0]), [12])))],
  'log σ(x) = min(x, 0) - log1p e^-|x|': [g.log(g.sigmoid(v))],
  'log(1 - σ(x)) = min(-x, 0) - log1p e^-|x|': [g.log(g.sub(1, g.sigmoid(row)))],
  '¬¬x = x': [g.not(g.not(p))],
  'x ∧ x = x': [g.and(p, p)],
  'x ∨ x = x': [g.or(p, p)],
  'c ? x : x = x': [g.where(p, v, v)],
  '¬c ? x : y = c ? y : x': [g.where(g.not(p), v, w)],
  'true ? x : y = x': [g.where(truth(1), v, w)],
  'false ? x : y = y': [g.where(truth(0), v, w)],
  'reshape reshape x = reshape x': [g.reshape(g.reshape(a, [2, 6]), [12])],
  'broadcast broadcast x = broadcast x': [repeat(repeat(column, [2, 3, 1]), [2, 3, 4])],
  '(xᵖ)ᑫ = xᵖᑫ': [g.permute(g.permute(cube, [1, 2, 0]), [2, 1, 0]), transposed(transposed(a))],
  'xᵖ = reshape x, where only axes of size 1 move': [g.permute(flat, [1, 0, 3, 2]), transposed(column)],
  'slice slice x = slice x': [g.slice(g.slice(v, [1], [5], [2]), [1], [2], [2])],
  'flip flip x = flip x': [g.flip(g.flip(cube, [0, 1]), [1, 2]), g.flip(g.flip(v, [0]), [0])],
  'flip x = x along axes of size 1': [g.flip(flat, [0, 3]), g.flip(column, [1])],
  'slice pad x = x, where it takes the padding away': [g.slice(g.pad(a, [1, 0], [2, 1], { interior: [1, 0] }), [1, 0], [3, 4], [2, 1])],
  'slice (x ‖ y) = slice x, where it lies in x': [
    g.sliceAxis(g.concat([a, transposed(b), a], 0), 0, 4, 3),
    g.sliceAxis(g.concat([v, w], 0), 0, 12, 6, 2),
  ],
  '… + pad x + … + pad y + … = … + pad (x ‖ y) + …, where they are neighbours': [
    g.add(g.pad(a, [0, 0], [0, 4]), g.pad(a, [0, 4], [0, 0])),
    g.add(g.add(g.pad(a, [0, 8], [0, 0]), g.pad(a, [0, 4], [0, 4])), g.pad(a, [0, 0], [0, 8])),
  ],
  'reshape(c…) = c…': [g.reshape(repeat(s, [3, 4]), [12])],
  'permute(c…) = c…': [transposed(repeat(s, [3, 4]))],
  'slice(c…) = c…': [g.sliceAxis(g.full(7, [9], 'float64'), 0, 2, 3)],
  'flip(c…) = c…': [g.flip(repeat(s, [4]), [0])],
  'window(c…) = c…': [g.window(repeat(s, [9]), { axes: [0], sizes: [3], strides: [2], dilations: [1] })],
  'broadcast x = c…, where x has one element': [repeat(one, [3, 4])],
  'concat x = x': [intern('concat', [v], { axis: 0 })],
  ...ofReductions((op, reduce) => [`${op} ${op} x = ${op} x`, [reduce(reduce(op === 'any' || op === 'all' ? grid : cube, [1]), [0])]]),
  ...ofReductions((op, reduce) => [
    `${op} x = reshape x along axes of size 1`,
    op === 'any' || op === 'all' ? [reduce(g.reshape(p, [12, 1]), [1])] : [reduce(flat, [0, 1]), reduce(column, [1])],
  ]),
  'sum(x…) = n · sum(x)': [
    g.sum(wide(column), [1]),
    g.sum(wide(column), [0, 1]),
    g.sum(repeat(column, [2, 3, 4]), [0, 1]),
    g.sum(repeat(g.cast(bytes, 'int32'), [5, 12]), [0]),
  ],
  'max(x…) = max(x)': [g.max(wide(column), [1])],
  'min(x…) = min(x)': [g.min(wide(column), [0, 1])],
  'any(x…) = any(x)': [g.any(repeat(p, [3, 12]), [0, 1])],
  'all(x…) = all(x)': [g.all(repeat(p, [3, 12]), [0])],
  'Aᵀ B, transposed as it is read': [
    matrixProduct(transposed(a), column, 1, 0),
    g.contraction(g.permute(cube, [0, 2, 1]), cube, { batch: [[0], [0]], contract: [[2], [1]] }),
  ],
  'A Bᵀ, transposed as it is read': [matrixProduct(a, transposed(b), 1, 1), matrixProduct(a, g.permute(cube, [2, 0, 1]), 1, 0)],
  '(A B)ᵀ = Bᵀ Aᵀ': [
    transposed(matrixProduct(a, b)),
    g.permute(g.contraction(cube, cube, { batch: [[1], [1]], contract: [[0], [0]] }), [0, 2, 1]),
    g.permute(matrixProduct(cube, b, 2, 0), [2, 0, 1]),
  ],
};

const check = (before: Node, after: Node): void => {
  expect(after.shape).toEqual(before.shape);
  expect(after.dtype).toBe(before.dtype);
  const [expected, found] = evaluate([before, after], bindings) as [Value, Value];
  expect(mismatch(found.data, expected.data, { absolute: 1e-12, relative: 1e-12 })).toBeUndefined();
};

/** Maps of what is repeated, one for each rule of `repetition`. */
const repetitions: Readonly<Record<string, readonly Node[]>> = Object.fromEntries(
  repetition.map(({ name, pattern }) => {
    const { op } = pattern as { op: Op };
    const isLogic = op === 'not' || op === 'and' || op === 'or';
    const [x, y] = isLogic ? [g.less(column, 0), g.less(s, 1)] : [g.abs(column), s];
    if (op === 'where') return [name, [g.where(repeat(g.less(column, 0), [3, 4]), wide(s), wide(column))]];
    const attributes = op === 'cast' ? { dtype: 'int32' as const } : {};
    return [name, [intern(op, ops[op].arity === 1 ? [wide(x)] : [wide(x), wide(y)], attributes)]];
  }),
);

describe('both sides of every rule are equal', () => {
  test.each(rules)('$name', ({ name }) => {
    const graphs = examples[name] ?? repetitions[name] ?? [];
    expect(graphs.length, 'no example').toBeGreaterThan(0);
    const changed = new Set<Node>();
    for (const graph of graphs) {
      const [after] = rewrite([graph], rule => rule.name === name && changed.add(graph)) as [Node];
      check(graph, after);
    }
    expect(changed.size, 'graphs that the rule changed').toBe(graphs.length);
  });

  test('each has a name of its own', () => {
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
  });
});

describe('rewriting leaves alone', () => {
  test('x · 0, which may be NaN', () => {
    const product = g.mul(v, 0);
    expect(rewrite([product])[0]).toBe(product);
  });

  test('barriers, inputs and nodes with a value', () => {
    const barrier = g.barrier(v, w);
    const settled = g.mul(w, 1);
    settle(settled, {});
    const after = rewrite([barrier, v, settled]);
    [barrier, v, settled].forEach((node, k) => {
      expect(after[k]).toBe(node);
    });
  });

  test('casts that lose something', () => {
    const rounded = g.cast(g.cast(v, 'float16'), 'float64');
    expect(rewrite([rounded])[0]).toBe(rounded);
  });
});

test('rules meet: a long detour becomes nothing', () => {
  const moved = g.flip(g.flip(g.mark(transposed(a)), [0]), [0]);
  const detour = g.neg(g.sub(0, g.reshape(g.reshape(transposed(g.mul(moved, 1)), [12]), [3, 4])));
  expect(rewrite([detour])[0]).toBe(a);
});

test('a mean and its gradient need no array of the repeated number', () => {
  const mean = g.div(g.sum(a, [0, 1]), 12);
  const [da] = gradients([g.mul(mean, mean)], [g.constant(1, 'float64')], [a]) as [Node];
  const [after] = rewrite([da]) as [Node];
  check(da, after);
  const large = topological([after]).filter(node => sizeOf(node.shape) > 1 && node !== a);
  expect(large.map(({ op }) => op)).toEqual(['broadcast']);
});
