import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** `--name value` of the command line. */
export const option = (name: string, otherwise: string): string => {
  const place = process.argv.indexOf(`--${name}`);
  return place < 0 ? otherwise : (process.argv[place + 1] ?? otherwise);
};

/** A file of the folder that GRADUS_DATA names. */
export const dataFile = (path: string): string => {
  const folder = process.env.GRADUS_DATA;
  if (folder === undefined) throw new Error(`Set GRADUS_DATA to the folder that holds ${path}.`);
  return join(folder, path);
};

export const readText = (path: string): Promise<string> => readFile(dataFile(path), 'utf8');

/** 0 … count - 1 in an order that follows from the seed alone (Fisher, Yates, with numbers of mulberry32). */
export const shuffledPlaces = (count: number, seed: number): Int32Array => {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const places = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    [places[last], places[other]] = [places[other] as number, places[last] as number];
  }
  return places;
};
