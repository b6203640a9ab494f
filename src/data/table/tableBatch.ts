import { tensor } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type Cursor, end } from '../pipeline/cursor.ts';
import { type Cell, cellOf, joinTables, type Table, type TableColumn } from './column.ts';

/** The cells of rows: numbers as float32 (NaN: missing), booleans as bool where none is missing, the rest as a list. */
const batchOfCells = (column: TableColumn, count: number, rowAt: (index: number) => number): Tensor | readonly Cell[] => {
  if (column.kind === 'number') {
    const values = new Float32Array(count);
    for (let index = 0; index < count; index++) values[index] = column.values[rowAt(index)] as number;
    return tensor(values);
  }
  const cells = Array.from({ length: count }, (_, index) => cellOf(column, rowAt(index)));
  if (column.kind === 'boolean' && count > 0 && !cells.includes(null)) return tensor(cells as boolean[]);
  return cells;
};

const batchOf = (table: Table, count: number, rowAt: (index: number) => number): Readonly<Record<string, Tensor | readonly Cell[]>> =>
  Object.fromEntries(table.columns.map(column => [column.name, batchOfCells(column, count, rowAt)]));

/** Rows by number as one batch. */
export const batchOfRows = (table: Table, rows: Int32Array): Readonly<Record<string, Tensor | readonly Cell[]>> =>
  batchOf(table, rows.length, index => rows[index] as number);

const part = (table: Table, from: number, to: number): Table => ({
  count: to - from,
  columns: table.columns.map(column => ({
    ...column,
    values: Array.isArray(column.values) ? column.values.slice(from, to) : (column.values as Float64Array).subarray(from, to),
  })) as unknown as TableColumn[],
});

/** Batches cut from chunks of columns, without a record for each row. */
export const batchCursor = (chunks: Cursor<Table>, size: number, dropRemainder: boolean): Cursor<unknown> => {
  let held: Table | undefined;
  let isOver = false;
  const fill = async (): Promise<number> => {
    while (!isOver && (held === undefined || held.count < size)) {
      const next = await chunks.next();
      if (next === end) isOver = true;
      else held = held === undefined || held.count === 0 ? next : joinTables([held, next], next.columns);
    }
    const count = Math.min(size, held?.count ?? 0);
    return dropRemainder && count < size ? 0 : count;
  };
  const drop = (count: number): void => {
    held = part(held as Table, count, (held as Table).count);
  };
  return {
    async next() {
      const count = await fill();
      if (count === 0) return end;
      const batch = batchOf(held as Table, count, index => index);
      drop(count);
      return batch;
    },
    async skip(batches) {
      for (let passed = 0; passed < batches; passed++) {
        const count = await fill();
        if (count === 0) return passed;
        drop(count);
      }
      return batches;
    },
    close: () => chunks.close(),
  };
};
