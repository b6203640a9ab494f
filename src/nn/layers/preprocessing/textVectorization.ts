import { formatShape, ShapeError, unknownName, ValueError } from '../../../core/errors.ts';
import { tensor, zeros } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type Layer, layerOptions } from '../../layer.ts';
import { positiveInteger } from '../common.ts';
import type { OutputMode } from './categories.ts';
import { describeAgain, flattened, hostLayer, type NestedValues } from './learning.ts';
import { type TextData, textsOf } from './stringLookup.ts';
import { type LookupOptions, Vocabulary } from './vocabulary.ts';

export interface TextVectorizationOptions extends Omit<LookupOptions<string>, 'numOovIndices' | 'maskToken' | 'oovToken'> {
  /** What is done to each text first, or null; a function is not saved. Default 'lowerAndStripPunctuation', of ASCII letters and signs. */
  readonly standardize?: 'lowerAndStripPunctuation' | 'lower' | 'stripPunctuation' | null | ((text: string) => string);
  /** How a text becomes terms, or null: rows of terms come already; a function is not saved. Default 'whitespace'. */
  readonly split?: 'whitespace' | 'character' | null | ((text: string) => readonly string[]);
  /** Also runs of up to so many terms, or runs of these lengths alone: [2] makes pairs. Default: single terms. */
  readonly ngrams?: number | readonly number[] | null;
  /** With 'int': the length that rows are cut or filled to. Default: that of the longest. */
  readonly outputSequenceLength?: number | null;
}

export interface TextVectorizationLayer extends Layer {
  /** Texts (batch) or (batch, 1) as numbers (batch, length) int32, filled with 0, or as float32 vectors (batch, terms) by `outputMode`. */
  apply(texts: NestedValues<string>): Tensor;
  /** Learns the vocabulary from texts: the most frequent terms first, of equally frequent ones the later in order. */
  adapt(data: TextData): Promise<void>;
  /** The terms by their numbers: '' (nothing), '[UNK]' (unknown), then the others; without the special ones where told so. */
  vocabulary(options?: { readonly includeSpecialTokens?: boolean }): readonly string[];
}

const lower = (text: string): string => text.replace(/[A-Z]/g, letter => letter.toLowerCase());
const strip = (text: string): string => text.replace(/[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~']/g, '');

const standardizers = { lowerAndStripPunctuation: (text: string): string => strip(lower(text)), lower, stripPunctuation: strip };

const splitters = {
  whitespace: (text: string): readonly string[] => text.split(/[ \t\n\v\f\r]+/).filter(term => term !== ''),
  character: (text: string): readonly string[] => Array.from(text),
};

/** A function by its name, given itself, or none. */
const functionOf = <F>(kind: string, option: string, value: unknown, known: Readonly<Record<string, F>>, none: F): F => {
  if (value === null) return none;
  if (typeof value === 'function') return value as F;
  if (typeof value === 'string' && Object.hasOwn(known, value)) return known[value] as F;
  throw unknownName(`${option} of layers.${kind}`, String(value), Object.keys(known));
};

/** Runs of terms of each of the lengths, joined by spaces. */
const runsOf = (terms: readonly string[], lengths: readonly number[]): readonly string[] =>
  lengths.flatMap(length =>
    Array.from({ length: Math.max(0, terms.length - length + 1) }, (_, at) => terms.slice(at, at + length).join(' ')),
  );

/**
 * Texts as numbers of their terms: standardized, split, joined to runs, looked up. Works on the data, before the model:
 * `vectorize.apply(texts)`.
 *
 * Source: Keras 3, `keras.layers.TextVectorization`; there numbers are int64, here int32.
 * @throws ValueError for a vocabulary with terms that occur twice, and for a call in a model.
 * @example
 * const vectorize = layers.textVectorization({ maxTokens: 5000, outputSequenceLength: 4 });
 * await vectorize.adapt(['foo bar', 'bar baz']);
 * vectorize.apply(['foo qux bar', 'qux baz']);     // [[3, 1, 2, 0], [1, 4, 0, 0]]
 */
export const textVectorization = (given: TextVectorizationOptions = {}): TextVectorizationLayer => {
  const kind = 'textVectorization';
  const names = [
    'vocabulary',
    'maxTokens',
    'outputMode',
    'idfWeights',
    'padToMaxTokens',
    'standardize',
    'split',
    'ngrams',
    'outputSequenceLength',
  ];
  const options = layerOptions<TextVectorizationOptions>(kind, [given], [], names);
  const { standardize = 'lowerAndStripPunctuation', split = 'whitespace', ngrams, outputSequenceLength, outputMode = 'int' } = options;
  const standard = functionOf<(text: string) => string>(kind, 'standardize', standardize, standardizers, text => text);
  const parts = functionOf<(text: string) => readonly string[]>(kind, 'split', split, splitters, text => [text]);
  const lengths =
    typeof ngrams === 'number' ? Array.from({ length: positiveInteger(kind, 'ngrams', ngrams) }, (_, n) => n + 1) : (ngrams ?? [1]);
  for (const length of lengths) positiveInteger(kind, 'ngrams', length);
  if (outputSequenceLength !== undefined && outputSequenceLength !== null) {
    positiveInteger(kind, 'outputSequenceLength', outputSequenceLength);
    if (outputMode !== 'int')
      throw new ValueError(`layers.${kind} takes outputSequenceLength with outputMode 'int' alone, got '${outputMode}'.`);
  }
  const modes: readonly OutputMode[] = ['int', 'multiHot', 'count', 'tfIdf'];
  if (!modes.includes(outputMode)) throw unknownName(`outputMode of layers.${kind}`, outputMode, modes);
  const vocabulary = new Vocabulary<string>(kind, { ...options, maskToken: '' }, '[UNK]', () => 0);

  const rowsOf = (texts: NestedValues<string>): readonly (readonly string[])[] => {
    const { flat, shape } = flattened(`layers.${kind}`, texts);
    const clean = flat.map(standard);
    if (split === null) {
      const length = shape.length < 2 ? 1 : (shape.at(-1) as number);
      return Array.from({ length: clean.length / length }, (_, row) => runsOf(clean.slice(row * length, (row + 1) * length), lengths));
    }
    if (shape.length > 2 || (shape.length === 2 && shape[1] !== 1))
      throw new ShapeError(`layers.${kind} needs texts (batch) or (batch, 1), got ${formatShape(shape)}. Rows of terms: split null.`);
    return clean.map(text => runsOf(parts(text), lengths));
  };

  const layer: TextVectorizationLayer = hostLayer(kind, options, {
    apply(texts: NestedValues<string>): Tensor {
      const rows = rowsOf(texts).map(terms => terms.map(term => vocabulary.numberOf(term)));
      const longest = rows.reduce((most, row) => Math.max(most, row.length), 0);
      const length = outputMode === 'int' ? (outputSequenceLength ?? longest) : Math.max(1, longest);
      if (length === 0) return zeros([rows.length, 0], { dtype: 'int32' });
      const filling = outputMode === 'int' ? 0 : -1; // -1 counts nowhere
      const filled = rows.flatMap(row => Array.from({ length }, (_, place) => row[place] ?? filling));
      return vocabulary.encode(tensor(Int32Array.from(filled), { shape: [rows.length, length] }));
    },
    async adapt(data: TextData): Promise<void> {
      const documents: (readonly string[])[] = [];
      for await (const batch of textsOf(kind, data)) documents.push(...rowsOf(batch));
      describeAgain(layer, { ...options, ...vocabulary.learn(documents) });
    },
    vocabulary: ({ includeSpecialTokens = true }: { readonly includeSpecialTokens?: boolean } = {}) =>
      vocabulary.list(includeSpecialTokens),
  });
  return layer;
};
