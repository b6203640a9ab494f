import { random } from '../../index.ts';

/** Rows for training, for choosing between networks and epochs, and for the final judgement. */
export interface Split {
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
}

/** Rows in an order that the seed decides. */
const shuffled = async (rows: readonly number[], seed: number): Promise<number[]> =>
  Array.from(await random.permutation(rows.length, { seed }).data(), place => rows[place] as number);

/** 64 %, 16 % and 20 % of the rows, with the same share of each class in all three (`labels`; undefined: plainly). */
export const splitRows = async (rows: readonly number[], labels: ((row: number) => string) | undefined, seed: number): Promise<Split> => {
  const groups = new Map<string, number[]>();
  for (const row of await shuffled(rows, seed)) {
    const label = labels?.(row) ?? '';
    groups.set(label, [...(groups.get(label) ?? []), row]);
  }
  const parts = { train: [] as number[], validation: [] as number[], test: [] as number[] };
  // Fractions are carried from class to class, so that many small classes do not round one part away.
  let [testDebt, validationDebt] = [0, 0];
  for (const group of [...groups.values()].sort((a, b) => b.length - a.length)) {
    testDebt += group.length * 0.2;
    validationDebt += group.length * 0.16;
    const test = Math.min(group.length - 1, Math.round(testDebt));
    const validation = Math.min(group.length - 1 - test, Math.round(validationDebt));
    testDebt -= test;
    validationDebt -= validation;
    parts.test.push(...group.slice(0, test));
    parts.validation.push(...group.slice(test, test + validation));
    parts.train.push(...group.slice(test + validation));
  }
  return { ...parts, train: await shuffled(parts.train, seed + 1) };
};
