import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { classes, classifier, silent, valuesOf } from '../../tests/support/models.ts';
import { dataset } from '../data/index.ts';
import { type Callback, callbacks, type Model, rewind } from '../index.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'gradus-'));
const { x, y } = classes(60);
const options = { epochs: 4, batchSize: 8, ...silent };
const net = (): Model => classifier({ dropout: 0.2 });

/** A training whose weights after every step are known. */
const recorded = async (directory: string, more: readonly Callback[] = []): Promise<{ own: Model; after: number[][][] }> => {
  const own = net();
  const after: number[][][] = [await valuesOf(own)];
  const watch: Callback = {
    everyStep: true,
    onBatchEnd: async (_, __, { model }) => void after.push(await valuesOf(model)),
  };
  await own.fit(x, y, { ...options, callbacks: [watch, ...more, callbacks.checkpoints({ directory, everySteps: 5 })] });
  return { own, after };
};

test('rewind gives the model as it was after any step, bit for bit', async () => {
  const directory = folder();
  const { after } = await recorded(directory);
  expect(after).toHaveLength(33);
  expect(readdirSync(directory)).toHaveLength(7);
  for (const step of [0, 1, 5, 8, 13, 16, 24, 32]) {
    const again = net();
    const moment = await rewind(again, x, y, { directory, step });
    expect([moment.steps, moment.epoch * 8 + moment.step]).toEqual([step, step]);
    expect(await valuesOf(again)).toEqual(after[step]);
  }
});

test('from a moment the training goes on as it went, or on a branch with another rate', async () => {
  const directory = folder();
  const own = net();
  const history = await own.fit(x, y, { ...options, callbacks: [callbacks.checkpoints({ directory })] });
  const [same, other] = [net(), net()];
  for (const [branch, rate] of [
    [same, undefined],
    [other, 1e-4],
  ] as const) {
    const moment = await rewind(branch, x, y, { directory, step: 19 });
    expect([moment.epoch, moment.step, moment.history.loss]).toEqual([2, 3, history.loss.slice(0, 2)]);
    if (rate !== undefined) branch.learningRate = rate;
    const went = await branch.fit(x, y, { ...options, resume: moment });
    expect(went.loss).toHaveLength(4);
    expect(went.loss.slice(0, 2)).toEqual(history.loss.slice(0, 2));
    if (rate === undefined) expect(went).toEqual(history);
    else expect(went.loss[3]).not.toBe(history.loss[3]);
  }
  expect(await valuesOf(same)).toEqual(await valuesOf(own));
  expect(await valuesOf(other)).not.toEqual(await valuesOf(own));
});

test('callbacks that change the training are replayed with what they remember', async () => {
  const directory = folder();
  const change = (): Callback[] => [
    callbacks.learningRateScheduler((epoch, rate) => rate / (1 + epoch)),
    callbacks.reduceLrOnPlateau({ monitor: 'loss', patience: 1, minDelta: 1, factor: 0.5 }),
  ];
  const { after } = await recorded(directory, change());
  const again = net();
  await rewind(again, x, y, { directory, step: 29, callbacks: change() });
  expect(await valuesOf(again)).toEqual(after[29]);
});

test('batches of a shuffled data set, too', async () => {
  const directory = folder();
  const batches = () => dataset(x, y).shuffle({ seed: 4 }).batch(8);
  const own = net();
  const seen: number[][][] = [await valuesOf(own)];
  const watch: Callback = { onBatchEnd: async (_, __, { model }) => void seen.push(await valuesOf(model)) };
  await own.fit(batches(), { epochs: 3, ...silent, callbacks: [watch, callbacks.checkpoints({ directory, everySteps: 7 })] });
  for (const step of [3, 12, 24]) {
    const again = net();
    await rewind(again, batches(), { directory, step });
    expect(await valuesOf(again)).toEqual(seen[step]);
  }
});

test('errors of rewind and resume say what to do', async () => {
  const directory = folder();
  await expect(rewind(net(), x, y, { directory, step: 3 })).rejects.toThrow('there are none. Train with callbacks.checkpoints');
  await net().fit(x, y, { ...options, epochs: 2, callbacks: [callbacks.checkpoints({ directory, keepLast: 1 })] });
  await expect(rewind(net(), x, y, { directory, step: 3 })).rejects.toThrow('the first one is of step 16');
  await expect(net().fit(x, y, { ...options, batchSize: 4, resume: directory })).rejects.toThrow(
    'that training had batchSize 8, and this one has 4. Give the same data and options',
  );
  await expect(net().fit(x.slice([0], [40]), y.slice([0], [40]), { ...options, resume: directory })).rejects.toThrow('had rows 60');
  await expect(net().fit(x, y, { ...options, resume: '' })).rejects.toThrow('fit needs resume to be a folder');
});

test('resume goes on from a folder, and says nothing of one that is empty but that it begins', async () => {
  const directory = folder();
  const [whole, parts] = [net(), net()];
  const more = { ...options, callbacks: [callbacks.checkpoints({ directory, everySteps: 3, keepLast: 2 })], resume: directory };
  const history = await whole.fit(x, y, { ...options, callbacks: [{}] });
  const controller = new AbortController();
  const stop: Callback = {
    everyStep: true,
    onBatchEnd: (_, __, { step }) => (step === 20 ? controller.abort(new Error('enough')) : undefined),
  };
  await expect(parts.fit(x, y, { ...more, signal: controller.signal, callbacks: [...more.callbacks, stop] })).rejects.toThrow('enough');
  expect(readdirSync(directory).sort()).toEqual(['step-000000015.checkpoint', 'step-000000018.checkpoint']);
  const again = net();
  expect(await again.fit(x, y, more)).toEqual(history);
  expect(await valuesOf(again)).toEqual(await valuesOf(whole));
});
