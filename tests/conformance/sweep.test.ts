import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/backends/reference/evaluate.ts';
import type { Value } from '../../src/backends/reference/value.ts';
import { isFloat } from '../../src/core/dtype.ts';
import { input, type Node } from '../../src/graph/node.ts';
import { sweep } from '../support/cases/sweep.ts';
import { mismatch, tolerances } from '../support/compare.ts';
import { devices, runOn } from '../support/devices.ts';
import { fill } from '../support/inputs.ts';

const toleranceOf = ({ dtype }: Value) => {
  if (dtype === 'float16' || dtype === 'bfloat16') return tolerances.half;
  return isFloat(dtype) ? tolerances.float32 : tolerances.exact;
};

describe.each(devices)('$name gives the numbers of the oracle on odd shapes and views', device => {
  test.each(sweep)('$name', async ({ inputs, build }) => {
    const values = inputs.map(description => fill(description));
    const nodes = values.map(({ shape, dtype }) => input(shape, dtype));
    const outputs = build(nodes);
    const expected = evaluate(outputs, new Map(nodes.map((node, k): [Node, Value] => [node, values[k] as Value])));
    const found = await runOn(device, nodes, values, outputs);
    found.forEach((value, k) => {
      const { data } = expected[k] as Value;
      expect(mismatch(value.data, data, toleranceOf(value)), `output ${k}`).toBeUndefined();
    });
  });
});
