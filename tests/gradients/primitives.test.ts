import { describe, test } from 'vitest';
import type { Value } from '../../src/backends/reference/value.ts';
import { isFloat } from '../../src/core/dtype.ts';
import { input, type Node } from '../../src/graph/node.ts';
import { type Golden, golden, goldenBuilds } from '../support/cases/golden.ts';
import { checkGradients } from '../support/differences.ts';
import { fill } from '../support/inputs.ts';

// Where a derivative jumps, differences see its mean over both sides.
const kinks = /ties|floor|ceil|round|special|NaN|cast|zero|pow of negative/;

describe('first and second derivatives are those of differences', () => {
  const names = Object.keys(golden).filter(name => (golden[name] as Golden).seeds !== undefined && !kinks.test(name));
  test.each(names)('%s', name => {
    const values = (golden[name] as Golden).inputs.map(description => fill(description, 'float64'));
    const nodes = values.map(({ shape, dtype }) => input(shape, dtype));
    const bindings = new Map<Node, Value>(nodes.map((node, index) => [node, values[index] as Value]));
    const outputs = (goldenBuilds[name] as (typeof goldenBuilds)[string])(nodes);
    checkGradients(
      outputs,
      nodes.filter(({ dtype }) => isFloat(dtype)),
      bindings,
      2,
    );
  });
});
