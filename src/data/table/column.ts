import { nearestName, ValueError } from '../../core/errors.ts';

/**
 * What a column holds: numbers; yes or no; times; names of a few classes; texts.
 */
export type ColumnKind = 'number' | 'boolean' | 'date' | 'category' | 'text';

/** One value of a row: NaN is a missing number, null anything else that is missing. Dates are `Date`s. */
export type Cell = number | boolean | string | Date | null;

/** A row by the names of its columns. */
export type TableRow = { readonly [column: string]: Cell };

export interface ColumnSchema {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** The values of a column, one a row. */
export type TableColumn =
  | { readonly name: string; readonly kind: 'number' /** NaN: missing. */; readonly values: Float64Array }
  | { readonly name: string; readonly kind: 'date' /** Milliseconds since 1970 (UTC); NaN: missing. */; readonly values: Float64Array }
  | { readonly name: string; readonly kind: 'boolean' /** 0, 1; 255: missing. */; readonly values: Uint8Array }
  | { readonly name: string; readonly kind: 'category' | 'text'; readonly values: readonly (string | null)[] };

/** Columns of equal length, in memory. */
export interface Table {
  readonly count: number;
  readonly columns: readonly TableColumn[];
}

export const missingBoolean = 255;

/** One value. */
export const cellOf = (column: TableColumn, row: number): Cell => {
  const value = column.values[row] as number | string | null;
  if (column.kind === 'boolean') return value === missingBoolean ? null : value === 1;
  if (column.kind === 'date') return Number.isNaN(value) ? null : new Date(value as number);
  return value;
};

/** The row at a place, by the columns' names. */
export const rowOf = ({ columns }: Table, row: number): TableRow => {
  const built: Record<string, Cell> = {};
  for (const column of columns)
    built[column.name] =
      column.kind === 'number' || column.kind === 'text' || column.kind === 'category' ? (column.values[row] as Cell) : cellOf(column, row);
  return built;
};

/** A column by its name. @throws ValueError for an unknown one, with the nearest. */
export const columnOf = ({ columns }: Table, name: string): TableColumn => {
  const found = columns.find(column => column.name === name);
  if (found !== undefined) return found;
  const names = columns.map(column => column.name);
  const nearest = nearestName(name, names);
  throw new ValueError(
    `there is no column '${name}'. ${nearest === undefined ? `Columns: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.` : `Did you mean '${nearest}'?`}`,
  );
};

/** Classes as numbers in the order of their names: what `sparseCategoricalCrossentropy` takes. -1: missing. */
export interface Codes {
  readonly codes: Int32Array;
  readonly levels: readonly string[];
}

/** A column's values as classes. */
export const codesOf = (column: TableColumn): Codes => {
  const texts = Array.from(column.values as ArrayLike<unknown>, (_, row) => {
    const cell = cellOf(column, row);
    if (cell === null || Number.isNaN(cell)) return null;
    return cell instanceof Date ? cell.toISOString() : String(cell);
  });
  const levels = [...new Set(texts)].filter(text => text !== null);
  levels.sort(column.kind === 'number' ? (a, b) => Number(a) - Number(b) : undefined);
  const places = new Map(levels.map((level, place) => [level, place]));
  return { codes: Int32Array.from(texts, text => (text === null ? -1 : (places.get(text) as number))), levels };
};

/** Tables with the same columns, one after the other. */
export const joinTables = (tables: readonly Table[], schema: readonly ColumnSchema[]): Table => {
  const count = tables.reduce((sum, table) => sum + table.count, 0);
  const columns = schema.map(({ name, kind }, at): TableColumn => {
    const parts = tables.map(table => (table.columns[at] as TableColumn).values);
    if (kind === 'category' || kind === 'text') return { name, kind, values: ([] as (string | null)[]).concat(...(parts as string[][])) };
    const values = kind === 'boolean' ? new Uint8Array(count) : new Float64Array(count);
    let row = 0;
    for (const part of parts) {
      values.set(part as Float64Array, row);
      row += part.length;
    }
    return { name, kind, values } as TableColumn;
  });
  return { count, columns };
};

/** Whether texts name a few classes rather than each say something of its own. */
export const isCategorical = (distinct: number, count: number): boolean => distinct <= Math.max(2, Math.min(1000, count / 3)) && count > 0;
