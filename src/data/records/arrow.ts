import { FormatError, GradusError } from '../../core/errors.ts';
import { streamStage } from '../dataset.ts';
import { byteSource, type FileInput, unpackedChunks } from '../files/bytes.ts';
import { packageFor } from '../packages.ts';
import { datasetOf } from '../pipeline/build.ts';
import type { Dataset } from '../pipeline/interface.ts';
import type { DataRecord } from './parquet.ts';
import { plainValue } from './values.ts';

interface Vector {
  get(row: number): unknown;
}

interface RecordBatch {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string; readonly typeId: number }[] };
  getChildAt(column: number): Vector | null;
}

/** What is used of Apache Arrow. */
interface Arrow {
  readonly RecordBatchReader: {
    from(source: AsyncIterable<Uint8Array>): Promise<AsyncIterable<RecordBatch> & { open(): Promise<unknown> }>;
  };
  readonly Type: { readonly Date: number; readonly Timestamp: number };
}

const arrowValue = (value: unknown, isTime: boolean): unknown => {
  if (isTime && (typeof value === 'number' || typeof value === 'bigint')) return new Date(Number(value));
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !(value instanceof Date)) {
    if ('toArray' in value) return (value as { toArray(): unknown }).toArray(); // a list
    if ('toJSON' in value) return (value as { toJSON(): unknown }).toJSON(); // a struct
  }
  return plainValue(value);
};

async function* rows(input: FileInput): AsyncGenerator<DataRecord> {
  const source = byteSource(input);
  const { RecordBatchReader, Type } = await packageFor<Arrow>('apache-arrow', `reading ${source.name}`);
  try {
    const reader = await RecordBatchReader.from(unpackedChunks(source));
    for await (const batch of reader) {
      const columns = batch.schema.fields.map(({ name, typeId }, at) => ({
        name,
        isTime: typeId === Type.Date || typeId === Type.Timestamp,
        vector: batch.getChildAt(at),
      }));
      for (let row = 0; row < batch.numRows; row++) {
        const record: Record<string, unknown> = {};
        for (const { name, isTime, vector } of columns) record[name] = arrowValue(vector?.get(row) ?? null, isTime);
        yield record;
      }
    }
  } catch (error) {
    if (error instanceof GradusError) throw error;
    throw new FormatError(
      `cannot read ${source.name} as Arrow: ${(error as Error).message}. It is damaged, cut short or no Arrow file: fetch it again.`,
      {
        cause: error,
      },
    );
  }
}

/**
 * The rows of an Arrow IPC stream or file (Feather 2) as records, by the package `apache-arrow`. A stream is read batch by batch; a
 * file is in memory as a whole.
 *
 * @throws FormatError, while it is walked through, for a damaged file; GradusError where the package is not installed.
 */
export const arrow = (input: FileInput): Dataset<DataRecord> => datasetOf(streamStage(() => rows(input)));
