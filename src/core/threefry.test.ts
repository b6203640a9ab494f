import { expect, test } from 'vitest';
import { threefry2x32 } from './threefry.ts';

// Random123, tests/kat_vectors, "threefry2x32 20": key, counter, expected.
const vectors = [
  { key: [0x00000000, 0x00000000], counter: [0x00000000, 0x00000000], expected: [0x6b200159, 0x99ba4efe] },
  { key: [0xffffffff, 0xffffffff], counter: [0xffffffff, 0xffffffff], expected: [0x1cb996fc, 0xbb002be7] },
  { key: [0x13198a2e, 0x03707344], counter: [0x243f6a88, 0x85a308d3], expected: [0xc4923a9c, 0x483df7a0] },
] as const;

test.each(vectors)('threefry2x32 of key $key and counter $counter', ({ key, counter, expected }) => {
  expect(threefry2x32(key[0], key[1], counter[0], counter[1]).map(word => word >>> 0)).toEqual(expected);
});

test('each bit is set half of the time, over keys and over counters', () => {
  const samples = 20_000;
  const counts = new Array<number>(64).fill(0);
  for (let index = 0; index < samples; index++) {
    const words = index % 2 === 0 ? threefry2x32(7, 0, index, 0) : threefry2x32(index, 1, 0, 0);
    for (let bit = 0; bit < 64; bit++) counts[bit]! += (words[bit >> 5]! >>> (bit & 31)) & 1;
  }
  // Five standard deviations of a binomial: √(n/4).
  for (const count of counts) expect(Math.abs(count - samples / 2)).toBeLessThan(5 * Math.sqrt(samples / 4));
});
