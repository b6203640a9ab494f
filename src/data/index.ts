export { type CsvOptions, type CsvTable, numberColumn, parseCsv, textColumn } from './csv.ts';
export { type IdxArray, readIdx } from './idx.ts';
export { readCsv } from './readCsv.ts';
