import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { classes, classifier, silent, valuesOf, xor, xorNet } from '../../../tests/support/models.ts';
import { dataset } from '../../data/index.ts';
import { type Callback, callbacks, type FitOptions, loadModel, type Model, type Tensor } from '../../index.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'gradus-'));
const put = (name: string, values: readonly number[]): Callback => ({
  onEpochEnd(epoch, logs) {
    logs[name] = values[epoch] as number;
  },
});

describe('modelCheckpoint', () => {
  const run = async (
    options: Omit<Parameters<typeof callbacks.modelCheckpoint>[0] & object, 'filepath'>,
    values: readonly number[],
  ): Promise<string[]> => {
    const directory = folder();
    const save = callbacks.modelCheckpoint({
      filepath: join(directory, 'deep', '{epoch}.gradus'),
      monitor: 'score',
      mode: 'max',
      ...options,
    });
    await xorNet().fit(xor.x, xor.y, { epochs: values.length, callbacks: [put('score', values), save], ...silent });
    return readdirSync(join(directory, 'deep')).map(name => name.replace('.gradus', ''));
  };

  test('keepLast keeps the last files and the best one', async () => {
    expect(await run({ keepLast: 2 }, [1, 5, 2, 3, 4])).toEqual(['2', '4', '5']);
    expect(await run({ keepLast: 2 }, [1, 2, 3, 4, 5])).toEqual(['4', '5']);
    expect(await run({ keepLast: 1 }, [1, 5, 2, 6, 3])).toEqual(['4', '5']);
    expect(await run({ keepLast: 2, saveBestOnly: true }, [1, 5, 2, 6, 7])).toEqual(['4', '5']);
    expect(await run({}, [1, 2])).toEqual(['1', '2']);
  });

  test('saveWeightsOnly leaves the optimizer out', async () => {
    const directory = folder();
    const [whole, weights] = ['whole', 'weights'].map(name => join(directory, `${name}.gradus`)) as [string, string];
    const net = classifier();
    const { x, y } = classes(16);
    const list = [callbacks.modelCheckpoint(whole), callbacks.modelCheckpoint(weights, { saveWeightsOnly: true })];
    await net.fit(x, y, { epochs: 2, callbacks: list, ...silent });
    expect(statSync(weights).size).toBeLessThan(statSync(whole).size * 0.7);
    const [a, b] = [await loadModel(whole), await loadModel(weights)];
    expect(await valuesOf(a)).toEqual(await valuesOf(net));
    expect(await valuesOf(b)).toEqual(await valuesOf(net));
  });

  test.each<readonly [string, () => unknown, string]>([
    [
      'no such figure in the name',
      () => run({ filepath: '{valLos:.2f}.gradus' } as never, [1]),
      "cannot fill {valLos:.2f} of '{valLos:.2f}.gradus': there are epoch, loss, accuracy, score",
    ],
    [
      'a format that is none',
      () => run({ filepath: '{loss:fine}' } as never, [1]),
      'does not know the format of {loss:fine}: use {epoch:03d} or {loss:.2f}',
    ],
    ['no figure to watch', () => run({ monitor: 'valLoss', saveBestOnly: true }, [1]), "modelCheckpoint watches 'valLoss'"],
    [
      'saveFreq of a word',
      async () => callbacks.modelCheckpoint('a', { saveFreq: 'batch' as never }),
      "needs saveFreq to be 'epoch' or a number of steps",
    ],
    ['keepLast 0', async () => callbacks.modelCheckpoint('a', { keepLast: 0 }), 'needs keepLast to be a whole number >= 1, got 0'],
  ])('%s is an error', async (_, action, message) => await expect(action()).rejects.toThrow(message));
});

describe('backupAndRestore', () => {
  const { x, y } = classes(40);
  const options: FitOptions = { epochs: 4, batchSize: 8, ...silent };
  const stopAt = (limit: number): { callback: Callback; signal: AbortSignal } => {
    const controller = new AbortController();
    return {
      signal: controller.signal,
      callback: { everyStep: true, onBatchEnd: (_, __, { step }) => (step === limit ? controller.abort(new Error('killed')) : undefined) },
    };
  };
  const broken = async (net: Model, at: number, backup: Callback): Promise<void> => {
    const { callback, signal } = stopAt(at);
    await expect(net.fit(x, y, { ...options, signal, callbacks: [callback, backup] })).rejects.toThrow('killed');
  };

  test('goes on where it was, and removes the folder at the end', async () => {
    const directory = join(folder(), 'backup');
    const whole = classifier();
    const history = await whole.fit(x, y, { ...options, callbacks: [{}] });
    await broken(classifier(), 12, callbacks.backupAndRestore(directory));
    expect(readdirSync(directory)).toEqual(['step-000000010.checkpoint']);
    const again = classifier();
    expect(await again.fit(x, y, { ...options, callbacks: [callbacks.backupAndRestore({ directory, deleteCheckpoint: true })] })).toEqual(
      history,
    );
    expect(await valuesOf(again)).toEqual(await valuesOf(whole));
    expect(() => readdirSync(directory)).toThrow('ENOENT');
  });

  test('a backup that is damaged is passed over for the one before it; if all are, that is an error', async () => {
    const directory = folder();
    const backup = (): Callback => callbacks.backupAndRestore({ directory, saveFreq: 4, doubleCheckpoint: true, deleteCheckpoint: false });
    await broken(classifier(), 10, backup());
    expect(readdirSync(directory).sort()).toEqual(['step-000000004.checkpoint', 'step-000000008.checkpoint']);
    const damage = (name: string): void => {
      const bytes = readFileSync(join(directory, name));
      bytes[200] = (bytes[200] as number) ^ 1;
      writeFileSync(join(directory, name), bytes);
    };
    damage('step-000000008.checkpoint');
    const whole = classifier();
    const history = await whole.fit(x, y, { ...options, callbacks: [{}] });
    const again = classifier();
    const seen: unknown[] = [];
    const watch: Callback = { onTrainBegin: ({ resumedAt, step }) => void seen.push([resumedAt, step]) };
    expect(await again.fit(x, y, { ...options, callbacks: [watch, backup()] })).toEqual(history);
    expect(seen).toEqual([[{ epoch: 0, step: 4 }, 4]]);
    for (const name of readdirSync(directory)) damage(name);
    await expect(classifier().fit(x, y, { ...options, callbacks: [backup()] })).rejects.toThrow('is damaged');
  });

  test('a data set passes over what was taken, without making it; other iterables are drawn again', async () => {
    const numbers = { made: 0 };
    const pipeline = () =>
      dataset(x, y)
        .shuffle({ seed: 3 })
        .batch(8)
        .map((inputs, targets) => {
          numbers.made++;
          return [inputs, targets] as const;
        });
    function* drawn(): Generator<readonly [Tensor, Tensor]> {
      for (let row = 0; row < 40; row += 8) {
        numbers.made++;
        yield [x.slice([row], [8]), y.slice([row], [8])];
      }
    }
    for (const [source, made] of [
      [pipeline, 8],
      [() => ({ [Symbol.iterator]: drawn }), 10],
    ] as const) {
      const whole = classifier();
      const given = { epochs: 4, ...silent };
      const history = await whole.fit(source(), given);
      const directory = folder();
      const { callback, signal } = stopAt(13);
      const backup = (): Callback => callbacks.backupAndRestore({ directory, saveFreq: 4 });
      await expect(classifier().fit(source(), { ...given, signal, callbacks: [callback, backup()] })).rejects.toThrow('killed');
      numbers.made = 0;
      const again = classifier();
      expect(await again.fit(source(), { ...given, callbacks: [backup()] })).toEqual(history);
      expect(numbers.made).toBe(made); // 20 steps, 12 of them done, 2 of these in this epoch
      expect(await valuesOf(again)).toEqual(await valuesOf(whole));
    }
  });

  test('a run that earlyStopping ended is over also after it was killed', async () => {
    const directory = folder();
    const list = (): Callback[] => [
      put('score', [1, 2, 3, 4]),
      callbacks.earlyStopping({ monitor: 'score', mode: 'min', patience: 1, restoreBestWeights: true }),
      callbacks.backupAndRestore({ directory, deleteCheckpoint: false }),
    ];
    const net = classifier();
    const history = await net.fit(x, y, { ...options, callbacks: list() });
    expect(history.loss).toHaveLength(2);
    const again = classifier();
    expect(await again.fit(x, y, { ...options, callbacks: list() })).toEqual(history);
    expect(await valuesOf(again)).toEqual(await valuesOf(net));
  });

  test('a run that was ended in the middle of an epoch takes no further step', async () => {
    for (const rows of [true, false]) {
      const directory = folder();
      const list = (): Callback[] => [
        { onBatchEnd: (_, __, { step, stop }) => (step === 12 ? stop() : undefined), everyStep: true },
        callbacks.backupAndRestore({ directory, saveFreq: 4, deleteCheckpoint: false }),
      ];
      const fit = (net: Model, more: readonly Callback[]): ReturnType<Model['fit']> =>
        rows ? net.fit(x, y, { ...options, callbacks: more }) : net.fit(dataset(x, y).batch(8), { epochs: 4, ...silent, callbacks: more });
      const net = classifier();
      const history = await fit(net, list());
      expect(readdirSync(directory)).toEqual(['step-000000012.checkpoint']);
      const again = classifier();
      expect(await fit(again, list())).toEqual(history);
      expect(await valuesOf(again)).toEqual(await valuesOf(net));
    }
  });

  test('another model, another file and no folder are errors that say so', async () => {
    const directory = folder();
    await broken(classifier(), 7, callbacks.backupAndRestore(directory));
    await expect(xorNet().fit(x.slice([0, 0], [40, 2]), y.reshape([40, 1]), { ...options, resume: directory })).rejects.toThrow(
      'is a checkpoint of another model',
    );
    await classifier().save(join(directory, 'step-000000009.checkpoint'));
    // A file that is no checkpoint is passed over for the one before: the run ends as if it had never been broken off.
    expect(await classifier().fit(x, y, { ...options, resume: directory })).toEqual(
      await classifier().fit(x, y, { ...options, callbacks: [{}] }),
    );
    expect(() => callbacks.backupAndRestore('')).toThrow("needs a folder: callbacks.backupAndRestore({ directory: 'runs/a' })");
    expect(() => callbacks.checkpoints({} as never)).toThrow(
      "callbacks.checkpoints needs a folder: callbacks.checkpoints({ directory: 'runs/a' })",
    );
  });
});
