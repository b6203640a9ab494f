import { datasetOf } from '../pipeline/build.ts';
import { type Cursor, end, type Stage } from '../pipeline/cursor.ts';
import type { Dataset } from '../pipeline/interface.ts';
import { type ColumnSchema, joinTables, rowOf, type Table, type TableRow } from './column.ts';
import { batchCursor, batchOfRows } from './tableBatch.ts';

/** Rows of a table that need not fit into memory; a data set like any other, and its columns. */
export interface TableDataset extends Dataset<TableRow> {
  /** The columns' names and kinds: as said, or as the beginning of the file shows them. */
  schema(): Promise<readonly ColumnSchema[]>;
  /** Many rows at a time, as columns: the quickest way through a file. */
  chunks(): Dataset<Table>;
  /** Everything, in memory. Kinds that the beginning did not show are widened, where the schema is not given. */
  read(): Promise<Table>;
}

/** How a format gives its columns. */
export interface TableSource {
  readonly schema: () => Promise<readonly ColumnSchema[]>;
  /** Begins to read. */
  readonly open: () => Cursor<Table>;
  readonly read?: (() => Promise<Table>) | undefined;
  readonly count?: number | undefined;
}

/** Rows out of chunks; those that are passed over are not built. */
const rowCursor = (chunks: Cursor<Table>): Cursor<TableRow> => {
  let chunk: Table | undefined;
  let row = 0;
  const advance = async (): Promise<boolean> => {
    for (;;) {
      const next = await chunks.next();
      if (next === end) return false;
      [chunk, row] = [next, 0];
      if (next.count > 0) return true;
    }
  };
  const take = (): TableRow => rowOf(chunk as Table, row++);
  return {
    next: () => (chunk !== undefined && row < chunk.count ? take() : advance().then(isThere => (isThere ? take() : end))),
    async skip(count) {
      let passed = 0;
      while (passed < count) {
        if ((chunk === undefined || row >= chunk.count) && !(await advance())) break;
        const some = Math.min(count - passed, (chunk as Table).count - row);
        row += some;
        passed += some;
      }
      return passed;
    },
    close: () => chunks.close(),
  };
};

/** A table data set of a format. */
export const tableDataset = (source: TableSource): TableDataset => {
  const rows: Stage<TableRow> = {
    open: () => rowCursor(source.open()),
    count: source.count,
    varies: false,
    batches: (size, dropRemainder) => batchCursor(source.open(), size, dropRemainder),
  };
  const chunks: Stage<Table> = { open: source.open, count: undefined, varies: false };
  const readAll = async (): Promise<Table> => {
    const parts: Table[] = [];
    for await (const part of datasetOf(chunks)) parts.push(part);
    return joinTables(parts, await source.schema());
  };
  return Object.assign(datasetOf(rows), {
    schema: source.schema,
    chunks: () => datasetOf(chunks),
    read: source.read ?? readAll,
  });
};

/** Rows of a table in memory: they can be shuffled, split and gathered without being read again. */
export const rowsOfTable = (table: Table): TableDataset => {
  const schema = table.columns.map(({ name, kind }) => ({ name, kind }));
  const open = (): Cursor<Table> => {
    let isOver = false;
    const next = (): Table | typeof end => {
      if (isOver) return end;
      isOver = true;
      return table;
    };
    return { next, skip: count => (count > 0 && next() !== end ? 1 : 0), close: async () => undefined };
  };
  const rows: Stage<TableRow> = {
    open: () => rowCursor(open()),
    count: table.count,
    varies: false,
    indexed: {
      count: table.count,
      order: async () => Int32Array.from({ length: table.count }, (_, row) => row),
      pick: row => rowOf(table, row),
      gather: places => batchOfRows(table, places),
    },
  };
  return Object.assign(datasetOf(rows), {
    schema: async () => schema,
    chunks: () => datasetOf<Table>({ open, count: 1, varies: false }),
    read: async () => table,
  });
};
