import { describe, expect, test } from 'vitest';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.ts';

interface Format {
  readonly name: string;
  readonly to: (value: number) => number;
  readonly from: (bits: number) => number;
  readonly fractionBits: number;
  readonly minExponent: number;
  readonly maxExponent: number;
}

const formats: readonly Format[] = [
  { name: 'float16', to: toFloat16, from: fromFloat16, fractionBits: 10, minExponent: -14, maxExponent: 15 },
  { name: 'bfloat16', to: toBfloat16, from: fromBfloat16, fractionBits: 7, minExponent: -126, maxExponent: 127 },
];

/** The value that bits stand for, from the definition of IEEE 754 section 3.4. */
const decode = (bits: number, { fractionBits, minExponent, maxExponent }: Format): number => {
  const sign = bits >= 0x8000 ? -1 : 1;
  const field = (bits & 0x7fff) >> fractionBits;
  const fraction = (bits & ((1 << fractionBits) - 1)) / 2 ** fractionBits;
  if (field === maxExponent - minExponent + 2) return fraction === 0 ? sign * Infinity : NaN;
  return field === 0 ? sign * fraction * 2 ** minExponent : sign * (1 + fraction) * 2 ** (field - 1 + minExponent);
};

/** The nearest value of the format, ties to the even one: divides by the unit in the last place, which is exact in float64. */
const roundTo = (value: number, { fractionBits, minExponent, maxExponent }: Format): number => {
  if (!Number.isFinite(value) || value === 0) return value;
  let exponent = minExponent;
  while (exponent < maxExponent && Math.abs(value) >= 2 ** (exponent + 1)) exponent++;
  const unit = 2 ** (exponent - fractionBits);
  const units = Math.abs(value) / unit;
  const down = Math.floor(units);
  const nearest = units - down > 0.5 || (units - down === 0.5 && down % 2 === 1) ? down + 1 : down;
  const overflow = nearest * unit >= 2 ** (maxExponent + 1);
  return Math.sign(value) * (overflow ? Infinity : nearest * unit);
};

/** Compares once a test, not once a value: an expectation for each of 65,536 would take seconds. */
const differences = (cases: readonly (readonly [input: number, got: number, want: number])[]): unknown[] =>
  cases.filter(([, got, want]) => !Object.is(got, want)).slice(0, 5);

const allBits = Array.from({ length: 65536 }, (_, bits) => bits);

describe.each(formats)('$name', format => {
  test('decodes all 65,536 bit patterns', () => {
    expect(differences(allBits.map(bits => [bits, format.from(bits), decode(bits, format)]))).toEqual([]);
  });

  test('every bit pattern comes back, NaN as NaN', () => {
    const numbers = allBits.filter(bits => !Number.isNaN(decode(bits, format)));
    expect(numbers.length).toBe(65536 - 2 * (2 ** format.fractionBits - 1));
    expect(differences(numbers.map(bits => [bits, format.to(format.from(bits)), bits]))).toEqual([]);
    for (const bits of allBits.filter(bits => Number.isNaN(decode(bits, format)))) {
      if (!Number.isNaN(format.from(format.to(format.from(bits))))) expect.fail(`bits ${bits} are NaN and came back as a number`);
    }
  });

  test('rounds to the nearest, ties to the even: between all neighbours', () => {
    const inputs: number[] = [];
    for (const bits of allBits) {
      const [low, high] = [decode(bits, format), decode(bits + 1, format)];
      if ((bits & 0x7fff) === 0x7fff || !Number.isFinite(low) || !Number.isFinite(high)) continue;
      const middle = (low + high) / 2;
      // The middle of two 16-bit neighbours, and a little to both sides of it, are float32 values.
      for (const value of [middle, middle + (high - low) / 8, middle - (high - low) / 8])
        if (Math.fround(value) === value) inputs.push(value);
    }
    expect(inputs.length).toBeGreaterThan(180_000);
    expect(differences(inputs.map(value => [value, format.from(format.to(value)), roundTo(value, format)]))).toEqual([]);
  });

  test('rounds any float32', () => {
    const float = new Float32Array(1);
    const bits = new Uint32Array(float.buffer);
    const inputs = Array.from({ length: 100_000 }, (_, index) => {
      bits[0] = Math.imul(index + 1, 0x9e3779b1); // walks the bit patterns evenly, in no order of size
      return float[0] as number;
    }).filter(value => !Number.isNaN(value));
    expect(differences(inputs.map(value => [value, format.from(format.to(value)), roundTo(value, format)]))).toEqual([]);
  });
});

test('float16 overflows from 65520 on, the middle between its largest value and the next step', () => {
  expect(fromFloat16(toFloat16(65519.99609375))).toBe(65504);
  expect(fromFloat16(toFloat16(65520))).toBe(Infinity);
  expect(fromFloat16(toFloat16(-1e6))).toBe(-Infinity);
});

test('a signalling NaN does not turn into infinity', () => {
  const float = new Float32Array(new Uint32Array([0x7f800001]).buffer);
  expect(fromBfloat16(toBfloat16(float[0] as number))).toBeNaN();
  expect(fromFloat16(toFloat16(float[0] as number))).toBeNaN();
});
