import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff/gradients.ts';
import { evaluate } from '../../src/backends/reference/evaluate.ts';
import type { Value } from '../../src/backends/reference/value.ts';
import { isFloat } from '../../src/core/dtype.ts';
import * as g from '../../src/graph/build.ts';
import { input, type Node } from '../../src/graph/node.ts';
import { rewrite } from '../../src/graph/rewrites/rewrite.ts';
import { type Golden, golden, goldenBuilds } from '../support/cases/golden.ts';
import { sweep } from '../support/cases/sweep.ts';
import { mismatch, type Tolerance } from '../support/compare.ts';
import { fill } from '../support/inputs.ts';

/** Compares a graph with what rewriting made of it. */
const check = (outputs: readonly Node[], bindings: ReadonlyMap<Node, Value>, tolerance: Tolerance): void => {
  const after = rewrite(outputs);
  const [expected, found] = [evaluate(outputs, bindings), evaluate(after, bindings)];
  expect(after.map(({ shape, dtype }) => [shape, dtype])).toEqual(outputs.map(({ shape, dtype }) => [shape, dtype]));
  found.forEach(({ data }, k) => {
    expect(mismatch(data, (expected[k] as Value).data, tolerance), `output ${k}`).toBeUndefined();
  });
};

const bind = (values: readonly Value[]): Map<Node, Value> => new Map(values.map(value => [input(value.shape, value.dtype), value]));

describe('rewriting keeps values and gradients of the golden cases', () => {
  test.each(Object.keys(golden))('%s', name => {
    const { inputs, seeds } = golden[name] as Golden;
    const bindings = bind(inputs.map(description => fill(description, 'float64')));
    const nodes = [...bindings.keys()];
    const outputs = (goldenBuilds[name] as (typeof goldenBuilds)[string])(nodes);
    const ones = outputs.map(({ shape, dtype }) => g.full(1, shape, dtype));
    const wrt = nodes.filter(({ dtype }) => isFloat(dtype));
    const adjoints = seeds === undefined ? [] : gradients(outputs, ones, wrt).filter(node => node !== null);
    check([...outputs, ...adjoints], bindings, { absolute: 1e-10, relative: 1e-10 });
  });
});

describe('rewriting keeps the values of the sweep', () => {
  test.each(sweep)('$name', ({ inputs, build }) => {
    const bindings = bind(inputs.map(description => fill(description)));
    check(build([...bindings.keys()]), bindings, { absolute: 2e-6, relative: 1e-5 });
  });
});
