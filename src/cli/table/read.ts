import { readFile } from 'node:fs/promises';
import { readCsv } from '../../data/index.ts';
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

const tableFromRecords = (records: readonly Readonly<Record<string, unknown>>[]): Table => {
  const columns = [...new Set(records.flatMap(record => Object.keys(record)))];
  const textOf = (value: unknown): string =>
    value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return { columns, rows: records.map(record => columns.map(column => textOf(record[column]))) };
};

const readJsonLines = async (path: string): Promise<Table> => {
  const lines = (await readFile(path, 'utf8')).split(/\r\n|\n/);
  const records = lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      const record: unknown = JSON.parse(line);
      if (typeof record === 'object' && record !== null && !Array.isArray(record)) return [record as Record<string, unknown>];
    } catch {}
    throw new FormatError(`${path}, line ${index + 1} is no JSON object: ${line.slice(0, 60)}.`);
  });
  return tableFromRecords(records);
};

/** Whether a path looks like a table that can be read. */
export const isTablePath = (path: string): boolean => /\.(csv|tsv|tab|txt|jsonl|ndjson)$/i.test(path);

/** A table from a file. @throws FormatError for what is no table, with path and line. */
export const readTable = async (path: string): Promise<Table> => {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  const table = ending === 'jsonl' || ending === 'ndjson' ? await readJsonLines(path) : await readSeparated(path, ending);
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
