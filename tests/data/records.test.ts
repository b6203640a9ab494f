import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  arrow,
  columnOf,
  jsonArray,
  jsonLines,
  parquet,
  readJson,
  readTable,
  records,
  rowsOfTable,
  sql,
  tableOf,
} from '../../src/data/index.ts';
import type { Tensor } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'gradus-records-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('JSON', () => {
  test('Lines: values, empty lines, packed files, any pieces', async () => {
    const text = '\ufeff{"a":1,"b":"x"}\r\n\n{"a":2,"b":null}\n';
    const wanted = [
      { a: 1, b: 'x' },
      { a: 2, b: null },
    ];
    expect(await jsonLines(bytes(text)).toArray()).toEqual(wanted);
    writeFileSync(at('rows.jsonl.gz'), gzipSync(text));
    expect(await records(at('rows.jsonl.gz')).toArray()).toEqual(wanted);
    await expect(jsonLines(bytes('{"a":1}\n{"a":\n')).toArray()).rejects.toThrow(
      /the bytes, line 2: it is not JSON \(.*\)\. Each line must be/,
    );
  });

  test('arrays, element by element, whatever is in them', async () => {
    const values = [1, 'a,]}"', { b: [1, [2], { c: '\\"]' }] }, null, [], 'é'];
    const inPieces = {
      name: 'x.json',
      async *stream() {
        for (const byte of bytes(JSON.stringify(values, null, 1))) yield Uint8Array.of(byte);
      },
    };
    expect(await jsonArray<unknown>(inPieces).toArray()).toEqual(values);
    expect(await jsonArray(bytes(' [ ] ')).toArray()).toEqual([]);
    const fails = (text: string, message: string): Promise<void> => expect(jsonArray(bytes(text)).toArray()).rejects.toThrow(message);
    await fails('{"a":1}', 'line 1: it is no array: it does not begin with [');
    await fails('[1,\n2', 'line 2: the array does not end: the file is cut short');
    await fails('[1,\n{"a":}]', 'line 1: an element is not JSON');
    await fails('[1]\nx', 'line 2: text follows the array');
    await fails('[1,,2]', 'an element is missing before a comma');
    await fails('', 'it is empty');
    expect(await readJson(bytes('{"a":[1]}'))).toEqual({ a: [1] });
    await expect(readJson(bytes('{'))).rejects.toThrow('the bytes is not JSON');
  });
});

describe('DuckDB, Parquet and Arrow', () => {
  beforeAll(async () => {
    writeFileSync(at('rows.csv'), 'id,name,when\n1,a,2024-01-02\n2,,2024-03-04\n3,c,2024-05-06\n');
    for (const codec of ['snappy', 'zstd', 'gzip', 'uncompressed'])
      await sql(
        `COPY (SELECT range AS id, range / 4 AS x, 'n' || (range % 3) AS name, range % 2 = 0 AS even, NULLIF(range, 5) AS gap,
         TIMESTAMP '2024-01-01' + INTERVAL (range) DAY AS at, [range, 1] AS list, 9007199254740993 AS large FROM range(10000) ORDER BY range)
         TO '${at(`${codec}.parquet`)}' (FORMAT parquet, CODEC '${codec}', ROW_GROUP_SIZE 2048)`,
      ).toArray();
  });

  test('SQL: rows over a CSV file and a Parquet file, with values; what is wrong is told', async () => {
    expect(await sql(`SELECT * FROM '${at('rows.csv')}' WHERE id > $least ORDER BY id`, { values: { least: 1 } }).toArray()).toEqual([
      { id: 2, name: null, when: new Date('2024-03-04') },
      { id: 3, name: 'c', when: new Date('2024-05-06') },
    ]);
    const data = sql(`SELECT name, avg(x) AS mean FROM '${at('snappy.parquet')}' GROUP BY name ORDER BY name`);
    expect((await data.toArray()).map(({ name }) => name)).toEqual(['n0', 'n1', 'n2']);
    expect(await sql('SELECT range AS n FROM range(100000)').skip(99_998).toArray()).toEqual([{ n: 99_998 }, { n: 99_999 }]);
    await expect(sql('SELEC 1').toArray()).rejects.toThrow(/the query failed: .*syntax error[\s\S]*Query: SELEC 1/);
    await expect(sql('SELECT 1', { database: at('none.duckdb') }).toArray()).rejects.toThrow('the query failed');
  });

  test('a database file', async () => {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(at('shop.duckdb'));
    const connection = await instance.connect();
    await connection.run('CREATE TABLE sales AS SELECT 7 AS amount');
    connection.closeSync();
    instance.closeSync();
    expect(await sql('SELECT * FROM sales', { database: at('shop.duckdb') }).toArray()).toEqual([{ amount: 7 }]);
  });

  test.each(['snappy', 'zstd', 'gzip', 'uncompressed'])('Parquet packed by %s', async codec => {
    const data = parquet(at(`${codec}.parquet`));
    const rows = await data.toArray();
    expect(rows.length).toBe(10_000);
    expect(rows[5]).toEqual({
      ...{ id: 5, x: 1.25, name: 'n2', even: false, gap: null, list: [5, 1], large: 9007199254740993n },
      at: new Date('2024-01-06'),
    });
    const walk = data[Symbol.asyncIterator]();
    await walk.restore({ round: 0, taken: 5001 });
    expect((await walk.next()).value?.id).toBe(5001);
    await walk.return();
    expect(
      await parquet(new Uint8Array(readFileSync(at(`${codec}.parquet`))), { columns: ['x'] })
        .take(2)
        .toArray(),
    ).toEqual([{ x: 0 }, { x: 0.25 }]);
  });

  test('a damaged Parquet file is told, and an unknown column', async () => {
    await expect(parquet(at('snappy.parquet'), { columns: ['nmae'] }).toArray()).rejects.toThrow("Did you mean 'name'?");
    const path = at('cut.parquet');
    writeFileSync(path, readFileSync(at('snappy.parquet')));
    truncateSync(path, 20_000);
    await expect(parquet(path).toArray()).rejects.toThrow(/cannot read .*cut\.parquet as Parquet/);
    truncateSync(path, 5);
    await expect(parquet(path).toArray()).rejects.toThrow('it has only 5 bytes');
  });

  test('Arrow: streams and files', async () => {
    const { tableFromArrays, tableToIPC, vectorFromArray, Dictionary, Utf8, Int32, Table } = await import('apache-arrow');
    const plain = tableFromArrays({
      id: Int32Array.of(1, 2, 3),
      x: Float64Array.of(0.5, NaN, 2),
      big: BigInt64Array.of(1n, 2n, 2n ** 60n),
    });
    const names = vectorFromArray(['a', null, 'a'], new Dictionary(new Utf8(), new Int32()));
    const times = vectorFromArray([new Date(0), new Date(86_400_000), null]);
    const table = plain.assign(new Table({ name: names, at: times }));
    for (const format of ['stream', 'file'] as const) {
      const ipc = tableToIPC(table, format);
      expect(await arrow(ipc).toArray()).toEqual([
        { id: 1, x: 0.5, big: 1, name: 'a', at: new Date(0) },
        { id: 2, x: NaN, big: 2, name: null, at: new Date(86_400_000) },
        { id: 3, x: 2, big: 2n ** 60n, name: 'a', at: null },
      ]);
      await expect(arrow(ipc.subarray(0, 300)).toArray()).rejects.toThrow(/cannot read the bytes as Arrow|package/);
    }
  });

  test('any of them as a table, by the ending', async () => {
    const table = await readTable(at('snappy.parquet'));
    expect(table.count).toBe(10_000);
    expect(table.columns.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      ...['id number', 'x number', 'name category', 'even boolean', 'gap number', 'at date', 'list text', 'large number'],
    ]);
    expect(columnOf(table, 'gap').values[5]).toBe(NaN);
    expect((await readTable(at('rows.csv'))).columns.map(({ kind }) => kind)).toEqual(['number', 'category', 'date']);
    const batch = (await rowsOfTable(table).shuffle().batch(4).take(1).toArray())[0] as Record<string, Tensor>;
    const [ids, xs] = [await batch.id?.array(), await batch.x?.array()];
    expect(xs).toEqual(ids.map((id: number) => id / 4));
    expect(() => records('a.xlsx')).toThrow("cannot tell the format of 'a.xlsx' from its ending");
    expect((await tableOf([{ a: 1 }, { b: 'x' }, { a: true, b: { c: 1 } }])).columns).toEqual([
      { name: 'a', kind: 'category', values: ['1', null, 'true'] },
      { name: 'b', kind: 'category', values: [null, 'x', '{"c":1}'] },
    ]);
    await expect(tableOf([1])).rejects.toThrow('item 1 is no record of named values');
  });
});
