import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff/gradients.ts';
import { checkpointed, jvp, vjp } from '../../src/autodiff/transforms.ts';
import { evaluate } from '../../src/backends/reference/evaluate.ts';
import type { Value } from '../../src/backends/reference/value.ts';
import * as g from '../../src/graph/build.ts';
import { input, type Node } from '../../src/graph/node.ts';
import type { Subgraph } from '../../src/graph/ops.ts';
import { mismatch, tolerances } from '../support/compare.ts';
import { checkGradients, variables } from '../support/differences.ts';

const parameter = (...shape: number[]): Node => input(shape, 'float64');

const truth = (value: boolean): Value => ({ shape: [], dtype: 'bool', data: Float64Array.of(Number(value)) });

/** cₜ = tanh(w cₜ₋₁ + xₜ), with a counter beside it; items cₜ sin(p) and xₜ times the counter. */
const recurrence = (): Subgraph => {
  const [w, p, c, count, x] = [parameter(3, 3), parameter(), parameter(3), input([], 'int32'), parameter(3)];
  const next = g.tanh(g.add(g.contraction(w, c, { batch: [[], []], contract: [[1], [0]] }), x));
  return {
    inputs: [w, p, c, count, x],
    outputs: [next, g.add(count, 1), g.mul(next, g.sin(p)), g.mul(x, g.cast(count, 'float64'))],
  };
};

const scanOf = (nodes: readonly Node[], length: number, reverse: boolean): Node[] => {
  const [w, p, c, x] = nodes as [Node, Node, Node, Node];
  return g.scan([w, p, c, g.constant(1, 'int32'), x], { body: recurrence(), constants: 2, carries: 2, length, reverse });
};

describe('scan', () => {
  test.each([false, true])('has the derivatives of differences, reverse: %s', reverse => {
    const { nodes, bindings } = variables([3, 3], [], [3], [5, 3]);
    const [carry, , items, products] = scanOf(nodes, 5, reverse) as [Node, Node, Node, Node];
    checkGradients([carry, items, products], nodes, bindings, 2);
  });

  test('passes the adjoint of a stack alone, and of a carry alone', () => {
    const { nodes, bindings } = variables([3, 3], [], [3], [4, 3]);
    const [carry, , items] = scanOf(nodes, 4, false) as [Node, Node, Node];
    checkGradients([carry], nodes, bindings, 2);
    checkGradients([items], nodes, bindings, 2);
  });

  test('of no steps gives the carry back, and so its adjoint', () => {
    const { nodes, bindings } = variables([3, 3], [], [3], [0, 3]);
    const [carry] = scanOf(nodes, 0, false) as [Node];
    checkGradients([carry], nodes, bindings, 1);
  });

  test('asks for no more than what is asked: one loop, one accumulator', () => {
    const { nodes } = variables([3, 3], [], [3], [5, 3]);
    const [carry] = scanOf(nodes, 5, false) as [Node];
    const seed = g.full(1, [3], 'float64');
    const [dw] = gradients([carry], [seed], [nodes[0] as Node]) as [Node];
    const backward = dw.inputs[0] as Node<'scan'>;
    expect(backward.attributes.carries).toBe(2); // dc and dw; neither dp nor the counter
    expect(gradients([carry], [seed], [nodes[1] as Node])).toEqual([null]); // the carry does not depend on p
  });

  test('inside of a scan', () => {
    const { nodes, bindings } = variables([2], [4, 3, 2]);
    const [c, x] = [parameter(2), parameter(3, 2)];
    const [ci, xi] = [parameter(2), parameter(2)];
    const inner: Subgraph = { inputs: [ci, xi], outputs: [g.sin(g.add(g.mul(ci, ci), xi)), g.mul(ci, xi)] };
    const [last, items] = g.scan([c, x], { body: inner, constants: 0, carries: 1, length: 3, reverse: false }) as [Node, Node];
    const outer: Subgraph = { inputs: [c, x], outputs: [last, g.sum(items, [0])] };
    const outputs = g.scan(nodes, { body: outer, constants: 0, carries: 1, length: 4, reverse: true });
    checkGradients(outputs, nodes, bindings, 2);
  });

  test('keeps a matrix product of each step rather than compute it again', () => {
    const { nodes, bindings } = variables([3, 3], [], [3], [5, 3]);
    const [carry] = scanOf(nodes, 5, false) as [Node];
    const [dw] = vjp([carry], [g.full(1, [3], 'float64')], [nodes[0] as Node]) as [Node];
    const { body } = (dw.inputs[0] as Node<'scan'>).attributes;
    const products = new Set<Node>();
    const visit = (node: Node): void => {
      if (node.op === 'contraction') products.add(node);
      for (const known of node.inputs) visit(known);
    };
    for (const node of body.outputs) visit(node);
    expect(products.size).toBe(2); // dc = wᵀ d and dw = d cᵀ
    expect(evaluate([dw], bindings)[0]?.data.every(Number.isFinite)).toBe(true);
  });
});

describe('cond', () => {
  /** p ? (a b, sin a) : (a, b²) */
  const branches = (): [Subgraph, Subgraph] => {
    const [a, b, c, d] = [parameter(3), parameter(3), parameter(3), parameter(3)];
    return [
      { inputs: [a, b], outputs: [g.mul(a, b), g.sin(a)] },
      { inputs: [c, d], outputs: [c, g.mul(d, d)] },
    ];
  };
  test.each([true, false])('has the derivatives of the branch taken: %s', taken => {
    const { nodes, bindings } = variables([3], [3]);
    const predicate = input([], 'bool');
    bindings.set(predicate, truth(taken));
    const outputs = g.cond(predicate, nodes, ...branches());
    checkGradients(outputs, nodes, bindings, 2);
    checkGradients([outputs[1] as Node], nodes, bindings, 2);
  });
});

test('gradients do not flow through while, and the error says what to use', () => {
  const [x, c, d] = [parameter(), parameter(), parameter()];
  const [y] = g.whileLoop([x], {
    condition: { inputs: [c], outputs: [g.less(c, 10)] },
    body: { inputs: [d], outputs: [g.mul(d, 2)] },
    constants: 0,
  }) as [Node];
  expect(() => gradients([y], [y], [x])).toThrow(/while loop.*Use scan/);
});

describe('transforms', () => {
  /** A function with everything in it: products, a loop, reductions, lookups. */
  const build = (nodes: readonly Node[]): Node[] => {
    const [w, p, c, x] = nodes as [Node, Node, Node, Node];
    const [carry, , items] = scanOf(nodes, 4, false) as [Node, Node, Node];
    return [
      g.mul(carry, g.exp(p)),
      g.max(g.add(items, g.gather(x, g.argSort(p0(x), 0), { axis: 0, batchDims: 0 })), [0]),
      g.matmul(w, w),
      c,
    ];
  };
  const p0 = (x: Node): Node => g.reshape(g.sliceAxis(x, 1, 0, 1), [x.shape[0] as number]);

  test('jvp and vjp are transposes: u · J t = t · Jᵀ u', () => {
    const { nodes, bindings } = variables([3, 3], [], [3], [4, 3]);
    const outputs = build(nodes);
    const tangents = variables(...nodes.map(({ shape }) => shape));
    const cotangents = variables(...outputs.map(({ shape }) => shape));
    const all = new Map([...bindings, ...tangents.bindings, ...cotangents.bindings]);
    const products = evaluate(jvp(outputs, nodes, tangents.nodes), all);
    const transposed = evaluate(vjp(outputs, cotangents.nodes, nodes), all);
    const dot = (values: readonly Value[], others: readonly Node[]): number =>
      values.reduce((sum, { data }, k) => sum + data.reduce((s, v, i) => s + v * (all.get(others[k] as Node) as Value).data[i]!, 0), 0);
    expect(dot(products, cotangents.nodes)).toBeCloseTo(dot(transposed, tangents.nodes), 10);
  });

  test('jvp is the difference along the tangent', () => {
    const { nodes, bindings } = variables([3, 3], [], [3], [4, 3]);
    const outputs = build(nodes);
    const tangents = variables(...nodes.map(({ shape }) => shape));
    const products = evaluate(jvp(outputs, nodes, tangents.nodes), new Map([...bindings, ...tangents.bindings]));
    const h = 1e-5;
    const at = (by: number): Value[] => {
      const moved = nodes.map((node, k): [Node, Value] => {
        const value = bindings.get(node) as Value;
        const along = (tangents.bindings.get(tangents.nodes[k] as Node) as Value).data;
        return [node, { ...value, data: value.data.map((v, i) => v + by * (along[i] as number)) }];
      });
      return evaluate(outputs, new Map(moved));
    };
    const [above, below] = [at(h), at(-h)];
    products.forEach(({ data }, k) => {
      const difference = (above[k] as Value).data.map((v, i) => (v - (below[k] as Value).data[i]!) / (2 * h));
      expect(mismatch(data, difference, tolerances.float64)).toBeUndefined();
    });
  });

  test('a checkpointed function has the same values and derivatives, and computes its inside again', () => {
    const { nodes, bindings } = variables([3, 3], [3, 3]);
    const inside = ([a, b]: readonly Node[]): Node[] => [g.tanh(g.matmul(a as Node, g.exp(b as Node))), g.mul(a as Node, g.sin(b as Node))];
    const plain = inside(nodes);
    const again = checkpointed(plain, nodes, inside);
    const seeds = plain.map(({ shape }) => g.full(0.5, shape, 'float64'));
    const expected = evaluate([...plain, ...vjp(plain, seeds, nodes)], bindings);
    const found = evaluate([...again, ...vjp(again, seeds, nodes)], bindings);
    found.forEach(({ data }, k) => {
      expect([...data]).toEqual([...(expected[k] as Value).data]);
    });
    checkGradients(again, nodes, bindings, 2);
    const [da] = vjp(again, seeds, nodes) as [Node];
    const seen = new Set<Node>();
    const visit = (node: Node): void => {
      if (seen.has(node)) return;
      seen.add(node);
      for (const known of node.inputs) visit(known);
    };
    visit(da);
    expect(seen.has(plain[0] as Node), 'the gradient reads a value of the first pass').toBe(false);
  });

  test('a gradient of the user’s own is used instead of the derivative', () => {
    const { nodes, bindings } = variables([4]);
    const [x] = nodes as [Node];
    const clipped = g.custom(g.mul(x, x), [x], dy => [g.mul(dy, 100)]);
    const [dx] = vjp([clipped], [g.full(2, [4], 'float64')], [x]) as [Node];
    expect([...(evaluate([dx], bindings)[0] as Value).data]).toEqual([200, 200, 200, 200]);
  });

  test('stopGradient is a constant, mark is what it marks', () => {
    const { nodes, bindings } = variables([4]);
    const [x] = nodes as [Node];
    const marked = g.mark(x);
    const y = g.mul(g.stopGradient(marked), marked);
    const [dx] = vjp([y], [g.full(1, [4], 'float64')], [x]) as [Node];
    expect((evaluate([dx], bindings)[0] as Value).data).toEqual((bindings.get(x) as Value).data);
  });

  test('each of wrt counts as independent of the others', () => {
    const { nodes } = variables([2]);
    const [x] = nodes as [Node];
    const y = g.mul(x, x);
    expect(gradients([g.sin(y)], [y], [x, y])[0]).toBeNull();
  });
});
