/** How far numbers may be apart: |a - b| <= absolute + relative |b|. NaN matches NaN; infinities match themselves. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

export const tolerances: { readonly [kind in 'float64' | 'float32' | 'half' | 'exact']: Tolerance } = {
  float64: { absolute: 1e-8, relative: 1e-8 }, // golden values have nine digits
  float32: { absolute: 2e-6, relative: 1e-5 },
  half: { absolute: 1e-2, relative: 1e-2 },
  exact: { absolute: 0, relative: 0 },
};

/** The worst mismatch of two lists, in words, or undefined if all is near enough. */
export const mismatch = (
  actual: ArrayLike<number>,
  expected: readonly (number | string)[] | Float64Array,
  { absolute, relative }: Tolerance,
): string | undefined => {
  report(actual, expected);
  if (actual.length !== expected.length) return `${actual.length} numbers, expected ${expected.length}`;
  let worst = { excess: 0, index: -1 };
  for (let index = 0; index < expected.length; index++) {
    const [a, b] = [actual[index] as number, Number(expected[index])];
    if (Object.is(a, b) || a === b) continue;
    const apart = Math.abs(a - b);
    const excess = Number.isFinite(apart) ? apart - absolute - relative * Math.abs(b) : Infinity;
    if (excess > worst.excess) worst = { excess, index };
  }
  return worst.index < 0 ? undefined : `at ${worst.index}: ${actual[worst.index]}, expected ${expected[worst.index]}`;
};

type Listener = (largest: number) => void;

let listener: Listener | undefined;

/** Who wants to hear how far golden tests are off: tests/support/parity.ts. This file runs in browsers, too. */
export const listen = (to: Listener): void => {
  listener = to;
};

/** The largest difference, relative to numbers above 1. */
const report = (actual: ArrayLike<number>, expected: readonly (number | string)[] | Float64Array): void => {
  if (listener === undefined) return;
  let largest = 0;
  for (let index = 0; index < Math.min(actual.length, expected.length); index++) {
    const [a, b] = [actual[index] as number, Number(expected[index])];
    const apart = Math.abs(a - b) / Math.max(1, Math.abs(b));
    if (Number.isFinite(apart)) largest = Math.max(largest, apart);
  }
  listener(largest);
};
