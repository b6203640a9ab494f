export { type CsvOptions, type CsvTable, numberColumn, parseCsv, textColumn } from './csv.ts';
export { type Column, dataset, type RowOf, type Stream } from './dataset.ts';
export { datasets, type Examples, type SplitExamples } from './datasets.ts';
export type { ByteSource, FileInput } from './files/bytes.ts';
export { type IdxArray, readIdx } from './idx.ts';
export { providePackage } from './packages.ts';
export { isDataset } from './pipeline/build.ts';
export type {
  BatchOptions,
  BucketOptions,
  Dataset,
  Fold,
  InterleaveOptions,
  KFoldOptions,
  ParallelOptions,
  SplitOptions,
  StratifiedOptions,
  WindowOptions,
} from './pipeline/interface.ts';
export type { Arguments, Batched, BatchedPart, Item, NumberArray } from './pipeline/items.ts';
export type { DatasetIterator, DatasetStatistics, IteratorState } from './pipeline/iterator.ts';
export type { PaddingOptions } from './pipeline/padding.ts';
export type { ClassName, RejectionOptions, Shares } from './pipeline/rejection.ts';
export type { ShuffleOptions } from './pipeline/shuffle.ts';
export { readCsv } from './readCsv.ts';
export {
  type Cell,
  type Codes,
  type ColumnKind,
  type ColumnSchema,
  codesOf,
  columnOf,
  type Table,
  type TableColumn,
  type TableRow,
} from './table/column.ts';
export { type CsvReadOptions, csv, tsv } from './table/csvReader.ts';
export { rowsOfTable, type TableDataset } from './table/dataset.ts';
