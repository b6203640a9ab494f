import { describe, expect, test } from 'vitest';
import { byteSize, type DType, dtypeOf, dtypes, isFloat, promote } from './dtype.ts';

const all = Object.keys(dtypes) as DType[];

describe('promote', () => {
  // The array API standard's table for the types that we have, and the rows that it leaves open (kinds mixed, float16 with bfloat16).
  const table: readonly (readonly [DType, DType, DType])[] = [
    ['bool', 'uint8', 'uint8'],
    ['bool', 'int32', 'int32'],
    ['bool', 'float16', 'float16'],
    ['bool', 'float64', 'float64'],
    ['uint8', 'int32', 'int32'],
    ['uint8', 'bfloat16', 'bfloat16'],
    ['int32', 'float16', 'float16'],
    ['int32', 'float32', 'float32'],
    ['float16', 'bfloat16', 'float32'],
    ['float16', 'float32', 'float32'],
    ['bfloat16', 'float32', 'float32'],
    ['bfloat16', 'float64', 'float64'],
    ['float32', 'float64', 'float64'],
  ];
  test.each(table)('%s with %s gives %s, either way round', (a, b, result) => {
    expect(promote(a, b)).toBe(result);
    expect(promote(b, a)).toBe(result);
  });

  test('is idempotent, commutative and associative', () => {
    for (const a of all) {
      expect(promote(a, a)).toBe(a);
      for (const b of all) {
        expect(promote(a, b)).toBe(promote(b, a));
        for (const c of all) expect(promote(promote(a, b), c)).toBe(promote(a, promote(b, c)));
      }
    }
  });
});

test('the storage of each element type has its bytes', () => {
  for (const dtype of all) {
    expect(new dtypes[dtype].storage(3).byteLength).toBe(byteSize(dtype, 3));
    expect(isFloat(dtype)).toBe(dtype.includes('float'));
  }
});

test('dtypeOf keeps the type of a typed array', () => {
  expect([new Float32Array(1), new Float64Array(1), new Int32Array(1), new Uint8Array(1), new Uint8ClampedArray(1)].map(dtypeOf)).toEqual([
    'float32',
    'float64',
    'int32',
    'uint8',
    'uint8',
  ]);
});

test('dtypeOf says what to do with another array', () => {
  expect(() => dtypeOf(new BigInt64Array(1))).toThrow(
    'tensor cannot take a BigInt64Array: it takes Float32Array, Float64Array, Int32Array and Uint8Array. Convert it first: Int32Array.from(values).',
  );
  expect(() => dtypeOf(new DataView(new ArrayBuffer(4)))).toThrow('tensor cannot take a DataView');
});
