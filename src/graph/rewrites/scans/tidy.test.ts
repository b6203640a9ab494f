import { describe, expect, test } from 'vitest';
import { checkGradients, variables } from '../../../../tests/support/differences.ts';
import { gradients } from '../../../autodiff/gradients.ts';
import { evaluate } from '../../../backends/reference/evaluate.ts';
import type { Value } from '../../../backends/reference/value.ts';
import * as g from '../../build.ts';
import { input, type Node, topological } from '../../node.ts';
import { rewrite } from '../rewrite.ts';

const parameter = (...shape: number[]): Node => input(shape, 'float64');

/** hₜ = tanh(xₜ w + hₜ₋₁ exp(v)), with outputs hₜ² and a count that nothing needs. */
const network = () => {
  const { nodes, bindings } = variables([2, 3], [3, 3], [4, 3], [6, 4, 2]);
  const [w, v, h, x] = nodes as [Node, Node, Node, Node];
  const [pw, pv, ph, count, px] = [parameter(2, 3), parameter(3, 3), parameter(4, 3), parameter(), parameter(4, 2)];
  const next = g.tanh(g.add(g.matmul(px, pw), g.matmul(ph, g.exp(pv))));
  const parts = g.scan([w, v, h, g.constant(0, 'float64'), x], {
    body: { inputs: [pw, pv, ph, count, px], outputs: [next, g.add(count, 1), g.mul(next, next), g.mul(next, count)] },
    constants: 2,
    carries: 2,
    length: 6,
    reverse: false,
  });
  return { nodes, bindings, parts };
};

const scansIn = (outputs: readonly Node[]): Node<'scan'>[] => topological(outputs).filter(node => node.op === 'scan') as Node<'scan'>[];

const same = (before: readonly Node[], after: readonly Node[], bindings: ReadonlyMap<Node, Value>): void => {
  const [expected, found] = [evaluate(before, bindings), evaluate(after, bindings)];
  found.forEach(({ data, shape }, k) => {
    expect(shape).toEqual((expected[k] as Value).shape);
    data.forEach((value, index) => {
      expect(value).toBeCloseTo((expected[k] as Value).data[index] as number, 10);
    });
  });
};

describe('loops', () => {
  test('lose stacks and carries that nothing reads, and keep their values', () => {
    const { bindings, parts } = network();
    const asked = [parts[2] as Node];
    const after = rewrite(asked);
    same(asked, after, bindings);
    const [scan] = scansIn(after) as [Node<'scan'>];
    expect(scan.attributes.carries).toBe(1);
    expect(scan.parts.length).toBe(2);
  });

  test('compute what is the same in each step once, before', () => {
    const { bindings, parts } = network();
    const after = rewrite([parts[0] as Node]);
    same([parts[0] as Node], after, bindings);
    const [scan] = scansIn(after) as [Node<'scan'>];
    expect(topological(scan.attributes.body.outputs).some(({ op }) => op === 'exp')).toBe(false);
    expect(scan.inputs.some(({ op }) => op === 'exp')).toBe(true);
  });

  test('are one with the same loop that their gradient wants more of', () => {
    const { nodes, bindings, parts } = network();
    const outputs = [parts[0] as Node, parts[3] as Node];
    const seeds = outputs.map(({ shape }) => g.full(0.3, shape, 'float64'));
    const adjoints = gradients(outputs, seeds, nodes) as Node[];
    const before = [...outputs, ...adjoints];
    expect(scansIn(before).length).toBe(3);
    const after = rewrite(before);
    expect(scansIn(after).length).toBe(2);
    same(before, after, bindings);
  });

  test('give the gradients of weights as one product over all steps', () => {
    const { nodes, bindings, parts } = network();
    const adjoints = gradients([parts[0] as Node], [g.full(0.3, [4, 3], 'float64')], nodes.slice(0, 2)) as Node[];
    const after = rewrite(adjoints);
    same(adjoints, after, bindings);
    const [backward] = scansIn(after).filter(({ attributes }) => attributes.reverse) as [Node<'scan'>];
    expect(backward.attributes.carries).toBe(1); // dh; neither dw nor dv
    const products = topological(after).filter(node => node.op === 'contraction' && node.inputs.some(({ shape }) => shape[0] === 6));
    expect(products.length).toBe(2);
  });

  test('keep sums that are read on the way', () => {
    const { nodes, bindings } = variables([2, 2], [5, 2, 2]);
    const [c, x] = [parameter(2, 2), parameter(2, 2)];
    const next = g.add(c, g.matmul(x, g.sin(x)));
    const parts = g.scan(nodes, { body: { inputs: [c, x], outputs: [next, next] }, constants: 0, carries: 1, length: 5, reverse: false });
    const after = rewrite(parts);
    same(parts, after, bindings);
    expect((scansIn(after)[0] as Node<'scan'>).attributes.carries).toBe(1);
  });

  test('inside of loops and branches are rewritten too', () => {
    const { nodes, bindings } = variables([3], [5, 3]);
    const [c, x, a, b] = [parameter(3), parameter(3), parameter(3), parameter(3)];
    const [chosen] = g.cond(
      g.less(g.sum(c, [0]), 0),
      [x],
      { inputs: [a], outputs: [g.mul(g.add(a, 0), 2)] },
      { inputs: [b], outputs: [g.neg(g.neg(b))] },
    ) as [Node];
    const body = { inputs: [c, x], outputs: [g.mul(g.add(c, chosen), 0.5)] };
    const parts = g.scan(nodes, { body, constants: 0, carries: 1, length: 5, reverse: true });
    const after = rewrite(parts);
    same(parts, after, bindings);
    const [scan] = scansIn(after) as [Node<'scan'>];
    const branches = topological(scan.attributes.body.outputs).find(({ op }) => op === 'cond') as Node<'cond'>;
    expect(branches.attributes.otherwise.outputs).toEqual(branches.attributes.otherwise.inputs);
    expect(topological(branches.attributes.then.outputs).map(({ op }) => op)).not.toContain('add');
    checkGradients(after, nodes, bindings, 2);
  });
});
