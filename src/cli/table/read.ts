import { readFile } from 'node:fs/promises';
import { readCsv, recordEndings, records } from '../../data/index.ts';
import { FormatError } from '../../index.ts';
import type { Table } from './recipe.ts';

const separators: Readonly<Record<string, string>> = { tsv: '\t', tab: '\t' };

/** The character that comes up as often in the first lines: of comma, semicolon, tab and bar. */
const guessSeparator = (head: string): string => {
  const lines = head
    .split(/\r\n|\n|\r/)
    .filter(line => line !== '')
    .slice(0, 5);
  const counts = [',', ';', '\t', '|'].map(character => ({
    character,
    count: Math.min(...lines.map(line => line.split(character).length - 1)),
  }));
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).character;
};

const textOf = (value: unknown): string => {
  if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** Formats whose records say themselves what they hold: JSON, Parquet, Arrow. */
const readRecords = async (path: string): Promise<Table> => {
  const all: Readonly<Record<string, unknown>>[] = [];
  for await (const record of records(path)) all.push(record);
  const columns = [...new Set(all.flatMap(record => Object.keys(record)))];
  return { columns, rows: all.map(record => columns.map(column => textOf(record[column]))) };
};

const separated = ['csv', 'tsv', 'tab', 'txt'];

/** Whether a path looks like a table that can be read. */
export const isTablePath = (path: string): boolean => recordEndings.includes(endingOf(path));

const endingOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1).toLowerCase();

/** A table from a file. @throws FormatError for what is no table, with path and line. */
export const readTable = async (path: string): Promise<Table> => {
  const ending = endingOf(path);
  const table = separated.includes(ending) ? await readSeparated(path, ending) : await readRecords(path);
  if (table.rows.length === 0) throw new FormatError(`${path} has no rows below its header.`);
  if (table.columns.length < 2)
    throw new FormatError(`${path} has only the column '${table.columns[0]}': a table needs a target and something to predict it from.`);
  return table;
};

const readSeparated = async (path: string, ending: string): Promise<Table> => {
  const handle = await readFile(path);
  if (handle.length === 0) throw new FormatError(`${path} is empty.`);
  if (handle.subarray(0, 4096).includes(0)) throw new FormatError(`${path} holds binary data, not a table of text.`);
  return readCsv(path, { delimiter: separators[ending] ?? guessSeparator(handle.subarray(0, 65_536).toString('utf8')) });
};
