import { threefry2x32 } from '../core/threefry.ts';

/** A 64-bit key in two words. */
export type HostKey = readonly [number, number];

/** The key of a seed; a seed is any number, its 53 whole bits count. */
export const hostKey = (seed: number): HostKey => [seed | 0, Math.floor(seed / 4294967296) | 0];

/** A key that a key and a number give: independent streams from one seed. */
export const foldIn = ([low, high]: HostKey, data: number): HostKey => threefry2x32(low, high, data | 0, 0x67726164);

/** Numbers from a key, one after the other, on the host: the same on every machine and device. */
export class HostRandom {
  readonly #key: HostKey;
  #counter = 0;
  #spare: number | undefined;

  constructor(key: HostKey) {
    this.#key = key;
  }

  /** 32 random bits, as a number in [0, 2³²). */
  bits(): number {
    if (this.#spare !== undefined) {
      const word = this.#spare;
      this.#spare = undefined;
      return word;
    }
    const [first, second] = threefry2x32(this.#key[0], this.#key[1], this.#counter++, 0);
    this.#spare = second >>> 0;
    return first >>> 0;
  }

  /** Uniform in (0, 1): the middles of 2³² equal parts, so that neither end comes up. */
  uniform(): number {
    return (this.bits() + 0.5) / 4294967296;
  }

  /** Standard normal, by Box and Muller 1958. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Standard normal within two deviations: what lies outside is drawn again. */
  truncatedNormal(): number {
    for (;;) {
      const value = this.normal();
      if (Math.abs(value) <= 2) return value;
    }
  }

  /** 0 … length - 1 in random order (Fisher, Yates). */
  permutation(length: number): Int32Array {
    const order = Int32Array.from({ length }, (_, index) => index);
    for (let last = length - 1; last > 0; last--) {
      const other = Math.floor(this.uniform() * (last + 1));
      const value = order[last] as number;
      order[last] = order[other] as number;
      order[other] = value;
    }
    return order;
  }
}
