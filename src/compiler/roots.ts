import { type Shape, sizeOf } from '../core/shape.ts';
import { type Node, topological } from '../graph/node.ts';
import { type Attributes, ops } from '../graph/ops.ts';
import { type Affine, affineAxis, affineConstant } from './affine.ts';
import { Expressions, loadsOf } from './expression.ts';
import type { Kernel } from './kernel.ts';
import { isLayout, Materialize, Reader } from './read.ts';
import { costOf, isMap } from './scalar.ts';

/** An array that a kernel reads, and where. */
export interface Read {
  readonly node: Node;
  readonly affine: Affine;
  readonly indirect: boolean;
}

/** A node that gets an array, or at least a value in a kernel, with the loop nest that computes it. */
export interface Candidate {
  readonly node: Node;
  /** The axes of the nest that are not of size 1, outermost first. */
  readonly shape: Shape;
  /** Which of them are reduced; none for a map. */
  readonly reduced: ReadonlySet<number>;
  readonly isReduction: boolean;
  readonly reads: readonly Read[];
  /** What it reads behind barriers, and what these say must be computed before. */
  readonly kept: ReadonlySet<Node>;
  readonly waitsFor: ReadonlySet<Node>;
}

export const isReduction = (node: Node): boolean => ops[node.op].kind === 'reduction';

/** Axes that a reduction removes. */
export const reducedAxes = (node: Node): readonly number[] => {
  if (node.op === 'argMax' || node.op === 'argMin') return [(node.attributes as Attributes['argMax']).axis];
  return (node.attributes as Attributes['sum']).axes;
};

/** Operations that kernels of their own compute; they read arrays. */
export const isOpaque = ({ op }: Node): boolean =>
  ['contraction', 'pad', 'concat', 'fold', 'scatter', 'cumSum', 'argSort', 'scan', 'cond', 'while', 'part'].includes(op);

/** Indices of a shape's axes over a loop nest of those that are not of size 1. */
export const squeezedIndices = (shape: Shape): Affine[] => {
  const kept = shape.filter(size => size !== 1).length;
  let next = 0;
  return shape.map(size => (size === 1 ? affineConstant(0, kept) : affineAxis(next++, kept)));
};

export const squeeze = (shape: Shape): number[] => shape.filter(size => size !== 1);

/** The node that a view is of. */
const behindLayout = (node: Node): Node => (isLayout(node) && node.inputs.length > 0 ? behindLayout(node.inputs[0] as Node) : node);

const none: ReadonlySet<Node> = new Set();

const candidateOf = (node: Node, isRoot: (node: Node) => boolean): Candidate => {
  const reduction = isReduction(node);
  const source = reduction ? (node.inputs[0] as Node) : node;
  const shape = squeeze(source.shape);
  const reader = new Reader(new Expressions(), shape, isRoot);
  const place = { indices: squeezedIndices(source.shape) };
  const value = reduction ? reader.read(source, place) : reader.compute(node, place);
  const reduced = new Set<number>();
  if (reduction) {
    let kept = 0;
    source.shape.forEach((size, axis) => {
      if (size === 1) return;
      if (reducedAxes(node).includes(axis)) reduced.add(kept);
      kept++;
    });
  }
  const reads = loadsOf([value]).map(({ node: from, affine, indirect }) => ({ node: from, affine, indirect: indirect.length > 0 }));
  const about = { node, shape, reduced, isReduction: reduction, reads };
  if (reader.barriers.size === 0) return { ...about, kept: none, waitsFor: none };
  const barriers = [...reader.barriers];
  const kept = new Set(barriers.map(({ inputs }) => behindLayout(inputs[0] as Node)));
  return { ...about, kept, waitsFor: new Set(barriers.map(({ inputs }) => inputs[1] as Node)) };
};

/** An expression longer than this is cut: compile time, and the depth of recursion. */
const longestExpression = 160;

/** Cheap enough to be computed again by each kernel that needs it: an array costs two transfers, an operation on registers little. */
const isCheap = ({ cost, arrays }: Size): boolean => cost <= 8 && arrays.size <= 2;

interface Size {
  readonly cost: number;
  readonly nodes: number;
  readonly arrays: ReadonlySet<Node>;
}

/** An array of so much fewer elements, which is repeated, stays in the cache. */
const smallArray = 16;

/** Operations that only change how a value is stored. */
const isRounding = ({ op, dtype, inputs }: Node): boolean =>
  op === 'minimum' || op === 'maximum' || (op === 'cast' && dtype !== (inputs[0] as Node).dtype);

/** What waits behind a barrier in another form is brought into it as soon as it is known, so that the first form can go. */
const keptEarly = (order: readonly Node[]): readonly Node[] => {
  const early = new Set<Node>();
  for (const node of order) {
    if (node.op !== 'barrier') continue;
    let kept = behindLayout(node.inputs[0] as Node);
    for (; isRounding(kept); kept = kept.inputs[0] as Node) early.add(kept);
  }
  if (early.size === 0) return order;
  const users = new Map<Node, Node[]>();
  // The first input is the value, the other one a constant.
  for (const node of early) users.set(node.inputs[0] as Node, [...(users.get(node.inputs[0] as Node) ?? []), node]);
  const placed = new Set<Node>();
  const place = (node: Node): void => {
    if (placed.has(node)) return;
    for (const input of node.inputs) place(input);
    placed.add(node);
    for (const user of users.get(node) ?? []) place(user);
  };
  for (const node of order) place(node);
  return [...placed];
};

/** More arrays are not told apart. */
const manyArrays = 4;

const arraysOf = (inputs: readonly Size[]): ReadonlySet<Node> => {
  const [first, ...others] = inputs.map(({ arrays }) => arrays);
  if (first === undefined) return new Set();
  if (first.size >= manyArrays || others.every(other => other === first)) return first;
  const all = new Set(first);
  for (const other of others) for (const node of other) if (all.size < manyArrays) all.add(node);
  return all;
};

export type LowerOpaque = (node: Node, isRoot: (node: Node) => boolean) => readonly Kernel[];

export interface Chosen {
  readonly roots: ReadonlySet<Node>;
  readonly candidates: ReadonlyMap<Node, Candidate>;
  readonly opaque: ReadonlyMap<Node, readonly Kernel[]>;
  readonly order: readonly Node[];
}

/**
 * Chooses which nodes get arrays (materialise first; what a kernel shares with all its consumers is demoted later): outputs, reductions,
 * operands and results of opaque operations, expensive values with several consumers, and whatever cannot be read in place.
 * Returns the nests of all of them but the opaque ones, and the set.
 */
export const chooseRoots = (outputs: readonly Node[], lowerOpaque: LowerOpaque, fusion: boolean): Chosen => {
  // What needs the least comes first: so a gradient is used up, by the weights that it is for, before the next one is computed.
  const order = keptEarly(topological([...outputs].sort((one, other) => one.depth - other.depth)));
  const uses = new Map<Node, number>();
  const roots = new Set<Node>(outputs);
  const smallestConsumer = new Map<Node, number>();
  for (const node of [...order].reverse()) {
    const transparent = isLayout(node) && !roots.has(node);
    for (const input of node.inputs) {
      uses.set(input, (uses.get(input) ?? 0) + (transparent ? (uses.get(node) ?? 1) : 1));
      const larger = isReduction(node)
        ? sizeOf(input.shape)
        : transparent
          ? (smallestConsumer.get(node) ?? sizeOf(node.shape))
          : sizeOf(node.shape);
      smallestConsumer.set(input, Math.max(smallestConsumer.get(input) ?? 0, larger));
    }
  }
  const sizes = new Map<Node, Size>();
  for (const node of order) {
    if (node.op === 'input' || isReduction(node) || isOpaque(node) || (!fusion && !isLayout(node))) roots.add(node);
    // What a barrier hands on is kept for those behind it: it is not computed again there.
    if (node.op === 'barrier') roots.add(behindLayout(node.inputs[0] as Node));
    const inputs = node.inputs.map(input => {
      if (!roots.has(input)) return sizes.get(input) as Size;
      const isSmall = sizeOf(input.shape) * smallArray <= sizeOf(node.shape);
      return { cost: 0, nodes: 1, arrays: new Set(isSmall ? [] : [input]) };
    });
    const own = isMap(node.op) || node.op === 'randomBits' ? costOf(node) : 0;
    const total: Size = {
      cost: own + inputs.reduce((sum, input) => sum + input.cost, 0),
      nodes: 1 + inputs.reduce((sum, input) => sum + input.nodes, 0),
      arrays: arraysOf(inputs),
    };
    sizes.set(node, total);
    if (roots.has(node) || isLayout(node)) continue;
    const repeated = (uses.get(node) ?? 0) > 1 && !isCheap(total);
    const spread = total.cost >= 8 && sizeOf(node.shape) > 1 && (smallestConsumer.get(node) ?? 0) > sizeOf(node.shape);
    const looksUp = node.op === 'gather' && total.arrays.size > 3;
    if (repeated || spread || looksUp || total.nodes > longestExpression) roots.add(node);
  }
  return { ...lowerAll(order, roots, lowerOpaque), roots, order };
};

/** Lowers every root but those that are given. Finds more of them on the way, and adds them: what cannot be read in place. */
const lowerAll = (order: readonly Node[], roots: Set<Node>, lowerOpaque: LowerOpaque): Pick<Chosen, 'candidates' | 'opaque'> => {
  type Lowered = { readonly passed: ReadonlySet<Node>; readonly candidate?: Candidate; readonly kernels?: readonly Kernel[] };
  const lowered = new Map<Node, Lowered>();
  const lower = (node: Node): Lowered => {
    const passed = new Set<Node>();
    const isRoot = (asked: Node): boolean => {
      if (roots.has(asked)) return true;
      passed.add(asked);
      return false;
    };
    return isOpaque(node) ? { passed, kernels: lowerOpaque(node, isRoot) } : { passed, candidate: candidateOf(node, isRoot) };
  };
  const isLowered = (node: Node): boolean => roots.has(node) && node.op !== 'input' && node.op !== 'part';
  for (;;) {
    const late: Node[] = [];
    for (const node of order) {
      if (!isLowered(node) || lowered.has(node)) continue;
      try {
        lowered.set(node, lower(node));
      } catch (error) {
        if (!(error instanceof Materialize) || roots.has(error.node)) throw error;
        roots.add(error.node);
        late.push(error.node);
      }
    }
    if (late.length === 0) break;
    // What read through a node that has an array now reads that array instead.
    for (const [node, { passed }] of lowered) if (late.some(root => passed.has(root))) lowered.delete(node);
  }
  const candidates = new Map<Node, Candidate>();
  const opaque = new Map<Node, readonly Kernel[]>();
  for (const node of order) {
    const { candidate, kernels } = lowered.get(node) ?? {};
    if (candidate !== undefined) candidates.set(node, candidate);
    if (kernels !== undefined) opaque.set(node, kernels);
  }
  return { candidates, opaque };
};
