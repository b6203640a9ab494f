import { describe, expect, test } from 'vitest';
import type { Device } from '../../src/backends/device.ts';
import { erf } from '../../src/backends/reference/scalar.ts';
import { wasmDevice } from '../../src/backends/wasm/device.ts';
import * as g from '../../src/graph/build.ts';
import { input, type Node } from '../../src/graph/node.ts';

/** Every 1009th of the 2³² float32 bit patterns, NaN apart: all exponents, both signs, subnormal numbers too. */
const everyRange = (): Float32Array => {
  const bits = new Uint32Array(Math.floor(2 ** 32 / 1009));
  for (let i = 0; i < bits.length; i++) bits[i] = i * 1009;
  return new Float32Array(bits.buffer).filter(x => !Number.isNaN(x));
};

const inputs = everyRange();

const evaluateOn = async (device: Device, f: (x: Node) => Node): Promise<Float32Array> => {
  const x = input([inputs.length], 'float32');
  const executable = device.compile({ inputs: [x], outputs: [f(x)], donated: [-1] });
  const buffer = device.allocate('float32', inputs.length);
  device.write(buffer, new Uint8Array(inputs.buffer, inputs.byteOffset, inputs.byteLength));
  const [y] = device.run(executable, [buffer]);
  if (y === undefined) throw new Error('no output');
  return new Float32Array((await device.read(y)).buffer);
};

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The distance to the exact value, in steps between neighbouring float32 numbers at that value. */
const unitsInLastPlace = (found: number, exact: number): number => {
  if (Number.isNaN(exact)) return Number.isNaN(found) ? 0 : Infinity;
  const nearest = Math.fround(exact);
  if (!Number.isFinite(nearest)) return found === nearest ? 0 : Math.abs(found) > 3.4e38 ? 1 : Infinity;
  float[0] = Math.abs(nearest);
  const exponent = Math.max((bits[0] as number) >>> 23, 1);
  return Math.abs(found - exact) / 2 ** (exponent - 150);
};

interface Bound {
  readonly build: (x: Node) => Node;
  readonly exact: (x: number) => number;
  /** Largest errors in units in the last place, with fused multiply-add and without. */
  readonly fast: number;
  readonly reproducible: number;
}

/** What docs/numerics.md states. */
export const bounds: Readonly<Record<string, Bound>> = {
  exp: { build: g.exp, exact: Math.exp, fast: 1.5, reproducible: 1.5 },
  expm1: { build: g.expm1, exact: Math.expm1, fast: 2, reproducible: 2 },
  log: { build: g.log, exact: Math.log, fast: 1, reproducible: 1 },
  log1p: { build: g.log1p, exact: Math.log1p, fast: 2.5, reproducible: 2.5 },
  tanh: { build: g.tanh, exact: Math.tanh, fast: 2.5, reproducible: 2.5 },
  sigmoid: { build: g.sigmoid, exact: x => 1 / (1 + Math.exp(-x)), fast: 2.5, reproducible: 2.5 },
  erf: { build: g.erf, exact: erf, fast: 1.5, reproducible: 1.5 },
  sin: { build: g.sin, exact: Math.sin, fast: 2, reproducible: 2 },
  cos: { build: g.cos, exact: Math.cos, fast: 2, reproducible: 2 },
};

describe.each(['fast', 'reproducible'] as const)('elementary functions of float32, %s', numerics => {
  const device = wasmDevice({ numerics });
  test.each(Object.entries(bounds))('%s stays within its bound over the whole range', async (_name, { build, exact, ...limits }) => {
    const found = await evaluateOn(device, build);
    let worst = 0;
    let where = 0;
    for (let i = 0; i < inputs.length; i++) {
      const x = inputs[i] as number;
      const error = unitsInLastPlace(found[i] as number, exact(x));
      if (error > worst) [worst, where] = [error, x];
    }
    expect(worst, `at ${where}`).toBeLessThanOrEqual(limits[numerics]);
  });
});
