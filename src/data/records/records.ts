import { FormatError, ValueError } from '../../core/errors.ts';
import { byteSource, type FileInput, plainName } from '../files/bytes.ts';
import type { Dataset } from '../pipeline/interface.ts';
import { type ColumnKind, isCategorical, missingBoolean, type Table, type TableColumn } from '../table/column.ts';
import { type CsvReadOptions, csv } from '../table/csvReader.ts';
import { arrow } from './arrow.ts';
import { jsonArray, jsonLines } from './json.ts';
import { type DataRecord, parquet } from './parquet.ts';

type Open = (input: FileInput, options: CsvReadOptions) => Dataset<DataRecord>;

/** Formats of records by the ending of the file's name. */
const readers: Readonly<Record<string, Open>> = {
  csv: (input, options) => csv(input, options),
  tsv: (input, options) => csv(input, { delimiter: '\t', ...options }),
  tab: (input, options) => csv(input, { delimiter: '\t', ...options }),
  jsonl: (input, { encoding }) => jsonLines(input, encoding === undefined ? {} : { encoding }),
  ndjson: (input, { encoding }) => jsonLines(input, encoding === undefined ? {} : { encoding }),
  json: (input, { encoding }) => jsonArray(input, encoding === undefined ? {} : { encoding }),
  parquet: input => parquet(input),
  arrow: input => arrow(input),
  arrows: input => arrow(input),
  feather: input => arrow(input),
  ipc: input => arrow(input),
};

const endingOf = (input: FileInput): string => /\.([^./\\']+)'?$/.exec(plainName(byteSource(input).name))?.[1]?.toLowerCase() ?? '';

/** The endings that `records` and `readTable` know. */
export const recordEndings: readonly string[] = Object.keys(readers);

/**
 * The records of a file by the ending of its name: csv, tsv, jsonl, ndjson, json (an array), parquet, arrow, feather; also `.gz`, `.xz`.
 * @throws ValueError for another ending; then what the reader throws.
 */
export const records = (input: FileInput, options: CsvReadOptions = {}): Dataset<DataRecord> => {
  const open = readers[endingOf(input)];
  if (open === undefined)
    throw new ValueError(
      `records cannot tell the format of '${byteSource(input).name}' from its ending. Known: ${recordEndings.join(', ')}. Call a reader by its name: csv(path).`,
    );
  return open(input, options);
};

const kindOfValue = (value: unknown): ColumnKind =>
  typeof value === 'number' || typeof value === 'bigint'
    ? 'number'
    : typeof value === 'boolean'
      ? 'boolean'
      : value instanceof Date
        ? 'date'
        : 'text';

const textOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'object'
      ? (JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)) ?? '')
      : String(value);

const isMissing = (value: unknown): boolean => value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value));

const columnFrom = (name: string, values: readonly unknown[]): TableColumn => {
  const kinds = new Set(values.filter(value => !isMissing(value)).map(kindOfValue));
  const [kind] = kinds.size === 1 ? kinds : (['text'] as const);
  if (kind === 'number') return { name, kind, values: Float64Array.from(values, value => (isMissing(value) ? NaN : Number(value))) };
  if (kind === 'date')
    return { name, kind, values: Float64Array.from(values, value => (isMissing(value) ? NaN : (value as Date).getTime())) };
  if (kind === 'boolean')
    return { name, kind, values: Uint8Array.from(values, value => (isMissing(value) ? missingBoolean : Number(value))) };
  const texts = values.map(value => (isMissing(value) ? null : textOf(value)));
  const present = texts.filter(text => text !== null);
  return { name, kind: isCategorical(new Set(present).size, present.length) ? 'category' : 'text', values: texts };
};

/**
 * Records as columns, in memory. Columns are those of any record, in the order they come; what a record lacks is missing, columns of
 * mixed kinds and of objects become texts (JSON).
 *
 * @throws FormatError for an item that is no record.
 */
export const tableOf = async (items: AsyncIterable<unknown> | Iterable<unknown>, source = 'the data'): Promise<Table> => {
  const columns = new Map<string, unknown[]>();
  let count = 0;
  for await (const item of items) {
    if (typeof item !== 'object' || item === null || Array.isArray(item))
      throw new FormatError(
        `${source}: item ${count + 1} is no record of named values, as { "name": value }. Map the items to records first.`,
      );
    for (const [name, value] of Object.entries(item)) {
      let values = columns.get(name);
      if (values === undefined) {
        values = new Array<unknown>(count).fill(null);
        columns.set(name, values);
      }
      values.push(value);
    }
    count++;
    for (const values of columns.values()) if (values.length < count) values.push(null);
  }
  return { count, columns: [...columns].map(([name, values]) => columnFrom(name, values)) };
};

/**
 * A whole table from any file that `records` reads.
 * @throws what the readers throw.
 */
export const readTable = async (input: FileInput, options: CsvReadOptions = {}): Promise<Table> => {
  const data = records(input, options);
  return 'read' in data ? (data as unknown as { read(): Promise<Table> }).read() : tableOf(data, byteSource(input).name);
};
