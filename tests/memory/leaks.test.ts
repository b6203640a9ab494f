import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const megabytes = (count: number): number => count * 2 ** 20;

interface Used {
  readonly value: number;
  readonly early: number;
  readonly residentPeak: number;
  readonly wasm: number;
}

/** Runs one scenario in a process of its own. */
const used = (name: string, ...args: string[]): Used =>
  JSON.parse(String(execFileSync(process.execPath, ['--no-warnings', join(import.meta.dirname, 'scenarios.ts'), name, ...args]))) as Used;

const slow = 60_000;

test(
  '20,000 eager steps of 1 MB that are never read run in constant memory',
  () => {
    const { value, residentPeak } = used('eagerLoop');
    expect(value).toBeCloseTo(-2000, -1); // float32 rounds 20,000 times
    expect(residentPeak).toBeLessThan(megabytes(400));
  },
  slow,
);

test(
  '3,000 tensors of 1 MB that are made, read and dropped',
  () => {
    const { value, residentPeak } = used('createReadDrop');
    expect(value).toBe(3000 + (3000 * 2999) / 2);
    expect(residentPeak).toBeLessThan(megabytes(512));
  },
  slow,
);

test(
  '3,000 tensors of 1 MB that are made in one go, without a pause for the collector',
  () => {
    const { value, residentPeak } = used('createDrop');
    expect(value).toBe(1);
    expect(residentPeak).toBeLessThan(megabytes(512));
  },
  slow,
);

test(
  '1,000 results of which only a number is read',
  () => {
    expect(used('computeDrop').residentPeak).toBeLessThan(megabytes(400));
  },
  slow,
);

test(
  '2,000 steps that donate their state stay where they are',
  () => {
    const { value, early, wasm } = used('donatedSteps');
    expect(value).toBeCloseTo(2);
    expect(wasm).toBe(early);
  },
  slow,
);

test(
  '2,000 compiled steps that donate nothing',
  () => {
    const { value, residentPeak } = used('undonatedSteps');
    expect(value).toBeCloseTo(2);
    expect(residentPeak).toBeLessThan(megabytes(512));
  },
  slow,
);

// What is collected late is counted in a budget of 48 MB, which does not grow with the steps.
test.each([200, 1000])(
  '%i steps of a model, eager and with gradients, keep within one budget of WebAssembly memory',
  steps => {
    const { value, wasm, residentPeak } = used('modelSteps', String(steps));
    expect(value).toBeLessThan(1);
    expect(wasm).toBeLessThan(megabytes(64));
    expect(residentPeak).toBeLessThan(megabytes(400));
  },
  slow,
);

test(
  '3,000 steps of a gradient that is never read',
  () => {
    const { value, residentPeak, wasm } = used('gradientLoop');
    expect(value).toBeCloseTo(0.999 ** 3000, 3);
    expect(residentPeak).toBeLessThan(megabytes(400));
    expect(wasm).toBeLessThan(megabytes(64));
  },
  slow,
);
