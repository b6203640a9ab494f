// Conversions between float32 and the two 16-bit floats, on bits, rounding to nearest even.

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** float32 -> bits of bfloat16. */
export const toBfloat16 = (value: number): number => {
  float[0] = value;
  const u = bits[0] as number;
  if (Number.isNaN(value)) return (u >>> 16) | 0x40;
  return ((u + 0x7fff + ((u >>> 16) & 1)) >>> 16) & 0xffff;
};

/** bits of bfloat16 -> float32. */
export const fromBfloat16 = (half: number): number => {
  bits[0] = half << 16;
  return float[0] as number;
};

/** float32 -> bits of float16 (IEEE 754 binary16). */
export const toFloat16 = (value: number): number => {
  float[0] = value;
  const u = bits[0] as number;
  const sign = (u >>> 16) & 0x8000;
  const magnitude = u & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // rounds past 65504: infinity
  if (magnitude < 0x38800000) {
    // Subnormal: an integer multiple of 2^-24; scaling by a power of two is exact, so one rounding remains.
    const scaled = Math.abs(float[0] as number) * 16777216;
    const down = Math.floor(scaled);
    const rest = scaled - down;
    return sign | (rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
};

/** bits of float16 -> float32. */
export const fromFloat16 = (half: number): number => {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};
