import { FormatError, nearestName, ValueError } from '../core/errors.ts';

/** A table of texts: every row has as many fields as there are columns. */
export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The line of the file on which each row begins, from 1, for errors about its content. */
  readonly lines: readonly number[];
}

export interface CsvOptions {
  /** One character between fields. Default `,`. */
  readonly delimiter?: string;
  /** Whether the first line names the columns. Without, they are called `0`, `1`, …. Default true. */
  readonly header?: boolean;
  /** What errors call the file. */
  readonly source?: string;
}

interface Row {
  readonly fields: readonly string[];
  readonly line: number;
}

/**
 * Splits a CSV text into rows of fields. A field in quotes may hold delimiters, line breaks, and quotes written twice; a quote
 * inside of a plain field stands for itself. Lines end with LF, CRLF or CR; empty lines and a byte order mark are skipped.
 */
const splitRows = (text: string, delimiter: string, refuse: (line: number, why: string, advice: string) => FormatError): Row[] => {
  const rows: Row[] = [];
  const plain = new RegExp(`[${delimiter.replace(/[\\\]^-]/, '\\$&')}\r\n]`, 'g'); // what ends a field without quotes
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = 1;
  let fields: string[] = [];
  let rowLine = line;
  while (at < text.length) {
    const quoted = text[at] === '"';
    if (quoted) {
      let field = '';
      const opened = line;
      for (;;) {
        const close = text.indexOf('"', at + 1);
        if (close < 0) throw refuse(opened, 'a quote opens and never closes', 'Close it, or write a quote inside of a field twice: "".');
        const part = text.slice(at + 1, close);
        line += part.match(/\r\n|\n|\r/g)?.length ?? 0;
        field += part;
        at = close + 1;
        if (text[at] !== '"') break;
        field += '"';
      }
      fields.push(field);
    }
    plain.lastIndex = at;
    const end = plain.exec(text)?.index ?? text.length;
    if (quoted && end > at)
      throw refuse(
        line,
        `text follows a closing quote: ${text.slice(at, Math.min(end, at + 20))}`,
        'Write a quote inside of a field twice: "".',
      );
    if (!quoted) fields.push(text.slice(at, end));
    at = end + 1;
    if (text[end] === delimiter) {
      if (at >= text.length)
        fields.push(''); // the file ends after a delimiter: one more, empty field
      else continue;
    }
    if (text[end] === '\r' && text[at] === '\n') at++;
    if (quoted || fields.length > 1 || fields[0] !== '') rows.push({ fields, line: rowLine });
    fields = [];
    rowLine = ++line;
  }
  return rows;
};

/**
 * Parses CSV (RFC 4180) into texts; `numberColumn` and `textColumn` read a column.
 *
 * @throws FormatError that names the line: a row with more or fewer fields than columns, a quote that does not close, text after a
 * closing quote, two columns of one name, a file without any line. ValueError for a delimiter that is not one character.
 * @example parseCsv('species,mass\nAdelie,3750\n').rows // [['Adelie', '3750']]
 */
export const parseCsv = (text: string, { delimiter = ',', header = true, source = 'the CSV text' }: CsvOptions = {}): CsvTable => {
  if (delimiter.length !== 1 || '"\r\n'.includes(delimiter))
    throw new ValueError(
      `parseCsv cannot use the delimiter ${JSON.stringify(delimiter)}: it must be one character, such as ',' ';' or '\\t'.`,
    );
  const refuse = (line: number, why: string, advice: string): FormatError => new FormatError(`${source}, line ${line}: ${why}. ${advice}`);
  const rows = splitRows(text, delimiter, refuse);
  const first = rows[0];
  if (first === undefined) throw refuse(1, 'there is no line', 'A CSV file needs at least its header.');
  const columns = header ? first.fields : first.fields.map((_, index) => String(index));
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) throw refuse(first.line, `two columns are called '${twice}'`, 'Rename one.');
  const body = header ? rows.slice(1) : rows;
  for (const { fields, line } of body)
    if (fields.length !== columns.length)
      throw refuse(
        line,
        `${fields.length} field${fields.length === 1 ? '' : 's'}, where ${header ? 'the header has' : 'the first line has'} ${columns.length}`,
        `Mend the line; a field that holds a '${delimiter}' must stand in quotes.`,
      );
  return { columns, rows: body.map(row => row.fields), lines: body.map(row => row.line) };
};

/** The fields of one column. @throws ValueError for an unknown name, with the nearest one. */
export const textColumn = ({ columns, rows }: CsvTable, name: string): string[] => {
  const index = columns.indexOf(name);
  if (index >= 0) return rows.map(fields => fields[index] as string);
  const nearest = nearestName(name, columns);
  throw new ValueError(
    `there is no column '${name}'. ${nearest === undefined ? `Columns: ${columns.join(', ')}.` : `Did you mean '${nearest}'?`}`,
  );
};

/** Texts that stand for a missing number. */
const missing = new Set(['', 'NA', 'N/A', 'NaN', 'nan', 'null']);

/**
 * One column as numbers; what is missing (empty, `NA`, `NaN`, `null`) becomes NaN.
 * @throws FormatError that names the line for a text that is no number; ValueError for an unknown name.
 */
export const numberColumn = (table: CsvTable, name: string): Float64Array =>
  Float64Array.from(textColumn(table, name), (text, row) => {
    const trimmed = text.trim();
    if (missing.has(trimmed)) return NaN;
    const value = Number(trimmed);
    if (Number.isNaN(value))
      throw new FormatError(`line ${table.lines[row]}: '${text}' in column '${name}' is not a number. Mend it, or leave the column out.`);
    return value;
  });
