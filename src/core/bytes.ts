/** Bytes one after the other; a single part is given back as it is. */
export const joinBytes = (parts: readonly Uint8Array[]): Uint8Array => {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

/** The table of a cyclic redundancy check of 32 bits with this polynomial, its bits reversed. */
const tableOf = (polynomial: number): Uint32Array =>
  Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value;
  });

const crcWith = (table: Uint32Array, bytes: Uint8Array, before: number): number => {
  let value = ~before;
  for (let at = 0; at < bytes.length; at++) value = (value >>> 8) ^ (table[(value ^ (bytes[at] as number)) & 255] as number);
  return ~value >>> 0;
};

const ieee: Uint32Array = /* @__PURE__ */ tableOf(0xedb88320);
const castagnoli: Uint32Array = /* @__PURE__ */ tableOf(0x82f63b78);

/** CRC-32 (RFC 1952), as zip and PNG have it; `before` is that of what came before. */
export const crc32 = (bytes: Uint8Array, before: number = 0): number => crcWith(ieee, bytes, before);

/** CRC-32C (RFC 3720, appendix B.4). */
export const crc32c = (bytes: Uint8Array): number => crcWith(castagnoli, bytes, 0);

/** Adler-32 (RFC 1950). */
export const adler32 = (bytes: Uint8Array): number => {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
};
