import { ValueError } from '../../core/errors.ts';
import { threefry2x32 } from '../../core/threefry.ts';

/** Random numbers for orders and choices: the same for the same seed and path, on every machine. */
export interface Draws {
  /** From 0 up to but not 1, with 32 random bits. */
  unit(): number;
  /** A whole number from 0 up to but not `count`. */
  below(count: number): number;
}

const domain = 0x44415441;

/** A stream of numbers of its own for each seed and path (round, fold, …). @throws ValueError for a seed that is no whole number. */
export const drawsOf = (seed: number, ...path: readonly number[]): Draws => {
  if (!Number.isSafeInteger(seed)) throw new ValueError(`a seed must be a whole number, got ${seed}.`);
  let key = threefry2x32(Math.floor(seed / 2 ** 32), seed | 0, domain, 0);
  for (const part of path) key = threefry2x32(key[0], key[1], Math.floor(part / 2 ** 32), part | 0);
  let counter = 0;
  let spare: number | undefined;
  const bits = (): number => {
    if (spare !== undefined) {
      const word = spare;
      spare = undefined;
      return word >>> 0;
    }
    const [first, second] = threefry2x32(key[0], key[1], counter++, domain);
    spare = second;
    return first >>> 0;
  };
  const unit = (): number => bits() / 2 ** 32;
  return { unit, below: count => Math.floor(unit() * count) };
};

/** 0 … count - 1 in a random order. Source: Fisher, Yates 1938; Durstenfeld 1964, algorithm 235. */
export const shuffledPlaces = (count: number, draws: Draws): Int32Array => {
  const places = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = draws.below(last + 1);
    const held = places[last] as number;
    places[last] = places[other] as number;
    places[other] = held;
  }
  return places;
};
