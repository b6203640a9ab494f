/**
 * One block of Threefry-2x32 with 20 rounds: from a 64-bit key and a 64-bit counter to 64 random bits.
 * Counter-based: no state, so the same key and counter give the same bits everywhere, in any order.
 *
 * Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3; the Random123 constants.
 */
export const threefry2x32 = (key0: number, key1: number, counter0: number, counter1: number): readonly [number, number] => {
  const keys = [key0 | 0, key1 | 0, key0 ^ key1 ^ 0x1bd11bda] as const;
  let x0 = (counter0 + keys[0]) | 0;
  let x1 = (counter1 + keys[1]) | 0;
  for (let group = 0; group < 5; group++) {
    for (let round = 0; round < 4; round++) {
      const by = rotations[(group % 2) * 4 + round] as number;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << by) | (x1 >>> (32 - by))) ^ x0;
    }
    x0 = (x0 + (keys[(group + 1) % 3] as number)) | 0;
    x1 = (x1 + (keys[(group + 2) % 3] as number) + group + 1) | 0;
  }
  return [x0, x1];
};

/** Rotation distances of the rounds; they repeat after eight. */
export const rotations: readonly number[] = [13, 15, 26, 6, 17, 29, 16, 24];

/** The parity constant of the key schedule. */
export const parity = 0x1bd11bda;
