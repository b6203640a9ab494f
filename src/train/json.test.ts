import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ValueError } from '../core/errors.ts';
import { checkJson } from './json.ts';

const check = (value: unknown): void => checkJson(value, (path, why) => new ValueError(`meta${path}: ${why}`));

test('what JSON makes is plain JSON', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), text => {
      const value = JSON.parse(text);
      if (!text.includes('__proto__')) check(value);
    }),
  );
  check(Object.assign(Object.create(null), { bare: 1 }));
});

describe('refuses, and names the place', () => {
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  const circular: unknown[] = [];
  circular.push(circular);
  test.each<[string, unknown, string]>([
    ['NaN', { a: [1, NaN] }, 'meta.a[1]: NaN is no number in JSON'],
    ['infinity', -Infinity, 'meta: -Infinity is no number in JSON'],
    ['undefined', { layers: [{ rate: undefined }] }, 'meta.layers[0].rate: a value of type undefined is not JSON'],
    ['a hole', new Array(1), 'meta[0]: a value of type undefined is not JSON'],
    ['a function', [() => 1], 'meta[0]: a value of type function is not JSON'],
    ['a big integer', 1n, 'meta: a value of type bigint is not JSON'],
    ['a date', { day: new Date(0) }, 'meta.day: a Date is not JSON'],
    ['a typed array', new Float32Array(1), 'meta: a Float32Array is not JSON'],
    ['a prototype', JSON.parse('{"a": {"__proto__": {}}}'), 'meta.a: the key __proto__ is not allowed'],
    ['a deep nest', deep, 'meta: it is nested deeper than 200'],
    ['a circle', circular, 'meta: it is nested deeper than 200'],
  ])('%s', (_, value, message) => {
    expect(() => check(value)).toThrow(message);
  });
});
