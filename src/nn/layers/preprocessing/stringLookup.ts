import { ValueError } from '../../../core/errors.ts';
import { tensor } from '../../../tensor/create.ts';
import { isTensor, type Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import { bucketOf, type Salt, saltWords } from './hashing.ts';
import { describeAgain, flattened, hostLayer, type NestedValues, nested } from './learning.ts';
import { type LookupOptions, lookupOptions, Vocabulary } from './vocabulary.ts';

/** Strings in arrays, or batches of them. */
export type TextData = NestedValues<string> | Iterable<NestedValues<string>> | AsyncIterable<NestedValues<string>>;

/** The arrays of the data, one after the other. */
export async function* textsOf(kind: string, data: TextData): AsyncGenerator<NestedValues<string>> {
  if (typeof data === 'string' || Array.isArray(data)) yield data as NestedValues<string>;
  else if (typeof data === 'object' && data !== null && (Symbol.asyncIterator in data || Symbol.iterator in data))
    yield* data as AsyncIterable<NestedValues<string>>;
  else throw new ValueError(`layers.${kind} learns from strings in arrays, or batches of them, got a ${typeof data}.`);
}

export interface StringLookupOptions extends LookupOptions<string> {
  /** With several `numOovIndices`: hashes by SipHash with this key instead of FarmHash. */
  readonly salt?: Salt;
}

export interface StringLookupLayer extends Layer {
  /** Numbers of strings in arrays of any shape: int32 of that shape, or float32 vectors by `outputMode`. */
  apply(strings: NestedValues<string>): Tensor;
  /** The strings of numbers: the way back. */
  invert(numbers: Tensor | NestedValues<number>): Promise<NestedValues<string>>;
  /** Learns the vocabulary: the most frequent strings first, of equally frequent ones the later in order. With 'tfIdf' each row is a document. */
  adapt(data: TextData): Promise<void>;
  /** The terms by their numbers; without the special ones where told so. */
  vocabulary(options?: { readonly includeSpecialTokens?: boolean }): readonly string[];
}

/** Strings of a list are documents of one word each; of deeper lists the last axis is a document. */
const documentsOf = (what: string, strings: NestedValues<string>): readonly (readonly string[])[] => {
  const { flat, shape } = flattened(what, strings);
  const length = shape.length < 2 ? 1 : (shape.at(-1) as number);
  return Array.from({ length: flat.length / Math.max(1, length) }, (_, row) => flat.slice(row * length, (row + 1) * length));
};

/**
 * Strings as their numbers in a vocabulary: first the mask token (0, with 'int'), then the unknown ones, then the terms. Works on the data,
 * before the model: `lookup.apply(strings)`; back again `lookup.invert(numbers)`.
 *
 * Source: Keras 3, `keras.layers.StringLookup`; there numbers are int64, here int32.
 * @throws ValueError for terms that occur twice, more of them than `maxTokens`, unknown ones with numOovIndices 0, and for a call in a model.
 * @example
 * const lookup = layers.stringLookup({ vocabulary: ['a', 'b', 'c', 'd'] });
 * lookup.apply([['a', 'c', 'd'], ['d', 'z', 'b']]);    // [[1, 3, 4], [4, 0, 2]]
 */
export const stringLookup = (given: StringLookupOptions = {}): StringLookupLayer => {
  const kind = 'stringLookup';
  const options = layerOptions<StringLookupOptions>(kind, [given], [], [...lookupOptions, 'salt']);
  const salt = options.salt === undefined ? undefined : saltWords(kind, options.salt);
  const vocabulary = new Vocabulary<string>(kind, options, '[UNK]', (token, buckets) => bucketOf(token, buckets, salt));
  const layer: StringLookupLayer = hostLayer(kind, options, {
    apply(strings: NestedValues<string>): Tensor {
      const { flat, shape } = flattened(`layers.${kind}`, strings);
      return vocabulary.encode(
        tensor(
          Int32Array.from(flat, token => vocabulary.numberOf(token)),
          { shape: [...shape] },
        ),
      );
    },
    async invert(numbers: Tensor | NestedValues<number>): Promise<NestedValues<string>> {
      const { flat, shape } = isTensor(numbers)
        ? { flat: Array.from(await numbers.data()), shape: numbers.shape }
        : flattened(`layers.${kind}`, numbers);
      return nested(
        flat.map(number => vocabulary.tokenOf(number)),
        shape,
      );
    },
    async adapt(data: TextData): Promise<void> {
      const documents: (readonly string[])[] = [];
      for await (const batch of textsOf(kind, data)) documents.push(...documentsOf(`layers.${kind}`, batch));
      describeAgain(layer, { ...options, ...vocabulary.learn(documents) });
    },
    vocabulary: ({ includeSpecialTokens = true }: { readonly includeSpecialTokens?: boolean } = {}) =>
      vocabulary.list(includeSpecialTokens),
  });
  return layer;
};
