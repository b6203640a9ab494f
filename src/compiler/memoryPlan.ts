import { byteSize } from '../core/dtype.ts';
import { sizeOf } from '../core/shape.ts';
import type { Node } from '../graph/node.ts';
import type { Step } from './program.ts';

export const bytesOf = (node: Node): number => byteSize(node.dtype, sizeOf(node.shape));

export interface Lifetime {
  first: number;
  last: number;
}

/** First and last use of each array, by the position of steps; arrays used inside of a loop but made outside live through it. */
export const lifetimes = (steps: readonly Step[], resolve: (node: Node) => Node): Map<Node, Lifetime> => {
  const found = new Map<Node, Lifetime>();
  let position = 0;
  const touch = (node: Node, at: number): void => {
    const root = resolve(node);
    const life = found.get(root);
    if (life === undefined) found.set(root, { first: at, last: at });
    else life.last = Math.max(life.last, at);
  };
  const enclosed = (body: readonly Step[]): void => {
    const start = position;
    const before = new Set(found.keys());
    visit(body);
    position++;
    for (const [node, life] of found) if (before.has(node) && life.last >= start) life.last = position;
  };
  const visit = (list: readonly Step[]): void => {
    for (const step of list) {
      position++;
      if (step.kind === 'call') for (const node of step.arrays) touch(node, position);
      else if (step.kind === 'copy') {
        touch(step.from, position);
        touch(step.to, position);
      } else if (step.kind === 'loop') {
        for (const node of stackedIn(step.body, resolve)) touch(node, position);
        enclosed(step.body);
      } else if (step.kind === 'branch') {
        touch(step.predicate, position);
        for (const node of [...stackedIn(step.whenTrue, resolve), ...stackedIn(step.otherwise, resolve)]) touch(node, position);
        enclosed(step.whenTrue);
        enclosed(step.otherwise);
      } else enclosed([...step.condition, { kind: 'copy', from: step.predicate, to: step.predicate, bytes: 0 }, ...step.body]);
    }
  };
  visit(steps);
  return found;
};

/** Arrays that steps fill through aliases: they must exist from the loop's first round on. */
const stackedIn = (steps: readonly Step[], resolve: (node: Node) => Node): Node[] => {
  const found: Node[] = [];
  for (const step of steps) {
    if (step.kind === 'call') found.push(...step.arrays.filter(node => resolve(node) !== node));
    else if (step.kind === 'loop') found.push(...stackedIn(step.body, resolve));
    else if (step.kind === 'branch') found.push(...stackedIn(step.whenTrue, resolve), ...stackedIn(step.otherwise, resolve));
    else if (step.kind === 'while') found.push(...stackedIn([...step.condition, ...step.body], resolve));
  }
  return found;
};

/** Vectors may read past an array's end: so much memory behind each belongs to it. */
export const padding = 64;

const aligned = (bytes: number): number => Math.ceil((bytes + padding) / 64) * 64;

interface Placed {
  readonly node: Node;
  readonly life: Lifetime;
}

interface Layout {
  readonly offsets: Map<Node, number>;
  readonly bytes: number;
}

/** Offsets in one arena such that arrays that live at the same time do not overlap: in the order given, each as low as it fits. */
const placedIn = (order: readonly Placed[]): Layout => {
  const placed: { start: number; end: number; life: Lifetime }[] = [];
  const offsets = new Map<Node, number>();
  let total = 0;
  for (const { node, life } of order) {
    const size = aligned(bytesOf(node));
    const conflicts = placed
      .filter(other => other.life.first <= life.last && life.first <= other.life.last)
      .sort((a, b) => a.start - b.start);
    let start = 0;
    for (const other of conflicts) {
      if (start + size <= other.start) break;
      start = Math.max(start, other.end);
    }
    placed.push({ start, end: start + size, life });
    offsets.set(node, start);
    total = Math.max(total, start + size);
  }
  return { offsets, bytes: total };
};

/** Bytes that are needed at once: no layout is smaller. */
const leastBytes = (arrays: readonly Placed[]): number => {
  const changes = arrays.flatMap(({ node, life }) => {
    const size = aligned(bytesOf(node));
    return [
      { at: life.first, by: size },
      { at: life.last + 0.5, by: -size },
    ];
  });
  let [now, most] = [0, 0];
  for (const { by } of changes.sort((a, b) => a.at - b.at)) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
};

/** Of the least that can be: less is not worth the search. */
const nearEnough = 1.02;

/** The smallest of some layouts: the largest arrays first, those that live long and are large, those that come last, those that live long. */
export const place = (arrays: readonly Placed[]): Layout => {
  const size = ({ node }: Placed): number => bytesOf(node);
  const duration = ({ life }: Placed): number => Math.min(life.last, 1e6) - life.first + 1;
  const weights = [size, (one: Placed) => size(one) * duration(one), ({ life }: Placed) => life.first, duration];
  const least = leastBytes(arrays);
  let best: Layout | undefined;
  for (const weight of weights) {
    const layout = placedIn([...arrays].sort((a, b) => weight(b) - weight(a) || size(b) - size(a)));
    if (best === undefined || layout.bytes < best.bytes) best = layout;
    if (best.bytes <= nearEnough * least) break;
  }
  return best as Layout;
};

/** Arrays that a step reads or writes, views resolved to what they are views of. */
export const usedIn = (step: Step, resolve: (node: Node) => Node): Set<Node> => {
  const used = new Set<Node>();
  const visit = (list: readonly Step[]): void => {
    for (const inner of list) {
      if (inner.kind === 'call') for (const node of inner.arrays) used.add(resolve(node));
      else if (inner.kind === 'copy') used.add(resolve(inner.from)).add(resolve(inner.to));
      else if (inner.kind === 'loop') visit(inner.body);
      else if (inner.kind === 'branch') {
        used.add(resolve(inner.predicate));
        visit([...inner.whenTrue, ...inner.otherwise]);
      } else visit([...inner.condition, ...inner.body]);
    }
  };
  visit([step]);
  return used;
};
