import { ValueError } from '../../core/errors.ts';
import { end, type Stage } from './cursor.ts';
import { drawsOf } from './draws.ts';
import { filterStage } from './transform.ts';

export type ClassName = number | string | boolean;
export type Shares = Readonly<Record<string, number>>;

export interface RejectionOptions<T> {
  /** The class of an item. */
  readonly classOf: (item: T) => ClassName;
  /** The share that each class shall have: equal ones where it is left out. */
  readonly target?: Shares;
  /** The share that each class has; where it is left out, the data are walked through once before. */
  readonly initial?: Shares;
  /** Default 0. */
  readonly seed?: number;
}

const countClasses = async <T>(stage: Stage<T>, classOf: (item: T) => ClassName): Promise<Shares> => {
  if (stage.count === Infinity)
    throw new ValueError('rejectionSample cannot count an endless data set: give `initial`, or repeat() after it.');
  const counts: Record<string, number> = {};
  const cursor = stage.open(0);
  try {
    for (;;) {
      const item = await cursor.next();
      if (item === end) return counts;
      const name = String(classOf(item));
      counts[name] = (counts[name] ?? 0) + 1;
    }
  } finally {
    await cursor.close();
  }
};

/** How likely an item of each class is kept: as large as can be with the shares asked for. */
const acceptances = (initial: Shares, target: Shares | undefined): ReadonlyMap<string, number> => {
  const names = Object.keys(initial);
  const wanted = (name: string): number => (target === undefined ? 1 : (target[name] ?? 0));
  for (const name of Object.keys(target ?? {}))
    if ((target?.[name] as number) > 0 && !((initial[name] as number) > 0))
      throw new ValueError(`rejectionSample cannot give class '${name}' a share: the data hold none of it.`);
  const ratios = names.map(name => wanted(name) / (initial[name] as number));
  const most = Math.max(...ratios);
  if (!(most > 0)) throw new ValueError('rejectionSample would keep no item: no class of the data has a share in `target`.');
  return new Map(names.map((name, index) => [name, (ratios[index] as number) / most]));
};

/** Leaves items out at random so that the classes come to the shares asked for. */
export const rejectionStage = <T>(stage: Stage<T>, { classOf, target, initial, seed = 0 }: RejectionOptions<T>): Stage<T> => {
  let counted: Promise<ReadonlyMap<string, number>> | undefined;
  const counts = (): Promise<ReadonlyMap<string, number>> => {
    counted ??= Promise.resolve(initial ?? countClasses(stage, classOf)).then(shares => acceptances(shares, target));
    return counted;
  };
  return filterStage(stage, async (item, place, round) => {
    const chance = (await counts()).get(String(classOf(item))) ?? 0;
    return drawsOf(seed, round, place).unit() < chance;
  });
};
