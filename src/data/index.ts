export { type CsvOptions, type CsvTable, numberColumn, parseCsv, textColumn } from './csv.ts';
export { type Dataset, dataset, type Item } from './dataset.ts';
export { datasets, type Examples, type SplitExamples } from './datasets.ts';
export { type IdxArray, readIdx } from './idx.ts';
export { readCsv } from './readCsv.ts';
