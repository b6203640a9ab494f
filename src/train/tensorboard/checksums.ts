/** The table of a cyclic redundancy check of 32 bits with this polynomial, its bits reversed. */
const tableOf = (polynomial: number): Uint32Array =>
  Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value >>> 0;
  });

const crcWith = (table: Uint32Array, bytes: Uint8Array): number => {
  let value = 0xffffffff;
  for (const byte of bytes) value = (table[(value ^ byte) & 255] as number) ^ (value >>> 8);
  return ~value >>> 0;
};

const castagnoli = tableOf(0x82f63b78);
const ieee = tableOf(0xedb88320);

/** CRC-32C (RFC 3720, appendix B.4), as TFRecord files have it: rotated by 15 bits, plus a constant. */
export const maskedCrc32c = (bytes: Uint8Array): number => {
  const crc = crcWith(castagnoli, bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

/** CRC-32 (RFC 1952), as PNG has it. */
export const crc32 = (bytes: Uint8Array): number => crcWith(ieee, bytes);

/** Adler-32 (RFC 1950). */
export const adler32 = (bytes: Uint8Array): number => {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
};
