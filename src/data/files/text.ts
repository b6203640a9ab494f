import { FormatError, ValueError } from '../../core/errors.ts';
import { type ByteSource, unpackedChunks } from './bytes.ts';

export interface EncodingOptions {
  /** `utf-8` (default), `utf-16le`, `utf-16be`, `latin1`, or another label of the Encoding standard. A byte order mark decides before it. */
  readonly encoding?: string;
}

const markOf = (first: Uint8Array): string | undefined => {
  if (first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf) return 'utf-8';
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le';
  return first[0] === 0xfe && first[1] === 0xff ? 'utf-16be' : undefined;
};

/** A decoder that refuses what is not of its encoding. @throws ValueError for an unknown label. */
export const decoderOf = (label: string): TextDecoder => {
  try {
    return new TextDecoder(label, { fatal: true });
  } catch (error) {
    throw new ValueError(`unknown encoding '${label}'. Use utf-8, utf-16le, utf-16be, latin1 or another label of the Encoding standard.`, {
      cause: error,
    });
  }
};

export const wrongEncoding = (name: string, label: string, cause?: unknown): FormatError =>
  new FormatError(
    label === 'utf-8'
      ? `${name} is not a text in UTF-8. Save it again in this encoding, or say which it has: { encoding: 'latin1' }.`
      : `${name} is not a text in ${label}. Say which encoding it has: { encoding: 'utf-8' }.`,
    { cause },
  );

/** A text as it comes, unpacked and decoded. @throws FormatError for bytes of another encoding. */
export async function* textChunks(source: ByteSource, { encoding = 'utf-8' }: EncodingOptions = {}): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let label = encoding;
  decoderOf(label);
  try {
    for await (const chunk of unpackedChunks(source)) {
      if (decoder === undefined) {
        label = markOf(chunk) ?? encoding;
        decoder = decoderOf(label);
      }
      const text = decoder.decode(chunk, { stream: true });
      if (text !== '') yield text;
    }
    const rest = decoder?.decode();
    if (rest) yield rest;
  } catch (error) {
    if (error instanceof TypeError) throw wrongEncoding(source.name, label, error);
    throw error;
  }
}

/** A text as bytes of UTF-8, without a byte order mark, whatever encoding it has. UTF-8 passes as it is, unchecked. */
export async function* utf8Chunks(source: ByteSource, { encoding = 'utf-8' }: EncodingOptions = {}): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  decoderOf(encoding);
  for await (const chunk of unpackedChunks(source)) {
    if (isFirst) {
      isFirst = false;
      const label = markOf(chunk) ?? encoding;
      if (!/^utf-?8$/i.test(label)) {
        const encoder = new TextEncoder();
        for await (const text of textChunks(source, { encoding: label })) yield encoder.encode(text);
        return;
      }
      yield markOf(chunk) === 'utf-8' ? chunk.subarray(3) : chunk;
    } else yield chunk;
  }
}

/** A whole text. */
export const readText = async (source: ByteSource, options: EncodingOptions = {}): Promise<string> => {
  const parts: string[] = [];
  for await (const part of textChunks(source, options)) parts.push(part);
  return parts.join('');
};

/** The lines of a text, without their ends (LF, CRLF, CR); an empty last one does not count. */
export async function* lineChunks(source: ByteSource, options: EncodingOptions = {}): AsyncGenerator<string[]> {
  let rest = '';
  for await (const part of textChunks(source, options)) {
    const text = rest + part;
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text; // its LF may come with the next chunk
    const lines = whole.split(/\r\n|\n|\r/);
    rest = (lines.pop() as string) + text.slice(whole.length);
    if (lines.length > 0) yield lines;
  }
  if (rest.endsWith('\r')) rest = rest.slice(0, -1);
  if (rest !== '') yield [rest];
}
