import { listCodes, type Tokenizer, type TokenizerConfig } from './tokenizer.ts';

/** Words of a text: letters and digits with apostrophes inside, and the marks ! and ?, without what stands in HTML tags. */
export const wordsOf = (text: string, lowercase: boolean): string[] =>
  (lowercase ? text.toLowerCase() : text).replaceAll(/<[^>]*>/g, ' ').match(/[\p{L}\p{N}]+(?:['’]\p{L}+)*|[!?]/gu) ?? [];

/** Words, and behind them all pairs of neighbours: what a bag of words needs to know 'not good' from 'good'. */
export const wordsAndPairs = (text: string, lowercase: boolean, pairs: boolean): string[] => {
  const words = wordsOf(text, lowercase);
  return pairs ? [...words, ...words.slice(1).map((word, index) => `${words[index]} ${word}`)] : words;
};

/** A tokenizer of words. */
export const wordTokenizer = (config: Extract<TokenizerConfig, { kind: 'words' }>): Tokenizer => ({
  kind: 'words',
  ...listCodes(config.words, text => wordsAndPairs(text, config.lowercase, config.pairs), ' '),
  config,
});
