import type { DType } from '../core/dtype.ts';
import type { Shape } from '../core/shape.ts';
import type { Node } from './node.ts';

/** How an operation computes, which decides what it may be fused with. */
export type OpKind = 'leaf' | 'map' | 'identity' | 'reduction' | 'layout' | 'structured' | 'control';

interface OpInfo {
  /** Number of inputs; -1 where it varies. */
  readonly arity: number;
  readonly kind: OpKind;
}

/**
 * The primitives: a closed list. Everything else is a composite of them. Each has one row in every table keyed by `Op`:
 * shapes and element types (`shapes.ts`), pullbacks and batching (autodiff), the oracle (backends/reference), lowering (compiler).
 * Inputs of a `map` have one shape; element types agree unless its row in `dtypes.ts` says otherwise.
 */
export const ops: Readonly<Record<Op, OpInfo>> = {
  // Leaves
  input: { arity: 0, kind: 'leaf' }, // a value that comes from outside
  constant: { arity: 0, kind: 'leaf' }, // one number, shape ()
  iota: { arity: 0, kind: 'leaf' }, // y[i] = i along one axis

  // Maps of one input
  neg: { arity: 1, kind: 'map' }, // -x
  abs: { arity: 1, kind: 'map' }, // |x|
  sign: { arity: 1, kind: 'map' }, // -1, 0 or 1; NaN stays
  exp: { arity: 1, kind: 'map' }, // eˣ
  expm1: { arity: 1, kind: 'map' }, // eˣ - 1, exact near 0
  log: { arity: 1, kind: 'map' }, // ln x
  log1p: { arity: 1, kind: 'map' }, // ln(1 + x), exact near 0
  sqrt: { arity: 1, kind: 'map' }, // √x
  sin: { arity: 1, kind: 'map' }, // sin x, radians
  cos: { arity: 1, kind: 'map' }, // cos x, radians
  tanh: { arity: 1, kind: 'map' }, // (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)
  erf: { arity: 1, kind: 'map' }, // 2/√π ∫₀ˣ exp(-t²) dt
  sigmoid: { arity: 1, kind: 'map' }, // 1 / (1 + e⁻ˣ); a primitive because its derivative y (1 - y) does not overflow
  floor: { arity: 1, kind: 'map' }, // ⌊x⌋
  ceil: { arity: 1, kind: 'map' }, // ⌈x⌉
  round: { arity: 1, kind: 'map' }, // nearest integer, ties to even
  not: { arity: 1, kind: 'map' }, // ¬x, bool
  cast: { arity: 1, kind: 'map' }, // the value in another element type: see `Attributes`

  // Maps of two inputs
  add: { arity: 2, kind: 'map' }, // x + y
  sub: { arity: 2, kind: 'map' }, // x - y
  mul: { arity: 2, kind: 'map' }, // x y
  div: { arity: 2, kind: 'map' }, // x / y; integers: rounded down, x / 0 = 0
  mod: { arity: 2, kind: 'map' }, // x - y ⌊x / y⌋: the sign of y, as in NumPy; integers: x mod 0 = 0
  pow: { arity: 2, kind: 'map' }, // xʸ
  maximum: { arity: 2, kind: 'map' }, // the larger; NaN if either is
  minimum: { arity: 2, kind: 'map' }, // the smaller; NaN if either is
  equal: { arity: 2, kind: 'map' }, // x = y, bool
  less: { arity: 2, kind: 'map' }, // x < y, bool
  lessEqual: { arity: 2, kind: 'map' }, // x ≤ y, bool
  and: { arity: 2, kind: 'map' }, // x ∧ y, bool
  or: { arity: 2, kind: 'map' }, // x ∨ y, bool
  where: { arity: 3, kind: 'map' }, // c ? x : y

  // Identities that mean something to differentiation or scheduling
  mark: { arity: 1, kind: 'identity' }, // x, as a node of its own to differentiate with respect to
  stopGradient: { arity: 1, kind: 'identity' }, // x, as a constant
  barrier: { arity: 2, kind: 'identity' }, // x, not before the second input is known, and never merged with x: recomputation
  custom: { arity: -1, kind: 'identity' }, // the first input; the others receive the gradient that `pullback` returns

  // Reductions
  sum: { arity: 1, kind: 'reduction' }, // Σ x over axes
  prod: { arity: 1, kind: 'reduction' }, // Π x over axes
  max: { arity: 1, kind: 'reduction' }, // the largest; NaN if any is
  min: { arity: 1, kind: 'reduction' }, // the smallest; NaN if any is
  any: { arity: 1, kind: 'reduction' }, // ∃ x, bool
  all: { arity: 1, kind: 'reduction' }, // ∀ x, bool
  argMax: { arity: 1, kind: 'reduction' }, // index of the first largest along one axis, int32; the first NaN wins
  argMin: { arity: 1, kind: 'reduction' }, // index of the first smallest along one axis, int32; the first NaN wins

  // Layout: no arithmetic
  reshape: { arity: 1, kind: 'layout' },
  permute: { arity: 1, kind: 'layout' }, // output axis i is input axis order[i]
  broadcast: { arity: 1, kind: 'layout' }, // sizes of 1 repeat; aligned at the right
  slice: { arity: 1, kind: 'layout' }, // y[i] = x[start + i step]
  flip: { arity: 1, kind: 'layout' },
  window: { arity: 1, kind: 'layout' }, // sliding windows: axis a becomes (count), the offsets inside follow as last axes
  pad: { arity: 1, kind: 'structured' }, // value around (low, high ≥ 0) and between (interior) the elements
  concat: { arity: -1, kind: 'structured' },

  // Structured
  fold: { arity: 1, kind: 'structured' }, // adjoint of window: overlapping windows add up
  gather: { arity: 2, kind: 'structured' }, // y[b…, o…, i…, r…] = x[b…, o…, indices[b…, i…], r…]
  scatter: { arity: 3, kind: 'structured' }, // operand with updates added, maximised or put at the places gather reads
  cumSum: { arity: 1, kind: 'structured' }, // running sums along an axis
  argSort: { arity: 1, kind: 'structured' }, // stable order along an axis, NaN last, int32
  contraction: { arity: 2, kind: 'structured' }, // Σ over paired axes: matrix products
  convolution: { arity: 2, kind: 'structured' }, // channels last; cross-correlation
  randomBits: { arity: 1, kind: 'structured' }, // Threefry-2x32 of a key (2 int32) and each element's index

  // Control
  scan: { arity: -1, kind: 'control' },
  cond: { arity: -1, kind: 'control' },
  while: { arity: -1, kind: 'control' },
  part: { arity: 1, kind: 'control' }, // one output of a control operation
};

export type Op = keyof Attributes;

/** Operations of several outputs, which `part` reads; their bodies are subgraphs. */
export type ControlOp = 'scan' | 'cond' | 'while';

/** A closed graph with parameters: the body of a loop or a branch. Its leaves are its inputs and constants only. */
export interface Subgraph {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

export type None = Readonly<Record<never, never>>;
interface Axes {
  readonly axes: readonly number[];
}
interface Axis {
  readonly axis: number;
}

/** Geometry of sliding windows along `axes`; offsets inside a window become the last axes, in the same order. */
export interface WindowAttributes {
  readonly axes: readonly number[];
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

/**
 * x (batch, spatial…, channels) and w (kernel…, channels / groups, filters) -> y (batch, spatial…, filters):
 * y[n, o, f] = Σ_k Σ_c x'[n, o stride + k dilation, c] w[k, c, f], with x' = x dilated by `inputDilation`, then padded.
 * Filters are split into `groups` equal runs; run g sees the g-th run of channels.
 */
export interface ConvolutionAttributes {
  readonly strides: readonly number[];
  /** [before, after] for each spatial axis; may be negative, which crops. */
  readonly padding: readonly (readonly [number, number])[];
  readonly inputDilation: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

export interface ContractionAttributes {
  /** Paired axes that stay (first in the output, in this order): [of the first input, of the second]. */
  readonly batch: readonly [readonly number[], readonly number[]];
  /** Paired axes that are summed over. The output: batch, free axes of the first, free axes of the second. */
  readonly contract: readonly [readonly number[], readonly number[]];
}

/** indices (b…, i…): the first `batchDims` axes are shared by x and indices; `axis` ≥ batchDims is looked up. */
export interface GatherAttributes {
  readonly axis: number;
  readonly batchDims: number;
}

export interface Attributes {
  input: { readonly shape: Shape; readonly dtype: DType; readonly label: string };
  constant: { readonly value: number; readonly dtype: DType };
  iota: { readonly shape: Shape; readonly axis: number; readonly dtype: DType };
  neg: None;
  abs: None;
  sign: None;
  exp: None;
  expm1: None;
  log: None;
  log1p: None;
  sqrt: None;
  sin: None;
  cos: None;
  tanh: None;
  erf: None;
  sigmoid: None;
  floor: None;
  ceil: None;
  round: None;
  not: None;
  /**
   * Floats to int32 drop the fraction and stop at the ends of the range, NaN becomes 0; to uint8 they go through int32, whose lowest
   * 8 bits stay; to bool everything but 0 is true. Integers to narrower ones keep their lowest bits. bool gives 0 and 1.
   */
  cast: { readonly dtype: DType };
  add: None;
  sub: None;
  mul: None;
  div: None;
  mod: None;
  pow: None;
  maximum: None;
  minimum: None;
  equal: None;
  less: None;
  lessEqual: None;
  and: None;
  or: None;
  where: None;
  mark: { readonly id: number };
  stopGradient: None;
  barrier: { readonly id: number };
  /** `pullback` takes the output's adjoint and gives one adjoint for each input after the first. */
  custom: { readonly pullback: (dy: Node) => readonly (Node | null)[] };
  sum: Axes;
  prod: Axes;
  max: Axes;
  min: Axes;
  any: Axes;
  all: Axes;
  argMax: Axis;
  argMin: Axis;
  reshape: { readonly shape: Shape };
  permute: { readonly order: readonly number[] };
  broadcast: { readonly shape: Shape };
  slice: { readonly start: readonly number[]; readonly size: readonly number[]; readonly step: readonly number[] };
  flip: Axes;
  window: WindowAttributes;
  pad: { readonly low: readonly number[]; readonly high: readonly number[]; readonly interior: readonly number[]; readonly value: number };
  concat: Axis;
  /** `sizes…` as the window had them; `lengths`: the original sizes of `axes`. */
  fold: WindowAttributes & { readonly lengths: readonly number[] };
  gather: GatherAttributes;
  /** Inputs (operand, indices, updates). Places that meet twice: `replace` keeps the last one in order of the updates. */
  scatter: GatherAttributes & { readonly mode: 'add' | 'max' | 'replace' };
  cumSum: { readonly axis: number; readonly reverse: boolean; readonly exclusive: boolean };
  argSort: { readonly axis: number; readonly descending: boolean };
  contraction: ContractionAttributes;
  convolution: ConvolutionAttributes;
  /** Element i (row-major) is the first word of block (0, i) of the key, shifted right (logically) to its top `width` bits. */
  randomBits: { readonly shape: Shape; readonly width: number };
  /**
   * Inputs: constants…, initial carries…, sequences… (leading axis `length`). Body: (constants…, carries…, slices…) -> (carries…, items…).
   * Parts: final carries…, stacked items…. `reverse` walks the sequences (and fills the stacks) from the end.
   */
  scan: {
    readonly body: Subgraph;
    readonly constants: number;
    readonly carries: number;
    readonly length: number;
    readonly reverse: boolean;
  };
  /** Inputs: predicate (bool, shape ()), arguments…. Both branches take the arguments and give equal shapes. */
  cond: { readonly then: Subgraph; readonly otherwise: Subgraph };
  /** Inputs: constants…, carries…. Condition and body take both; the body gives the next carries. Parts: final carries. */
  while: { readonly condition: Subgraph; readonly body: Subgraph; readonly constants: number };
  part: { readonly index: number };
}
