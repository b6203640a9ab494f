import { GradusError, ValueError } from '../../core/errors.ts';
import { unknownOptions } from '../../tensor/options.ts';
import { streamStage } from '../dataset.ts';
import { packageFor } from '../packages.ts';
import { datasetOf } from '../pipeline/build.ts';
import type { Dataset } from '../pipeline/interface.ts';
import type { DataRecord } from './parquet.ts';
import { plainValue } from './values.ts';

export interface SqlOptions {
  /** A DuckDB file to ask. Default: none, for queries over other files. */
  readonly database?: string;
  /** Values for `$name` or `?` in the query: never put a user's text into the query itself. */
  readonly values?: Readonly<Record<string, SqlValue>> | readonly SqlValue[];
  /** Statements that come first, as `INSTALL sqlite; LOAD sqlite; ATTACH 'file.db' AS shop (TYPE sqlite)`. */
  readonly setup?: string;
}

export type SqlValue = string | number | boolean | bigint | null;

interface Chunk {
  readonly rowCount: number;
}

interface Result {
  deduplicatedColumnNames(): readonly string[];
  yieldRowObjectJs(): AsyncIterable<readonly Record<string, unknown>[]>;
  fetchChunk(): Promise<Chunk | null>;
}

interface Connection {
  run(sql: string): Promise<unknown>;
  stream(sql: string, values?: unknown): Promise<Result>;
  closeSync(): void;
}

/** What is used of DuckDB. */
interface DuckDb {
  readonly DuckDBInstance: {
    create(path: string, options?: Readonly<Record<string, string>>): Promise<{ connect(): Promise<Connection>; closeSync(): void }>;
  };
}

async function* rows(query: string, { database, values, setup }: SqlOptions): AsyncGenerator<DataRecord> {
  const { DuckDBInstance } = await packageFor<DuckDb>('@duckdb/node-api', 'sql');
  const failed = (error: unknown): GradusError =>
    error instanceof GradusError
      ? error
      : new ValueError(`the query failed: ${(error as Error).message}\nQuery: ${query}`, { cause: error });
  const instance = await DuckDBInstance.create(database ?? ':memory:', database === undefined ? {} : { access_mode: 'READ_ONLY' }).catch(
    error => {
      throw failed(error);
    },
  );
  try {
    const connection = await instance.connect();
    try {
      if (setup !== undefined) await connection.run(setup);
      const result = await connection.stream(query, values);
      for await (const some of result.yieldRowObjectJs())
        for (const row of some) {
          for (const key in row) row[key] = plainValue(row[key]);
          yield row;
        }
    } catch (error) {
      throw failed(error);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/**
 * The rows of a query as records, by the package `@duckdb/node-api`: over CSV, Parquet and JSON files by their path, over SQLite and
 * PostgreSQL after `setup`. The query runs anew in each walk, and its rows come as they are computed. Without ORDER BY their order may
 * differ from walk to walk: say it where walks shall be resumed or split.
 *
 * @throws ValueError, while it is walked through, with DuckDB's message; GradusError where the package is not installed.
 * @example sql("SELECT carat, price FROM 'diamonds.csv' WHERE cut = $cut ORDER BY price", { values: { cut: 'Ideal' } })
 */
export const sql = (query: string, options: SqlOptions = {}): Dataset<DataRecord> => {
  unknownOptions('sql', options, ['database', 'values', 'setup']);
  return datasetOf(streamStage(() => rows(query, options)));
};
