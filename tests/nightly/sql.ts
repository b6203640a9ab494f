/**
 * Queries over a real SQLite file and a real PostgreSQL server through DuckDB, whose extensions must be of DuckDB's own version (they lie
 * on PyPI as duckdb-extension-sqlite-scanner and duckdb-extension-postgres-scanner; `INSTALL sqlite` fetches them where there is internet).
 *
 *     node tests/nightly/sql.ts EXTENSIONS_FOLDER 'host=localhost user=… password=… dbname=…'
 *
 * The user must be allowed to make a table `gradus_sales`.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { learnPreparation, sql, tableOf } from '../../src/data/index.ts';

const [extensions = '', server = ''] = process.argv.slice(2);
const load = (name: string): string => `LOAD '${join(extensions, `${name}_scanner.duckdb_extension`)}'`;

const folder = mkdtempSync(join(tmpdir(), 'gradus-sql-'));
try {
  const path = join(folder, 'shop.sqlite');
  const file = new DatabaseSync(path);
  file.exec('create table items(name text, weight real, n integer, note text)');
  const insert = file.prepare('insert into items values (?, ?, ?, ?)');
  for (let row = 0; row < 500; row++) insert.run(`item ${row % 7}`, row / 4, row, row % 5 === 0 ? null : 'ok');
  file.close();
  const items = sql('select name, avg(weight) as mean, count(*) as n, count(note) as notes from shop.items group by name order by name', {
    setup: `${load('sqlite')}; ATTACH '${path}' AS shop (TYPE sqlite)`,
  });
  deepEqual((await items.toArray())[0], { name: 'item 0', mean: 62.125, n: 72, notes: 57 });

  const setup = `${load('postgres')}; ATTACH '${server}' AS shop (TYPE postgres)`;
  const fill = `${setup}; CREATE OR REPLACE TABLE shop.gradus_sales AS
    SELECT date '2026-01-01' + i::int AS day, if(i % 3 = 0, 'Bern', 'Genf') AS city, i AS units, (i * 1.25)::decimal(8, 2) AS price, 9007199254740993 + i AS big
    FROM range(1, 1001) AS t(i)`;
  const few = sql('select * from shop.gradus_sales where units <= $most order by units', { values: { most: 3 }, setup: fill });
  deepEqual((await few.toArray())[2], { day: new Date('2026-01-04'), city: 'Bern', units: 3, price: 3.75, big: 9007199254740996n });
  const all = await tableOf(sql('select city, units, price from shop.gradus_sales order by units', { setup }));
  equal(all.count, 1000);
  deepEqual(
    learnPreparation(all, { target: 'price' }).config.steps.map(({ kind }) => kind),
    ['category', 'number'],
  );
  console.log('SQLite and PostgreSQL: rows as they should be.');
} finally {
  rmSync(folder, { recursive: true });
}
