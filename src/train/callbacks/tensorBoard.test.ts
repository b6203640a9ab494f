import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readEvents } from '../../../tests/support/eventReader.ts';
import { classes, classifier, silent, xor, xorNet } from '../../../tests/support/models.ts';
import { writeLogs } from '../../../tests/support/tensorBoardRun.ts';
import { callbacks } from '../../index.ts';
import { histogramBuckets, maskedCrc32c } from '../tensorboard/events.ts';

type Series = Readonly<Record<string, readonly unknown[]>>;
interface Run {
  readonly scalars?: Series;
  readonly histograms?: Series;
  readonly images?: Series;
  readonly graph?: readonly unknown[];
}

/** What the real TensorBoard read of the same training: tests/golden/event_files.py. */
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', '..', 'tests', 'golden', 'event_files.json'), 'utf8'),
) as Readonly<Record<string, Run>>;

const filesIn = (folder: string): string[] => readdirSync(folder).filter(name => name.startsWith('events.out.tfevents.'));

const readFolder = (folder: string): Run => {
  const [name, ...others] = filesIn(folder);
  expect(others).toEqual([]);
  const { version, shown, graph } = readEvents(readFileSync(join(folder, name as string)));
  expect(version).toBe('brain.Event:2');
  const series: Record<string, Record<string, unknown[]>> = {};
  for (const { plugin, tag, entry } of shown) {
    series[plugin] ??= {};
    const tags = series[plugin];
    tags[tag] ??= [];
    tags[tag].push(entry);
  }
  return { ...series, ...(graph === undefined ? {} : { graph }) };
};

/** Numbers near each other, everything else the same. */
const near = (got: unknown, expected: unknown, path = ''): void => {
  if (typeof expected === 'number') expect(got as number, path).toBeCloseTo(expected, 5);
  else if (typeof expected === 'object' && expected !== null) {
    expect(Object.keys(got as object).sort(), path).toEqual(Object.keys(expected).sort());
    for (const [key, value] of Object.entries(expected)) near((got as Record<string, unknown>)[key], value, `${path}.${key}`);
  } else expect(got, path).toBe(expected);
};

test('event files hold what the real TensorBoard has read of them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradus-'));
  await writeLogs(folder);
  near(readFolder(join(folder, 'train')), golden['first/train']);
  near(readFolder(join(folder, 'validation')), golden['first/validation']);
  expect(filesIn(folder)).toHaveLength(1); // hyperparameters
});

test('without options there are figures of epochs and the graph; nothing of a validation that there is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradus-'));
  await xorNet().fit(xor.x, xor.y, { epochs: 2, callbacks: [callbacks.tensorBoard(folder)], ...silent });
  expect(readdirSync(folder)).toEqual(['train']);
  const { scalars, histograms, images, graph } = readFolder(join(folder, 'train'));
  expect(Object.keys(scalars as object)).toEqual(['epoch_loss', 'epoch_accuracy', 'epoch_learningRate']);
  expect([histograms, images]).toEqual([undefined, undefined]);
  expect(graph).toHaveLength(3);
});

test('a training that is resumed goes on with its files: each step once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradus-'));
  const { x, y } = classes(40);
  const run = (limit: number): Promise<unknown> => {
    const controller = new AbortController();
    return classifier().fit(x, y, {
      ...{ epochs: 4, batchSize: 8, signal: controller.signal, ...silent },
      callbacks: [
        callbacks.tensorBoard({ logDir: join(folder, 'logs'), updateFreq: 'batch' }),
        callbacks.backupAndRestore({ directory: join(folder, 'backup'), saveFreq: 3 }),
        { everyStep: true, onBatchEnd: (_, __, { step }) => (step === limit ? controller.abort(new Error('killed')) : undefined) },
      ],
    });
  };
  await expect(run(8)).rejects.toThrow('killed');
  await run(Infinity);
  const { scalars } = readFolder(join(folder, 'logs', 'train'));
  expect(scalars?.batch_loss?.map(entry => (entry as number[])[0])).toEqual(Array.from({ length: 20 }, (_, step) => step + 1));
  expect(scalars?.epoch_loss?.map(entry => (entry as number[])[0])).toEqual([0, 1, 2, 3]);
});

test('checks of records are those of the format', () => {
  // RFC 3720, B.4: 32 bytes of zeros have the CRC-32C 0x8a9136aa.
  const crc = 0x8a9136aa;
  expect(maskedCrc32c(new Uint8Array(32))).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
});

test('histograms of nothing, of one value and of values that are no numbers', () => {
  const counts = (values: number[]): number[] => histogramBuckets(values).map(([, , count]) => count as number);
  expect(counts([])).toEqual(new Array(30).fill(0));
  expect(counts([2, 2])).toEqual([...new Array(29).fill(0), 2]);
  expect(counts([0, 1, Number.NaN, Infinity]).reduce((a, b) => a + b)).toBe(2);
  expect(histogramBuckets([0, 3]).at(-1)?.[1]).toBe(3);
});

test('what tensorBoard does not know is an error', () => {
  expect(() => callbacks.tensorBoard({ logdir: 'a' } as never)).toThrow("Did you mean 'logDir'?");
  expect(() => callbacks.tensorBoard({ updateFreq: 'step' as never })).toThrow(
    "needs updateFreq to be 'epoch', 'batch' or a number of steps",
  );
});
