import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Ended, runCli } from './support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'gradus-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const gradus = (args: readonly string[], watch?: Parameters<typeof runCli>[2]): Promise<Ended> => runCli(args, process.cwd(), watch);

test('train leaves a run folder whose model evaluates to the same figures', { timeout: 120_000 }, async () => {
  const out = join(folder, 'run');
  const trained = await gradus(['train', 'mnist', '--model', 'mlp', '--epochs', '1', '--json', '--out', out]);
  expect(trained.code, trained.errors).toBe(0);
  const events = trained.output
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>);
  expect(events.map(({ event }) => event)).toEqual(['start', 'epoch', 'end']);
  const { test: figures } = events[2] as { test: { loss: number; accuracy: number } };
  expect(figures.accuracy).toBeGreaterThan(0.92);
  expect(JSON.parse(readFileSync(join(out, 'history.json'), 'utf8'))).toMatchObject({ data: 'mnist', test: figures });
  const again = await gradus(['evaluate', join(out, 'model.gradus'), 'mnist', '--json']);
  expect(JSON.parse(again.output)).toMatchObject({ loss: expect.closeTo(figures.loss, 5), accuracy: figures.accuracy });
  expect((await gradus(['summary', join(out, 'model.gradus')])).output).toContain('101,770 parameters');
});

test.each([
  [['trian', 'mnist'], "unknown command 'trian'. Did you mean 'train'?"],
  [['train', 'mnst'], "unknown data set 'mnst'. Did you mean 'mnist'?"],
  [['train', 'mnist', '--epoch', '3'], "unknown option '--epoch'. Did you mean '--epochs'?"],
  [['train', 'mnist', '--epochs', 'many'], "--epochs needs a whole number >= 1, got 'many'."],
  [['train', 'mnist', '--model', 'cmn'], "unknown model 'cmn'. Did you mean 'cnn'?"],
  [['train'], 'gradus train takes one data set, got 0.'],
])('wrong usage %j is told, with exit code 2', { timeout: 30_000 }, async (args, message) => {
  const { code, errors } = await gradus(args);
  expect(code).toBe(2);
  expect(errors).toContain(message);
});

test('what cannot be done fails with exit code 1', { timeout: 30_000 }, async () => {
  const path = join(folder, 'no.gradus');
  expect((await gradus(['summary', path])).code).toBe(1);
  writeFileSync(path, 'not a model');
  const { code, errors } = await gradus(['summary', path]);
  expect(code).toBe(1);
  expect(errors).toContain('no.gradus');
});

test('an interrupted training ends with exit code 130', { timeout: 60_000 }, async () => {
  const { code, errors } = await gradus(['train', 'mnist', '--epochs', '50', '--json', '--out', join(folder, 'never')], (child, output) => {
    if (output.includes('"start"')) child.kill('SIGINT');
  });
  expect(errors).toContain('Interrupted');
  expect(code).toBe(130);
});

test('a run that was interrupted goes on to the same weights', { timeout: 120_000 }, async () => {
  const [whole, cut] = [join(folder, 'whole'), join(folder, 'cut')];
  const args = ['train', 'mnist', '--model', 'mlp', '--epochs', '2', '--seed', '3', '--threads', '1', '--json', '--out'];
  expect((await gradus([...args, whole])).code).toBe(0);
  const ended = await gradus([...args, cut], child => child.kill('SIGINT')); // at the first line: the training has begun
  expect([ended.code, ended.errors]).toEqual([130, expect.stringContaining(`gradus train --resume ${cut}`)]);
  expect(readdirSync(cut)).toContain('run.json');
  const resumed = await gradus(['train', '--resume', cut, '--json']);
  expect(resumed.code, resumed.errors).toBe(0);
  const [a, b] = [whole, cut].map(path => readFileSync(join(path, 'model.gradus')));
  expect(a?.equals(b as Buffer)).toBe(true);
  expect(readdirSync(cut)).not.toContain('checkpoints');
  const wrong = await gradus(['train', '--resume', join(folder, 'nowhere')]);
  expect([wrong.code, wrong.errors]).toEqual([2, expect.stringContaining('is no folder of an interrupted run')]);
});
