import { random, ValueError } from '../../index.ts';

/** Rows for training, for choosing between networks and epochs, and for the final judgement. */
export interface Split {
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
}

const [testShare, validationShare] = [0.2, 0.16];

/** Rows in an order that the seed decides. */
const shuffled = async <T>(rows: readonly T[], seed: number): Promise<T[]> =>
  rows.length === 0 ? [] : Array.from(await random.permutation(rows.length, { seed }).data(), place => rows[place] as T);

const grouped = <T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
};

/** 64 %, 16 % and 20 % of the rows, with the same share of each class in all three (`labels`; undefined: plainly). */
export const splitRows = async (rows: readonly number[], labels: ((row: number) => string) | undefined, seed: number): Promise<Split> => {
  const groups = grouped(await shuffled(rows, seed), row => labels?.(row) ?? '');
  const parts = { train: [] as number[], validation: [] as number[], test: [] as number[] };
  // Fractions are carried from class to class, so that many small classes do not round one part away.
  let [testDebt, validationDebt] = [0, 0];
  for (const group of [...groups.values()].sort((a, b) => b.length - a.length)) {
    testDebt += group.length * testShare;
    validationDebt += group.length * validationShare;
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

/** Orders of the groups that are tried: the one whose parts have the shares of the classes best is taken. */
const triedOrders = 60;

/** Groups in parts, in the order given: for the end first, then to choose by, the rest to train on. */
const dealt = (order: readonly (readonly number[])[], rows: number): { train: number[]; validation: number[]; test: number[] } => {
  const parts = { train: [] as number[], validation: [] as number[], test: [] as number[] };
  order.forEach((group, place) => {
    const left = order.length - place;
    const isTest = parts.test.length < testShare * rows && left > 2;
    const isValidation = !isTest && parts.validation.length < validationShare * rows && left > 1;
    parts[isTest ? 'test' : isValidation ? 'validation' : 'train'].push(...group);
  });
  return parts;
};

/** How far the parts are from the sizes and the shares of classes that they should have. */
const unevenness = (parts: ReturnType<typeof dealt>, rows: readonly number[], labels: ((row: number) => string) | undefined): number => {
  const sharesOf = (some: readonly number[]): Map<string, number> => {
    const shares = new Map<string, number>();
    for (const row of some) shares.set(labels?.(row) ?? '', (shares.get(labels?.(row) ?? '') ?? 0) + 1 / some.length);
    return shares;
  };
  const whole = sharesOf(rows);
  let sum = Math.abs(parts.test.length / rows.length - testShare) + Math.abs(parts.validation.length / rows.length - validationShare);
  for (const part of [parts.train, parts.validation, parts.test]) {
    const shares = sharesOf(part);
    // A class that is missing counts most: it could not be learned, or not be judged.
    for (const [label, share] of whole) sum += Math.abs((shares.get(label) ?? 0) - share) / Math.max(share, 0.01);
  }
  return sum;
};

/**
 * Whole groups in one part: what belongs together (a patient, a speaker) is never both learned from and judged by. Of several orders
 * that the seed gives the one is taken whose parts are most alike.
 */
export const splitByGroup = async (
  rows: readonly number[],
  groupOf: (row: number) => string,
  labels: ((row: number) => string) | undefined,
  seed: number,
): Promise<Split> => {
  const groups = [...grouped(rows, groupOf).values()];
  if (groups.length < 3)
    throw new ValueError(`a split by groups needs three of them at least, one for each part; there are ${groups.length}.`);
  let best: { parts: ReturnType<typeof dealt>; cost: number } | undefined;
  for (let tried = 0; tried < triedOrders; tried++) {
    const parts = dealt(await shuffled(groups, seed * triedOrders + tried), rows.length);
    const cost = unevenness(parts, rows, labels);
    if (parts.test.length > 0 && parts.validation.length > 0 && parts.train.length > 0 && cost < (best?.cost ?? Infinity))
      best = { parts, cost };
  }
  if (best === undefined) throw new ValueError('a split by groups left one part empty: the groups are too few or too large.');
  return { ...best.parts, train: await shuffled(best.parts.train, seed + 1) };
};

/** The last fifth of the time for the end, what is before it to choose by: as if the future were not known. */
export const splitByTime = async (rows: readonly number[], timeOf: (row: number) => number, seed: number): Promise<Split> => {
  const order = [...rows].sort((a, b) => timeOf(a) - timeOf(b));
  const [first, second] = [1 - testShare - validationShare, 1 - testShare].map(share => Math.round(share * order.length)) as [
    number,
    number,
  ];
  return { train: await shuffled(order.slice(0, first), seed + 1), validation: order.slice(first, second), test: order.slice(second) };
};
