import { expect, test } from 'vitest';
import { evaluate } from '../../src/backends/reference/evaluate.ts';
import * as g from '../../src/graph/build.ts';
import { input, type Node } from '../../src/graph/node.ts';
import { mismatch } from '../support/compare.ts';
import { devices, runOn } from '../support/devices.ts';
import { fill, floats } from '../support/inputs.ts';

/** Arrays that several kernels write, of which one reads a product. */
const around: { readonly [name: string]: (product: Node) => Node } = {
  'padding around': c => g.pad(c, [2, 1], [1, 0]),
  'padding between': c => g.pad(g.mul(c, 2), [2, 1], [1, 0], { value: 0.5, interior: [1, 1] }),
  'a concatenation, first': c => g.concat([c, g.full(3, [2, 64], 'float32')], 0),
  'a concatenation, last': c => g.concat([g.full(3, [2, 64], 'float32'), g.neg(c)], 0),
  'a concatenation with itself': c => g.concat([c, g.sin(c)], 1),
};

test.each(devices.flatMap(device => Object.keys(around).map(name => [device.name, name, device] as const)))(
  '%s: a product in %s',
  async (_, name, device) => {
    const [a, b] = [input([7, 193], 'float32'), input([193, 64], 'float32')];
    const values = [fill(floats([7, 193], 1)), fill(floats([193, 64], 2))];
    const output = (around[name] as (product: Node) => Node)(g.contraction(a, b, { batch: [[], []], contract: [[1], [0]] }));
    const [expected] = evaluate([output], new Map([a, b].map((node, k) => [node, values[k] as (typeof values)[number]])));
    const [found] = await runOn(device, [a, b], values, [output]);
    expect(mismatch(found?.data ?? [], expected?.data ?? [], { absolute: 1e-4, relative: 1e-4 })).toBeUndefined();
  },
);
