import { FormatError } from '../../core/errors.ts';
import { streamStage } from '../dataset.ts';
import { byteSource, type FileInput } from '../files/bytes.ts';
import { type EncodingOptions, lineChunks, readText, textChunks } from '../files/text.ts';
import { datasetOf } from '../pipeline/build.ts';
import type { Dataset } from '../pipeline/interface.ts';

/** A line of JSON is not longer than this. */
const longest = 512 << 20;

async function* lines(input: FileInput, options: EncodingOptions): AsyncGenerator<unknown> {
  const source = byteSource(input);
  let number = 0;
  for await (const some of lineChunks(source, options))
    for (const line of some) {
      number++;
      if (line.trim() === '') continue;
      try {
        yield JSON.parse(number === 1 ? line.replace(/^\ufeff/, '') : line);
      } catch (error) {
        throw new FormatError(
          `${source.name}, line ${number}: it is not JSON (${(error as Error).message}). Each line must be a value of its own; read one JSON array with jsonArray().`,
          { cause: error },
        );
      }
    }
}

/**
 * The values of a JSON Lines file (`.jsonl`, `.ndjson`), one a line, as it is walked through; empty lines are passed over. Name their
 * type where it is known: `jsonLines<{ text: string }>(path)`; it is not checked.
 *
 * @throws FormatError, while it is walked through, with the path and the line.
 */
export const jsonLines = <T = Record<string, unknown>>(input: FileInput, options: EncodingOptions = {}): Dataset<T> =>
  datasetOf(streamStage(() => lines(input, options) as AsyncIterable<T>));

/** The texts of the values in an array of JSON, cut where commas stand between them. */
async function* elements(
  chunks: AsyncIterable<string>,
  refuse: (line: number, why: string) => FormatError,
): AsyncGenerator<[text: string, line: number]> {
  let state = 'before' as 'before' | 'inside' | 'after';
  let [depth, line, elementLine] = [0, 1, 1];
  let inString = false;
  let isEscaped = false;
  let element = '';
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const letter = chunk.charCodeAt(at);
      if (letter === 10) line++;
      if (inString) {
        if (isEscaped) isEscaped = false;
        else if (letter === 92) isEscaped = true;
        else if (letter === 34) inString = false;
        continue;
      }
      if (letter === 34) inString = true;
      if (state === 'inside' && (letter === 91 || letter === 123)) depth++;
      else if (state === 'before' && letter === 91) {
        state = 'inside';
        from = at + 1;
        elementLine = line;
      } else if (state === 'inside' && (letter === 93 || letter === 125 || letter === 44)) {
        if (letter !== 44 && depth > 0) depth--;
        else if (depth === 0) {
          element += chunk.slice(from, at);
          if (letter === 125) throw refuse(line, 'a } has no {');
          if (element.trim() !== '') yield [element, elementLine];
          else if (letter === 44) throw refuse(line, 'an element is missing before a comma');
          element = '';
          from = at + 1;
          elementLine = line;
          if (letter === 93) state = 'after';
        }
      } else if (state !== 'inside' && letter > 32 && letter !== 0xfeff)
        throw refuse(line, state === 'before' ? 'it is no array: it does not begin with [' : 'text follows the array');
    }
    if (state === 'inside') element += chunk.slice(from);
    if (element.length > longest) throw refuse(elementLine, 'an element is longer than 512 MiB');
  }
  if (state !== 'after') throw refuse(line, state === 'before' ? 'it is empty' : 'the array does not end: the file is cut short');
}

async function* arrayValues(input: FileInput, options: EncodingOptions): AsyncGenerator<unknown> {
  const source = byteSource(input);
  const refuse = (line: number, why: string): FormatError =>
    new FormatError(
      `${source.name}, line ${line}: ${why}. Read a file of one value with readJson(), one of a value a line with jsonLines().`,
    );
  for await (const [text, line] of elements(textChunks(source, options), refuse)) {
    try {
      yield JSON.parse(text);
    } catch (error) {
      throw refuse(line, `an element is not JSON (${(error as Error).message})`);
    }
  }
}

/** The elements of a file that is one JSON array, as it is walked through: it need not fit into memory. @throws FormatError with path and line. */
export const jsonArray = <T = Record<string, unknown>>(input: FileInput, options: EncodingOptions = {}): Dataset<T> =>
  datasetOf(streamStage(() => arrayValues(input, options) as AsyncIterable<T>));

/** A JSON file as one value. @throws FormatError that names the file. */
export const readJson = async <T = unknown>(input: FileInput, options: EncodingOptions = {}): Promise<T> => {
  const source = byteSource(input);
  const text = await readText(source, options);
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new FormatError(`${source.name} is not JSON: ${(error as Error).message}. Check the file.`, { cause: error });
  }
};
