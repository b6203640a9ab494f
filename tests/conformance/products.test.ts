import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff/gradients.ts';
import { evaluate } from '../../src/backends/reference/evaluate.ts';
import type { Value } from '../../src/backends/reference/value.ts';
import { wasmDevice } from '../../src/backends/wasm/device.ts';
import * as g from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { mismatch } from '../support/compare.ts';
import { runOn } from '../support/devices.ts';
import { randomProduct } from '../support/randomProducts.ts';

// Tiles shaped for 256-bit vectors are plain 128-bit code to an engine that does not pair them: the same numbers.
const kinds = { fast: {}, wide: { wide: true }, reproducible: { numerics: 'reproducible' } } as const;

/** Sums of up to thousands of products: rounding grows with the largest of them. */
const toleranceOf = ({ data }: Value) => ({
  absolute: 1e-5 * data.reduce((largest, x) => Math.max(largest, Math.abs(x)), 1),
  relative: 1e-4,
});

const check = async (seed: number, device: ReturnType<typeof wasmDevice>): Promise<void> => {
  const { inputs, values, outputs } = randomProduct(seed);
  const seeds = outputs.map(({ shape, dtype }) => g.full(0.5, shape, dtype));
  const all: Node[] = [...outputs, ...gradients(outputs, seeds, inputs).filter(node => node !== null)];
  const expected = evaluate(all, new Map(inputs.map((node, k) => [node, values[k] as Value])));
  const found = await runOn(device, inputs, values, all);
  found.forEach(({ data }, k) => {
    const oracle = expected[k] as Value;
    expect(mismatch(data, oracle.data, toleranceOf(oracle)), `seed ${seed}, output ${k}`).toBeUndefined();
  });
};

describe.each(Object.entries(kinds))('random products with views as operands, and their gradients, on wasm (%s)', (_, options) => {
  const device = wasmDevice(options);
  test.each([0, 1])('hundred %i', async hundred => {
    for (let seed = hundred * 100; seed < hundred * 100 + 100; seed++) await check(seed, device);
  });
});
