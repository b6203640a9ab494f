import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silent, valuesOf, xor, xorNet } from '../../../tests/support/models.ts';
import { type CompileOptions, callbacks, loadModel, type Model, type Tensor, type TrainingContext } from '../../index.ts';
import { monitorOf } from './monitor.ts';

test('modelCheckpoint saves each epoch, named after it; the last one is the model', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradus-'));
  const net = xorNet();
  await net.fit(xor.x, xor.y, { epochs: 3, callbacks: [callbacks.modelCheckpoint(join(folder, 'at-{epoch}.gradus'))], ...silent });
  expect(readdirSync(folder).sort()).toEqual(['at-1.gradus', 'at-2.gradus', 'at-3.gradus']);
  const values = async (epoch: number): Promise<number[][]> => valuesOf(await loadModel(join(folder, `at-${epoch}.gradus`)));
  expect(await values(3)).toEqual(await valuesOf(net));
  expect(await values(2)).not.toEqual(await values(3));
});

test('a training goes on from a checkpoint to the same weights', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'gradus-')), 'half.gradus');
  const whole = xorNet();
  await whole.fit(xor.x, xor.y, { epochs: 20, callbacks: [{}], ...silent });
  await xorNet().fit(xor.x, xor.y, { epochs: 10, callbacks: [callbacks.modelCheckpoint(path)], ...silent });
  const half: Model = await loadModel(path);
  await half.fit(xor.x, xor.y, { epochs: 20, initialEpoch: 10, callbacks: [{}], ...silent });
  expect(await valuesOf(half)).toEqual(await valuesOf(whole));
});

test('with saveBestOnly only what is better than ever before is saved', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradus-'));
  const save = callbacks.modelCheckpoint({ filepath: join(folder, '{epoch}.gradus'), monitor: 'loss', saveBestOnly: true });
  const net = xorNet();
  net.learningRate = 0;
  await net.fit(xor.x, xor.y, { epochs: 3, callbacks: [save], ...silent });
  expect(readdirSync(folder)).toEqual(['1.gradus']);
});

test('a disk that does not take the file ends the training with an error; the model is as it was', async () => {
  const net = xorNet();
  const fit = net.fit(xor.x, xor.y, { epochs: 5, callbacks: [callbacks.modelCheckpoint('/dev/null/a.gradus')], ...silent });
  await expect(fit).rejects.toThrow("cannot make the folder '/dev/null'");
  expect(net.history.loss).toHaveLength(1);
  expect((await net.fit(xor.x, xor.y, { epochs: 2, ...silent })).loss).toHaveLength(2);
});

test('mode auto: as the loss or metric has it; where nobody can know, the mode is asked for', () => {
  const context = (metrics: CompileOptions['metrics']): TrainingContext => {
    const net = xorNet();
    net.compile({ loss: 'meanSquaredError', ...(metrics === undefined ? {} : { metrics }) });
    return { model: net } as unknown as TrainingContext;
  };
  const begun = (monitor: string, metrics?: CompileOptions['metrics']): ReturnType<typeof monitorOf> => {
    const made = monitorOf('test', { monitor });
    made.begin(context(metrics));
    return made;
  };
  for (const [monitor, metric, rises] of [
    ['valLoss', 'accuracy', false],
    ['loss', 'accuracy', false],
    ['valAccuracy', 'accuracy', true],
    ['auc', 'auc', true],
    ['valMae', 'mae', false],
    ['valMeanAbsoluteError', 'meanAbsoluteError', false],
    ['r2Score', 'r2Score', true],
    ['falsePositives', 'falsePositives', false],
    ['huber', 'huber', false],
  ] as const) {
    const { isBetter } = begun(monitor, [metric]);
    expect([monitor, isBetter(2, 1), isBetter(1, 2), isBetter(1, undefined)]).toEqual([monitor, rises, !rises, true]);
  }
  const own = (target: Tensor, prediction: Tensor): Tensor => target.sub(prediction).sum();
  expect(() => begun('own', [own])).toThrow("test cannot know whether more or less of 'own' is better: give mode: 'min' or mode: 'max'.");
  expect(begun('loss').isBetter(1, 1.05, 0.1)).toBe(false);
  expect(monitorOf('test', { monitor: 'valAccuracy', mode: 'min' }).isBetter(1, 2)).toBe(true);
  expect(() => monitorOf('test', { mode: 'mni' as never })).toThrow("Did you mean 'min'?");
});

test.each<readonly [string, () => unknown, string]>([
  ['modelCheckpoint without a path', () => callbacks.modelCheckpoint(''), 'callbacks.modelCheckpoint needs a path'],
  ['earlyStopping with an unknown option', () => callbacks.earlyStopping({ patient: 1 } as never), "Did you mean 'patience'?"],
  [
    'reduceLrOnPlateau that makes the rate larger',
    () => callbacks.reduceLrOnPlateau({ factor: 2 }),
    'needs a factor between 0 and 1, got 2',
  ],
  [
    'learningRateScheduler without a function',
    () => callbacks.learningRateScheduler(0.1 as never),
    'takes a function (epoch, rate) => rate, got a number',
  ],
])('%s is an error', (_, action, message) => expect(action).toThrow(message));
