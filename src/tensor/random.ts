import type { DType } from '../core/dtype.ts';
import { isFloat } from '../core/dtype.ts';
import { DTypeError, formatShape, GradusError, ShapeError, ValueError } from '../core/errors.ts';
import { checkShape, normalizeAxis, type Shape } from '../core/shape.ts';
import { threefry2x32 } from '../core/threefry.ts';
import * as g from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { kindOf } from './convert.ts';
import { storedLeaf } from './leaf.ts';
import { unknownOptions, wholeNumber } from './options.ts';
import { isTensor, nodeOf, type Tensor, wrap } from './tensor.ts';
import { tracedBy } from './trace.ts';

/** Where random numbers come from; by default the next ones of the stream that `seed` sets. */
export interface RandomOptions {
  /** The same seed gives the same numbers, on every machine. */
  readonly seed?: number;
  /** A key made by `key`, `split` or `foldIn`. */
  readonly key?: Tensor;
  /** float32 unless told otherwise. Other floats are drawn in float32 and cast. */
  readonly dtype?: DType;
}

export interface NormalOptions extends RandomOptions {
  readonly mean?: number;
  readonly standardDeviation?: number;
}

export interface UniformOptions extends RandomOptions {
  /** Included; 0 by default. */
  readonly low?: number;
  /** Excluded; 1 by default. */
  readonly high?: number;
}

type Words = readonly [number, number];

/** Numbers that tell uses of one key apart. */
const domains = { root: 0x47524144, stream: 0x53545245, fold: 0x464f4c44, split: 0x53504c49 };

/** Seeds are taken as 64 bits and hashed, so that neighbours have nothing in common. */
const wordsOf = (value: number): Words => {
  if (!Number.isSafeInteger(value)) throw new ValueError(`a seed must be a whole number, got ${value}.`);
  return threefry2x32(Math.floor(value / 2 ** 32), value | 0, domains.root, 0);
};

let root: Words | undefined;
let drawn = 0;

/** Sets the default stream: what is drawn from here on without a key or a seed of its own is the same every time. */
export const seed = (value: number): void => {
  root = wordsOf(value);
  drawn = 0;
};

const keyLeaf = (words: Words): Node => storedLeaf(Int32Array.from(words), [2], 'int32');

/** The next key of the default stream. A trace would keep it, and draw the same numbers in every call and every step. */
const nextKey = (what: string): Node => {
  const transform = tracedBy();
  if (transform !== undefined && transform !== 'checkpoint')
    throw new GradusError(
      `${what} inside of ${transform} needs a key: the function is traced once, and would draw the same numbers each time. Pass one in: random.${what}(shape, { key }).`,
    );
  root ??= wordsOf(Math.floor(Math.random() * 2 ** 52));
  return keyLeaf(threefry2x32(root[0], root[1], domains.stream, drawn++));
};

/** A seed from the default stream, for what keeps one of its own: a model that was given none. */
export const nextSeed = (): number => {
  root ??= wordsOf(Math.floor(Math.random() * 2 ** 52));
  return threefry2x32(root[0], root[1], domains.stream, drawn++)[0] >>> 0;
};

/** A key (2 int32) from a seed: the start of a stream of random numbers that no other seed has. */
export const key = (value: number): Tensor => wrap(keyLeaf(wordsOf(value)));

const keyNode = (what: string, value: unknown): Node => {
  if (!isTensor(value)) throw new ValueError(`${what} needs a key, got ${kindOf(value)}. Make one: random.key(42).`);
  if (value.dtype !== 'int32' || formatShape(value.shape) !== '(2,)')
    throw new ShapeError(`${what} needs a key of shape (2,) int32, got ${value.toString()}. Make one: random.key(42).`);
  return nodeOf(value);
};

/** Another key, off the beaten track of this one's own numbers. */
const derived = (from: Node, domain: number, index: Node): Node =>
  g.add(
    from,
    g.concat(
      [g.constant(domain, 'int32'), index].map(word => g.reshape(word, [1])),
      0,
    ),
  );

/** A key from a key and a whole number (a step, an epoch): different numbers give unrelated keys. */
export const foldIn = (from: Tensor, data: number | Tensor): Tensor => {
  const number = isTensor(data) ? g.cast(nodeOf(data), 'int32') : g.constant(wholeNumber('foldIn', 'its number', data) | 0, 'int32');
  if (number.shape.length !== 0) throw new ShapeError(`foldIn needs one number, got shape ${formatShape(number.shape)}.`);
  return wrap(g.randomBits(derived(keyNode('foldIn', from), domains.fold, number), [2]));
};

/** Several keys from one, unrelated to each other and to it. Use the old one no more. */
export const split = (from: Tensor, count = 2): Tensor[] => {
  wholeNumber('split', 'the number of keys', count, 1);
  const words = g.randomBits(derived(keyNode('split', from), domains.split, g.constant(0, 'int32')), [count, 2]);
  return Array.from({ length: count }, (_, index) => wrap(g.reshape(g.sliceAxis(words, 0, index, 1), [2])));
};

const sourceKey = (what: string, { seed: value, key: given }: RandomOptions): Node => {
  if (value !== undefined && given !== undefined) throw new ValueError(`${what} got both a seed and a key: give one of them.`);
  if (given !== undefined) return keyNode(what, given);
  return value === undefined ? nextKey(what) : keyLeaf(wordsOf(value));
};

const common = ['seed', 'key', 'dtype'];

const floatType = (what: string, { dtype = 'float32' }: RandomOptions): DType => {
  if (!isFloat(dtype))
    throw new DTypeError(`${what} draws floats, got the element type ${dtype}. Use random.integers, or cast the result.`);
  return dtype;
};

/** Multiples of 2⁻²⁴ in [0, 1). */
const unit = (from: Node, shape: Shape): Node => g.mul(g.cast(g.randomBits(from, shape, 24), 'float32'), 2 ** -24);

/** Odd multiples of 2⁻²⁴ in (0, 1): never an end. */
const openUnit = (from: Node, shape: Shape): Node => g.add(g.mul(g.cast(g.randomBits(from, shape, 23), 'float32'), 2 ** -23), 2 ** -24);

/** Odd multiples of 2⁻²³ in (-1, 1), symmetric. */
const symmetric = (from: Node, shape: Shape): Node =>
  g.add(g.mul(g.cast(g.randomBits(from, shape, 23), 'float32'), 2 ** -22), 2 ** -23 - 1);

// biome-ignore format: coefficients, highest power first
const central = [2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941];
// biome-ignore format: coefficients, highest power first
const tail = [-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682];

/** Σ cᵢ xⁱ by Horner's rule. */
const horner = (x: Node, [highest, next, ...rest]: readonly number[]): Node =>
  rest.reduce((sum, coefficient) => g.add(g.mul(sum, x), coefficient), g.add(g.mul(x, highest as number), next as number));

/** erf⁻¹ x for |x| < 1, in float32. Source: Giles 2010, "Approximating the erfinv function", table 5. */
const inverseErf = (x: Node): Node => {
  const w = g.neg(g.log(g.mul(g.sub(1, x), g.add(x, 1))));
  const polynomial = g.where(g.less(w, 5), horner(g.sub(w, 2.5), central), horner(g.sub(g.sqrt(w), 3), tail));
  return g.mul(polynomial, x);
};

/**
 * Normally distributed: mean + standardDeviation · √2 erf⁻¹(u), u uniform in (-1, 1). One block of Threefry an element.
 *
 * @example random.normal([2, 3], { seed: 1 })
 */
export const normal = (shape: Shape, options: NormalOptions = {}): Tensor => {
  unknownOptions('random.normal', options, [...common, 'mean', 'standardDeviation']);
  const { mean = 0, standardDeviation = 1 } = options;
  const z = inverseErf(symmetric(sourceKey('normal', options), checkShape('random.normal', shape)));
  const scaled = g.mul(z, Math.SQRT2 * standardDeviation);
  return wrap(g.cast(mean === 0 ? scaled : g.add(scaled, mean), floatType('random.normal', options)));
};

/** Normally distributed, within two standard deviations of the mean (Keras' truncated normal): what lies outside is not drawn. */
export const truncatedNormal = (shape: Shape, options: NormalOptions = {}): Tensor => {
  unknownOptions('random.truncatedNormal', options, [...common, 'mean', 'standardDeviation']);
  const { mean = 0, standardDeviation = 1 } = options;
  const inside = 0.9544997361036416; // erf √2: the share that lies within
  const u = g.mul(symmetric(sourceKey('truncatedNormal', options), checkShape('random.truncatedNormal', shape)), inside);
  const z = g.maximum(g.minimum(g.mul(inverseErf(u), Math.SQRT2), 2), -2);
  return wrap(g.cast(g.add(g.mul(z, standardDeviation), mean), floatType('random.truncatedNormal', options)));
};

/** Uniformly distributed in [low, high). */
export const uniform = (shape: Shape, options: UniformOptions = {}): Tensor => {
  unknownOptions('random.uniform', options, [...common, 'low', 'high']);
  const { low = 0, high = 1 } = options;
  if (!(low <= high)) throw new ValueError(`random.uniform cannot draw between ${low} and ${high}: low must not be above high.`);
  const u = unit(sourceKey('uniform', options), checkShape('random.uniform', shape));
  const dtype = floatType('random.uniform', options);
  if (low === 0 && high === 1) return wrap(g.cast(u, dtype));
  const scaled = g.add(g.mul(u, high - low), low);
  return wrap(g.cast(g.where(g.less(scaled, high), scaled, low), dtype)); // rounding may reach the end
};

/** Whole numbers from low to high - 1, int32. */
export const integers = (shape: Shape, options: UniformOptions & { readonly high: number }): Tensor => {
  unknownOptions('random.integers', options, [...common, 'low', 'high']);
  const { low = 0, high, dtype = 'int32' } = options;
  if (!Number.isInteger(low) || !Number.isInteger(high) || low >= high)
    throw new ValueError(`random.integers needs whole numbers low < high, got ${low} and ${high}.`);
  const bits = g.randomBits(sourceKey('integers', options), checkShape('random.integers', shape), 31);
  return wrap(g.cast(g.add(g.mod(bits, high - low), low), dtype));
};

/** true with the given probability, as bool. */
export const bernoulli = (shape: Shape, probability: number | Tensor = 0.5, options: Omit<RandomOptions, 'dtype'> = {}): Tensor => {
  unknownOptions('random.bernoulli', options, ['seed', 'key']);
  if (typeof probability === 'number' && !(probability >= 0 && probability <= 1))
    throw new ValueError(`random.bernoulli needs a probability from 0 to 1, got ${probability}.`);
  const u = unit(sourceKey('bernoulli', options), checkShape('random.bernoulli', shape));
  return wrap(g.less(u, isTensor(probability) ? nodeOf(probability) : probability));
};

/** 0 … n - 1 in random order (int32), or the rows of a tensor: the stable order of n random words. */
export const permutation = (of: number | Tensor, options: Omit<RandomOptions, 'dtype'> = {}): Tensor => {
  unknownOptions('random.permutation', options, ['seed', 'key']);
  const count = isTensor(of) ? (of.shape[0] as number | undefined) : wholeNumber('random.permutation', 'n', of);
  if (count === undefined) throw new ShapeError('random.permutation cannot reorder a scalar: it has no rows.');
  const order = g.argSort(g.randomBits(sourceKey('permutation', options), [count]), 0);
  return wrap(isTensor(of) ? g.gather(nodeOf(of), order, { axis: 0, batchDims: 0 }) : order);
};

/** Indices drawn with the probabilities softmax(logits) along the last axis, int32: the largest of logits + Gumbel noise. */
export const categorical = (logits: Tensor, options: Omit<RandomOptions, 'dtype'> & { readonly axis?: number } = {}): Tensor => {
  unknownOptions('random.categorical', options, ['seed', 'key', 'axis']);
  const x = g.cast(nodeOf(logits), 'float32');
  const axis = normalizeAxis('random.categorical', options.axis ?? -1, x.shape.length);
  const gumbel = g.neg(g.log(g.neg(g.log(openUnit(sourceKey('categorical', options), x.shape)))));
  return wrap(g.argMax(g.add(x, gumbel), axis));
};

/** Exponentially distributed with mean 1. */
export const exponential = (shape: Shape, options: RandomOptions = {}): Tensor => {
  unknownOptions('random.exponential', options, common);
  const u = openUnit(sourceKey('exponential', options), checkShape('random.exponential', shape));
  return wrap(g.cast(g.neg(g.log(u)), floatType('random.exponential', options)));
};
