import { FormatError } from '../../core/errors.ts';
import { type ColumnKind, type ColumnSchema, missingBoolean, type Table, type TableColumn } from './column.ts';
import { longDecimal, parseBoolean, parseDate, parseNumber, powersOfTen } from './decimals.ts';
import { TextTable } from './textTable.ts';

export interface ScannerOptions {
  readonly source: string;
  readonly schema: readonly ColumnSchema[];
  readonly delimiter: string;
  readonly decimal: string;
  readonly comment: string | undefined;
  readonly missing: ReadonlySet<string>;
  /** What is done about a row with too few or too many fields. */
  readonly ragged: 'error' | 'skip';
  readonly rowsAtMost: number;
}

/** A value that is not what its column was taken for. */
export class KindError extends FormatError {
  readonly column: string;
  constructor(message: string, column: string) {
    super(message);
    this.column = column;
  }
}

/** A value of another kind in a row of another number of fields, which is left out. */
const brokenOff = -2;

const [newline, carriage, quote, minus, plus, zero] = [10, 13, 34, 45, 43, 48];

/** 10,000 columns shall not ask for gigabytes. */
const rowsFor = (columns: number, atMost: number): number => Math.max(64, Math.min(atMost, Math.floor(2 ** 22 / Math.max(1, columns))));

/** Columns that are being filled. */
const emptyColumn = (kind: ColumnKind, rows: number): Float64Array | Uint8Array | (string | null)[] =>
  kind === 'number' || kind === 'date' ? new Float64Array(rows) : kind === 'boolean' ? new Uint8Array(rows) : [];

/**
 * Reads rows of CSV from bytes of UTF-8 into typed columns. Most numbers never become a text: their digits are added up as they are
 * passed, which is exact up to 15 of them and 22 places after the point.
 */
export class CsvScanner {
  /** The line of the next row, from 1. */
  line: number;
  /** Rows that were left out because they are ragged. */
  skipped = 0;
  readonly #options: ScannerOptions;
  readonly #capacity: number;
  readonly #texts: readonly TextTable[];
  readonly #codes: Uint8Array;
  #columns: (Float64Array | Uint8Array | (string | null)[])[] = [];
  #rows = 0;
  #at = 0;
  #rowStart = 0;

  constructor(options: ScannerOptions, line: number) {
    this.#options = options;
    this.line = line;
    this.#capacity = rowsFor(options.schema.length, options.rowsAtMost);
    this.#texts = options.schema.map(() => new TextTable(options.source));
    this.#codes = Uint8Array.from(options.schema, ({ kind }) => (kind === 'number' ? 0 : kind === 'text' || kind === 'category' ? 1 : 2));
    this.#renew();
  }

  #renew(): void {
    this.#columns = this.#options.schema.map(({ kind }) => emptyColumn(kind, this.#capacity));
    this.#rows = 0;
  }

  get isFull(): boolean {
    return this.#rows === this.#capacity;
  }

  /** The rows read since it was asked last. */
  take(): Table {
    const count = this.#rows;
    const columns = this.#options.schema.map(({ name, kind }, at) => {
      const values = this.#columns[at] as Float64Array;
      return { name, kind, values: Array.isArray(values) ? values : values.subarray(0, count) } as unknown as TableColumn;
    });
    this.#renew();
    return { count, columns };
  }

  /**
   * Reads whole rows from `from` on, which must end with a line break before `to`, until the columns are full; the place after the last
   * one. A quote that is still open at `to` leaves its row for later.
   */
  scan(bytes: Uint8Array, from: number, to: number): number {
    const { delimiter, decimal, comment } = this.#options;
    const [separator, point, hash] = [delimiter.charCodeAt(0), decimal.charCodeAt(0), comment?.charCodeAt(0) ?? -1];
    const codes = this.#codes;
    const last = codes.length - 1;
    const columns = this.#columns;
    let at = from;
    while (at < to && this.#rows < this.#capacity) {
      const start = at;
      this.#rowStart = at;
      let code = bytes[at] as number;
      if (code === newline || code === carriage || code === hash) {
        while (code !== newline && code !== carriage) code = bytes[++at] as number; // an empty line, or a comment
        at = this.#pastBreak(bytes, at);
        this.line++;
        continue;
      }
      const row = this.#rows;
      const line = this.line;
      let column = 0;
      for (;;) {
        let next = at;
        if (codes[column] === 0) {
          code = bytes[next] as number;
          const isNegative = code === minus;
          if (isNegative || code === plus) code = bytes[++next] as number;
          const digitsStart = next;
          let value = 0;
          let digit = code ^ zero;
          while (digit <= 9) {
            value = value * 10 + digit;
            code = bytes[++next] as number;
            digit = code ^ zero;
          }
          let digits = next - digitsStart;
          let fraction = 0;
          if (code === point && point !== separator) {
            const begin = ++next;
            code = bytes[next] as number;
            digit = code ^ zero;
            while (digit <= 9) {
              value = value * 10 + digit;
              code = bytes[++next] as number;
              digit = code ^ zero;
            }
            fraction = next - begin;
            digits += fraction;
          }
          if (digits > 0 && (code === separator || code === newline || code === carriage)) {
            if (digits > 15) value = longDecimal(bytes, digitsStart, next);
            else if (fraction > 0) value /= powersOfTen[fraction] as number;
            if (!Number.isNaN(value)) {
              (columns[column] as Float64Array)[row] = isNegative ? -value : value;
            } else next = this.#number(bytes, at, to, column, row);
          } else next = this.#number(bytes, at, to, column, row);
        } else next = this.#field(bytes, at, to, column, row);
        if (next === brokenOff) {
          at = this.#raggedRow(bytes, start, to, line);
          break;
        }
        if (next < 0) {
          this.line = line;
          return start; // the row goes on after these bytes
        }
        at = next;
        code = bytes[at] as number;
        if (code === separator) {
          at++;
          if (column === last) {
            at = this.#raggedRow(bytes, start, to, line);
            if (at < 0) return start;
            break;
          }
          column++;
          continue;
        }
        if (column !== last) {
          at = this.#raggedRow(bytes, start, to, line);
          if (at < 0) return start;
          break;
        }
        at = this.#pastBreak(bytes, at);
        this.line++;
        this.#rows++;
        break;
      }
    }
    return at;
  }

  #pastBreak(bytes: Uint8Array, at: number): number {
    return bytes[at] === carriage && bytes[at + 1] === newline ? at + 2 : at + 1;
  }

  /** The bytes of a field, without its quotes; `#at` is then behind it, -1 where it goes on after these bytes. */
  #fieldBytes(bytes: Uint8Array, at: number, to: number): Uint8Array {
    const separator = this.#options.delimiter.charCodeAt(0);
    let next = at;
    if (bytes[next] !== quote) {
      let code = bytes[next] as number;
      while (code !== separator && code !== newline && code !== carriage) code = bytes[++next] as number;
      this.#at = next;
      return bytes.subarray(at, next);
    }
    let doubled = 0;
    next++;
    for (;;) {
      if (next >= to) {
        this.#at = -1;
        return bytes.subarray(0, 0);
      }
      const code = bytes[next] as number;
      if (code === quote) {
        if (bytes[next + 1] !== quote) break;
        doubled++;
        next++;
      } else if (code === newline || (code === carriage && bytes[next + 1] !== newline)) this.line++;
      next++;
    }
    const after = bytes[next + 1] as number;
    if (after !== separator && after !== newline && after !== carriage)
      throw new FormatError(
        `${this.#options.source}, line ${this.line}: text follows a closing quote: ${new TextDecoder().decode(bytes.subarray(next + 1, next + 21)).split(/[\r\n]/)[0]}. Write a quote inside of a field twice: "".`,
      );
    this.#at = next + 1;
    const inside = bytes.subarray(at + 1, next);
    return doubled === 0 ? inside : withoutDoubled(inside, doubled);
  }

  /** A field that is no plain number: quoted, missing, with an exponent, or wrong. */
  #number(bytes: Uint8Array, at: number, to: number, column: number, row: number): number {
    const field = this.#fieldBytes(bytes, at, to);
    if (this.#at < 0) return -1;
    const text = (this.#texts[column] as TextTable).text(field).trim();
    const { missing, decimal } = this.#options;
    const value = missing.has(text) ? NaN : parseNumber(text, decimal);
    if (value === undefined) {
      if (this.#isRagged(bytes, to)) return brokenOff;
      throw this.#mismatch(text, column, 'a number');
    }
    (this.#columns[column] as Float64Array)[row] = value;
    return this.#at;
  }

  #field(bytes: Uint8Array, at: number, to: number, column: number, row: number): number {
    const isQuoted = bytes[at] === quote;
    const field = this.#fieldBytes(bytes, at, to);
    if (this.#at < 0) return -1;
    const text = (this.#texts[column] as TextTable).text(field);
    const isMissing = this.#options.missing.has(text) && !(isQuoted && text !== '');
    if (this.#codes[column] === 1) (this.#columns[column] as (string | null)[])[row] = isMissing ? null : text;
    else this.#special(text.trim(), isMissing, column, row);
    return this.#at;
  }

  /** Dates and booleans. */
  #special(text: string, isMissing: boolean, column: number, row: number): void {
    const { kind } = this.#options.schema[column] as ColumnSchema;
    const values = this.#columns[column] as Float64Array;
    if (kind === 'date') {
      const time = isMissing ? NaN : parseDate(text);
      if (time === undefined) throw this.#mismatch(text, column, 'a date (as 2024-12-31 or 2024-12-31T23:59:00Z)');
      values[row] = time;
    } else {
      const value = isMissing ? missingBoolean : parseBoolean(text);
      if (value === undefined) throw this.#mismatch(text, column, 'true or false');
      values[row] = Number(value);
    }
  }

  #mismatch(text: string, column: number, wanted: string): KindError {
    const { name } = this.#options.schema[column] as ColumnSchema;
    return new KindError(
      `${this.#options.source}, line ${this.line}: '${text.slice(0, 60)}' in column '${name}' is not ${wanted}. Mend it, name it as missing ({ missing: ['${text.slice(0, 20)}'] }), or read the column as text ({ types: { '${name}': 'text' } }).`,
      name,
    );
  }

  /** Whether this row is one that is left out. */
  #isRagged(bytes: Uint8Array, to: number): boolean {
    const { ragged, schema } = this.#options;
    if (ragged === 'error') return false;
    const line = this.line;
    const fields = this.#countFields(bytes, this.#rowStart, to);
    this.line = line;
    return this.#at >= 0 && fields !== schema.length;
  }

  /** The fields of a row; `#at` is then at its end, -1 where it goes on after these bytes. */
  #countFields(bytes: Uint8Array, start: number, to: number): number {
    const separator = this.#options.delimiter.charCodeAt(0);
    for (let fields = 1, at = start; ; fields++) {
      this.#fieldBytes(bytes, at, to);
      if (this.#at < 0 || bytes[this.#at] !== separator) return fields;
      at = this.#at + 1;
    }
  }

  /** A row of another number of fields: told, or left out. */
  #raggedRow(bytes: Uint8Array, start: number, to: number, line: number): number {
    this.line = line;
    const fields = this.#countFields(bytes, start, to);
    if (this.#at < 0) {
      this.line = line;
      return -1;
    }
    const { source, schema, ragged, delimiter } = this.#options;
    if (ragged === 'error')
      throw new FormatError(
        `${source}, line ${line}: ${fields} field${fields === 1 ? '' : 's'}, where there are ${schema.length} columns. Mend the line (a field that holds a '${delimiter}' must stand in quotes), or leave such lines out: { ragged: 'skip' }.`,
      );
    this.skipped++;
    this.line++;
    for (const values of this.#columns) if (Array.isArray(values)) values.length = Math.min(values.length, this.#rows);
    return this.#pastBreak(bytes, this.#at);
  }
}

const withoutDoubled = (bytes: Uint8Array, doubled: number): Uint8Array => {
  const plain = new Uint8Array(bytes.length - doubled);
  let to = 0;
  for (let from = 0; from < bytes.length; from++) {
    plain[to++] = bytes[from] as number;
    if (bytes[from] === quote) from++;
  }
  return plain;
};
