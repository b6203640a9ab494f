import { expect, test } from 'vitest';
import type { Tensor } from '../../src/tensor/index.ts';

/** What is computed, how, and what it must give: nested numbers or booleans. */
export type Case = readonly [name: string, compute: () => Tensor, expected: unknown];

/** Nested values and their shape are near enough: 2e-6 relative to what is expected, and to 1. */
export const expectNear = (actual: unknown, expected: unknown): void => {
  if (Array.isArray(expected)) {
    expect(actual).toHaveLength(expected.length);
    for (const [index, item] of expected.entries()) expectNear((actual as unknown[])[index], item);
  } else if (typeof expected === 'number') {
    expect(typeof actual).toBe('number');
    expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(2e-6 * Math.max(1, Math.abs(expected)));
  } else expect(actual).toBe(expected);
};

/** One test a case. */
export const checkCases = (of: string, cases: readonly Case[]): void => {
  test.each(cases.map(([name, compute, expected]) => ({ name, compute, expected })))(`${of}: $name`, async ({ compute, expected }) => {
    const result = compute();
    expect(result.size).toBe(flatSize(expected));
    expectNear(await result.array(), expected);
  });
};

const flatSize = (value: unknown): number => (Array.isArray(value) ? value.reduce((total: number, item) => total + flatSize(item), 0) : 1);
