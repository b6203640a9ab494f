import { listCodes, type Tokenizer, type TokenizerConfig } from './tokenizer.ts';

/** Characters of a text: whole code points, so that no emoji is cut. */
export const charactersOf = (text: string, lowercase: boolean): string[] => Array.from(lowercase ? text.toLowerCase() : text);

/** A tokenizer of characters. */
export const characterTokenizer = (config: Extract<TokenizerConfig, { kind: 'characters' }>): Tokenizer => ({
  kind: 'characters',
  ...listCodes(config.characters, text => charactersOf(text, config.lowercase), ''),
  config,
});
