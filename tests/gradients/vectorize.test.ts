import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff/gradients.ts';
import { checkpointed, vjp } from '../../src/autodiff/transforms.ts';
import { jacobian, vectorize } from '../../src/autodiff/vectorize.ts';
import { evaluate } from '../../src/backends/reference/evaluate.ts';
import type { Value } from '../../src/backends/reference/value.ts';
import { isFloat } from '../../src/core/dtype.ts';
import { sizeOf } from '../../src/core/shape.ts';
import * as g from '../../src/graph/build.ts';
import { input, type Node } from '../../src/graph/node.ts';
import { type Golden, golden, goldenBuilds } from '../support/cases/golden.ts';
import { mismatch, tolerances } from '../support/compare.ts';
import { variables } from '../support/differences.ts';
import { fill, type InputDescription } from '../support/inputs.ts';

const size = 3;

/** What a description gives for a member of the batch: other numbers of the same kind. */
const memberOf = (description: InputDescription, member: number): Value => {
  const { values, seed = 0 } = description;
  if (values === undefined) return fill({ ...description, seed: seed + 77 * member }, 'float64');
  const turned = [...values.slice(member % values.length), ...values.slice(0, member % values.length)];
  return fill({ ...description, values: turned }, 'float64');
};

const stack = (members: readonly Value[]): Value => {
  const { shape, dtype } = members[0] as Value;
  const data = new Float64Array(size * sizeOf(shape));
  members.forEach((member, index) => {
    data.set(member.data, index * sizeOf(shape));
  });
  return { shape: [size, ...shape], dtype, data };
};

/** Applies a graph to a batch at once and to each member alone, with those inputs batched that `flags` says, and compares. */
const checkBatch = (
  outputs: readonly Node[],
  nodes: readonly Node[],
  members: readonly (readonly Value[])[],
  flags: readonly boolean[],
): void => {
  const to = nodes.map(({ shape, dtype }, k) => input(flags[k] ? [size, ...shape] : shape, dtype));
  const stacked = nodes.map((_, k) => (flags[k] ? stack(members.map(member => member[k] as Value)) : (members[0]?.[k] as Value)));
  const axes = flags.map(flag => (flag ? 0 : null));
  const batched = vectorize(outputs, nodes, to, axes, size);
  const found = evaluate(batched, new Map(to.map((node, k) => [node, stacked[k] as Value])));
  const each = members.map(member => {
    const values = nodes.map((_, k) => (flags[k] ? (member[k] as Value) : (members[0]?.[k] as Value)));
    return evaluate(outputs, new Map(nodes.map((node, k) => [node, values[k] as Value])));
  });
  outputs.forEach((output, k) => {
    expect(batched[k]?.shape).toEqual([size, ...output.shape]);
    expect(batched[k]?.dtype).toBe(output.dtype);
    const expected = stack(each.map(values => values[k] as Value));
    expect(mismatch((found[k] as Value).data, expected.data, tolerances.float64), `output ${k}, batched ${flags}`).toBeUndefined();
  });
};

/** All inputs batched, then each one alone. */
const flagSets = (count: number): boolean[][] => {
  const alone = Array.from({ length: count }, (_, k) => Array.from({ length: count }, (_, other) => other === k));
  return count === 1 ? alone : [Array.from({ length: count }, () => true), ...alone];
};

describe('a batch at once is each member alone, for values and gradients', () => {
  test.each(Object.keys(golden))('%s', name => {
    const { inputs, seeds } = golden[name] as Golden;
    const members = [0, 1, 2].map(member => inputs.map(description => memberOf(description, member)));
    const nodes = (members[0] as Value[]).map(({ shape, dtype }) => input(shape, dtype));
    const outputs = (goldenBuilds[name] as (typeof goldenBuilds)[string])(nodes);
    for (const flags of flagSets(nodes.length)) checkBatch(outputs, nodes, members, flags);
    if (seeds === undefined) return;
    const wrt = nodes.filter(({ dtype }) => isFloat(dtype));
    const ones = outputs.map(({ shape, dtype }) => g.full(1, shape, dtype));
    const adjoints = gradients(outputs, ones, wrt).filter(node => node !== null);
    checkBatch(adjoints, nodes, members, flagSets(nodes.length)[0] as boolean[]);
  });
});

const scalar = (value: number, dtype: Value['dtype']): Value => ({ shape: [], dtype, data: Float64Array.of(value) });

describe('loops, branches and the rest', () => {
  const [x, y] = [input([2], 'float64'), input([2], 'float64')];
  const members = [0, 1, 2].map(member => [
    fill({ shape: [2], dtype: 'float32', seed: member }, 'float64'),
    fill({ shape: [2], dtype: 'float32', seed: 10 + member }, 'float64'),
  ]);

  test.each([[[true, true, true]], [[true, false, false]], [[false, true, false]], [[false, false, true]]])('cond, batched %s', flags => {
    const predicate = input([], 'bool');
    const branch = (build: (a: Node, b: Node) => Node[]) => {
      const [a, b] = [input([2], 'float64'), input([2], 'float64')];
      return { inputs: [a, b], outputs: build(a, b) };
    };
    const outputs = g.cond(
      predicate,
      [x, y],
      branch((a, b) => [g.mul(a, b), b]),
      branch((a, b) => [g.sin(b), g.add(a, 1)]),
    );
    for (const first of [0, 1]) {
      const all = members.map((values, k) => [scalar((k + first) % 2, 'bool'), ...values]);
      checkBatch(outputs, [predicate, x, y], all, flags);
    }
  });

  test.each([[[true, true]], [[true, false]], [[false, true]]])('while with as many steps as each member needs, batched %s', flags => {
    const limit = input([], 'float64');
    const [c, count, l, c2, count2, l2] = [0, 1, 2, 3, 4, 5].map(k => (k % 3 === 0 ? input([2], 'float64') : input([], 'float64'))) as [
      Node,
      Node,
      Node,
      Node,
      Node,
      Node,
    ];
    const outputs = g.whileLoop([limit, x, g.constant(0, 'float64')], {
      condition: { inputs: [l, c, count], outputs: [g.less(count, l)] },
      body: { inputs: [l2, c2, count2], outputs: [g.add(g.mul(c2, 2), l2), g.add(count2, 1)] },
      constants: 1,
    });
    const all = members.map((values, k) => [scalar([3, 0, 5][k] as number, 'float64'), values[0] as Value]);
    checkBatch(outputs, [limit, x], all, flags);
  });

  test('random bits of a key each', () => {
    const key = input([2], 'int32');
    const keys = [0, 1, 2].map(k => [{ shape: [2], dtype: 'int32', data: Float64Array.of(k, 7 - k) } satisfies Value]);
    checkBatch([g.randomBits(key, [3, 5], 24)], [key], keys, [true]);
  });

  test('barrier, mark, stopGradient', () => {
    checkBatch([g.barrier(x, y), g.mark(x), g.stopGradient(y)], [x, y], members, [true, true]);
    checkBatch([g.barrier(x, y)], [x, y], members, [false, true]);
  });

  test('the gradient of a batch of functions with gradients of their own', () => {
    // The pullback reads y, which is no input of the node: a closure over the unbatched graph.
    const output = g.custom(g.mul(x, x), [x], dy => [g.mul(dy, g.sin(y))]);
    const [dx] = vjp([output], [g.full(1, [2], 'float64')], [x]) as [Node];
    checkBatch([dx], [x, y], members, [true, true]);
    const to = [input([size, 2], 'float64'), input([size, 2], 'float64')] as const;
    const [batched] = vectorize([output], [x, y], to, [0, 0], size) as [Node];
    const [after] = vjp([batched], [g.full(1, [size, 2], 'float64')], [to[0]]) as [Node];
    const value = stack(members.map(values => values[1] as Value));
    const bindings = new Map(to.map((node, k) => [node, stack(members.map(values => values[k] as Value))]));
    expect([...(evaluate([after], bindings)[0] as Value).data]).toEqual([...value.data].map(Math.sin));
  });

  test('a batch along other axes', () => {
    const [a, b] = [input([2, size], 'float64'), input([2], 'float64')];
    const [found] = vectorize([g.sub(x, y)], [x, y], [a, b], [1, null], size) as [Node];
    const expected = g.sub(g.permute(a, [1, 0]), b);
    const bindings = new Map([
      [a, fill({ shape: [2, size], dtype: 'float32' }, 'float64')],
      [b, fill({ shape: [2], dtype: 'float32', seed: 5 }, 'float64')],
    ]);
    const [left, right] = evaluate([found, expected], bindings) as [Value, Value];
    expect(left).toEqual(right);
  });
});

describe('jacobian', () => {
  test('is the matrix for a matrix product, and the hessian 2 I for a square', () => {
    const { nodes, bindings } = variables([4, 3], [3]);
    const [w, x] = nodes as [Node, Node];
    const product = g.contraction(w, x, { batch: [[], []], contract: [[1], [0]] });
    const [j] = evaluate([jacobian(product, x)], bindings) as [Value];
    expect(j).toEqual(bindings.get(w));
    const [gradient] = vjp([g.sum(g.mul(x, x), [0])], [g.constant(1, 'float64')], [x]) as [Node];
    const [h] = evaluate([jacobian(gradient, x)], bindings) as [Value];
    expect([...h.data]).toEqual([2, 0, 0, 0, 2, 0, 0, 0, 2]);
  });

  test('has a row of the gradient for each element, through everything', () => {
    const { nodes, bindings } = variables([5, 2], [2, 3]);
    const [x, w] = nodes as [Node, Node];
    const build = goldenBuilds.softmax as (typeof goldenBuilds)[string];
    const inside = ([a]: readonly Node[]): Node[] => build([g.tanh(g.matmul(a as Node, w))]) as Node[];
    const output = g.cumSum(checkpointed(inside([x]), [x], inside)[0] as Node, 1);
    const matrix = jacobian(output, x);
    expect(matrix.shape).toEqual([5, 3, 5, 2]);
    const rows = Array.from({ length: 15 }, (_, place) => {
      const unit = g.reshape(g.cast(g.equal(g.iota([15], 0, 'int32'), place), 'float64'), [5, 3]);
      return vjp([output], [unit], [x])[0] as Node;
    });
    const [found, ...each] = evaluate([matrix, ...rows], bindings) as [Value, ...Value[]];
    expect(
      mismatch(
        found.data,
        each.flatMap(({ data }) => [...data]),
        tolerances.float64,
      ),
    ).toBeUndefined();
  });

  test('of what does not depend on it is zero', () => {
    const { nodes, bindings } = variables([2], [3]);
    const [x, y] = nodes as [Node, Node];
    expect(evaluate([jacobian(g.sin(x), y)], bindings)).toEqual([{ shape: [2, 3], dtype: 'float64', data: new Float64Array(6) }]);
  });
});
