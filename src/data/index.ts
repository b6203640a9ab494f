export { archive } from './archive/archive.ts';
export type { ArchiveEntry, ArchiveOptions } from './archive/entry.ts';
export { npyBytes, npzBytes, parseNpy, readNpy, readNpz } from './arrays/npy.ts';
export { type AudioOptions, readAudio } from './audio/read.ts';
export { resample } from './audio/resample.ts';
export { type Audio, parseWav, wavBytes } from './audio/wav.ts';
export { type CsvOptions, type CsvTable, numberColumn, parseCsv, textColumn } from './csv.ts';
export { type Column, dataset, type RowOf, type Stream } from './dataset.ts';
export { datasets, type Examples, type SplitExamples } from './datasets.ts';
export type { ByteSource, FileInput } from './files/bytes.ts';
export { readBytes } from './files/bytes.ts';
export type { EncodingOptions } from './files/text.ts';
export {
  audioFolder,
  type ClassifiedDataset,
  type FolderOptions,
  imageFolder,
  readTextFile,
  textFolder,
  textLines,
} from './folders/datasets.ts';
export { type DecodedImage, type ImageOptions, imageTensor, readImage } from './folders/images.ts';
export { type IdxArray, readIdx } from './idx.ts';
export type { Digits, EmnistPart } from './named/images.ts';
export type { DataSetInfo, DataSetName } from './named/info.ts';
export type { Beat, BeatOptions, Ecg, EcgRecord, Recording, SpokenDigits } from './named/signals.ts';
export type { NumericData, TableData } from './named/tables.ts';
export type { Clinc, LabelledText, Reviews, Shakespeare } from './named/texts.ts';
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
export { serveDataset, type ThreadDatasetOptions, threadDataset } from './pipeline/thread.ts';
export type { Answer } from './preparation/answers.ts';
export type { PreparationConfig, Scale, Step, Target, Task } from './preparation/config.ts';
export type { ColumnOptions } from './preparation/learn.ts';
export {
  type LearnPreparationOptions,
  learnPreparation,
  loadPreparation,
  type Preparation,
  type PreparedInput,
  preparationOf,
  type Rows,
  valuesIn,
} from './preparation/preparation.ts';
export { isMissing, type RawValue, textFrom } from './preparation/values.ts';
export { readCsv } from './readCsv.ts';
export { arrow } from './records/arrow.ts';
export { jsonArray, jsonLines, readJson } from './records/json.ts';
export { type ColumnsOption, type DataRecord, parquet } from './records/parquet.ts';
export { readTable, recordEndings, records, tableOf } from './records/records.ts';
export { type SqlOptions, type SqlValue, sql } from './records/sql.ts';
export {
  type Cell,
  type Codes,
  type ColumnKind,
  type ColumnSchema,
  codesOf,
  columnOf,
  rowOf,
  type Table,
  type TableColumn,
  type TableRow,
} from './table/column.ts';
export { type CsvReadOptions, csv, tsv } from './table/csvReader.ts';
export { rowsOfTable, type TableDataset } from './table/dataset.ts';
export { huggingFaceTokenizer, type LearnTokenizerOptions, learnTokenizer, tokenizerFrom } from './text/learn.ts';
export type { Tokenizer, TokenizerConfig } from './text/tokenizer.ts';
