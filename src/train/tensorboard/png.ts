import { adler32, crc32 } from './checksums.ts';

const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

const bigEndian = (...values: readonly number[]): Uint8Array => {
  const made = new Uint8Array(4 * values.length);
  values.forEach((value, index) => new DataView(made.buffer).setUint32(4 * index, value));
  return made;
};

const chunk = (type: string, data: Uint8Array): Uint8Array => {
  const body = joined([new TextEncoder().encode(type), data]);
  return joined([bigEndian(data.length), body, bigEndian(crc32(body))]);
};

/** A zlib stream whose blocks are stored as they are (RFC 1950, RFC 1951): the images of weights are small. */
const stored = (data: Uint8Array): Uint8Array => {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let start = 0; start === 0 || start < data.length; start += 65535) {
    const block = data.subarray(start, start + 65535);
    const { length } = block;
    parts.push(Uint8Array.of(start + 65535 >= data.length ? 1 : 0, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255), block);
  }
  return joined([...parts, bigEndian(adler32(data))]);
};

/** Colour types of PNG, by the number of channels. */
const colorTypes: Readonly<Record<number, number>> = { 1: 0, 2: 4, 3: 2, 4: 6 };

/** A PNG file of 8 bits a channel, from rows of pixels (ISO/IEC 15948). `channels`: 1 grey, 3 RGB, 4 RGB and alpha. */
export const encodePng = (width: number, height: number, channels: number, pixels: Uint8Array): Uint8Array => {
  const line = width * channels;
  const lines = new Uint8Array(height * (line + 1)); // each line begins with its filter: none
  for (let row = 0; row < height; row++) lines.set(pixels.subarray(row * line, (row + 1) * line), row * (line + 1) + 1);
  const header = joined([bigEndian(width, height), Uint8Array.of(8, colorTypes[channels] as number, 0, 0, 0)]);
  return joined([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', stored(lines)),
    chunk('IEND', new Uint8Array()),
  ]);
};
