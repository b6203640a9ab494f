import { firstCode, type Tokenizer, type TokenizerConfig } from './tokenizer.ts';

/** Pieces that are never joined with each other: words with the space before them, numbers, marks, spaces. GPT-2's pattern. */
const pieces = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** Bytes in the order of their codes: first those that print, then the others, as in GPT-2, so that equally frequent pairs go alike. */
const bytesInOrder = ((): readonly number[] => {
  const prints = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  return [...all.filter(prints), ...all.filter(byte => !prints(byte))];
})();
const codeOfByte = new Map(bytesInOrder.map((byte, index) => [byte, index + firstCode]));
const firstMerge = firstCode + 256;

const piecesOf = (text: string): string[] => text.match(pieces) ?? [];
const codesOfPiece = (piece: string): number[] => Array.from(new TextEncoder().encode(piece), byte => codeOfByte.get(byte) as number);

/** Two codes as one number. */
const keyOf = (first: number, second: number): number => first * 2 ** 26 + second;

/** The codes with each neighbouring pair joined, from the left. */
const joined = (codes: readonly number[], first: number, second: number, made: number): number[] => {
  const result: number[] = [];
  for (let at = 0; at < codes.length; at++) {
    if (codes[at] === first && codes[at + 1] === second) {
      result.push(made);
      at++;
    } else result.push(codes[at] as number);
  }
  return result;
};

interface Piece {
  codes: number[];
  readonly count: number;
}

/** How often each pair of neighbours comes up, and in which pieces. */
class PairCounts {
  readonly counts = new Map<number, number>();
  readonly places = new Map<number, Set<number>>();

  add({ codes, count }: Piece, place: number, sign: 1 | -1): void {
    for (let at = 0; at + 1 < codes.length; at++) {
      const key = keyOf(codes[at] as number, codes[at + 1] as number);
      const sum = (this.counts.get(key) ?? 0) + sign * count;
      if (sum > 0) this.counts.set(key, sum);
      else this.counts.delete(key);
      if (sign > 0) this.places.set(key, (this.places.get(key) ?? new Set()).add(place));
    }
  }

  /** The most frequent pair; of equally frequent ones that of the smallest codes. */
  best(least: number): readonly [number, number] | undefined {
    let [found, most] = [-1, least - 1];
    for (const [key, count] of this.counts) if (count > most || (count === most && found >= 0 && key < found)) [found, most] = [key, count];
    return found < 0 ? undefined : [Math.floor(found / 2 ** 26), found % 2 ** 26];
  }
}

/**
 * Merges of byte pairs, learned from texts: the most frequent pair of neighbouring codes becomes one code, again and again, until there
 * are `size` codes or no pair comes up `least` times.
 *
 * Source: Sennrich, Haddow, Birch 2016, arXiv:1508.07909; on bytes: Radford et al. 2019 (GPT-2).
 */
export const learnMerges = (
  texts: Iterable<string>,
  { size, least }: { readonly size: number; readonly least: number },
): (readonly [number, number])[] => {
  const frequency = new Map<string, number>();
  for (const text of texts) for (const piece of piecesOf(text)) frequency.set(piece, (frequency.get(piece) ?? 0) + 1);
  const all: Piece[] = Array.from(frequency, ([piece, count]) => ({ codes: codesOfPiece(piece), count }));
  const pairs = new PairCounts();
  all.forEach((piece, place) => pairs.add(piece, place, 1));
  const merges: (readonly [number, number])[] = [];
  while (firstMerge + merges.length < size) {
    const best = pairs.best(Math.max(1, least));
    if (best === undefined) break;
    const made = firstMerge + merges.length;
    merges.push(best);
    for (const place of pairs.places.get(keyOf(...best)) ?? []) {
      const piece = all[place] as Piece;
      pairs.add(piece, place, -1);
      piece.codes = joined(piece.codes, ...best, made);
      pairs.add(piece, place, 1);
    }
    pairs.counts.delete(keyOf(...best));
    pairs.places.delete(keyOf(...best));
  }
  return merges;
};

/** Pieces whose codes are remembered. */
const mostRemembered = 50_000;

/** A tokenizer of byte pairs: no text is unknown to it, and `decode` gives back what `encode` took. */
export const bytePairTokenizer = (config: Extract<TokenizerConfig, { kind: 'bytePairs' }>): Tokenizer => {
  const ranks = new Map(config.merges.map(([first, second], rank) => [keyOf(first, second), rank]));
  const bytes: Uint8Array[] = [new Uint8Array(), new Uint8Array(), ...bytesInOrder.map(byte => Uint8Array.of(byte))];
  for (const [first, second] of config.merges)
    bytes.push(Uint8Array.from([...(bytes[first] as Uint8Array), ...(bytes[second] as Uint8Array)]));
  const remembered = new Map<string, readonly number[]>();
  const encodePiece = (piece: string): readonly number[] => {
    const known = remembered.get(piece);
    if (known !== undefined) return known;
    let codes = codesOfPiece(piece);
    for (;;) {
      let [best, place] = [Infinity, -1];
      for (let at = 0; at + 1 < codes.length; at++) {
        const rank = ranks.get(keyOf(codes[at] as number, codes[at + 1] as number)) ?? Infinity;
        if (rank < best) [best, place] = [rank, at];
      }
      if (place < 0) break;
      codes = joined(codes, codes[place] as number, codes[place + 1] as number, firstMerge + best);
    }
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(piece, codes);
    return codes;
  };
  return {
    kind: 'bytePairs',
    size: firstMerge + config.merges.length,
    encode: text => piecesOf(text).flatMap(encodePiece),
    decode: codes => new TextDecoder().decode(Uint8Array.from(Array.from(codes).flatMap(code => Array.from(bytes[code] ?? [])))),
    config,
  };
};
