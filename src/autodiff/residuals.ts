import { sizeOf } from '../core/shape.ts';
import * as g from '../graph/build.ts';
import { intern, type Node, topological } from '../graph/node.ts';
import { type Op, ops } from '../graph/ops.ts';
import { substitute } from '../graph/substitute.ts';

/** The element types in which forward values can wait for the way back. */
export type ResidualType = 'float16' | 'bfloat16';

/**
 * Values that are kept: computing them again costs more, or, of an exponential, loses more digits, because its relative error is the
 * absolute one of its argument.
 */
const worthKeeping: ReadonlySet<Op> = new Set<Op>([
  ...(['contraction', 'convolution', 'cumSum', 'argSort', 'scatter', 'fold', 'part', 'prod'] as const),
  ...(['exp', 'expm1'] as const),
]);

/** What says where an extremum is must be computed from the same values that are compared with it. */
const extrema: ReadonlySet<Op> = new Set<Op>(['max', 'min']);

/** Arrays of fewer elements stay as they are. */
const worthNarrowing = 1024;
/** A reduction to so much less stays as it is. */
const smallReduction = 8;
/** More operations, or more arrays, than this are not gone through again for one value. */
const longestRecall = 64;
const mostArrays = 2;

const largestFloat16 = 65_504;

/** Values in 16 bits, rounded to nearest; what float16 has no number for becomes its largest one, so that no infinity arises. */
export const narrowed = (x: Node, dtype: ResidualType): Node =>
  g.cast(dtype === 'float16' ? g.minimum(g.maximum(x, -largestFloat16), largestFloat16) : x, dtype);

interface Source {
  /** Kept in 16 bits; otherwise computed again from what is. */
  readonly isKept: boolean;
  /** Arrays in 16 bits that it takes to compute it again: none for what the way back reads as it is. */
  readonly arrays: ReadonlySet<Node>;
  readonly cost: number;
}

const plain: Source = { isKept: false, arrays: new Set(), cost: 0 };

const isSmallReduction = (node: Node): boolean =>
  ops[node.op].kind === 'reduction' && sizeOf(node.shape) * smallReduction <= sizeOf((node.inputs[0] as Node).shape);

/**
 * Forward values as the way back sees them: results of products and convolutions, and a few others, wait in 16 bits;
 * what lies between them is computed again from these when an adjoint needs it. The forward pass itself loses no digit, and adjoints
 * are in the network's own element type.
 *
 * Sources: half-precision storage, Micikevicius et al. 2017, arXiv:1710.03740; recomputation, Chen et al. 2016, arXiv:1604.06174;
 * narrow residuals beside exact forward values, Chakrabarti and Moseley 2019, arXiv:1901.07988.
 */
export class Residuals {
  readonly dtype: ResidualType;
  readonly #sources = new Map<Node, Source>();
  readonly #recalled = new Map<Node, Node>();

  /** `order`: the forward graph, each node after its inputs; `stops`: the nodes where it begins. */
  constructor(order: readonly Node[], stops: ReadonlySet<Node>, dtype: ResidualType) {
    this.dtype = dtype;
    for (const node of order) this.#sources.set(node, stops.has(node) || node.inputs.length === 0 ? plain : this.#sourceOf(node));
  }

  #sourceOf(node: Node): Source {
    const kept: Source = node.dtype === 'float32' ? { isKept: true, arrays: new Set([node]), cost: 0 } : plain;
    if (!extrema.has(node.op)) {
      if (sizeOf(node.shape) < worthNarrowing || isSmallReduction(node)) return plain;
      if (worthKeeping.has(node.op) || node.parts.length > 0) return kept;
    }
    const arrays = new Set<Node>();
    let cost = ops[node.op].kind === 'layout' ? 0 : 1;
    for (const input of node.inputs) {
      const source = this.#sources.get(input) as Source;
      for (const array of source.arrays) arrays.add(array);
      cost += source.cost;
    }
    if (extrema.has(node.op)) return { isKept: false, arrays, cost };
    return arrays.size > mostArrays || cost > longestRecall ? kept : { isKept: false, arrays, cost };
  }

  /** The node's value for the way back; computed not before `after` is. */
  recall(node: Node, after: Node): Node {
    const known = this.#recalled.get(node);
    if (known !== undefined) return known;
    const result = this.#again(node, after);
    this.#recalled.set(node, result);
    return result;
  }

  #again(node: Node, after: Node): Node {
    const source = this.#sources.get(node);
    if (source === undefined) return node;
    if (source.isKept) return g.cast(g.barrier(narrowed(node, this.dtype), after), node.dtype);
    // Rows that are looked up in a table are looked up again.
    const isLookup = node.op === 'gather' && source.arrays.size === 0 && sizeOf(node.shape) >= worthNarrowing;
    if (isLookup)
      return intern('gather', [g.barrier(node.inputs[0] as Node, after), node.inputs[1] as Node], node.attributes as never) as Node;
    if (source.arrays.size === 0) return node;
    return intern(
      node.op,
      node.inputs.map(input => this.recall(input, after)),
      node.attributes,
    ) as Node;
  }

  /** Adjoints that a pullback built on `dys` and forward values, on recalled ones. */
  inAdjoints(adjoints: readonly (Node | null)[], dys: readonly Node[]): (Node | null)[] {
    const flowing = adjoints.filter(adjoint => adjoint !== null);
    const given = new Set(dys);
    const after = dys[0] as Node;
    const stops = { has: (node: Node): boolean => given.has(node) || this.#sources.has(node) };
    const read = topological(flowing, stops).filter(node => !given.has(node) && this.#sources.has(node));
    const rebuilt = substitute(flowing, [...dys, ...read], [...dys, ...read.map(node => this.recall(node, after))]);
    return adjoints.map(adjoint => (adjoint === null ? null : (rebuilt[flowing.indexOf(adjoint)] as Node)));
  }
}
