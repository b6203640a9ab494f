import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256, toHex } from './sha256.ts';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

// NIST, "Secure Hash Standard" example values; RFC 6234 section 8.5.
test.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
])('of %j', (text, digest) => {
  expect(toHex(sha256(ascii(text)))).toBe(digest);
});

test('of every length around the block, and of views, as Web Crypto has it', async () => {
  const memory = crypto.getRandomValues(new Uint8Array(200));
  for (let length = 0; length <= 130; length++) {
    const bytes = memory.subarray(length % 7, (length % 7) + length);
    expect(toHex(sha256(bytes))).toBe(toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))));
  }
});

test('of a megabyte, as Web Crypto has it', async () => {
  const bytes = Uint8Array.from({ length: 1_000_003 }, (_, index) => Math.imul(index, 0x9e3779b1) >>> 24);
  expect(toHex(sha256(bytes))).toBe(toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))));
});

test('toHex keeps every byte', () => {
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
    }),
  );
});
