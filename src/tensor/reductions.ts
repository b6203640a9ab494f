import { ValueError } from '../core/errors.ts';
import { normalizeAxes, normalizeAxis, sizeOf } from '../core/shape.ts';
import * as g from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import * as a from './arithmetic.ts';
import { unknownOptions } from './options.ts';

/** One axis, several, or (left out) all. */
export type Axes = number | readonly number[] | undefined;

export interface KeepDims {
  /** Reduced axes stay, with size 1. Default false. */
  readonly keepDims?: boolean;
}

export interface VarianceOptions extends KeepDims {
  /** Divides by n - correction. Default 0. */
  readonly correction?: number;
}

export interface NormOptions extends KeepDims {
  /** p of (Σ |x|ᵖ)^(1/p): 1, 2, … or Infinity for the largest. Default 2. */
  readonly order?: number;
}

type Reduction = (x: Node, axes?: Axes, options?: KeepDims) => Node;
type Primitive = (x: Node, axes: readonly number[], options?: { keepDims?: boolean }) => Node;

const reduction =
  (what: string, primitive: Primitive, prepare: (x: Node) => Node): Reduction =>
  (x, axes, options = {}) => {
    unknownOptions(what, options, ['keepDims']);
    return primitive(prepare(x), normalizeAxes(what, axes, x.shape.length), { keepDims: options.keepDims === true });
  };

const same = (x: Node): Node => x;

export const sum: Reduction = reduction('sum', g.sum, a.counting);
export const prod: Reduction = reduction('prod', g.prod, a.counting);
export const max: Reduction = reduction('max', g.max, same);
export const min: Reduction = reduction('min', g.min, same);
export const any: Reduction = reduction('any', g.any, a.truth);
export const all: Reduction = reduction('all', g.all, a.truth);

/** Through float32 for 16-bit floats, in which sums overflow. */
const widely = (x: Node, f: (x: Node) => Node): Node =>
  x.dtype === 'float16' || x.dtype === 'bfloat16' ? g.cast(f(g.cast(x, 'float32')), x.dtype) : f(x);

/** Σ x / n. */
export const mean: Reduction = reduction(
  'mean',
  (input, axes, options) => widely(input, x => g.div(g.sum(x, axes, options), g.countOf(x, axes))),
  a.floating,
);

/** Σ (x - mean)² / (n - correction). */
export const variance = (input: Node, axes?: Axes, options: VarianceOptions = {}): Node => {
  unknownOptions('variance', options, ['keepDims', 'correction']);
  const { keepDims = false, correction = 0 } = options;
  const list = normalizeAxes('variance', axes, input.shape.length);
  const count = g.countOf(input, list);
  return widely(a.floating(input), x => {
    const centred = g.sub(x, g.div(g.sum(x, list, { keepDims: true }), count)); // not Σ x² - (Σ x)²: that cancels
    return g.div(g.sum(g.mul(centred, centred), list, { keepDims }), Math.max(0, count - correction));
  });
};

/** f of what is > 0, and 0 at 0, with the derivative 0 there. */
const fromZero = (x: Node, f: (x: Node) => Node): Node => {
  const positive = g.less(0, x);
  return g.where(positive, f(g.where(positive, x, 1)), x);
};

/** √variance; its derivative is 0 where all are equal, as PyTorch has it. */
export const standardDeviation = (x: Node, axes?: Axes, options: VarianceOptions = {}): Node =>
  fromZero(variance(x, axes, options), g.sqrt);

/** ln Σ eˣ, for x of any size; -∞ where all are. */
export const logSumExp = (input: Node, axes?: Axes, options: KeepDims = {}): Node => {
  unknownOptions('logSumExp', options, ['keepDims']);
  const x = a.floating(input);
  const list = normalizeAxes('logSumExp', axes, x.shape.length);
  if (list.length === 0) return x;
  if (g.countOf(x, list) === 0) return g.log(g.sum(x, list, options)); // of nothing: -∞
  const largest = g.stopGradient(g.max(x, list, { keepDims: true }));
  const shift = g.where(a.finite(largest), largest, 0); // ∞ - ∞ is NaN
  const total = g.add(g.log(g.sum(g.exp(g.sub(x, shift)), list, { keepDims: true })), shift);
  return options.keepDims === true ? total : g.reshape(total, g.sum(x, list).shape);
};

/** (Σ |x|ᵖ)^(1/p). For p > 1 the derivative is 0 where all is 0. */
export const norm = (input: Node, axes?: Axes, options: NormOptions = {}): Node => {
  unknownOptions('norm', options, ['keepDims', 'order']);
  const { keepDims = false, order = 2 } = options;
  const x = a.floating(input);
  const list = normalizeAxes('norm', axes, x.shape.length);
  if (order === Infinity) return g.max(g.abs(x), list, { keepDims });
  if (!(order > 0)) throw new ValueError(`norm needs an order > 0, got ${order}. Use 1, 2 or Infinity.`);
  if (order === 1) return g.sum(g.abs(x), list, { keepDims });
  if (order === 2) return fromZero(g.sum(g.mul(x, x), list, { keepDims }), g.sqrt);
  return fromZero(g.sum(g.pow(g.abs(x), order), list, { keepDims }), total => g.pow(total, 1 / order));
};

/** Index along an axis (of the flattened tensor where none is given); the first one where several are equal. */
const indexOf =
  (what: string, primitive: (x: Node, axis: number) => Node) =>
  (x: Node, axis?: number, options: KeepDims = {}): Node => {
    unknownOptions(what, options, ['keepDims']);
    if (axis === undefined) {
      const index = primitive(g.reshape(x, [sizeOf(x.shape)]), 0);
      return options.keepDims === true
        ? g.reshape(
            index,
            x.shape.map(() => 1),
          )
        : index;
    }
    const place = normalizeAxis(what, axis, x.shape.length);
    const index = primitive(x, place);
    return options.keepDims === true ? g.expandDims(index, [place]) : index;
  };

export const argMax: (x: Node, axis?: number, options?: KeepDims) => Node = indexOf('argMax', g.argMax);
export const argMin: (x: Node, axis?: number, options?: KeepDims) => Node = indexOf('argMin', g.argMin);

export interface CumulativeOptions {
  /** From the end. Default false. */
  readonly reverse?: boolean;
  /** Without the element itself. Default false. */
  readonly exclusive?: boolean;
}

/** A tensor of one axis where none is named, as in NumPy. */
const along = (what: string, x: Node, axis: number | undefined): readonly [Node, number] =>
  axis === undefined ? [g.reshape(x, [sizeOf(x.shape)]), 0] : [x, normalizeAxis(what, axis, x.shape.length)];

/** y_i = Σ_{j ≤ i} x_j. */
export const cumSum = (input: Node, axis?: number, options: CumulativeOptions = {}): Node => {
  unknownOptions('cumSum', options, ['reverse', 'exclusive']);
  const [x, place] = along('cumSum', a.counting(input), axis);
  return g.cumSum(x, place, options);
};

/** y_i = Π_{j ≤ i} x_j, by doubling (Hillis, Steele 1986): after step k each element holds the product of the last 2ᵏ. */
export const cumProd = (input: Node, axis?: number, options: CumulativeOptions = {}): Node => {
  unknownOptions('cumProd', options, ['reverse', 'exclusive']);
  const [x, place] = along('cumProd', a.counting(input), axis);
  const { reverse = false, exclusive = false } = options;
  const length = x.shape[place] as number;
  const moved = (y: Node, by: number): Node => {
    const amounts = y.shape.map((_, other) => (other === place ? by : 0));
    const none = y.shape.map(() => 0);
    const padded = reverse ? g.pad(y, none, amounts, { value: 1 }) : g.pad(y, amounts, none, { value: 1 });
    return g.sliceAxis(padded, place, reverse ? by : 0, length);
  };
  let product = exclusive && length > 0 ? moved(x, 1) : x;
  for (let by = 1; by < length; by *= 2) product = g.mul(product, moved(product, by));
  return product;
};

/** How many elements are not 0, int32. */
export const countNonZero: Reduction = (x, axes, options) => sum(a.truth(x), axes, options);
