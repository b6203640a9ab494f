import { ValueError } from '../../../core/errors.ts';
import { tensor } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { LayerOptions } from '../../layer.ts';
import { positiveInteger } from '../common.ts';
import { checkMode, encodeCategories, type OutputMode } from './categories.ts';

export interface LookupOptions<Token extends string | number> extends LayerOptions {
  /** The terms, in the order of their numbers; with or without the special ones at the start. Instead of learning them. */
  readonly vocabulary?: readonly Token[];
  /** At most so many terms, the special ones among them. Default: no limit. */
  readonly maxTokens?: number;
  /** Numbers for terms that are not in the vocabulary; of several a hash picks one; 0: such a term is an error. Default 1. */
  readonly numOovIndices?: number;
  /** Stands for nothing: number 0 with 'int', else dropped. Default: none. */
  readonly maskToken?: Token | null;
  /** Stands for terms that are not in the vocabulary, when numbers become terms again. */
  readonly oovToken?: Token;
  /** 'int' (the default), 'oneHot', 'multiHot', 'count' or 'tfIdf'. */
  readonly outputMode?: OutputMode;
  /** With 'tfIdf': a weight for each term of the vocabulary. */
  readonly idfWeights?: readonly number[];
  /** Makes vectors of `maxTokens` though there are fewer terms. Default false. */
  readonly padToMaxTokens?: boolean;
}

export const lookupOptions: readonly string[] = [
  ...['vocabulary', 'maxTokens', 'numOovIndices', 'maskToken', 'oovToken', 'outputMode', 'idfWeights', 'padToMaxTokens'],
];

/** What a lookup knows: the terms without the special ones, and their weights. */
export interface Terms<Token> {
  readonly tokens: readonly Token[];
  readonly idfWeights: readonly number[] | undefined;
}

/** Strings by their Unicode code points, which is the order of their UTF-8 bytes; numbers by size. */
const compareTokens = <Token extends string | number>(a: Token, b: Token): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [first, second] = [Array.from(String(a)), Array.from(String(b))];
  for (let place = 0; place < Math.min(first.length, second.length); place++) {
    const apart = ((first[place] as string).codePointAt(0) as number) - ((second[place] as string).codePointAt(0) as number);
    if (apart !== 0) return apart;
  }
  return first.length - second.length;
};

/** Terms and numbers: the part that strings and integers share. Source: Keras 3, `IndexLookup`. */
export class Vocabulary<Token extends string | number> {
  readonly kind: string;
  readonly mode: OutputMode;
  readonly numOov: number;
  readonly maskToken: Token | undefined;
  readonly oovToken: Token;
  readonly #options: LookupOptions<Token>;
  readonly #bucket: (token: Token, buckets: number) => number;
  #terms: Terms<Token> | undefined;
  #places: ReadonlyMap<Token, number> = new Map();

  constructor(kind: string, options: LookupOptions<Token>, oovToken: Token, bucket: (token: Token, buckets: number) => number) {
    const { maxTokens, numOovIndices = 1, outputMode = 'int', maskToken, vocabulary, idfWeights } = options;
    checkMode(kind, outputMode, ['int', 'oneHot', 'multiHot', 'count', 'tfIdf']);
    if (maxTokens !== undefined && positiveInteger(kind, 'maxTokens', maxTokens) < 2)
      throw new ValueError(`layers.${kind} needs maxTokens above 1, got ${maxTokens}.`);
    if (options.padToMaxTokens === true && maxTokens === undefined)
      throw new ValueError(`layers.${kind} with padToMaxTokens needs maxTokens.`);
    if (!Number.isInteger(numOovIndices) || numOovIndices < 0)
      throw new ValueError(`layers.${kind} needs numOovIndices to be a whole number >= 0, got ${numOovIndices}.`);
    if (idfWeights !== undefined && outputMode !== 'tfIdf')
      throw new ValueError(`layers.${kind} takes idfWeights with outputMode 'tfIdf' alone, got '${outputMode}'.`);
    this.kind = kind;
    this.mode = outputMode;
    this.numOov = numOovIndices;
    this.maskToken = maskToken ?? undefined;
    this.oovToken = options.oovToken ?? oovToken;
    this.#options = options;
    this.#bucket = bucket;
    if (vocabulary !== undefined) this.#set(this.#checked(vocabulary, idfWeights));
  }

  /** Where the numbers of unknown terms begin. */
  get oovStart(): number {
    return this.maskToken !== undefined && this.mode === 'int' ? 1 : 0;
  }

  /** Where the numbers of the vocabulary begin. */
  get start(): number {
    return this.oovStart + this.numOov;
  }

  /** @throws ValueError before there is a vocabulary. */
  get terms(): Terms<Token> {
    if (this.#terms !== undefined) return this.#terms;
    throw new ValueError(`layers.${this.kind} has no vocabulary yet: give it one, or call await layer.adapt(data) first.`);
  }

  get size(): number {
    return this.start + this.terms.tokens.length;
  }

  /** Length of the vectors. */
  get depth(): number {
    return this.#options.padToMaxTokens === true ? (this.#options.maxTokens as number) : this.size;
  }

  get specials(): readonly Token[] {
    const mask = this.oovStart === 1 ? [this.maskToken as Token] : [];
    return [...mask, ...new Array<Token>(this.numOov).fill(this.oovToken)];
  }

  #set(terms: Terms<Token>): void {
    this.#terms = terms;
    this.#places = new Map(terms.tokens.map((token, place) => [token, this.start + place]));
  }

  #checked(vocabulary: readonly Token[], idfWeights: readonly number[] | undefined): Terms<Token> {
    const { kind, specials } = this;
    if (!Array.isArray(vocabulary) || vocabulary.length === 0)
      throw new ValueError(`layers.${kind} needs a vocabulary of at least one term.`);
    const hasSpecials = specials.every((token, place) => vocabulary[place] === token);
    const tokens = hasSpecials ? vocabulary.slice(specials.length) : vocabulary;
    const repeated = tokens.find((token, place) => tokens.indexOf(token) !== place && new Set(tokens).size !== tokens.length);
    if (repeated !== undefined) throw new ValueError(`layers.${kind} has the term ${JSON.stringify(repeated)} twice in its vocabulary.`);
    if (this.maskToken !== undefined && tokens.includes(this.maskToken))
      throw new ValueError(
        `layers.${kind} has its mask token ${JSON.stringify(this.maskToken)} among the terms: leave special terms out, or put all at the start: ${JSON.stringify(specials)}.`,
      );
    const { maxTokens } = this.#options;
    if (maxTokens !== undefined && this.start + tokens.length > maxTokens)
      throw new ValueError(`layers.${kind} has ${this.start + tokens.length} terms, more than maxTokens ${maxTokens}.`);
    if (this.mode !== 'tfIdf') return { tokens, idfWeights: undefined };
    if (idfWeights === undefined) throw new ValueError(`layers.${kind} with outputMode 'tfIdf' needs idfWeights beside its vocabulary.`);
    if (idfWeights.length !== vocabulary.length)
      throw new ValueError(
        `layers.${kind} needs a weight for each of its ${vocabulary.length} terms, got ${idfWeights.length} idfWeights.`,
      );
    return { tokens, idfWeights: this.#padded(idfWeights, hasSpecials) };
  }

  /** Weights for all of the vector: the mean for special terms, 0 for what `padToMaxTokens` adds. */
  #padded(weights: readonly number[], hasSpecials: boolean): readonly number[] {
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
    const all = hasSpecials ? weights : [...new Array<number>(this.start).fill(mean), ...weights];
    const missing = this.#options.padToMaxTokens === true ? (this.#options.maxTokens as number) - all.length : 0;
    return [...all, ...new Array<number>(Math.max(0, missing)).fill(0)];
  }

  /** Takes the most frequent tokens of documents: by count, then the later in order first. Gives what makes the layer again. */
  learn(documents: Iterable<readonly Token[]>): Pick<LookupOptions<Token>, 'vocabulary' | 'idfWeights'> {
    if (this.#options.vocabulary !== undefined)
      throw new ValueError(`layers.${this.kind} was given its vocabulary: there is nothing to learn.`);
    const counts = new Map<Token, number>();
    const holders = new Map<Token, number>();
    let number = 0;
    for (const document of documents) {
      number++;
      for (const token of document) counts.set(token, (counts.get(token) ?? 0) + 1);
      for (const token of new Set(document)) holders.set(token, (holders.get(token) ?? 0) + 1);
    }
    if (this.maskToken !== undefined) counts.delete(this.maskToken);
    counts.delete(this.oovToken);
    if (counts.size === 0) throw new ValueError(`layers.${this.kind} cannot learn from nothing: there were no terms.`);
    const sorted = [...counts].sort(([a, many], [b, more]) => more - many || compareTokens(b, a)).map(([token]) => token);
    const { maxTokens } = this.#options;
    const tokens = maxTokens === undefined ? sorted : sorted.slice(0, Math.max(0, maxTokens - this.start));
    const weights = this.mode === 'tfIdf' ? tokens.map(token => Math.log(1 + number / (1 + (holders.get(token) ?? 0)))) : undefined;
    this.#set({ tokens, idfWeights: weights === undefined ? undefined : this.#padded(weights, false) });
    return { vocabulary: tokens, ...(weights === undefined ? {} : { idfWeights: weights }) };
  }

  /** All terms by their numbers, or without the special ones. */
  list(includeSpecialTokens = true): readonly Token[] {
    return includeSpecialTokens ? [...this.specials, ...this.terms.tokens] : this.terms.tokens;
  }

  /** The number of a term; -1 for what is dropped. */
  numberOf(token: Token): number {
    if (this.maskToken !== undefined && token === this.maskToken) return this.mode === 'int' ? 0 : -1;
    const place = this.#places.get(token);
    if (place !== undefined) return place;
    if (this.numOov === 0)
      throw new ValueError(`layers.${this.kind} with numOovIndices 0 does not know ${JSON.stringify(token)}: set numOovIndices to 1.`);
    return this.oovStart + (this.numOov === 1 ? 0 : this.#bucket(token, this.numOov));
  }

  /** The term of a number; `oovToken` for numbers that none has. */
  tokenOf(number: number): Token {
    return this.list()[number] ?? this.oovToken;
  }

  /** Numbers as the output mode has them. */
  encode(numbers: Tensor): Tensor {
    const { idfWeights } = this.terms;
    const encoded = encodeCategories(numbers, this.mode, this.depth);
    return idfWeights === undefined ? encoded : encoded.mul(tensor([...idfWeights], { dtype: encoded.dtype }));
  }
}
