import type { DType } from '../core/dtype.ts';
import type { Shape } from '../core/shape.ts';
import type { GeluOptions } from './activations.ts';
import type { SortOptions } from './indexing.ts';
import type { Axes, CumulativeOptions, KeepDims, NormOptions, VarianceOptions } from './reductions.ts';
import type { Tensor } from './tensor.ts';

/** A tensor, or a number that takes the element type of the tensor it meets. */
export type Operand = Tensor | number;

/** Whole numbers that name places: a tensor of int32 or uint8, or nested arrays. */
export type Indices = Tensor | number | readonly Indices[];

/** One function of each element. Functions that integers have no answer for give float32. */
export interface ElementMethods {
  /** -x. */
  neg(): Tensor;
  /** |x|; derivative 0 at 0. */
  abs(): Tensor;
  /** -1, 0 or 1. */
  sign(): Tensor;
  /** x². */
  square(): Tensor;
  /** √x. */
  sqrt(): Tensor;
  /** 1 / √x. */
  rsqrt(): Tensor;
  /** 1 / x. */
  reciprocal(): Tensor;
  /** eˣ. */
  exp(): Tensor;
  /** eˣ - 1, exact near 0. */
  expm1(): Tensor;
  /** ln x. */
  log(): Tensor;
  /** ln(1 + x), exact near 0. */
  log1p(): Tensor;
  /** sin x, x in radians. */
  sin(): Tensor;
  /** cos x, x in radians. */
  cos(): Tensor;
  /** tan x, x in radians. */
  tan(): Tensor;
  /** Hyperbolic tangent. */
  tanh(): Tensor;
  /** 2/√π ∫₀ˣ exp(-t²) dt. */
  erf(): Tensor;
  /** The largest whole number ≤ x. */
  floor(): Tensor;
  /** The smallest whole number ≥ x. */
  ceil(): Tensor;
  /** The nearest whole number; the even one of two. */
  round(): Tensor;
  /** 1 / (1 + e⁻ˣ). */
  sigmoid(): Tensor;
  /** max(x, 0); derivative 0 at 0. */
  relu(): Tensor;
  /** ln(1 + eˣ). */
  softplus(): Tensor;
  /** x σ(x). */
  silu(): Tensor;
  /** x Φ(x), exact by erf; `approximate`: by tanh. */
  gelu(options?: GeluOptions): Tensor;
  /** eˣ / Σ eˣ along an axis; the last one where none is given. */
  softmax(axis?: number): Tensor;
  /** ln softmax x along an axis; the last one where none is given. */
  logSoftmax(axis?: number): Tensor;
  /** ¬x, of bool. */
  not(): Tensor;
  /** Whether NaN, as bool. */
  isNaN(): Tensor;
  /** Whether neither NaN nor infinite, as bool. */
  isFinite(): Tensor;
  /** The value in another element type: floats to integers drop the fraction, to bool all but 0 is true. */
  cast(dtype: DType): Tensor;
}

/** Two tensors element by element, broadcast to one shape and promoted to one element type. */
export interface PairMethods {
  /** x + y. */
  add(y: Operand): Tensor;
  /** x - y. */
  sub(y: Operand): Tensor;
  /** x y. */
  mul(y: Operand): Tensor;
  /** x / y; of integers in float32. */
  div(y: Operand): Tensor;
  /** ⌊x / y⌋; of integers in integers. */
  floorDivide(y: Operand): Tensor;
  /** x - y ⌊x / y⌋: the sign of y. */
  mod(y: Operand): Tensor;
  /** xʸ. */
  pow(y: Operand): Tensor;
  /** The larger; derivatives of equal ones share. */
  maximum(y: Operand): Tensor;
  /** The smaller; derivatives of equal ones share. */
  minimum(y: Operand): Tensor;
  /** min(max(x, low), high); a bound may be left out. */
  clip(low?: Operand, high?: Operand): Tensor;
  /** x = y, as bool. */
  equal(y: Operand): Tensor;
  /** x ≠ y, as bool. */
  notEqual(y: Operand): Tensor;
  /** x > y, as bool. */
  greater(y: Operand): Tensor;
  /** x ≥ y, as bool. */
  greaterEqual(y: Operand): Tensor;
  /** x < y, as bool. */
  less(y: Operand): Tensor;
  /** x ≤ y, as bool. */
  lessEqual(y: Operand): Tensor;
  /** x ∧ y, of bool. */
  and(y: Operand): Tensor;
  /** x ∨ y, of bool. */
  or(y: Operand): Tensor;
  /** x ⊕ y: whether they differ. */
  xor(y: Operand): Tensor;
  /** Matrix product: (…, m, k) x (…, k, n) -> (…, m, n), by NumPy's rules for leading axes and for one axis. */
  matmul(y: Tensor): Tensor;
  /** x_i y_j, of the flattened tensors. */
  outer(y: Tensor): Tensor;
}

/** Over one axis, several, or (left out) all. */
export interface ReductionMethods {
  /** Σ x; of bool and uint8 in int32. */
  sum(axis?: Axes, options?: KeepDims): Tensor;
  /** Π x; of bool and uint8 in int32. */
  prod(axis?: Axes, options?: KeepDims): Tensor;
  /** Σ x / n. */
  mean(axis?: Axes, options?: KeepDims): Tensor;
  /** Σ (x - mean)² / (n - correction); correction 0. */
  variance(axis?: Axes, options?: VarianceOptions): Tensor;
  /** √variance. */
  standardDeviation(axis?: Axes, options?: VarianceOptions): Tensor;
  /** The largest; NaN where any is. */
  max(axis?: Axes, options?: KeepDims): Tensor;
  /** The smallest; NaN where any is. */
  min(axis?: Axes, options?: KeepDims): Tensor;
  /** ln Σ eˣ, for x of any size. */
  logSumExp(axis?: Axes, options?: KeepDims): Tensor;
  /** (Σ |x|ᵖ)^(1/p); `order` p is 2. */
  norm(axis?: Axes, options?: NormOptions): Tensor;
  /** Whether any is not 0, as bool. */
  any(axis?: Axes, options?: KeepDims): Tensor;
  /** Whether none is 0, as bool. */
  all(axis?: Axes, options?: KeepDims): Tensor;
  /** How many are not 0, int32. */
  countNonZero(axis?: Axes, options?: KeepDims): Tensor;
  /** Index of the first largest along an axis (of the flattened tensor where none is given), int32. */
  argMax(axis?: number, options?: KeepDims): Tensor;
  /** Index of the first smallest along an axis (of the flattened tensor where none is given), int32. */
  argMin(axis?: number, options?: KeepDims): Tensor;
  /** Running sums along an axis (of the flattened tensor where none is given). */
  cumSum(axis?: number, options?: CumulativeOptions): Tensor;
  /** Running products along an axis (of the flattened tensor where none is given). */
  cumProd(axis?: number, options?: CumulativeOptions): Tensor;
}

/** The same elements in another shape, order or number. */
export interface MovementMethods {
  /** One size may be -1: what is left. */
  reshape(shape: Shape): Tensor;
  flatten(): Tensor;
  /** Axes in the given order; reversed where none is given. */
  transpose(order?: readonly number[]): Tensor;
  /** Output axis i is input axis order[i]. */
  permute(order: readonly number[]): Tensor;
  swapAxes(first: number, second: number): Tensor;
  /** New axes of size 1 at the given places of the result. */
  expandDims(axis: number | readonly number[]): Tensor;
  /** Without axes of size 1: those given, or all. */
  squeeze(axis?: Axes): Tensor;
  /** The block of a size from a start on; a start < 0 counts from the end, a size of -1 goes to the end. */
  slice(start: number | readonly number[], size?: number | readonly number[]): Tensor;
  /** So many equal parts along an axis, or parts of the given sizes. */
  split(parts: number | readonly number[], axis?: number): Tensor[];
  flip(axis?: Axes): Tensor;
  /** Moves elements along axes; those that leave at one end come in at the other. */
  roll(shift: number | readonly number[], axis?: number | readonly number[]): Tensor;
  /** [before, after] for each axis, or one pair for all. */
  pad(widths: readonly (readonly [number, number])[], value?: number): Tensor;
  /** The whole tensor so many times along each axis. */
  tile(counts: number | readonly number[]): Tensor;
  /** Each element so many times in a row, along an axis or flattened. */
  repeat(count: number, axis?: number): Tensor;
  broadcastTo(shape: Shape): Tensor;
}

/** Lookups and order. An index out of range is an error that names it, when the result is read. */
export interface IndexingMethods {
  /** The part at an index of an axis, which goes; -1 is the last one. A tensor as index is looked up. */
  at(index: number | Tensor, axis?: number): Tensor;
  /** y[…, i…, …] = x[…, indices[i…], …]: the axis (0) is replaced by the axes of the indices, which are ≥ 0. */
  gather(indices: Indices, axis?: number): Tensor;
  /** y[…, i, …] = x[…, indices[…, i, …], …]: an index for each element along an axis (-1). */
  takeAlongAxis(indices: Indices, axis?: number): Tensor;
  /** A copy with updates added at the places that gather reads. */
  scatterAdd(indices: Indices, updates: Operand, axis?: number): Tensor;
  /** A copy with the larger of what is there and the updates, at the places that gather reads. */
  scatterMax(indices: Indices, updates: Operand, axis?: number): Tensor;
  /** A copy with updates put at the places that gather reads; the last one stays where several meet. */
  scatterReplace(indices: Indices, updates: Operand, axis?: number): Tensor;
  /** 1 at the index, 0 elsewhere, along a new axis (-1); float32 unless told otherwise. */
  oneHot(depth: number, options?: { readonly dtype?: DType; readonly axis?: number }): Tensor;
  /** In ascending order along an axis (-1); NaN last. */
  sort(axis?: number, options?: SortOptions): Tensor;
  /** Places in ascending order along an axis (-1), int32; equal elements stay in theirs. */
  argSort(axis?: number, options?: SortOptions): Tensor;
  /** The k largest along an axis (-1), the largest first, with their places. */
  topK(k: number, axis?: number): { values: Tensor; indices: Tensor };
}

export interface TensorMethods extends ElementMethods, PairMethods, ReductionMethods, MovementMethods, IndexingMethods {}
