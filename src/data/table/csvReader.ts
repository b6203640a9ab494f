import { joinBytes } from '../../core/bytes.ts';
import { FormatError, ValueError } from '../../core/errors.ts';
import { unknownOptions } from '../../tensor/options.ts';
import { byteSource, type FileInput } from '../files/bytes.ts';
import { type EncodingOptions, utf8Chunks, wrongEncoding } from '../files/text.ts';
import { type Cursor, end } from '../pipeline/cursor.ts';
import { type ColumnKind, type ColumnSchema, isCategorical, joinTables, type Table } from './column.ts';
import { type TableDataset, tableDataset } from './dataset.ts';
import { CsvScanner, KindError } from './scanner.ts';
import { type Layout, sniff } from './sniff.ts';

export interface CsvReadOptions extends EncodingOptions {
  /** One character between fields. Default: the one of `, tab ; |` that cuts the beginning best. */
  readonly delimiter?: string;
  /** The decimal point. Default `.`; `,` for files of many countries, whose delimiter is `;`. */
  readonly decimal?: '.' | ',';
  /** Whether the first line names the columns. Default 'auto': where it looks so. Without, they are called `0`, `1`, … */
  readonly header?: boolean | 'auto';
  /** The columns' names; a header, where there is one, is passed over. */
  readonly names?: readonly string[];
  /** Lines that begin with this character are passed over. Default: none. */
  readonly comment?: string;
  /** Fields that stand for a missing value. Default: empty, NA, N/A, n/a, #N/A, NaN, nan, null, NULL, None, ? */
  readonly missing?: readonly string[];
  /** The kinds of columns; what is left out is told from the first rows (1 MiB). */
  readonly types?: Readonly<Record<string, ColumnKind>>;
  /** What is done about a line with too few or too many fields. Default 'error'. */
  readonly ragged?: 'error' | 'skip';
  /** Rows of a chunk at the most. Default 32,768. */
  readonly chunkRows?: number;
}

const optionNames = ['delimiter', 'decimal', 'header', 'names', 'comment', 'missing', 'types', 'ragged', 'chunkRows', 'encoding'];

/** What stands for a missing value where nothing else is said. */
export const missingTexts: readonly string[] = ['', 'NA', 'N/A', 'n/a', '#N/A', 'NaN', 'nan', 'null', 'NULL', 'None', '?'];

const sampleBytes = 1 << 20;
/** A line longer than this is taken for a quote that never closes, or for no CSV at all. */
const longestLine = 256 << 20;
const [newline, carriage] = [10, 13];

interface Settings {
  readonly layout: Layout;
  readonly missing: ReadonlySet<string>;
  readonly options: CsvReadOptions;
}

/** The beginning of a file, for a look at it. */
const sampleOf = async (input: FileInput, options: CsvReadOptions): Promise<string> => {
  const source = byteSource(input);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of utf8Chunks(source, options)) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= sampleBytes) break;
  }
  const bytes = parts.length === 0 ? new Uint8Array() : joinBytes(parts);
  if (bytes.subarray(0, 4096).includes(0))
    throw new FormatError(
      `${source.name} holds zero bytes: it is no text in UTF-8. Check the file, or say its encoding: { encoding: 'utf-16le' }.`,
    );
  const cut = length < sampleBytes ? bytes.length : Math.max(bytes.lastIndexOf(newline), bytes.lastIndexOf(carriage)) + 1 || bytes.length;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, cut));
  } catch (error) {
    throw wrongEncoding(source.name, 'utf-8', error);
  }
};

/** The first place after the header (or 0), and the line it is on. */
const pastHeader = (bytes: Uint8Array, comment: string | undefined): { at: number; line: number } => {
  let [at, line] = [0, 1];
  const isBreak = (byte: number | undefined): boolean => byte === newline || byte === carriage;
  const pastLine = (): void => {
    let inQuotes = false;
    while (at < bytes.length && (inQuotes || !isBreak(bytes[at]))) {
      if (bytes[at] === 34) inQuotes = !inQuotes;
      if (inQuotes && bytes[at] === newline) line++;
      at++;
    }
    at += bytes[at] === carriage && bytes[at + 1] === newline ? 2 : 1;
    line++;
  };
  while (at < bytes.length && (isBreak(bytes[at]) || bytes[at] === comment?.charCodeAt(0))) pastLine();
  pastLine();
  return { at, line };
};

/** Chunks of columns, as the bytes come. */
const chunkCursor = (input: FileInput, settings: () => Promise<Settings>): Cursor<Table> => {
  const source = byteSource(input);
  async function* tables(): AsyncGenerator<Table> {
    const { layout, missing, options } = await settings();
    const { decimal = '.', comment, ragged = 'error', chunkRows = 32_768 } = options;
    const { schema, delimiter, hasHeader } = layout;
    let scanner = new CsvScanner({ source: source.name, schema, delimiter, decimal, comment, missing, ragged, rowsAtMost: chunkRows }, 1);
    let rest: Uint8Array = new Uint8Array();
    let isBegun = !hasHeader;
    const scanned = function* (bytes: Uint8Array, isLast: boolean): Generator<Table> {
      let at = 0;
      if (!isBegun) {
        const past = pastHeader(bytes, comment);
        if (past.at > bytes.length && !isLast) {
          rest = bytes;
          return;
        }
        at = Math.min(past.at, bytes.length);
        isBegun = true;
        scanner = new CsvScanner(
          { source: source.name, schema, delimiter, decimal, comment, missing, ragged, rowsAtMost: chunkRows },
          past.line,
        );
      }
      const to =
        Math.max(bytes.lastIndexOf(newline), isLast ? bytes.lastIndexOf(carriage) : bytes.subarray(0, -1).lastIndexOf(carriage)) + 1;
      while (at < to) {
        const next = scanner.scan(bytes, at, to);
        const isStuck = next === at && !scanner.isFull;
        at = next;
        if (scanner.isFull) yield scanner.take();
        else if (isStuck) break;
      }
      rest = bytes.subarray(at);
      if (rest.length > longestLine || (isLast && rest.length > 0))
        throw new FormatError(
          `${source.name}, line ${scanner.line}: a quote opens and never closes. Close it, or write a quote inside of a field twice: "".`,
        );
    };
    for await (const chunk of utf8Chunks(source, options)) yield* scanned(rest.length === 0 ? chunk : joinBytes([rest, chunk]), false);
    if (rest.length > 0 || !isBegun) {
      const ends = rest.length > 0 && (rest.at(-1) === newline || rest.at(-1) === carriage);
      yield* scanned(ends ? rest : joinBytes([rest, Uint8Array.of(newline)]), true);
    }
    yield scanner.take();
  }
  const iterator = tables();
  const next = async (): Promise<Table | typeof end> => {
    const { done, value } = await iterator.next();
    return done === true ? end : value;
  };
  return {
    next,
    async skip(count) {
      for (let passed = 0; passed < count; passed++) if ((await next()) === end) return passed;
      return count;
    },
    close: async () => void (await iterator.return(undefined)),
  };
};

/** Everything; a column that the beginning showed as narrower than it is, is read anew as a text. */
const readWhole = async (input: FileInput, settings: () => Promise<Settings>): Promise<Table> => {
  let { layout, missing, options } = await settings();
  for (;;) {
    const current = { layout, missing, options };
    const cursor = chunkCursor(input, async () => current);
    try {
      const parts: Table[] = [];
      for (;;) {
        const part = await cursor.next();
        if (part === end) break;
        parts.push(part);
      }
      const table = joinTables(parts, layout.schema);
      return { ...table, columns: table.columns.map(column => relabelled(column, options.types?.[column.name])) };
    } catch (error) {
      if (!(error instanceof KindError) || options.types?.[error.column] !== undefined) throw error;
      const schema: ColumnSchema[] = layout.schema.map(column => (column.name === error.column ? { ...column, kind: 'text' } : column));
      layout = { ...layout, schema };
    } finally {
      await cursor.close();
    }
  }
};

/** Texts that turn out to name a few classes, or not, now that all are known. */
const relabelled = (column: Table['columns'][number], given: ColumnKind | undefined): Table['columns'][number] => {
  if (given !== undefined || (column.kind !== 'text' && column.kind !== 'category')) return column;
  const present = column.values.filter(value => value !== null);
  return { ...column, kind: isCategorical(new Set(present).size, present.length) ? 'category' : 'text' };
};

const oneCharacter = (name: string, value: string | undefined): void => {
  if (value !== undefined && (value.length !== 1 || value.charCodeAt(0) > 127 || '"\r\n'.includes(value)))
    throw new ValueError(
      `csv cannot use the ${name} ${JSON.stringify(value)}: it must be one character of ASCII, such as ',' ';' or '\\t'.`,
    );
};

/**
 * The rows of a CSV or TSV file as records: numbers, booleans, dates and texts by their columns' kinds, which are given or told from
 * the beginning of the file. The file is read as it is walked through and need not fit into memory; one packed with gzip or xz is
 * unpacked on the way. `batch` directly after it makes tensors from columns without a record for each row.
 *
 * @throws FormatError, while it is walked through, with the path and the line: ragged lines, values that are not of their column's
 * kind, quotes that do not close, another encoding; FileError where the file cannot be had.
 * @example csv('diamonds.csv').shuffle({ bufferSize: 10_000 }).map(({ carat, price }) => [carat, price]).batch(64)
 */
export const csv = (input: FileInput, options: CsvReadOptions = {}): TableDataset => {
  unknownOptions('csv', options, optionNames);
  oneCharacter('delimiter', options.delimiter);
  oneCharacter('comment', options.comment);
  const missing = new Set(options.missing ?? missingTexts);
  let known: Promise<Settings> | undefined;
  const settings = (): Promise<Settings> => {
    known ??= sampleOf(input, options).then(text => ({
      layout: sniff(text, byteSource(input).name, {
        delimiter: options.delimiter,
        decimal: options.decimal ?? '.',
        comment: options.comment,
        header: options.header ?? 'auto',
        missing,
        names: options.names,
        types: options.types ?? {},
      }),
      ...{ missing, options },
    }));
    known.catch(() => {
      known = undefined; // a file that was not there may come
    });
    return known;
  };
  return tableDataset({
    schema: async () => (await settings()).layout.schema,
    open: () => chunkCursor(input, settings),
    read: () => readWhole(input, settings),
  });
};

/** `csv` for fields parted by tabs. */
export const tsv = (input: FileInput, options: Omit<CsvReadOptions, 'delimiter'> = {}): TableDataset =>
  csv(input, { ...options, delimiter: '\t' });
