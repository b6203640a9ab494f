import { formatShape, ShapeError, ValueError } from '../../../core/errors.ts';
import { tensor } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, type LayerOptions, layerOptions } from '../../layer.ts';
import { positiveInteger } from '../common.ts';
import { checkMode, encodeCategories, type OutputMode } from './categories.ts';
import { fingerprint64, joinFingerprints } from './farmHash.ts';
import { flattened, hostLayer, type NestedValues } from './learning.ts';
import { sipHash } from './sipHash.ts';

/** One number for both words of the key, or two. */
export type Salt = number | readonly [number, number];

const encoder = new TextEncoder();

/** @throws ValueError for what is neither a whole number nor two of them. */
export const saltWords = (kind: string, salt: Salt): readonly [bigint, bigint] => {
  const words = typeof salt === 'number' ? [salt, salt] : salt;
  if (!Array.isArray(words) || words.length !== 2 || !words.every(Number.isSafeInteger))
    throw new ValueError(`layers.${kind} needs salt to be a whole number or two of them, got ${JSON.stringify(salt)}.`);
  return [BigInt(words[0] as number), BigInt(words[1] as number)];
};

/** The bucket of a string: FarmHash's fingerprint, or with a salt SipHash. */
export const bucketOf = (text: string, buckets: number, salt?: readonly [bigint, bigint]): number => {
  const bytes = encoder.encode(text);
  return Number((salt === undefined ? fingerprint64(bytes) : sipHash(bytes, salt)) % BigInt(buckets));
};

/** A category as a string: floats lose their fraction, as in Keras. */
const textOf = (kind: string, value: string | number): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return String(Math.trunc(value) + 0);
  throw new ValueError(`layers.${kind} hashes strings and numbers, got ${String(value)}. Values of a tensor: await x.array().`);
};

export interface HashingOptions extends LayerOptions {
  /** Hashes by SipHash with this key instead of FarmHash. */
  readonly salt?: Salt;
  /** Goes to bin 0, which nothing else does then. Default: none. */
  readonly maskValue?: string | number;
  /** 'int' (the default), 'oneHot', 'multiHot' or 'count'. */
  readonly outputMode?: 'int' | 'oneHot' | 'multiHot' | 'count';
}

export interface HashingLayer extends Layer {
  /** The bins of strings or whole numbers in arrays of any shape: int32 of that shape, or vectors of numBins. */
  apply(values: NestedValues<string | number>): Tensor;
}

/**
 * Strings and whole numbers as numbers below `numBins`, by their hash: no vocabulary is needed, and different ones may share a bin.
 * Works on the data, before the model: `hashing.apply(values)`.
 *
 * Source: Keras 3, `keras.layers.Hashing`: FarmHash's Fingerprint64 of the UTF-8 string, or with `salt` SipHash-2-4, modulo the bins.
 * @throws ValueError for less than one bin, for salts that are no whole numbers, and for a call in a model.
 * @example layers.hashing(3).apply([['A'], ['B'], ['C'], ['D'], ['E']])   // [[1], [0], [1], [1], [2]]
 */
export const hashing = (
  ...args: [numBins: number, options?: HashingOptions] | [options: HashingOptions & { readonly numBins: number }]
): HashingLayer => {
  const kind = 'hashing';
  const options = layerOptions<HashingOptions & { numBins: number }>(kind, args, ['numBins'], ['salt', 'maskValue', 'outputMode']);
  const numBins = positiveInteger(kind, 'numBins', options.numBins);
  const { maskValue, outputMode = 'int' } = options;
  const modes: readonly OutputMode[] = ['int', 'oneHot', 'multiHot', 'count'];
  checkMode(kind, outputMode, modes);
  const salt = options.salt === undefined ? undefined : saltWords(kind, options.salt);
  const hasMask = maskValue !== undefined && numBins > 1;
  const binOf = (value: string | number): number => {
    const text = textOf(kind, value);
    if (!hasMask) return bucketOf(text, numBins, salt);
    return value === maskValue ? 0 : 1 + bucketOf(text, numBins - 1, salt);
  };
  return hostLayer(kind, options, {
    apply(values: NestedValues<string | number>): Tensor {
      const { flat, shape } = flattened(`layers.${kind}`, values);
      return encodeCategories(tensor(Int32Array.from(flat, binOf), { shape }), outputMode, numBins);
    },
  });
};

export interface HashedCrossingOptions extends LayerOptions {
  /** 'int' (the default) or 'oneHot'. */
  readonly outputMode?: 'int' | 'oneHot';
}

export interface HashedCrossingLayer extends Layer {
  /** The bins of features crossed: two or more of one shape, (), (batch) or (batch, 1). */
  apply(features: readonly NestedValues<string | number>[]): Tensor;
}

/** What TensorFlow's crossing starts from. */
const crossingKey = 0xdecafcaffen;

/**
 * Features crossed: for each place the hash of the values of all features there, below `numBins`.
 * Works on the data, before the model: `crossing.apply([first, second])`.
 *
 * Source: Keras 3, `keras.layers.HashedCrossing`; TensorFlow, `sparse.cross_hashed`.
 * @throws ValueError for less than two features, fractions, and a call in a model; ShapeError for features of different shapes.
 * @example layers.hashedCrossing(5).apply([['A', 'B', 'A', 'B', 'A'], [101, 101, 101, 102, 102]])   // [1, 4, 1, 1, 3]
 */
export const hashedCrossing = (
  ...args: [numBins: number, options?: HashedCrossingOptions] | [options: HashedCrossingOptions & { readonly numBins: number }]
): HashedCrossingLayer => {
  const kind = 'hashedCrossing';
  const options = layerOptions<HashedCrossingOptions & { numBins: number }>(kind, args, ['numBins'], ['outputMode']);
  const numBins = positiveInteger(kind, 'numBins', options.numBins);
  const { outputMode = 'int' } = options;
  const modes: readonly OutputMode[] = ['int', 'oneHot'];
  checkMode(kind, outputMode, modes);
  const fingerprintOf = (value: string | number): bigint => {
    if (typeof value === 'string') return fingerprint64(encoder.encode(value));
    if (Number.isInteger(value)) return BigInt.asUintN(64, BigInt(value));
    throw new ValueError(`layers.${kind} crosses strings and whole numbers, got ${String(value)}.`);
  };
  return hostLayer(kind, options, {
    apply(features: readonly NestedValues<string | number>[]): Tensor {
      if (!Array.isArray(features) || features.length < 2)
        throw new ValueError(`layers.${kind} crosses two features or more: crossing.apply([first, second]).`);
      const all = features.map(feature => flattened(`layers.${kind}`, feature as NestedValues<string | number>));
      const { shape } = all[0] as (typeof all)[number];
      const fits = shape.length < 2 || (shape.length === 2 && shape[1] === 1);
      if (!fits || all.some(other => formatShape(other.shape) !== formatShape(shape)))
        throw new ShapeError(
          `layers.${kind} needs features of one shape (), (batch) or (batch, 1), got ${all.map(other => formatShape(other.shape)).join(' and ')}.`,
        );
      const size = (all[0] as (typeof all)[number]).flat.length;
      const bins = Int32Array.from({ length: size }, (_, index) => {
        const joined = all.reduce((hash, { flat }) => joinFingerprints(hash, fingerprintOf(flat[index] as string | number)), crossingKey);
        return Number(joined % BigInt(numBins));
      });
      return encodeCategories(tensor(bins, { shape: [...shape] }), outputMode, numBins);
    },
  });
};
