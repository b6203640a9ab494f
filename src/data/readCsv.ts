import { FormatError } from '../core/errors.ts';
import { platform } from '../core/platform.ts';
import { type CsvOptions, type CsvTable, parseCsv } from './csv.ts';

/**
 * Reads a CSV file: a path where there are files, or an address (`https://…`) anywhere.
 *
 * @throws FileError where it cannot be had; FormatError where it is not UTF-8, and what `parseCsv` throws, with the path and the line.
 * @example numberColumn(await readCsv('penguins.csv'), 'body_mass_g')
 */
export const readCsv = async (path: string, options: Omit<CsvOptions, 'source'> = {}): Promise<CsvTable> => {
  const bytes = await (/^https?:\/\//.test(path) ? platform().fetchBytes(path) : platform().readFile(path));
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new FormatError(`${path} is not a text in UTF-8. Save it again in this encoding.`, { cause: error });
  }
  return parseCsv(text, { ...options, source: path });
};
