import { ValueError } from '../core/errors.ts';
import { quoted } from './check.ts';

/** A place on a floor of the drawing: a box, or a bend of an arrow that passes the floor. */
export interface Spot {
  readonly rank: number;
  /** The box's place in the list of nodes; undefined for a bend. */
  readonly node: number | undefined;
  /** Of its middle. */
  x: number;
}

/** Boxes on floors, from top to bottom, and arrows as the spots they pass. */
export interface NetworkLayout {
  readonly ranks: readonly (readonly Spot[])[];
  readonly routes: readonly (readonly Spot[])[];
  readonly width: number;
}

/** Sizes that the layout keeps: how wide a box and a bend are, and how far apart. */
export interface LayoutSizes {
  readonly box: number;
  readonly bend: number;
  readonly gap: number;
}

type Link = readonly [from: number, to: number];

const linksOf = (names: readonly string[], edges: readonly (readonly [from: string, to: string])[]): Link[] => {
  const places = new Map<string, number>();
  names.forEach((name, index) => {
    if (places.has(name)) throw new ValueError(`networkDiagram: two nodes are called ${quoted(name)}. Give each its own id.`);
    places.set(name, index);
  });
  const placeOf = (name: string): number => {
    const found = places.get(name);
    if (found === undefined) throw new ValueError(`networkDiagram: an edge names ${quoted(name)}, and no node has this id.`);
    return found;
  };
  const seen = new Set<string>();
  return edges
    .map(([from, to]): Link => [placeOf(from), placeOf(to)])
    .filter(([from, to]) => !seen.has(`${from} ${to}`) && seen.add(`${from} ${to}`));
};

/** The floor of each node: one below the lowest of those that lead to it; what nothing leads to stands just above its first reader. */
const ranksOf = (names: readonly string[], links: readonly Link[]): number[] => {
  const waiting = names.map(() => 0);
  const readers: number[][] = names.map(() => []);
  for (const [from, to] of links) {
    (readers[from] as number[]).push(to);
    waiting[to] = (waiting[to] as number) + 1;
  }
  const isSource = waiting.map(count => count === 0);
  const ranks = names.map(() => 0);
  const ready = names.map((_, index) => index).filter(index => isSource[index]);
  for (let next = 0; next < ready.length; next++)
    for (const reader of readers[ready[next] as number] as number[]) {
      ranks[reader] = Math.max(ranks[reader] as number, (ranks[ready[next] as number] as number) + 1);
      waiting[reader] = (waiting[reader] as number) - 1;
      if (waiting[reader] === 0) ready.push(reader);
    }
  if (ready.length < names.length) {
    const inside = names.filter((_, index) => !ready.includes(index));
    throw new ValueError(
      `networkDiagram: the edges go round in a circle through ${quoted(inside[0] as string)}. Leave out what leads back.`,
    );
  }
  names.forEach((_, index) => {
    const own = readers[index] as number[];
    if (isSource[index] && own.length > 0)
      ranks[index] = own.reduce((least, reader) => Math.min(least, ranks[reader] as number), Infinity) - 1;
  });
  return ranks;
};

/** Spots that see each other over one step of the drawing. */
type Neighbours = ReadonlyMap<Spot, readonly Spot[]>;

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Orders each floor by the mean place of its neighbours, down and up again, which removes most crossings (Sugiyama et al. 1981). */
const untangle = (ranks: Spot[][], above: Neighbours, below: Neighbours): void => {
  const sweep = (rank: Spot[], other: readonly Spot[] | undefined, neighbours: Neighbours): void => {
    if (other === undefined) return;
    const places = new Map(other.map((spot, index) => [spot, index / Math.max(1, other.length - 1)]));
    const keys = new Map(
      rank.map((spot, index) => {
        const seen = (neighbours.get(spot) ?? []).flatMap(one => places.get(one) ?? []);
        return [spot, seen.length > 0 ? meanOf(seen) : index / Math.max(1, rank.length - 1)];
      }),
    );
    rank.sort((a, b) => (keys.get(a) as number) - (keys.get(b) as number));
  };
  for (let round = 0; round < 4; round++) {
    for (let rank = 1; rank < ranks.length; rank++) sweep(ranks[rank] as Spot[], ranks[rank - 1], above);
    for (let rank = ranks.length - 2; rank >= 0; rank--) sweep(ranks[rank] as Spot[], ranks[rank + 1], below);
  }
};

/** Moves spots towards their neighbours without changing the order: the mean of pushing to the right and of pushing to the left. */
const settle = (ranks: readonly Spot[][], neighbours: Neighbours, { box, bend, gap }: LayoutSizes): void => {
  const half = (spot: Spot): number => (spot.node === undefined ? bend : box) / 2;
  for (const rank of ranks) {
    const wanted = rank.map(spot => {
      const seen = neighbours.get(spot) ?? [];
      return seen.length > 0 ? meanOf(seen.map(({ x }) => x)) : spot.x;
    });
    const apart = rank.map((spot, index) => (index === 0 ? 0 : half(rank[index - 1] as Spot) + half(spot) + gap));
    const [right, left] = [[...wanted], [...wanted]];
    for (let index = 1; index < rank.length; index++)
      right[index] = Math.max(right[index] as number, (right[index - 1] as number) + (apart[index] as number));
    for (let index = rank.length - 2; index >= 0; index--)
      left[index] = Math.min(left[index] as number, (left[index + 1] as number) - (apart[index + 1] as number));
    rank.forEach((spot, index) => {
      spot.x = ((right[index] as number) + (left[index] as number)) / 2;
    });
  }
};

/**
 * Lays out an acyclic network: boxes on floors, arrows only downwards and never through a box.
 *
 * @throws ValueError for ids that occur twice, edges that name no node, and circles.
 */
export const layoutNetwork = (
  ids: readonly string[],
  edges: readonly (readonly [from: string, to: string])[],
  sizes: LayoutSizes,
): NetworkLayout => {
  const links = linksOf(ids, edges);
  const rankOf = ranksOf(ids, links);
  const ranks: Spot[][] = Array.from({ length: Math.max(0, ...rankOf.map(rank => rank + 1)) }, () => []);
  const spot = (rank: number, node: number | undefined): Spot => {
    const made = { rank, node, x: 0 };
    (ranks[rank] as Spot[]).push(made);
    return made;
  };
  const boxes = ids.map((_, index) => spot(rankOf[index] as number, index));
  const [above, below] = [new Map<Spot, Spot[]>(), new Map<Spot, Spot[]>()];
  const join = (upper: Spot, lower: Spot): void => {
    above.set(lower, [...(above.get(lower) ?? []), upper]);
    below.set(upper, [...(below.get(upper) ?? []), lower]);
  };
  const routes = links.map(([from, to]) => {
    const bends = Array.from({ length: (rankOf[to] as number) - (rankOf[from] as number) - 1 }, (_, index) =>
      spot((rankOf[from] as number) + index + 1, undefined),
    );
    const route = [boxes[from] as Spot, ...bends, boxes[to] as Spot];
    route.slice(1).forEach((lower, index) => join(route[index] as Spot, lower));
    return route;
  });
  untangle(ranks, above, below);
  const both = new Map<Spot, readonly Spot[]>();
  for (const one of ranks.flat()) both.set(one, [...(above.get(one) ?? []), ...(below.get(one) ?? [])]);
  for (const rank of ranks) rank.forEach((one, index) => (one.x = (index - (rank.length - 1) / 2) * sizes.box));
  for (let round = 0; round < 6; round++) settle(round % 2 === 0 ? ranks : ranks.toReversed(), round < 4 ? both : above, sizes);
  let [least, most] = [0, 0];
  ranks.flat().forEach(({ x, node }, index) => {
    const half = (node === undefined ? sizes.bend : sizes.box) / 2;
    [least, most] = index === 0 ? [x - half, x + half] : [Math.min(least, x - half), Math.max(most, x + half)];
  });
  for (const one of ranks.flat()) one.x -= least;
  return { ranks, routes, width: most - least };
};
