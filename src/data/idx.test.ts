import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FormatError } from '../core/errors.ts';
import { readIdx } from './idx.ts';

const encode = (shape: readonly number[], data: readonly number[]): Uint8Array =>
  Uint8Array.from([
    0,
    0,
    8,
    shape.length,
    ...shape.flatMap(size => [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255]),
    ...data,
  ]);

test('reads shape and elements, also of a view', () => {
  const bytes = encode([2, 1, 3], [1, 2, 3, 4, 5, 255]);
  const memory = new Uint8Array(bytes.length + 5);
  memory.set(bytes, 5);
  for (const view of [bytes, memory.subarray(5)])
    expect(readIdx(view)).toEqual({ shape: [2, 1, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 255) });
});

test('reads an empty array and a scalar', () => {
  expect(readIdx(encode([0, 28, 28], []))).toEqual({ shape: [0, 28, 28], data: new Uint8Array() });
  expect(readIdx(encode([], [7]))).toEqual({ shape: [], data: Uint8Array.of(7) });
});

test.each([
  [[], 'cannot read digits as IDX: it does not begin as an IDX file does. Check that it is the right file.'],
  [[0, 0, 8], 'it does not begin as an IDX file does'],
  [[0, 1, 8, 0, 5], 'it does not begin as an IDX file does'],
  [[0, 0, 10, 0, 5], 'it does not begin as an IDX file does'],
  [[0, 0, 13, 1, 0, 0, 0, 1, 0, 0, 0, 0], 'it holds 32-bit floats, and only unsigned bytes are read. Convert it first.'],
  [[0x1f, 0x8b, 8, 0], 'it is packed with gzip. Unpack it first: gunzip.'],
  [[0, 0, 8, 3, 0, 0], 'it ends within its header, after 6 of 16 bytes. Fetch the file again.'],
  [[0, 0, 8, 1, 0, 0, 0, 3, 1, 2], 'its shape (3,) needs 3 bytes after the header, and 2 came. Fetch the file again.'],
  [[0, 0, 8, 1, 0, 0, 0, 1, 1, 2], 'its shape (1,) needs 1 bytes after the header, and 2 came'],
  [[0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255, 1], 'its shape (4294967295, 4294967295) needs 18446744065119617000 bytes'],
])('refuses %j', (bytes, message) => {
  expect(() => readIdx(Uint8Array.from(bytes), 'digits')).toThrow(FormatError);
  expect(() => readIdx(Uint8Array.from(bytes), 'digits')).toThrow(message);
});

test('refuses any file cut short, and never fails otherwise', () => {
  const whole = encode([3, 4], [...Array(12).keys()]);
  for (let length = 0; length < whole.length; length++) expect(() => readIdx(whole.subarray(0, length))).toThrow(FormatError);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, plausible) => {
      if (plausible) bytes.set([0, 0, 8].slice(0, bytes.length));
      try {
        const { shape, data } = readIdx(bytes);
        expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }),
  );
});
