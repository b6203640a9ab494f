import { expect, test } from 'vitest';
import { evaluate } from '../../src/backends/reference/evaluate.ts';
import type { Value } from '../../src/backends/reference/value.ts';
import * as g from '../../src/graph/build.ts';
import { input, type Node } from '../../src/graph/node.ts';
import { devices, runOn } from '../support/devices.ts';
import { fill, floats } from '../support/inputs.ts';

/** Lookups in what is itself no array: how far apart its elements lie must be the same everywhere, or it becomes one. */
const lookups: { readonly [name: string]: (x: Node, few: Node, more: Node) => Node } = {
  'a lookup in a lookup along the same axis': (x, few, more) => g.gather(g.gather(x, more, rows), few, rows),
  'a lookup in a lookup along another axis': (x, few, more) => g.gather(g.gather(x, more, rows), few, columns),
  'a lookup at indices that begin with equal ones': (x, few, more) =>
    g.gather(g.gather(x, g.reshape(g.broadcast(g.expandDims(more, [1]), [6, 2]), [12]), rows), few, rows),
  'a lookup in a flattened transpose': (x, few) => g.gather(g.reshape(g.permute(x, [1, 0]), [12]), few, rows),
  'a lookup in what is repeated': (x, few) => g.gather(g.reshape(g.broadcast(x, [3, 4, 3]), [12, 3]), few, rows),
  'a lookup in every second row': (x, few) => g.gather(g.flip(g.slice(x, [0, 0], [2, 3], [2, 1]), [0]), g.mod(few, 2), rows),
};

const rows = { axis: 0, batchDims: 0 } as const;
const columns = { axis: 1, batchDims: 0 } as const;

test.each(devices.flatMap(device => Object.keys(lookups).map(name => [device.name, name, device] as const)))(
  '%s: %s',
  async (_, name, device) => {
    const nodes = [input([4, 3], 'float32'), input([5], 'int32'), input([6], 'int32')];
    const values: Value[] = [
      fill(floats([4, 3], 3)),
      fill({ shape: [5], dtype: 'int32', values: [2, 0, 1, 2, 0] }),
      fill({ shape: [6], dtype: 'int32', values: [1, 3, 0, 2, 2, 3] }),
    ];
    const output = (lookups[name] as (typeof lookups)[string])(...(nodes as [Node, Node, Node]));
    const [expected] = evaluate([output], new Map(nodes.map((node, k) => [node, values[k] as Value])));
    const [found] = await runOn(device, nodes, values, [output]);
    expect(Array.from(found?.data ?? [])).toEqual(Array.from(expected?.data ?? []));
  },
);

const half = ['float16', 'bfloat16'] as const;

test.each(devices.flatMap(device => half.map(dtype => [device.name, dtype, device] as const)))(
  '%s: lookups in %s, as it is stored and as a view',
  async (_, dtype, device) => {
    const [x, indices] = [input([4, 3], dtype), input([5], 'int32')];
    const values = [fill(floats([4, 3], 3), dtype), fill({ shape: [5], dtype: 'int32', values: [3, 0, 1, 2, 0] })];
    const outputs = [
      g.gather(x, indices, rows),
      g.gather(g.flip(x, [0]), indices, rows),
      g.gather(g.cast(x, 'float32'), indices, rows),
      g.gather(g.mul(x, x), indices, rows),
    ];
    const expected = evaluate(outputs, new Map([x, indices].map((node, k) => [node, values[k] as Value])));
    const found = await runOn(device, [x, indices], values, outputs);
    found.forEach(({ data }, k) => {
      expect(Array.from(data), `output ${k}`).toEqual(Array.from(expected[k]?.data ?? []));
    });
  },
);

test.each(devices)('$name: one index looked up in a part and in the whole has a bound in each', async device => {
  const [x, indices] = [input([5], 'float32'), input([1], 'int32')];
  const part = g.slice(x, [0], [3]);
  const both = (at: Node): Node => g.gather(at, indices, rows);
  const run = (outputs: readonly Node[]): Promise<Value[]> =>
    runOn(device, [x, indices], [fill(floats([5], 1)), fill({ shape: [1], dtype: 'int32', values: [4] })], outputs);
  await expect(run([g.add(both(x), both(part))])).rejects.toThrow(/index 4.*size 3/);
  await expect(run([g.add(both(part), both(x))])).rejects.toThrow(/index 4.*size 3/);
  expect((await run([g.add(both(x), both(x))])).length).toBe(1);
});
