import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silent, valuesOf, xor, xorNet } from '../../../tests/support/models.ts';
import { type Callback, callbacks, layers, optimizers, sequential } from '../../index.ts';

const place = (name: string): string => join(mkdtempSync(join(tmpdir(), 'gradus-')), 'logs', name);
const fit = (list: readonly Callback[], epochs = 2): ReturnType<ReturnType<typeof xorNet>['fit']> =>
  xorNet().fit(xor.x, xor.y, { epochs, callbacks: list, ...silent });

test('csvLogger appends without a second header, and begins anew without append', async () => {
  const file = place('a.csv');
  await fit([callbacks.csvLogger(file)]);
  await fit([callbacks.csvLogger(file, { append: true })], 1);
  const lines = readFileSync(file, 'utf8').split('\r\n');
  expect(lines[0]).toBe('epoch,accuracy,loss,valAccuracy,valLoss');
  expect(lines.map(line => line.split(',')[0])).toEqual(['epoch', '0', '1', '0', '']);
  expect(lines[1]).toMatch(/,NA,NA$/);
  await fit([callbacks.csvLogger(file)], 1);
  expect(readFileSync(file, 'utf8').split('\r\n')).toHaveLength(3);
});

test('jsonLogger writes one object a line, with all digits', async () => {
  const file = place('a.jsonl');
  const history = await fit([callbacks.jsonLogger(file)]);
  await fit([callbacks.jsonLogger(file, { append: true })], 1);
  const lines = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, number>);
  expect(lines).toHaveLength(3);
  expect(lines[1]).toEqual({ epoch: 1, loss: history.loss[1], accuracy: history.accuracy?.[1] });
});

test('remoteMonitor posts a form or JSON, with headers; a server that is not there stops nothing', async () => {
  const seen: { url: string; type: string; key: string; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', part => {
      body += String(part);
    });
    request.on('end', () => {
      seen.push({ url: request.url ?? '', type: request.headers['content-type'] ?? '', key: String(request.headers['x-key']), body });
      response.end();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const history = await fit(
    [callbacks.remoteMonitor({ root, headers: { 'x-key': 'a' } }), callbacks.remoteMonitor({ root, path: '/p', sendAsJson: true })],
    1,
  );
  server.close();
  const [form, json] = seen as [(typeof seen)[0], (typeof seen)[0]];
  expect([form.url, form.type, form.key]).toEqual(['/publish/epoch/end/', 'application/x-www-form-urlencoded', 'a']);
  const expected = { epoch: 0, loss: history.loss[0], accuracy: history.accuracy?.[0] };
  expect(JSON.parse(new URLSearchParams(form.body).get('data') as string)).toEqual(expected);
  expect([json.url, json.type, JSON.parse(json.body)]).toEqual(['/p', 'application/json', expected]);
  expect((await fit([callbacks.remoteMonitor({ root })])).loss).toHaveLength(2);
});

test('terminateOnNaN ends the training quietly; the weights are those from before', async () => {
  const net = sequential([layers.dense(1)], { inputShape: [2], seed: 1 });
  net.compile({ optimizer: optimizers.sgd({ learningRate: 1e25 }), loss: 'meanSquaredError' });
  const ends: unknown[] = [];
  const watch: Callback = { onTrainEnd: logs => void ends.push(logs) };
  const history = await net.fit(xor.x, xor.y, { epochs: 10, callbacks: [callbacks.terminateOnNaN(), watch], ...silent });
  expect(history.loss.length).toBeLessThan(10);
  expect(Number.isFinite(history.loss.at(-1))).toBe(false);
  expect(history.loss.slice(0, -1).every(Number.isFinite)).toBe(true);
  expect((await valuesOf(net)).flat().every(Number.isFinite)).toBe(true);
  expect(ends).toEqual([{ loss: history.loss.at(-1) }]);
  const again = net.fit(xor.x, xor.y, { epochs: 10, callbacks: [callbacks.terminateOnNaN({ raiseError: true })], ...silent });
  await expect(again).rejects.toThrow('is not a finite number');
});

test('history goes on over several trainings; lambda and progbarLogger do what their names say', async () => {
  const record = callbacks.history();
  const net = xorNet();
  const seen: number[] = [];
  const list = [record, callbacks.lambda({ onEpochBegin: epoch => void seen.push(epoch) }), callbacks.progbarLogger()];
  const first = await net.fit(xor.x, xor.y, { epochs: 2, callbacks: list, ...silent });
  const second = await net.fit(xor.x, xor.y, { epochs: 3, initialEpoch: 2, callbacks: list, ...silent });
  expect(record.history.loss).toEqual([...first.loss, ...second.loss]);
  expect(record.epoch).toEqual([2]);
  expect(seen).toEqual([0, 1, 2]);
});

test.each<readonly [string, () => unknown, string]>([
  ['a slip in a name of lambda', () => callbacks.lambda({ onEpochend: () => {} } as never), "Did you mean 'onEpochEnd'?"],
  ['a slip in a callback of one’s own', () => fit([{ onTrainBatchEnd: () => {} } as never]), "Did you mean 'onBatchEnd'?"],
  [
    'a callback that is a function',
    () => fit([(() => {}) as never]),
    'callbacks that are objects with functions such as onEpochEnd, got a function',
  ],
  ['a callback in place of a list', () => fit(callbacks.terminateOnNaN() as never), 'fit takes a list of callbacks'],
  ['everySteps 0', () => fit([{ everySteps: 0 }]), 'everySteps to be a whole number >= 1, got 0'],
  ['csvLogger without a name', () => callbacks.csvLogger(''), 'needs a file name'],
  ['a separator of two characters', () => callbacks.csvLogger('a', { separator: '::' }), 'needs a separator of one character, got "::"'],
  ['swapEmaWeights without averages', () => fit([callbacks.swapEmaWeights()]), 'optimizers.sgd({ useEma: true })'],
])('%s is an error', async (_, action, message) => {
  await expect((async () => await action())()).rejects.toThrow(message);
});
