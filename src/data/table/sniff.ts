import { FormatError } from '../../core/errors.ts';
import { type ColumnKind, type ColumnSchema, isCategorical } from './column.ts';
import { parseBoolean, parseDate, parseNumber } from './decimals.ts';

/** Rows of a sample as texts; forgiving, for the reading proper finds what is wrong. */
const sampleRows = (text: string, delimiter: string, comment: string | undefined): string[][] => {
  const rows: string[][] = [];
  let fields: string[] = [];
  let field = '';
  let at = 0;
  let isQuoted = false;
  const endRow = (): void => {
    fields.push(field);
    if (fields.length > 1 || field !== '' || isQuoted) rows.push(fields); // an empty line is none
    [fields, field, isQuoted] = [[], '', false];
  };
  while (at < text.length) {
    const letter = text[at] as string;
    if (field === '' && letter === '"') {
      const inside = /"(?:[^"]|"")*"/y;
      inside.lastIndex = at;
      const quoted = inside.exec(text)?.[0];
      if (quoted === undefined) return rows; // goes on after the sample
      field = quoted.slice(1, -1).replaceAll('""', '"');
      at += quoted.length;
      isQuoted = true;
    } else if (letter === delimiter) {
      fields.push(field);
      field = '';
      at++;
    } else if (letter === '\n' || letter === '\r') {
      endRow();
      at += letter === '\r' && text[at + 1] === '\n' ? 2 : 1;
    } else if (letter === comment && field === '' && fields.length === 0) {
      while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at++;
    } else {
      field += letter;
      at++;
    }
  }
  if (fields.length > 0 || field !== '' || isQuoted) endRow();
  return rows;
};

/** How well a delimiter cuts the sample: most rows with the same number of fields, and many of them. */
const scoreOf = (rows: readonly string[][]): number => {
  const counts = new Map<number, number>();
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [width, alike] = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [1, 0]);
  return width === 1 ? 0 : (alike / rows.length) ** 4 * Math.log2(width + 1);
};

const delimiters = [',', '\t', ';', '|'] as const;

/** The delimiter that cuts a sample best; a comma where none does. */
const guessDelimiter = (text: string, comment: string | undefined): string => {
  let best = ',';
  let most = 0;
  for (const delimiter of delimiters) {
    const score = scoreOf(sampleRows(text, delimiter, comment).slice(0, 200));
    if (score > most) [best, most] = [delimiter, score];
  }
  return best;
};

/** The narrowest kind that holds all values of a sample. */
export const kindOfTexts = (values: readonly string[], decimal = '.'): ColumnKind => {
  if (values.length === 0) return 'text';
  const trimmed = values.map(value => value.trim());
  if (trimmed.every(value => parseNumber(value, decimal) !== undefined)) return 'number';
  if (trimmed.every(value => parseBoolean(value) !== undefined)) return 'boolean';
  if (trimmed.every(value => parseDate(value) !== undefined)) return 'date';
  return isCategorical(new Set(values).size, values.length) ? 'category' : 'text';
};

export interface SniffOptions {
  readonly delimiter: string | undefined;
  readonly decimal: string;
  readonly comment: string | undefined;
  readonly header: boolean | 'auto';
  readonly missing: ReadonlySet<string>;
  readonly names: readonly string[] | undefined;
  readonly types: Readonly<Record<string, ColumnKind>>;
}

export interface Layout {
  readonly delimiter: string;
  readonly hasHeader: boolean;
  readonly schema: readonly ColumnSchema[];
}

/** A first row names the columns where no field of it is a number or missing, each is another, and something below differs in kind. */
const isHeader = (rows: readonly string[][], { missing, decimal }: SniffOptions): boolean => {
  const [first = [], ...body] = rows;
  const isValue = (text: string): boolean =>
    missing.has(text) || parseNumber(text.trim(), decimal) !== undefined || parseDate(text.trim()) !== undefined;
  return (
    first.length > 0 &&
    !first.some(isValue) &&
    (new Set(first).size === first.length || body[0]?.some(isValue) === true) &&
    (body.length === 0 || body.some(row => row.length === first.length))
  );
};

/** What a file of CSV looks like, from its beginning. @throws FormatError for an empty one, and for two columns of one name. */
export const sniff = (text: string, source: string, options: SniffOptions): Layout => {
  const { missing, decimal, comment, types } = options;
  const delimiter = options.delimiter ?? guessDelimiter(text, comment);
  const rows = sampleRows(text, delimiter, comment);
  const [first] = rows;
  if (first === undefined) throw new FormatError(`${source}, line 1: there is no line. A CSV file needs at least its header.`);
  const hasHeader = options.header === 'auto' ? isHeader(rows, options) : options.header;
  const names = options.names ?? (hasHeader ? first.map(name => name.trim()) : first.map((_, index) => String(index)));
  if (names.length !== first.length)
    throw new FormatError(`${source}: ${names.length} names were given for ${first.length} columns. Give one for each.`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new FormatError(`${source}, line 1: two columns are called '${twice}'. Rename one.`);
  const unknown = Object.keys(types).find(name => !names.includes(name));
  if (unknown !== undefined)
    throw new FormatError(`${source} has no column '${unknown}', for which a type is given. Columns: ${names.join(', ')}.`);
  const body = (hasHeader ? rows.slice(1) : rows).filter(row => row.length === names.length).slice(0, 5000);
  const schema = names.map((name, column): ColumnSchema => {
    const given = types[name];
    if (given !== undefined) return { name, kind: given };
    const values = body.map(row => row[column] as string).filter(value => !missing.has(value.trim()));
    return { name, kind: kindOfTexts(values, decimal) };
  });
  return { delimiter, hasHeader, schema };
};
