import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataset, serveDataset, threadDataset } from '../../src/data/index.ts';
import { layers, sequential, type Tensor, tensor } from '../../src/index.ts';

interface Row {
  readonly x: Tensor;
  readonly name: string;
  readonly y: number;
}

const address = new URL('./threads/rows.ts', import.meta.url);
const here = (rows: number) =>
  dataset(Array.from({ length: rows }, (_, row) => row))
    .shuffle({ seed: 3 })
    .map(row => ({ x: tensor([row, -row]), name: `row ${row}`, y: row % 2 }));
const plain = async (rows: AsyncIterable<Row>): Promise<unknown[]> => {
  const found: unknown[] = [];
  for await (const { x, name, y } of rows) found.push([await x.array(), name, y]);
  return found;
};

test('items come from another thread as they would from this one, round after round', async () => {
  const [there, same] = [threadDataset<Row>(address, { options: { rows: 20 } }), here(20)];
  for (let round = 0; round < 3; round++) expect(await plain(there)).toEqual(await plain(same));
});

test('a walk goes on where another one stood, and ends early', async () => {
  const data = threadDataset<Row>(address, { options: { rows: 30 }, ahead: 4 });
  const first = data[Symbol.asyncIterator]() as ReturnType<(typeof data)[typeof Symbol.asyncIterator]> & {
    state(): never;
    restore(state: never): Promise<void>;
  };
  for (let taken = 0; taken < 7; taken++) await first.next();
  const state = first.state();
  const rest = await plain(first);
  expect(rest).toHaveLength(23);
  const again = data[Symbol.asyncIterator]() as typeof first;
  await again.restore(state);
  expect(await plain(again)).toEqual(rest);
  for await (const row of data) if (row.name !== '') break;
});

test('fit trains on it', async () => {
  const data = threadDataset<Row>(address, { options: { rows: 64 } }).map(({ x, y }) => [x.div(64), y]);
  const net = sequential([layers.dense(1)], { inputShape: [2], seed: 1 });
  net.compile({ optimizer: 'adam', loss: 'mse' });
  const history = await net.fit(data.batch(16) as never, { epochs: 3, verbose: 'silent' });
  expect(history.loss).toHaveLength(3);
});

test('what fails there is told here', async () => {
  const damaged = threadDataset<Row>(address, { options: { rows: 5, failsAt: 2 } });
  await expect(damaged.toArray()).rejects.toThrow(/rows\.ts: row 2 is damaged/);
  await expect(threadDataset(new URL('./threads/nothing.ts', import.meta.url)).toArray()).rejects.toThrow(/nothing\.ts/);
  expect(() => serveDataset(() => dataset([1]))).toThrow('serveDataset is for a module that threadDataset runs');
  expect(() => threadDataset(3 as never)).toThrow('needs the address of a module');
});

test('a script that has read its items ends', { timeout: 30_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradus-thread-'));
  try {
    const index = JSON.stringify(new URL('../../src/data/index.ts', import.meta.url).href);
    writeFileSync(
      join(folder, 'script.ts'),
      `import { threadDataset } from ${index};
const rows = await threadDataset(${JSON.stringify(address.href)}, { options: { rows: 3 } }).toArray();
console.log(rows.length);`,
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'script.ts')], { encoding: 'utf8', timeout: 20_000 });
    expect([status, stdout.trim(), stderr]).toEqual([0, '3', '']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
