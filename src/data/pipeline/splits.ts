import { ValueError } from '../../core/errors.ts';
import { end, type Indexed, indexedStage, type Stage } from './cursor.ts';
import { drawsOf, shuffledPlaces } from './draws.ts';
import type { ClassName } from './rejection.ts';
import { filterStage } from './transform.ts';

/** The part that each item belongs to, by its place in the first round. */
type Assignment = () => Promise<ArrayLike<number>>;

/** Shares as numbers that sum to 1: one number is the first part's, and the second has the rest. */
export const sharesOf = (what: string, shares: number | readonly number[]): readonly number[] => {
  const all = typeof shares === 'number' ? [shares, 1 - shares] : shares;
  const sum = all.reduce((total, share) => total + share, 0);
  if (all.length < 2 || all.some(share => !(share > 0)) || Math.abs(sum - 1) > 1e-6)
    throw new ValueError(`${what} needs shares above 0 that sum to 1, as 0.8 or [0.8, 0.1, 0.1], got ${[shares].flat().join(', ')}.`);
  return all;
};

export const refuseMoving = (what: string, stage: Stage<unknown>): void => {
  if (stage.varies && stage.indexed === undefined)
    throw new ValueError(
      `${what} after a shuffle that changes each round would mix the parts. Call ${what} first, then shuffle its parts.`,
    );
  if (stage.count === Infinity)
    throw new ValueError(`${what} cannot cut an endless data set. Call ${what} first, then repeat() its parts.`);
};

/** Reads every item once, in the first round's order. */
const readAll = async <T>(stage: Stage<T>, visit: (item: T) => void): Promise<void> => {
  const cursor = stage.open(0);
  try {
    for (;;) {
      const next = cursor.next();
      const item = next instanceof Promise ? await next : next;
      if (item === end) return;
      visit(item);
    }
  } finally {
    await cursor.close();
  }
};

/** How many of `count` each share gets: rounded so that they sum up (largest remainders). */
export const quotas = (count: number, shares: readonly number[]): number[] => {
  const exact = shares.map(share => share * count);
  const whole = exact.map(Math.floor);
  const left = count - whole.reduce((sum, number) => sum + number, 0);
  const order = exact.map((_, part) => part).sort((a, b) => ((exact[b] as number) % 1) - ((exact[a] as number) % 1) || a - b);
  for (const part of order.slice(0, left)) (whole[part] as number)++;
  return whole;
};

/** The items that `keeps` chooses by their part. Rows are told by their number, whatever order a round gives them. */
const chosen = <T>(stage: Stage<T>, assign: Assignment, keeps: (part: number) => boolean, count?: number): Stage<T> => {
  const { indexed } = stage;
  if (indexed !== undefined) {
    const order = async (round: number): Promise<Int32Array> => {
      const [parts, first] = [await assign(), await indexed.order(0)];
      const mine = new Set<number>();
      for (const [place, row] of first.entries()) if (keeps(parts[place] as number)) mine.add(row);
      return (round === 0 ? first : await indexed.order(round)).filter(row => mine.has(row));
    };
    const part: Indexed<T> = { ...indexed, count, order };
    return indexedStage(part, stage.varies);
  }
  let parts: ArrayLike<number> | undefined;
  const filtered = filterStage(stage, async (_, place) => {
    parts ??= await assign();
    return keeps(parts[place] as number);
  });
  return { ...filtered, count };
};

const remembered = (assign: Assignment): Assignment => {
  let parts: Promise<ArrayLike<number>> | undefined;
  return () => {
    parts ??= assign();
    return parts;
  };
};

/** Random parts. Of a known number of items each part has its share exactly; of a stream each item draws its part. */
export const splitStages = <T>(stage: Stage<T>, shares: readonly number[], seed: number): Stage<T>[] => {
  const { count, indexed } = stage;
  if (count !== undefined || indexed !== undefined) {
    const sizes = count === undefined ? undefined : quotas(count, shares);
    const assign = remembered(async () => {
      const total = count ?? (await (indexed as Indexed<T>).order(0)).length;
      const parts = new Uint8Array(total);
      const places = shuffledPlaces(total, drawsOf(seed));
      let at = 0;
      for (const [part, size] of (sizes ?? quotas(total, shares)).entries())
        for (const last = at + size; at < last; at++) parts[places[at] as number] = part;
      return parts;
    });
    return shares.map((_, part) => chosen(stage, assign, mine => mine === part, sizes?.[part]));
  }
  const bounds = shares.map((_, part) => shares.slice(0, part + 1).reduce((sum, share) => sum + share, 0));
  const partAt = (place: number): number => {
    const at = drawsOf(seed, place).unit();
    const part = bounds.findIndex(bound => at < bound);
    return part < 0 ? shares.length - 1 : part;
  };
  return shares.map((_, part) => filterStage(stage, (_item, place) => partAt(place) === part));
};

/** The places of each class, in the order of its first item. */
const placesByClass = async <T>(
  stage: Stage<T>,
  by: (item: T) => ClassName,
): Promise<{ classes: Map<ClassName, number[]>; count: number }> => {
  const classes = new Map<ClassName, number[]>();
  let count = 0;
  await readAll(stage, item => {
    const name = by(item);
    const places = classes.get(name) ?? [];
    if (places.length === 0) classes.set(name, places);
    places.push(count++);
  });
  return { classes, count };
};

/** Parts in which every class has its share, rounded; what rounding leaves over goes where the part is short as a whole. */
export const stratifiedStages = <T>(stage: Stage<T>, shares: readonly number[], by: (item: T) => ClassName, seed: number): Stage<T>[] => {
  const assign = remembered(async () => {
    const { classes, count } = await placesByClass(stage, by);
    const parts = new Uint8Array(count);
    const owed = shares.map(() => 0); // how far each part is behind its share
    for (const [index, places] of [...classes.values()].entries()) {
      const order = shuffledPlaces(places.length, drawsOf(seed, index));
      const whole = shares.map(share => Math.floor(share * places.length + 1e-9));
      for (const [part, share] of shares.entries()) owed[part] = (owed[part] as number) + share * places.length - (whole[part] as number);
      for (let left = places.length - whole.reduce((sum, size) => sum + size, 0); left > 0; left--) {
        const part = owed.indexOf(Math.max(...owed));
        (whole[part] as number)++;
        owed[part] = (owed[part] as number) - 1;
      }
      let at = 0;
      for (const [part, size] of whole.entries())
        for (const last = at + size; at < last; at++) parts[places[order[at] as number] as number] = part;
    }
    return parts;
  });
  return shares.map((_, part) => chosen(stage, assign, mine => mine === part));
};

/** Parts that never share a group; groups go, at random, where the part is furthest behind its share. */
export const groupedStages = <T>(stage: Stage<T>, shares: readonly number[], by: (item: T) => ClassName, seed: number): Stage<T>[] => {
  const assign = remembered(async () => {
    const { classes, count } = await placesByClass(stage, by);
    if (classes.size < shares.length)
      throw new ValueError(`groupedSplit cannot make ${shares.length} parts of ${classes.size} groups. Use fewer parts, or split().`);
    const parts = new Uint8Array(count);
    const groups = [...classes.values()];
    const sizes = shares.map(() => 0);
    // Large groups first, so that the small ones can even out; equal ones in a random order.
    const order = [...shuffledPlaces(groups.length, drawsOf(seed))].sort(
      (a, b) => (groups[b] as number[]).length - (groups[a] as number[]).length,
    );
    for (const group of order) {
      const places = groups[group] as number[];
      const behind = shares.map((share, part) => share * count - (sizes[part] as number));
      const part = behind.indexOf(Math.max(...behind));
      sizes[part] = (sizes[part] as number) + places.length;
      for (const place of places) parts[place] = part;
    }
    return parts;
  });
  return shares.map((_, part) => chosen(stage, assign, mine => mine === part));
};

export interface FoldStages<T> {
  readonly train: Stage<T>;
  readonly validation: Stage<T>;
}

export interface FoldOptions<T> {
  /** Classes that every fold shall have alike. */
  readonly by?: (item: T) => ClassName;
  /** Groups that no two folds share. */
  readonly groupBy?: (item: T) => ClassName;
  /** Default 0. */
  readonly seed?: number;
}

/** Each item is for validation in one fold, and for training in the others. */
export const foldStages = <T>(stage: Stage<T>, folds: number, { by, groupBy, seed = 0 }: FoldOptions<T>): FoldStages<T>[] => {
  if (by !== undefined && groupBy !== undefined)
    throw new ValueError('kFold takes `by` (classes alike) or `groupBy` (groups apart), not both.');
  const shares = Array.from({ length: folds }, () => 1 / folds);
  const assign = remembered(async () => {
    const { classes, count } = await placesByClass<T>(stage, groupBy ?? by ?? (() => 0));
    if (count < folds) throw new ValueError(`kFold cannot make ${folds} folds of ${count} items.`);
    if (groupBy !== undefined && classes.size < folds) throw new ValueError(`kFold cannot make ${folds} folds of ${classes.size} groups.`);
    const parts = new Uint16Array(count);
    if (groupBy !== undefined) {
      const groups = [...classes.values()];
      const sizes = shares.map(() => 0);
      const order = [...shuffledPlaces(groups.length, drawsOf(seed))].sort(
        (a, b) => (groups[b] as number[]).length - (groups[a] as number[]).length,
      );
      for (const group of order) {
        const part = sizes.indexOf(Math.min(...sizes));
        sizes[part] = (sizes[part] as number) + (groups[group] as number[]).length;
        for (const place of groups[group] as number[]) parts[place] = part;
      }
      return parts;
    }
    let turn = 0; // goes on from class to class, so that the folds are of one size
    for (const [index, places] of [...classes.values()].entries())
      for (const place of shuffledPlaces(places.length, drawsOf(seed, index))) parts[places[place] as number] = turn++ % folds;
    return parts;
  });
  const even = groupBy === undefined ? stage.count : undefined;
  return shares.map((_, fold) => {
    const held = even === undefined ? undefined : Math.ceil((even - fold) / folds);
    return {
      train: chosen(stage, assign, part => part !== fold, held === undefined ? undefined : (even as number) - held),
      validation: chosen(stage, assign, part => part === fold, held),
    };
  });
};
