import { wrongEncoding } from '../files/text.ts';

const slots = 4096;
const longest = 48;

/** Texts from bytes; short ones that come again and again are made once. */
export class TextTable {
  readonly #texts: string[] = [];
  readonly #bytes: (Uint8Array | undefined)[] = [];
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  /** @throws FormatError for what is not UTF-8. */
  text(bytes: Uint8Array): string {
    const { length } = bytes;
    if (length === 0) return '';
    if (length > longest) return this.#decode(bytes);
    let hash = length;
    let all = 0;
    for (let at = 0; at < length; at++) {
      const byte = bytes[at] as number;
      all |= byte;
      hash = Math.imul(hash ^ byte, 16777619);
    }
    const slot = (hash ^ (hash >>> 15)) & (slots - 1);
    const kept = this.#bytes[slot];
    if (kept !== undefined && kept.length === length) {
      let at = 0;
      while (at < length && kept[at] === bytes[at]) at++;
      if (at === length) return this.#texts[slot] as string;
    }
    const text = all < 128 && length <= 24 ? String.fromCharCode.apply(null, bytes as unknown as number[]) : this.#decode(bytes);
    this.#bytes[slot] = bytes.slice();
    this.#texts[slot] = text;
    return text;
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes);
    } catch (error) {
      throw wrongEncoding(this.#source, 'utf-8', error);
    }
  }
}
