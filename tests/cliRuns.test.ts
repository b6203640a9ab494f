import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readNpz, wavBytes } from '../src/data/index.ts';
import { type Ended, runCli } from './support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'gradus-runs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const gradus = (args: readonly string[], watch?: Parameters<typeof runCli>[2]): Promise<Ended> => runCli(args, folder, watch);

const trained = async (...args: string[]): Promise<Ended> => {
  const ended = await gradus(['train', ...args]);
  expect(ended.code, ended.errors).toBe(0);
  return ended;
};

/** Numbers between 0 and 1 that look random and always are the same. */
const fraction = (index: number): number => (Math.imul(index + 1, 2654435761) >>> 8) / 2 ** 24;

interface History {
  readonly test: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly kept: string;
  readonly learningRate: number;
}
const historyOf = (run: string): History => JSON.parse(readFileSync(join(folder, run, 'history.json'), 'utf8')) as History;

const points = (rows: number): string =>
  [
    'day,person,x,y,inside,upper',
    ...Array.from({ length: rows }, (_, row) => {
      const [x, y] = [2 * fraction(3 * row) - 1, 2 * fraction(3 * row + 1) - 1];
      const day = new Date(Date.UTC(2026, 0, 1 + row)).toISOString().slice(0, 10);
      return `${day},p${row % 20},${x.toFixed(4)},${y.toFixed(4)},${x * x + y * y < 0.5 ? 'yes' : 'no'},${y > 0 ? 1 : 0}`;
    }),
  ].join('\n');
writeFileSync(join(folder, 'points.csv'), points(600));

test('a run on a table that was interrupted goes on to the same weights', { timeout: 120_000 }, async () => {
  const args = ['points.csv', '--target', 'inside', '--epochs', '400', '--seed', '2', '--threads', '1', '--json', '--out'];
  await trained(...args, 'whole');
  const ended = await gradus(['train', ...args, 'cut'], (child, output) => {
    if (output.includes('"epoch":3')) child.kill('SIGINT');
  });
  expect([ended.code, ended.errors]).toEqual([130, expect.stringContaining('gradus train --resume cut')]);
  expect(readdirSync(join(folder, 'cut')).sort()).toEqual(['checkpoints', 'run.json']);
  const resumed = await gradus(['train', '--resume', 'cut', '--json']);
  expect(resumed.code, resumed.errors).toBe(0);
  const [a, b] = ['whole', 'cut'].map(run => readFileSync(join(folder, run, 'model.gradus')));
  expect(a?.equals(b as Buffer)).toBe(true);
  expect(historyOf('cut').test).toEqual(historyOf('whole').test);
});

describe('what is predicted, and how rows are split', () => {
  test('several columns of yes and no', { timeout: 60_000 }, async () => {
    const { output } = await trained('points.csv', '--target', 'inside,upper', '--out', 'both');
    expect(output).toContain("target 'inside, upper' (--target): 2 classes, several at once: inside, upper");
    expect(historyOf('both').test['neural network']?.microF1).toBeGreaterThan(0.9);
    const { output: answers } = await gradus(['predict', 'both/model.gradus', 'points.csv']);
    const [header, first] = answers.split('\n');
    expect(header).toBe('day,person,x,y,inside,upper,"predicted_inside, upper",probability');
    expect(first).toMatch(/^2026-01-01,p0,.*,(inside|upper|inside\|upper|),[01]\.\d{4}$/);
  });

  test('a list of classes in one column', { timeout: 60_000 }, async () => {
    const lines = Array.from({ length: 300 }, (_, row) => {
      const [x, y] = [fraction(2 * row), fraction(2 * row + 1)];
      return JSON.stringify({ x, y, tags: [...(x > 0.5 ? ['right'] : []), ...(y > 0.5 ? ['top'] : [])] });
    });
    writeFileSync(join(folder, 'tags.jsonl'), lines.join('\n'));
    await trained('tags.jsonl', '--target', 'tags', '--out', 'tags');
    expect(historyOf('tags').test['neural network']?.exactMatch).toBeGreaterThan(0.85);
  });

  test('columns are what they are said to be', { timeout: 60_000 }, async () => {
    const { output } = await trained(
      ...['points.csv', '--target', 'inside', '--column', 'day=ignored', '--column', 'person=hashed', '--epochs', '2', '--out', 'said'],
    );
    expect(output).toMatch(/day +not used: asked for/);
    expect(output).toMatch(/person +category, in 64 buckets/);
    expect(readFileSync(join(folder, 'said/report.html'), 'utf8')).toMatch(/--column '?person=hashed/);
    const wrong = await gradus(['train', 'points.csv', '--column', 'day=dat']);
    expect([wrong.code, wrong.errors]).toEqual([2, expect.stringContaining("unknown kind of column 'dat'. Did you mean 'date'?")]);
    const none = await gradus(['train', 'points.csv', '--target', 'inside', '--column', 'dy=date']);
    expect([none.code, none.errors]).toEqual([1, expect.stringContaining("Did you mean 'day'?")]);
  });

  test('groups stay together, and time goes forward', { timeout: 60_000 }, async () => {
    const grouped = await trained('points.csv', '--target', 'inside', '--group', 'person', '--epochs', '3', '--out', 'grouped');
    expect(grouped.output).toMatch(/person +not used: rows are split by it/);
    expect(grouped.output).toContain('360 rows to train on, 120 to choose by, 120 for the end');
    const timed = await trained('points.csv', '--target', 'inside', '--time', 'day', '--epochs', '3', '--out', 'timed');
    expect(timed.output).toContain('384 rows to train on, 96 to choose by, 120 for the end');
    const wrong = await gradus(['train', 'points.csv', '--time', 'person', '--out', 'no']);
    expect([wrong.code, wrong.errors]).toEqual([1, expect.stringContaining('--time needs a column of dates or numbers')]);
    expect((await gradus(['train', 'points.csv', '--time', 'day', '--group', 'person'])).code).toBe(2);
  });
});

test('networks are tried by halving, and a search that was cut goes on where it was', { timeout: 120_000 }, async () => {
  const args = ['points.csv', '--target', 'inside', '--tune', '4', '--epochs', '90', '--seed', '1', '--threads', '1', '--json'];
  const whole = await trained(...args, '--out', 'tuned');
  const trials = (text: string): unknown[] => text.split('\n').flatMap(line => (line.includes('"trial"') ? [JSON.parse(line)] : []));
  expect(trials(whole.output).length).toBe(6);
  await gradus(['train', ...args, '--out', 'tuned-cut'], (child, output) => {
    if (trials(output.slice(0, output.lastIndexOf('\n'))).length >= 2) child.kill('SIGINT');
  });
  expect((JSON.parse(readFileSync(join(folder, 'tuned-cut', 'trials.json'), 'utf8')) as unknown[]).length).toBeGreaterThanOrEqual(2);
  const resumed = await gradus(['train', '--resume', 'tuned-cut', '--json']);
  expect(resumed.code, resumed.errors).toBe(0);
  expect(trials(resumed.output)).toEqual(trials(whole.output));
  const { seconds: _, ...a } = historyOf('tuned') as History & { seconds: number };
  const { seconds: __, ...b } = historyOf('tuned-cut') as History & { seconds: number };
  expect(b).toEqual(a);
});

test('a network of the user’s own is trained; a file without one is told', { timeout: 60_000 }, async () => {
  const index = JSON.stringify(join(import.meta.dirname, '../src/index.ts'));
  writeFileSync(
    join(folder, 'own.ts'),
    `import { layers, sequential } from ${index};
export const network = ({ inputs, outputs, seed }: { inputs: { shape: number[] }[]; outputs: number; seed: number }) =>
  sequential([layers.dense(24, { activation: 'tanh', name: 'mine' }), layers.dense(outputs)], { inputShape: inputs[0]!.shape, seed });`,
  );
  await trained('points.csv', '--target', 'inside', '--model', 'own.ts', '--learning-rate', '0.02', '--out', 'own');
  expect(historyOf('own').kept).toBe('neural network');
  expect(historyOf('own').test['neural network']?.accuracy).toBeGreaterThan(0.85);
  expect((await gradus(['summary', 'own/model.gradus'])).output).toContain('mine (dense)');
  writeFileSync(join(folder, 'none.ts'), 'export const net = 1;');
  const none = await gradus(['train', 'points.csv', '--model', 'none.ts', '--out', 'nothing']);
  expect([none.code, none.errors]).toEqual([2, expect.stringContaining('exports no network')]);
  expect(existsSync(join(folder, 'nothing'))).toBe(false);

  const out = await gradus(['export', 'own/model.gradus', '--out', 'own.npz']);
  expect(out.code, out.errors).toBe(0);
  const arrays = await readNpz(join(folder, 'own.npz'));
  expect(Object.keys(arrays)).toContain('mine/kernel');
  expect(arrays['mine/kernel']?.shape[1]).toBe(24);
});

test('a folder of sounds, and a folder of texts', { timeout: 120_000 }, async () => {
  for (const [place, name] of ['high', 'low'].entries()) {
    mkdirSync(join(folder, 'sounds', name), { recursive: true });
    mkdirSync(join(folder, 'texts', name), { recursive: true });
    for (let item = 0; item < 30; item++) {
      const pitch = (place === 0 ? 1500 : 300) * (1 + 0.2 * fraction(item));
      const samples = Float32Array.from(
        { length: 2400 },
        (_, at) => 0.3 * Math.sin((2 * Math.PI * pitch * at) / 8000) + 0.1 * (fraction(at + 997 * item) - 0.5),
      );
      writeFileSync(join(folder, 'sounds', name, `${item}.wav`), wavBytes({ samples, channels: 1, sampleRate: 8000 }));
      const words = Array.from({ length: 6 }, (_, at) =>
        at === item % 6 ? (place === 0 ? 'peak' : 'deep') : ['a', 'sound', 'was', 'there'][at % 4],
      );
      writeFileSync(join(folder, 'texts', name, `${item}.txt`), words.join(' '));
    }
  }
  const sounds = await trained('sounds', '--epochs', '12', '--out', 'heard');
  expect(sounds.output).toContain('sounds: 60 recordings of 2 classes (high, low), heard as 0.30 s at 8 kHz');
  expect(historyOf('heard').test['linear model']?.accuracy).toBe(1);
  const answers = await gradus(['predict', 'heard/model.gradus', 'sounds/low']);
  expect(answers.output.split('\n').filter(line => line.includes(',low,')).length).toBe(30);
  expect(JSON.parse((await gradus(['evaluate', 'heard/model.gradus', 'sounds', '--json'])).output)).toMatchObject({
    rows: 60,
    accuracy: expect.any(Number),
  });

  const texts = await trained('texts', '--out', 'read');
  expect(texts.output).toContain("target 'label'");
  const spoken = await gradus(['predict', 'read/model.gradus', 'texts/high/3.txt']);
  expect(spoken.output).toMatch(/3\.txt,high,0\.\d+/);
});

test('a column of signals is a sequence', { timeout: 60_000 }, async () => {
  const lines = Array.from({ length: 240 }, (_, row) => {
    const pitch = row % 2 === 0 ? 0.3 : 0.9;
    const signal = Array.from({ length: 48 }, (__, at) =>
      Number((Math.sin(pitch * at + 7 * fraction(row)) + 0.3 * fraction(at + 99 * row)).toFixed(3)),
    );
    return JSON.stringify({ signal, kind: row % 2 === 0 ? 'slow' : 'fast' });
  });
  writeFileSync(join(folder, 'signals.jsonl'), lines.join('\n'));
  const { output } = await trained('signals.jsonl', '--target', 'kind', '--epochs', '15', '--out', 'signals');
  expect(output).toMatch(/signal +sequence of 48 numbers/);
  expect(historyOf('signals').test['neural network']?.accuracy).toBeGreaterThan(0.95);
});

test('one text: a network that writes like it, and goes on where it was cut', { timeout: 120_000 }, async () => {
  const words = ['the', 'tea', 'is', 'hot', 'and', 'we', 'like', 'it'];
  writeFileSync(
    join(folder, 'book.txt'),
    Array.from({ length: 2400 }, (_, at) => `${words[at % 8]}${at % 8 === 7 ? '.\n' : ' '}`).join(''),
  );
  const args = ['book.txt', '--epochs', '12', '--threads', '1', '--json', '--out'];
  await trained(...args, 'writes');
  const { test: figures } = historyOf('writes');
  expect(figures['neural network']?.loss).toBeLessThan(0.5 * (figures['tokens by the one before']?.loss as number));
  const ended = await gradus(['train', ...args, 'writes-cut'], (child, output) => {
    if (output.includes('"epoch":1')) child.kill('SIGINT');
  });
  expect([ended.code, ended.errors]).toEqual([130, expect.stringContaining('gradus train --resume writes-cut')]);
  const resumed = await gradus(['train', '--resume', 'writes-cut', '--threads', '1', '--json']);
  expect(resumed.code, resumed.errors).toBe(0);
  const [a, b] = ['writes', 'writes-cut'].map(run => readFileSync(join(folder, run, 'model.gradus')));
  expect(a?.equals(b as Buffer)).toBe(true);
  const written = await gradus([
    'generate',
    'writes/model.gradus',
    '--prompt',
    'the tea is',
    '--length',
    '20',
    '--temperature',
    '0.1',
    '--seed',
    '1',
  ]);
  expect(written.output).toContain('the tea is hot and we like it');
  expect((await gradus(['evaluate', 'writes/model.gradus', 'book.txt'])).output).toMatch(/perplexity +1\./);
  writeFileSync(join(folder, 'short.txt'), 'too little to learn from');
  const short = await gradus(['train', 'short.txt', '--out', 'short']);
  expect([short.code, short.errors]).toEqual([1, expect.stringContaining('a text of at least 2000 is needed')]);
  expect(await gradus(['generate', 'whole/model.gradus'])).toMatchObject({
    code: 1,
    errors: expect.stringContaining('was not trained to write'),
  });
});

test('a named data set is judged by the rows that were kept for the end, whatever the seed was', { timeout: 60_000 }, async () => {
  await trained('iris', '--seed', '7', '--epochs', '20', '--out', 'iris-run');
  const { kept, test: figures } = historyOf('iris-run');
  const judged = JSON.parse((await gradus(['evaluate', 'iris-run/model.gradus', 'iris', '--json'])).output) as Record<string, number>;
  expect(judged.rows).toBe(30);
  expect(judged.accuracy).toBeCloseTo(figures[kept]?.accuracy as number, 9);
  expect(await gradus(['train', 'iris', '--tune', '3', '--model', 'own.ts'])).toMatchObject({
    code: 2,
    errors: expect.stringContaining('exclude each other'),
  });
});

test('completion names commands, options and data sets', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, output } = await gradus(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['train', 'mixed-precision', 'penguins']) expect(output).toContain(word);
  }
  expect(await gradus(['completion', 'bsh'])).toMatchObject({ code: 2, errors: expect.stringContaining("Did you mean 'bash'?") });
});
