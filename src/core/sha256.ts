/** The first 32 bits of the fractions of the square (`root` 2) or cube (3) roots of the first primes. */
const rootFractions = (count: number, root: 2 | 3): Uint32Array => {
  const words = new Uint32Array(count);
  let found = 0;
  for (let candidate = 2; found < count; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) prime = false;
    if (!prime) continue;
    const value = root === 2 ? Math.sqrt(candidate) : Math.cbrt(candidate);
    words[found++] = Math.floor((value - Math.floor(value)) * 2 ** 32); // float64 has 53 bits: 32 and the whole part fit
  }
  return words;
};

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/**
 * SHA-256 in plain arithmetic, for pages without Web Crypto (it is missing where a page is served by plain http).
 *
 * Source: FIPS 180-4, section 6.2; its names.
 */
export const sha256 = (bytes: Uint8Array): Uint8Array => {
  const k = rootFractions(64, 3);
  const hash = rootFractions(8, 2);
  const w = new Uint32Array(64);

  const block = (data: DataView, at: number): void => {
    for (let t = 0; t < 16; t++) w[t] = data.getUint32(at + 4 * t);
    for (let t = 16; t < 64; t++) {
      const [x, y] = [w[t - 15]!, w[t - 2]!];
      const sigma0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
      const sigma1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
      w[t] = w[t - 16]! + sigma0 + w[t - 7]! + sigma1;
    }
    let [a, b, c, d, e, f, g, h] = hash as unknown as [number, number, number, number, number, number, number, number];
    for (let t = 0; t < 64; t++) {
      const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const choose = (e & f) ^ (~e & g);
      const t1 = (h + sum1 + choose + k[t]! + w[t]!) | 0;
      const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      [h, g, f, e, d, c, b] = [g, f, e, (d + t1) | 0, c, b, a];
      a = (t1 + sum0 + majority) | 0;
    }
    for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) hash[index]! += word;
  };

  const whole = bytes.length - (bytes.length % 64);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < whole; at += 64) block(view, at);

  // The rest, a single 1 bit, zeros, and the length in bits as 64 bits, big-endian.
  const rest = bytes.subarray(whole);
  const tail = new Uint8Array(rest.length < 56 ? 64 : 128);
  tail.set(rest);
  tail[rest.length] = 0x80;
  const tailView = new DataView(tail.buffer);
  tailView.setUint32(tail.length - 8, Math.floor(bytes.length / 2 ** 29));
  tailView.setUint32(tail.length - 4, bytes.length << 3);
  for (let at = 0; at < tail.length; at += 64) block(tailView, at);

  const digest = new Uint8Array(32);
  const digestView = new DataView(digest.buffer);
  for (const [index, word] of hash.entries()) digestView.setUint32(4 * index, word);
  return digest;
};

/** Bytes as lower-case hexadecimal digits, the way digests are written down. */
export const toHex = (bytes: Uint8Array): string => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
