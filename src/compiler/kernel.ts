import type { Node } from '../graph/node.ts';
import type { Subgraph } from '../graph/ops.ts';
import type { Affine } from './affine.ts';
import { closure, type Expr, type Indirect, loadsOf, type ReductionOp, type Storage } from './expression.ts';

/** Writes one element of a node's array; `add` and `max` combine it with what is there. */
export interface Store {
  readonly node: Node;
  readonly affine: Affine;
  readonly indirect: readonly Indirect[];
  readonly storage: Storage;
  readonly value: Expr;
  readonly mode: 'set' | 'add' | 'max';
}

export interface Reduction {
  readonly node: Node;
  readonly op: ReductionOp;
  readonly value: Expr;
}

/** One pass over the reduced axes: what it accumulates and what it stores on its way. */
export interface Stage {
  readonly reductions: readonly Reduction[];
  readonly stores: readonly Store[];
}

/**
 * A loop nest over parallel axes, outermost first; inside of them one pass over the reduced axes for each stage, then the stores
 * of one element a row. Covers maps (no reduced axes), row and column reductions, and chains like softmax.
 */
export interface LoopKernel {
  readonly kind: 'loops';
  /** What the axes are: the first `parallel` ones are parallel, the others reduced. */
  readonly sizes: readonly number[];
  readonly parallel: number;
  /** How they run: this axis in vectors; -1 for none. It is the last parallel or the last reduced one. */
  readonly vector: number;
  readonly stages: readonly Stage[];
  readonly rowStores: readonly Store[];
}

/** An operand of a contraction: element (b, m, k) at offset + Σ strides over those axes. */
export interface Operand {
  readonly node: Node;
  readonly offset: number;
  readonly strides: readonly number[];
}

/**
 * c[b…, m…, n…] = Σ_k… a[b…, m…, k…] b[b…, n…, k…] for float32. Axes are given by their sizes; the operands' strides run over
 * batch, own free and contracted axes in this order. The output is row-major.
 */
export interface ContractionKernel {
  readonly kind: 'contraction';
  readonly node: Node;
  readonly batch: readonly number[];
  readonly m: readonly number[];
  readonly n: readonly number[];
  readonly k: readonly number[];
  readonly a: Operand;
  readonly b: Operand;
}

/** Indices that sort runs of `length` elements, `stride` apart: of each of outer x inner lines. */
export interface SortKernel {
  readonly kind: 'sort';
  readonly node: Node;
  readonly input: Node;
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly descending: boolean;
}

/** A body that runs many times or on a condition, with arrays of its own. `parts`: the arrays of its outputs. */
export interface ControlKernel {
  readonly kind: 'control';
  readonly node: Node;
  readonly parts: readonly Node[];
  /** scan: body; cond: then, otherwise; while: condition, body. */
  readonly bodies: readonly Body[];
}

export interface Body {
  readonly graph: Subgraph;
  readonly schedule: Schedule;
}

export type Kernel = LoopKernel | ContractionKernel | SortKernel | ControlKernel;

/** Kernels in an order that respects what they read. */
export interface Schedule {
  readonly kernels: readonly Kernel[];
  /** The node whose array holds each output. */
  readonly outputs: readonly Node[];
  /** Arrays that kernels write, in order of their first write. */
  readonly arrays: readonly Node[];
}

/** Nodes whose arrays a kernel reads. */
export const readsOf = (kernel: Kernel): Node[] => {
  if (kernel.kind === 'contraction') return [...new Set([kernel.a.node, kernel.b.node])];
  if (kernel.kind === 'sort') return [kernel.input];
  if (kernel.kind === 'control') return [...new Set(kernel.node.inputs)];
  const combined = storesOf(kernel).filter(({ mode }) => mode !== 'set');
  return [...new Set([...loadsOf(entriesOf(kernel)), ...combined].map(({ node }) => node))];
};

/** All stores of a nest. */
export const storesOf = ({ stages, rowStores }: LoopKernel): Store[] => [...stages.flatMap(({ stores }) => stores), ...rowStores];

/** Nodes whose arrays a kernel writes. */
export const writesOf = (kernel: Kernel): Node[] => {
  if (kernel.kind === 'loops') {
    return [...new Set(storesOf(kernel).map(({ node }) => node))];
  }
  return kernel.kind === 'control' ? [...kernel.parts] : [kernel.node];
};

const storeParts = (store: Store): Expr[] => [store.value, ...store.indirect.map(({ index }) => index)];

/** What a nest computes for its own sake: what it reduces, stores, and looks up to store. */
const entriesOf = ({ stages, rowStores }: LoopKernel): Expr[] => [
  ...stages.flatMap(stage => [...stage.reductions.map(({ value }) => value), ...stage.stores.flatMap(storeParts)]),
  ...rowStores.flatMap(storeParts),
];

/** All expressions of a nest, each after its parts. */
export const expressionsOf = (kernel: LoopKernel): Expr[] => closure(entriesOf(kernel));
