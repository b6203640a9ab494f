import { FormatError, GradusError, unknownName } from '../../core/errors.ts';
import { platform } from '../../core/platform.ts';
import { unknownOptions } from '../../tensor/options.ts';
import { byteSource, type FileInput, readBytes } from '../files/bytes.ts';
import { packageFor } from '../packages.ts';
import { datasetOf } from '../pipeline/build.ts';
import { type Cursor, end } from '../pipeline/cursor.ts';
import type { Dataset } from '../pipeline/interface.ts';
import { plainValue } from './values.ts';

/** A record of any file: values by column. */
export type DataRecord = Readonly<Record<string, unknown>>;

export interface ColumnsOption {
  /** The columns to read, in any order. Default: all. */
  readonly columns?: readonly string[];
}

interface ParquetFile {
  readonly byteLength: number;
  slice(start: number, stop?: number): Promise<ArrayBuffer>;
}

interface Metadata {
  readonly row_groups: readonly {
    readonly num_rows: bigint;
    readonly columns: readonly { readonly meta_data?: { readonly codec: string; readonly path_in_schema: readonly string[] } }[];
  }[];
}

/** What is used of hyparquet. */
interface Hyparquet {
  parquetMetadataAsync(file: ParquetFile): Promise<Metadata>;
  parquetReadObjects(options: {
    readonly file: ParquetFile;
    readonly metadata: Metadata;
    readonly rowStart: number;
    readonly rowEnd: number;
    readonly columns?: string[];
    readonly compressors?: unknown;
  }): Promise<Record<string, unknown>[]>;
}

const bufferOf = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer as ArrayBuffer;

/** The bytes of a file, read in parts where that can be. */
const open = async (input: FileInput): Promise<{ file: ParquetFile; close: () => Promise<void> }> => {
  if (typeof input === 'string' && !/^https?:/.test(input)) {
    const { size, read, close } = await platform().openFile(input);
    return { file: { byteLength: size, slice: async (start, stop = size) => bufferOf(await read(start, stop - start)) }, close };
  }
  const bytes = await readBytes(byteSource(input));
  return {
    file: { byteLength: bytes.length, slice: async (start, stop) => bufferOf(bytes.subarray(start, stop)) },
    close: async () => undefined,
  };
};

const parquetCursor = (input: FileInput, columns: readonly string[] | undefined): Cursor<DataRecord> => {
  const { name } = byteSource(input);
  let opened: { file: ParquetFile; close: () => Promise<void>; metadata: Metadata; reader: Hyparquet; compressors: unknown } | undefined;
  let [group, groupStart] = [0, 0];
  let rows: readonly Record<string, unknown>[] = [];
  let at = 0;
  const readable = async <R>(work: () => Promise<R>): Promise<R> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof GradusError) throw error;
      throw new FormatError(
        `cannot read ${name} as Parquet: ${(error as Error).message}. It is damaged, cut short or no Parquet file: fetch it again.`,
        {
          cause: error,
        },
      );
    }
  };
  const begin = () =>
    readable(async () => {
      if (opened !== undefined) return opened;
      const reader = await packageFor<Hyparquet>('hyparquet', `reading ${name}`);
      const { file, close } = await open(input);
      try {
        if (file.byteLength < 12)
          throw new FormatError(`cannot read ${name} as Parquet: it has only ${file.byteLength} bytes. Fetch it again.`);
        const metadata = await reader.parquetMetadataAsync(file);
        const chunks = metadata.row_groups.flatMap(part => part.columns);
        const known = [...new Set(chunks.map(({ meta_data }) => meta_data?.path_in_schema[0] ?? ''))];
        for (const column of columns ?? [])
          if (known.length > 0 && !known.includes(column)) throw unknownName(`column of ${name}`, column, known);
        const isPlain = chunks.every(({ meta_data }) => ['UNCOMPRESSED', 'SNAPPY', undefined].includes(meta_data?.codec));
        const compressors = isPlain
          ? undefined
          : (await packageFor<{ readonly compressors: unknown }>('hyparquet-compressors', `unpacking ${name}`)).compressors;
        opened = { file, close, metadata, reader, compressors };
        return opened;
      } catch (error) {
        await close();
        throw error;
      }
    });
  /** Rows of the next group; false where there is none. */
  const load = async (): Promise<boolean> => {
    const { file, metadata, reader, compressors } = await begin();
    const next = metadata.row_groups[group];
    if (next === undefined) return false;
    const rowEnd = groupStart + Number(next.num_rows);
    rows = await readable(() =>
      reader.parquetReadObjects({
        ...{ file, metadata, rowStart: groupStart, rowEnd },
        ...(columns === undefined ? {} : { columns: [...columns] }),
        ...(compressors === undefined ? {} : { compressors }),
      }),
    );
    [group, groupStart, at] = [group + 1, rowEnd, 0];
    return true;
  };
  const record = (): DataRecord => {
    const row = rows[at++] as Record<string, unknown>;
    for (const key in row) row[key] = plainValue(row[key]);
    return row;
  };
  return {
    async next() {
      while (at >= rows.length) if (!(await load())) return end;
      return record();
    },
    async skip(count) {
      let passed = Math.min(count, rows.length - at);
      at += passed;
      const { metadata } = await begin();
      for (; passed < count; ) {
        const size = metadata.row_groups[group]?.num_rows;
        if (size === undefined) break;
        if (Number(size) <= count - passed) {
          passed += Number(size);
          groupStart += Number(size); // a whole group is not read
          group++;
        } else {
          await load();
          at = count - passed;
          passed = count;
        }
      }
      return passed;
    },
    close: async () => opened?.close(),
  };
};

/**
 * The rows of a Parquet file as records, by the package `hyparquet` (and `hyparquet-compressors` for files packed with other than
 * snappy): one group of rows is in memory at a time, and of a file on disk only the columns that are asked for are read. Whole numbers
 * of 64 bits become numbers where they fit exactly, else they stay `bigint`.
 *
 * @throws FormatError, while it is walked through, for a damaged file; GradusError where the package is not installed.
 */
export const parquet = (input: FileInput, options: ColumnsOption = {}): Dataset<DataRecord> => {
  unknownOptions('parquet', options, ['columns']);
  return datasetOf<DataRecord>({ open: () => parquetCursor(input, options.columns), count: undefined, varies: false });
};
