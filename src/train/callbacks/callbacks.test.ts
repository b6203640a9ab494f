import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silent, valuesOf, xor, xorNet } from '../../../tests/support/models.ts';
import { callbacks, loadModel, type Model } from '../../index.ts';
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
  const save = callbacks.modelCheckpoint({ path: join(folder, '{epoch}.gradus'), monitor: 'loss', saveBestOnly: true });
  const net = xorNet();
  net.learningRate = 0;
  await net.fit(xor.x, xor.y, { epochs: 3, callbacks: [save], ...silent });
  expect(readdirSync(folder)).toEqual(['1.gradus']);
});

test('a disk that does not take the file ends the training with an error; the model is as it was', async () => {
  const net = xorNet();
  const fit = net.fit(xor.x, xor.y, { epochs: 5, callbacks: [callbacks.modelCheckpoint('/nowhere/at/all/a.gradus')], ...silent });
  await expect(fit).rejects.toThrow('/nowhere/at/all/a.gradus');
  expect(net.history.loss).toHaveLength(1);
  expect((await net.fit(xor.x, xor.y, { epochs: 2, ...silent })).loss).toHaveLength(2);
});

test('mode auto: losses fall, accuracies rise', () => {
  const [loss, accuracy] = [monitorOf('test', { monitor: 'valLoss' }), monitorOf('test', { monitor: 'valAccuracy' })];
  expect([loss.isBetter(1, 2), loss.isBetter(2, 1), accuracy.isBetter(1, 2), accuracy.isBetter(2, 1)]).toEqual([true, false, false, true]);
  expect(loss.isBetter(1, 1.05, 0.1)).toBe(false);
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
