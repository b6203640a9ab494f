import { expect, test } from 'vitest';
import { wasmDevice } from '../../src/backends/wasm/device.ts';
import { probeTiles } from '../../src/backends/wasm/probe.ts';
import { contraction } from '../../src/graph/build.ts';
import { input } from '../../src/graph/node.ts';
import { runOn } from '../support/devices.ts';
import { fill, floats } from '../support/inputs.ts';

test('a probed tile is one of the candidates, with a rate', () => {
  const { rows, columns, gflops } = probeTiles({ wide: false, relaxed: true });
  expect([4, 6, 8]).toContain(rows);
  expect(columns).toBe(8);
  expect(gflops).toBeGreaterThan(0);
});

test('by a clock in steps, as pages have that are not isolated, the usual tile is chosen, with a rate that can be', () => {
  for (const step of [0.1, 16]) {
    const clock = (): number => Math.floor(performance.now() / step) * step;
    const { rows, columns, gflops } = probeTiles({ wide: false, relaxed: true }, clock);
    expect([rows, columns]).toEqual([6, 8]);
    expect(gflops).toBeGreaterThan(0);
    expect(gflops).toBeLessThan(300);
  }
});

test.each([
  [4, 8],
  [5, 16],
  [8, 8],
  [4, 16],
])('products have the same bits with tiles of %d x %d', async (rows, columns) => {
  const values = [fill(floats([35, 83], 1)), fill(floats([83, 29], 2))];
  const nodes = values.map(({ shape }) => input(shape, 'float32')) as [ReturnType<typeof input>, ReturnType<typeof input>];
  const outputs = [contraction(...nodes, { batch: [[], []], contract: [[1], [0]] })];
  const [usual] = await runOn(wasmDevice(), nodes, values, outputs);
  const [found] = await runOn(wasmDevice({ tile: { rows, columns } }), nodes, values, outputs);
  expect(found?.data).toEqual(usual?.data);
});
