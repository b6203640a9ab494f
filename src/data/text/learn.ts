import { unknownName, ValueError } from '../../core/errors.ts';
import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import { byteSource, type FileInput } from '../files/bytes.ts';
import { readText } from '../files/text.ts';
import { packageFor } from '../packages.ts';
import { bytePairTokenizer, learnMerges } from './bytePairs.ts';
import { charactersOf, characterTokenizer } from './characters.ts';
import { byFrequency, firstCode, type Tokenizer, type TokenizerConfig } from './tokenizer.ts';
import { wordsAndPairs, wordTokenizer } from './words.ts';

export interface LearnTokenizerOptions {
  /** Default 'words'. */
  readonly kind?: 'words' | 'characters' | 'bytePairs';
  /** Codes at most, the two for padding and the unknown among them. Default 20,000; for byte pairs 8,192 (and at least 258). */
  readonly size?: number;
  /** What comes up less often is unknown, or not joined. Default 2; for characters 1. */
  readonly leastCount?: number;
  /** Default true; byte pairs keep capitals. */
  readonly lowercase?: boolean;
  /** Words: whether pairs of neighbours are tokens, too, behind the words. Default false. */
  readonly pairs?: boolean;
}

const kinds = ['words', 'characters', 'bytePairs'] as const;

/**
 * Learns a tokenizer from texts: from their words, their characters, or the pairs of bytes that come up most.
 *
 * @throws ValueError for unknown options, and for texts without a single token.
 * @example const tokenizer = learnTokenizer(texts, { kind: 'bytePairs', size: 4096 }); tokenizer.encode('A new text')
 */
export const learnTokenizer = (texts: Iterable<string>, options: LearnTokenizerOptions = {}): Tokenizer => {
  const what = 'learnTokenizer';
  unknownOptions(what, options, ['kind', 'size', 'leastCount', 'lowercase', 'pairs']);
  const { kind = 'words', lowercase = true, pairs = false } = options;
  if (!kinds.includes(kind)) throw unknownName('kind of tokenizer', String(kind), kinds);
  const smallest = kind === 'bytePairs' ? firstCode + 256 : firstCode + 1;
  const size = wholeNumber(what, 'size', options.size ?? (kind === 'bytePairs' ? 8192 : 20_000), smallest);
  const least = wholeNumber(what, 'leastCount', options.leastCount ?? (kind === 'characters' ? 1 : 2), 1);
  const list = [...texts];
  if (list.some(text => typeof text !== 'string'))
    throw new ValueError(`${what} needs texts, got a value of type ${typeof list.find(text => typeof text !== 'string')}.`);
  if (kind === 'bytePairs') return bytePairTokenizer({ kind, merges: learnMerges(list, { size, least }) });
  const tokensOf = (text: string): string[] => (kind === 'words' ? wordsAndPairs(text, lowercase, pairs) : charactersOf(text, lowercase));
  const all = (function* () {
    for (const text of list) yield* tokensOf(text);
  })();
  const tokens = byFrequency(all, { most: size - firstCode, least });
  if (tokens.length === 0)
    throw new ValueError(
      `${what} found no ${kind} that come up ${least} times in ${list.length} texts. Give more texts, or leastCount: 1.`,
    );
  return kind === 'words'
    ? wordTokenizer({ kind, words: tokens, lowercase, pairs })
    : characterTokenizer({ kind, characters: tokens, lowercase });
};

interface HuggingFacePackage {
  readonly Tokenizer: new (
    tokenizer: unknown,
    settings: unknown,
  ) => {
    encode(text: string): { readonly ids: readonly number[] };
    decode(codes: readonly number[], options?: { readonly skip_special_tokens?: boolean }): string;
  };
}

const sizeOfVocabulary = (json: Readonly<Record<string, unknown>>): number => {
  const { model, added_tokens: added = [] } = json as {
    readonly model?: { readonly vocab?: Readonly<Record<string, number>> | readonly unknown[] };
    readonly added_tokens?: readonly { readonly id: number }[];
  };
  const vocabulary = model?.vocab;
  if (vocabulary === undefined)
    throw new ValueError('huggingFaceTokenizer needs a tokenizer.json, which has model.vocab; this one has none.');
  const codes = Array.isArray(vocabulary) ? [vocabulary.length - 1] : Object.values(vocabulary as Readonly<Record<string, number>>);
  return 1 + [...codes, ...added.map(({ id }) => id)].reduce((a, b) => Math.max(a, b), -1);
};

const fromHuggingFace = async (config: Extract<TokenizerConfig, { kind: 'huggingFace' }>): Promise<Tokenizer> => {
  const size = sizeOfVocabulary(config.tokenizer);
  const { Tokenizer: Made } = await packageFor<HuggingFacePackage>('@huggingface/tokenizers', 'a tokenizer of Hugging Face');
  const inner = new Made(config.tokenizer, config.settings);
  return {
    kind: 'huggingFace',
    size,
    encode: text => [...inner.encode(text).ids],
    decode: codes => (codes.length === 0 ? '' : inner.decode(Array.from(codes), { skip_special_tokens: true })),
    config,
  };
};

const jsonOf = async (input: FileInput): Promise<Readonly<Record<string, unknown>>> => {
  const source = byteSource(input);
  const text = await readText(source, {});
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new ValueError(`${source.name} is no JSON: ${(error as Error).message}`);
  }
};

/**
 * A tokenizer of Hugging Face, from its `tokenizer.json` (and `tokenizer_config.json`), by the package `@huggingface/tokenizers`. Its
 * codes are the file's: which one is for padding, the model's documentation says.
 *
 * @throws GradusError where the package is not installed; ValueError for another file.
 */
export const huggingFaceTokenizer = async (tokenizer: FileInput, settings?: FileInput): Promise<Tokenizer> =>
  fromHuggingFace({
    kind: 'huggingFace',
    tokenizer: await jsonOf(tokenizer),
    settings: settings === undefined ? {} : await jsonOf(settings),
  });

/** The tokenizer that `config` is of. @throws ValueError for what is none. */
export const tokenizerFrom = async (config: TokenizerConfig): Promise<Tokenizer> =>
  config?.kind === 'huggingFace' ? fromHuggingFace(config) : learnedTokenizer(config);

/** The same for those that were learned here, which need no package. */
export const learnedTokenizer = (config: Exclude<TokenizerConfig, { kind: 'huggingFace' }>): Tokenizer => {
  if (config?.kind === 'words') return wordTokenizer(config);
  if (config?.kind === 'characters') return characterTokenizer(config);
  if (config?.kind === 'bytePairs') return bytePairTokenizer(config);
  throw new ValueError(`tokenizerFrom needs the config of a tokenizer, got ${JSON.stringify(config)?.slice(0, 80)}.`);
};
