/** Fingerprint64 of FarmHash: the same on every machine and in every version. Source: Google, github.com/google/farmhash, farmhashna. */

const k0 = 0xc3a5c85c97cb3127n;
const k1 = 0xb492b66fbe98f273n;
const k2 = 0x9ae16a3b2f90404fn;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate = (value: bigint, by: bigint): bigint => (value >> by) | u64(value << (64n - by));
const shiftMix = (value: bigint): bigint => value ^ (value >> 47n);

const hash16 = (u: bigint, v: bigint, factor: bigint): bigint => {
  const a = shiftMix(u64((u ^ v) * factor));
  return u64(shiftMix(u64((v ^ a) * factor)) * factor);
};

/** Words of bytes, little endian. */
interface Words {
  readonly length: number;
  at(offset: number): bigint;
  half(offset: number): bigint;
  byte(offset: number): number;
}

const upTo16 = (s: Words): bigint => {
  const n = BigInt(s.length);
  if (s.length >= 8) {
    const factor = u64(k2 + n * 2n);
    const a = u64(s.at(0) + k2);
    const b = s.at(s.length - 8);
    return hash16(u64(rotate(b, 37n) * factor + a), u64((rotate(a, 25n) + b) * factor), factor);
  }
  if (s.length >= 4) return hash16(n + (s.half(0) << 3n), s.half(s.length - 4), u64(k2 + n * 2n));
  if (s.length === 0) return k2;
  const y = BigInt(s.byte(0) + (s.byte(s.length >> 1) << 8));
  const z = BigInt(s.length + (s.byte(s.length - 1) << 2));
  return u64(shiftMix(u64(y * k2) ^ u64(z * k0)) * k2);
};

const upTo32 = (s: Words): bigint => {
  const factor = u64(k2 + BigInt(s.length) * 2n);
  const [a, b] = [u64(s.at(0) * k1), s.at(8)];
  const [c, d] = [u64(s.at(s.length - 8) * factor), u64(s.at(s.length - 16) * k2)];
  return hash16(u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d), u64(a + rotate(u64(b + k2), 18n) + c), factor);
};

const upTo64 = (s: Words): bigint => {
  const factor = u64(k2 + BigInt(s.length) * 2n);
  const [a, b] = [u64(s.at(0) * k2), s.at(8)];
  const [c, d] = [u64(s.at(s.length - 8) * factor), u64(s.at(s.length - 16) * k2)];
  const y = u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d);
  const z = hash16(y, u64(a + rotate(u64(b + k2), 18n) + c), factor);
  const [e, f] = [u64(s.at(16) * factor), s.at(24)];
  const g = u64((y + s.at(s.length - 32)) * factor);
  const h = u64((z + s.at(s.length - 24)) * factor);
  return hash16(u64(rotate(u64(e + f), 43n) + rotate(g, 30n) + h), u64(e + rotate(u64(f + a), 18n) + g), factor);
};

const weak = (s: Words, from: number, a: bigint, b: bigint): [bigint, bigint] => {
  const [w, x, y, z] = [s.at(from), s.at(from + 8), s.at(from + 16), s.at(from + 24)];
  const first = u64(a + w);
  const sum = u64(first + x + y);
  return [u64(sum + z), u64(rotate(u64(b + first + z), 21n) + rotate(sum, 44n) + first)];
};

const longer = (s: Words): bigint => {
  const seed = 81n;
  let y = u64(seed * k1 + 113n);
  let z = u64(shiftMix(u64(y * k2 + 113n)) * k2);
  let x = u64(seed * k2 + s.at(0));
  let v: [bigint, bigint] = [0n, 0n];
  let w: [bigint, bigint] = [0n, 0n];
  const end = Math.floor((s.length - 1) / 64) * 64;
  for (let at = 0; at < end; at += 64) {
    x = u64(rotate(u64(x + y + v[0] + s.at(at + 8)), 37n) * k1) ^ w[1];
    y = u64(u64(rotate(u64(y + v[1] + s.at(at + 48)), 42n) * k1) + v[0] + s.at(at + 40));
    z = u64(rotate(u64(z + w[0]), 33n) * k1);
    v = weak(s, at, u64(v[1] * k1), u64(x + w[0]));
    w = weak(s, at + 32, u64(z + w[1]), u64(y + s.at(at + 16)));
    [z, x] = [x, z];
  }
  const factor = u64(k1 + ((z & 0xffn) << 1n));
  const at = end + ((s.length - 1) & 63) - 63;
  w[0] = u64(w[0] + BigInt((s.length - 1) & 63));
  v[0] = u64(v[0] + w[0]);
  w[0] = u64(w[0] + v[0]);
  x = u64(rotate(u64(x + y + v[0] + s.at(at + 8)), 37n) * factor) ^ u64(w[1] * 9n);
  y = u64(u64(rotate(u64(y + v[1] + s.at(at + 48)), 42n) * factor) + v[0] * 9n + s.at(at + 40));
  z = u64(rotate(u64(z + w[0]), 33n) * factor);
  v = weak(s, at, u64(v[1] * factor), u64(x + w[0]));
  w = weak(s, at + 32, u64(z + w[1]), u64(y + s.at(at + 16)));
  [z, x] = [x, z];
  const first = u64(hash16(v[0], w[0], factor) + shiftMix(y) * k0 + z);
  return hash16(first, u64(hash16(v[1], w[1], factor) + x), factor);
};

/** 64 bits for bytes. */
export const fingerprint64 = (bytes: Uint8Array): bigint => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words: Words = {
    length: bytes.length,
    at: offset => view.getBigUint64(offset, true),
    half: offset => BigInt(view.getUint32(offset, true)),
    byte: offset => bytes[offset] as number,
  };
  if (bytes.length <= 16) return upTo16(words);
  if (bytes.length <= 32) return upTo32(words);
  return bytes.length <= 64 ? upTo64(words) : longer(words);
};

const kMul = 0xc6a4a7935bd1e995n;

/** 64 bits for two fingerprints in this order. Source: TensorFlow, `FingerprintCat64`. */
export const joinFingerprints = (first: bigint, second: bigint): bigint => {
  const mixed = u64((first ^ kMul ^ u64(shiftMix(u64(second * kMul)) * kMul)) * kMul);
  return shiftMix(u64(shiftMix(mixed) * kMul));
};
