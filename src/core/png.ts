import { adler32, crc32, joinBytes } from './bytes.ts';
import { ValueError } from './errors.ts';

/** An image of 8 bits a channel: rows of pixels from the top, the channels of a pixel side by side. */
export interface PixelImage {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels: number;
  readonly pixels: Uint8Array | Uint8ClampedArray;
}

const bigEndian = (...values: readonly number[]): Uint8Array => {
  const made = new Uint8Array(4 * values.length);
  values.forEach((value, index) => new DataView(made.buffer).setUint32(4 * index, value));
  return made;
};

const chunk = (type: string, data: Uint8Array): Uint8Array => {
  const body = joinBytes([new TextEncoder().encode(type), data]);
  return joinBytes([bigEndian(data.length), body, bigEndian(crc32(body))]);
};

/** A zlib stream whose blocks are stored as they are (RFC 1950, RFC 1951): the platform's own compression cannot answer at once. */
const stored = (data: Uint8Array): Uint8Array => {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let start = 0; start === 0 || start < data.length; start += 65535) {
    const block = data.subarray(start, start + 65535);
    const { length } = block;
    parts.push(Uint8Array.of(start + 65535 >= data.length ? 1 : 0, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255), block);
  }
  return joinBytes([...parts, bigEndian(adler32(data))]);
};

/** Colour types of PNG, by the number of channels. */
const colorTypes: Readonly<Record<number, number>> = { 1: 0, 2: 4, 3: 2, 4: 6 };

/**
 * A PNG file (ISO/IEC 15948) of an image, without compression.
 *
 * @throws ValueError for pixels that do not fill the image, for sides below one pixel, and for more than four channels.
 */
export const encodePng = ({ width, height, channels, pixels }: PixelImage): Uint8Array => {
  const colorType = colorTypes[channels];
  if (colorType === undefined) throw new ValueError(`encodePng cannot write ${channels} channels: PNG has 1 to 4. Choose or average some.`);
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0))
    throw new ValueError(`encodePng cannot write ${width} x ${height} pixels: both must be whole numbers above 0.`);
  if (pixels.length !== width * height * channels)
    throw new ValueError(
      `encodePng: ${width} x ${height} pixels of ${channels} channels are ${width * height * channels} numbers, and ${pixels.length} came.`,
    );
  const line = width * channels;
  const lines = new Uint8Array(height * (line + 1)); // each line begins with its filter: none
  for (let row = 0; row < height; row++) lines.set(pixels.subarray(row * line, (row + 1) * line), row * (line + 1) + 1);
  return joinBytes([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', joinBytes([bigEndian(width, height), Uint8Array.of(8, colorType, 0, 0, 0)])),
    chunk('IDAT', stored(lines)),
    chunk('IEND', new Uint8Array()),
  ]);
};
