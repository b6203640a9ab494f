import { unknownName, ValueError } from '../../../core/errors.ts';
import { tensor, where } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { createLayer, type Layer, layerOptions } from '../../layer.ts';
import { bucketOf, type Salt, saltWords } from './hashing.ts';
import { describeAgain, flattened, Knowledge, type NestedValues, type NumericData, tensorsOf } from './learning.ts';
import { type LookupOptions, lookupOptions, type Terms, Vocabulary } from './vocabulary.ts';

export interface IntegerLookupOptions extends LookupOptions<number> {
  /** Maps numbers back to the integers of the vocabulary; with 'int' alone. Default false. */
  readonly invert?: boolean;
  /** How unknown integers share several `numOovIndices`: by remainder ('floormod', the default), or by 'farmhash', which works outside of models. */
  readonly oovMethod?: 'floormod' | 'farmhash';
  /** With 'farmhash': hashes by SipHash with this key instead. */
  readonly salt?: Salt;
}

export interface IntegerLookupLayer extends Layer {
  /** Learns the vocabulary, before the layer is part of a model: the most frequent integers first, of equally frequent ones the larger. */
  adapt(data: NumericData): Promise<void>;
  /** Numbers of integers in arrays, outside of a model. */
  apply(integers: NestedValues<number>): Tensor;
  /** The terms by their numbers; without the special ones where told so. */
  vocabulary(options?: { readonly includeSpecialTokens?: boolean }): readonly number[];
}

const floorMod = (value: number, by: number): number => ((value % by) + by) % by;

/**
 * Integers as their numbers in a vocabulary: first the mask token (0, with 'int'), then the unknown ones, then the terms. It works in a
 * model, and on data by `lookup.apply`.
 *
 * x of any shape, int32 -> the same shape, int32; other modes as `layers.categoryEncoding`. In a model with numOovIndices 0 an unknown
 * integer becomes -1, which a layer behind refuses. Source: Keras 3, `keras.layers.IntegerLookup`.
 * @throws ValueError for terms that occur twice, more of them than `maxTokens`, for learning when the layer is part of a model, and for a
 * call before it has a vocabulary.
 * @example layers.integerLookup({ vocabulary: [12, 36, 1138, 42] })    // 12 -> 1, 42 -> 4, 1000 -> 0
 */
export const integerLookup = (given: IntegerLookupOptions = {}): IntegerLookupLayer => {
  const kind = 'integerLookup';
  const options = layerOptions<IntegerLookupOptions>(kind, [given], [], [...lookupOptions, 'invert', 'oovMethod', 'salt']);
  const { invert = false, oovMethod = 'floormod' } = options;
  if (oovMethod !== 'floormod' && oovMethod !== 'farmhash')
    throw unknownName(`oovMethod of layers.${kind}`, String(oovMethod), ['floormod', 'farmhash']);
  if (invert && (options.outputMode ?? 'int') !== 'int') throw new ValueError(`layers.${kind} with invert needs outputMode 'int'.`);
  if (options.salt !== undefined && oovMethod !== 'farmhash')
    throw new ValueError(`layers.${kind} takes a salt with oovMethod 'farmhash' alone.`);
  const salt = options.salt === undefined ? undefined : saltWords(kind, options.salt);
  const hashes = oovMethod === 'farmhash';
  const vocabulary = new Vocabulary<number>(kind, options, -1, (token, buckets) =>
    hashes ? bucketOf(String(token), buckets, salt) : floorMod(token, buckets),
  );
  const knowledge = new Knowledge<Terms<number>>(kind, undefined);

  const numbersOf = (x: Tensor, tokens: readonly number[]): Tensor => {
    const isTerm = x
      .expandDims(-1)
      .equal(tensor([...tokens], { dtype: 'int32' }))
      .cast('int32');
    const place = isTerm
      .mul(
        tensor(
          tokens.map((_, index) => index + vocabulary.start),
          { dtype: 'int32' },
        ),
      )
      .sum(-1);
    const { numOov, oovStart, maskToken } = vocabulary;
    const unknown = numOov === 0 ? -1 : numOov === 1 ? oovStart : x.mod(numOov).add(oovStart);
    const known = where(isTerm.sum(-1).greater(0), place, unknown);
    return maskToken === undefined ? known : where(x.equal(maskToken), vocabulary.mode === 'int' ? 0 : -1, known);
  };

  const termsOf = (x: Tensor): Tensor => {
    const all = vocabulary.list();
    const isNumber = x.greaterEqual(0).and(x.less(all.length));
    return where(isNumber, tensor([...all], { dtype: 'int32' }).gather(x.clip(0, all.length - 1)), vocabulary.oovToken);
  };

  const layer = createLayer(kind, options, {
    call(_, input: Tensor) {
      knowledge.use();
      const x = input.dtype === 'int32' ? input : input.cast('int32');
      if (invert) return termsOf(x);
      if (hashes && vocabulary.numOov > 1)
        throw new ValueError(`layers.${kind} with oovMethod 'farmhash' works outside of models: lookup.apply(integers).`);
      return vocabulary.encode(numbersOf(x, vocabulary.terms.tokens));
    },
  });
  const methods = {
    async adapt(data: NumericData): Promise<void> {
      knowledge.checkUnused();
      const documents: number[][] = [];
      for await (const batch of tensorsOf(kind, data)) {
        const [flat, length] = [Array.from(await batch.cast('int32').data()), batch.rank < 2 ? 1 : (batch.shape.at(-1) as number)];
        for (let at = 0; at < flat.length; at += length) documents.push(flat.slice(at, at + length));
      }
      describeAgain(layer, { ...options, ...vocabulary.learn(documents) });
    },
    apply(integers: NestedValues<number>): Tensor {
      const { flat, shape } = flattened(`layers.${kind}`, integers);
      const numbers = Int32Array.from(flat, invert ? number => vocabulary.tokenOf(number) : token => vocabulary.numberOf(token));
      const x = tensor(numbers, { shape: [...shape] });
      return invert ? x : vocabulary.encode(x);
    },
    vocabulary: ({ includeSpecialTokens = true }: { readonly includeSpecialTokens?: boolean } = {}) =>
      vocabulary.list(includeSpecialTokens),
  };
  return Object.assign(layer, methods);
};
