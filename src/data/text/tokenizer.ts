/** How a tokenizer is kept: plain data, from which `tokenizerFrom` makes it again. */
export type TokenizerConfig =
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly lowercase: boolean; readonly pairs: boolean }
  | { readonly kind: 'characters'; readonly characters: readonly string[]; readonly lowercase: boolean }
  | { readonly kind: 'bytePairs'; readonly merges: readonly (readonly [number, number])[] }
  | {
      readonly kind: 'huggingFace';
      readonly tokenizer: Readonly<Record<string, unknown>>;
      readonly settings: Readonly<Record<string, unknown>>;
    };

/** Texts as whole numbers, and back. */
export interface Tokenizer {
  readonly kind: TokenizerConfig['kind'];
  /** Codes are smaller than this: what an embedding needs as its number of rows. */
  readonly size: number;
  /** The codes of a text. Those learned here keep 0 for padding and 1 for what is not known. */
  encode(text: string): number[];
  /** A text with these codes; padding is left out. */
  decode(codes: ArrayLike<number>): string;
  /** Plain data, for a model's `metadata`. */
  readonly config: TokenizerConfig;
}

/** Codes that stand for no token. */
export const paddingCode = 0;
export const unknownCode = 1;
export const firstCode = 2;

/** Tokens from the most frequent on; those of equal frequency in the order of their letters' codes. */
export const byFrequency = (tokens: Iterable<string>, { most, least }: { readonly most: number; readonly least: number }): string[] => {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= least)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, Math.max(0, most))
    .map(([token]) => token);
};

/** Codes by a list of tokens, and tokens by their codes. */
export const listCodes = (
  tokens: readonly string[],
  split: (text: string) => readonly string[],
  glue: string,
): Pick<Tokenizer, 'size' | 'encode' | 'decode'> => {
  const places = new Map(tokens.map((token, index) => [token, index + firstCode]));
  return {
    size: tokens.length + firstCode,
    encode: text => split(text).map(token => places.get(token) ?? unknownCode),
    decode: codes =>
      Array.from(codes)
        .filter(code => code !== paddingCode)
        .map(code => tokens[code - firstCode] ?? '\uFFFD')
        .join(glue),
  };
};
