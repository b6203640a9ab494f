import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ended, runCliNow } from './support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'gradus-tables-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const gradus = (...args: string[]): Ended => runCliNow(args, folder);
const write = (name: string, text: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

/** Numbers between 0 and 1 that look random and always are the same. */
const fraction = (index: number): number => (Math.imul(index + 1, 2654435761) >>> 8) / 2 ** 24;

/** Rows whose kind follows from two numbers and a colour; some numbers are missing, one column is useless. */
const flowers = (rows: number): string => {
  const lines = ['id,long,wide,colour,picked,always,kind'];
  for (let row = 0; row < rows; row++) {
    const [long, wide, red] = [fraction(4 * row), fraction(4 * row + 1), fraction(4 * row + 2) > 0.5];
    const kind = long + wide > 1 ? (red ? 'rose' : 'tulip') : 'daisy';
    const missing = fraction(4 * row + 3) > 0.95;
    lines.push(
      `${row},${missing ? 'NA' : long.toFixed(4)},${wide.toFixed(4)},${red ? 'red' : 'blue'},2024-0${1 + (row % 9)}-1${row % 9},x,${kind}`,
    );
  }
  return `${lines.join('\n')}\n`;
};

const prices = (rows: number): string => {
  const lines = ['area;floor;price'];
  for (let row = 0; row < rows; row++) {
    const [area, floor] = [20 + 100 * fraction(2 * row), Math.floor(10 * fraction(2 * row + 1))];
    lines.push(`${area.toFixed(2)};${floor};${(3000 * area * (1 + floor / 20)).toFixed(0)}`);
  }
  return `${lines.join('\n')}\n`;
};

const reviews = (rows: number): string => {
  const [good, bad] = [
    ['lovely', 'great', 'fresh', 'tasty'],
    ['awful', 'stale', 'bad', 'bitter'],
  ];
  const filler = ['the', 'tea', 'was', 'really', 'i', 'think', 'this', 'came', 'today'];
  return Array.from({ length: rows }, (_, row) => {
    const isGood = fraction(7 * row) > 0.5;
    const words = Array.from({ length: 8 }, (__, place) => filler[Math.floor(9 * fraction(7 * row + place + 1))] as string);
    words.splice(3, 0, (isGood ? good : bad)[Math.floor(4 * fraction(7 * row + 6))] as string);
    return JSON.stringify({ text: words.join(' '), label: isGood ? 'yes' : 'no' });
  }).join('\n');
};

describe('a table of flowers', () => {
  const run = join(folder, 'flowers-run');
  let trained: ReturnType<typeof gradus>;
  beforeAll(() => {
    trained = gradus('train', write('flowers.csv', flowers(900)), '--out', run, '--epochs', '40');
  }, 60_000);

  test('what it holds is inferred and said, with what is not used and why', () => {
    expect(trained.code, trained.errors).toBe(0);
    expect(trained.output).toContain("target 'kind' (the last column): 3 classes: daisy, rose, tulip");
    expect(trained.output).toMatch(/long +number, some missing/);
    expect(trained.output).toMatch(/colour +category of 2/);
    expect(trained.output).toMatch(/picked +date/);
    expect(trained.output).toMatch(/id +not used: each row has another one/);
    expect(trained.output).toMatch(/always +not used: it always is the same/);
    expect(trained.output).toContain('576 rows to train on, 144 to choose by, 180 for the end');
  });

  test('the network beats the commonest class by far, and the run folder holds model, history and report', () => {
    const history = JSON.parse(readFileSync(join(run, 'history.json'), 'utf8')) as { test: Record<string, Record<string, number>> };
    expect(history.test['always the same']?.accuracy).toBeLessThan(0.6);
    expect(history.test['neural network']?.accuracy).toBeGreaterThan(0.93);
    expect(readdirSync(run).sort()).toEqual(['history.json', 'model.gradus', 'report.html', 'run.json', 'split.json']);
    const report = readFileSync(join(run, 'report.html'), 'utf8');
    for (const part of ['Confusion matrix', 'Most wrong', 'Importance of the columns', 'gradus train']) expect(report).toContain(part);
    expect(report).not.toMatch(/(src|href)="?http/);
  });

  test('predict keeps the columns and adds answers; evaluate judges them alike', () => {
    const model = join(run, 'model.gradus');
    const out = join(folder, 'answers.csv');
    const fresh = write('more.csv', flowers(200));
    expect(gradus('predict', model, fresh, '--out', out).code).toBe(0);
    const [header = '', ...rows] = readFileSync(out, 'utf8').trim().split('\n');
    expect(header).toBe('id,long,wide,colour,picked,always,kind,predicted_kind,probability');
    const right = rows.filter(row => row.split(',')[6] === row.split(',')[7]).length / rows.length;
    const { accuracy } = JSON.parse(gradus('evaluate', model, fresh, '--json').output) as { accuracy: number };
    expect(right).toBeCloseTo(accuracy, 6);
    expect(right).toBeGreaterThan(0.9);
    const lacking = gradus('predict', model, write('lacking.csv', 'long,wide\n0.5,0.5\n0.1,0.2\n'));
    expect([lacking.code, lacking.errors]).toEqual([1, expect.stringContaining("the data lacks the column 'colour'")]);
  });

  test('the same seed gives the same network', () => {
    const again = join(folder, 'again');
    expect(gradus('train', join(folder, 'flowers.csv'), '--out', again, '--epochs', '40').code).toBe(0);
    const figures = (path: string): unknown => (JSON.parse(readFileSync(join(path, 'history.json'), 'utf8')) as { test: unknown }).test;
    expect(figures(again)).toEqual(figures(run));
  });
});

test('runs are compared side by side; what is no run folder is an error', () => {
  const { code, output } = gradus('compare', 'flowers-run', 'again');
  expect(code).toBe(0);
  const [header = '', ...rows] = output.trim().split('\n');
  expect(header).toMatch(/^run +data +model +seed +accuracy .* epochs +time$/);
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatch(/^flowers-run +flowers.csv +(neural network|linear model) +0 +0\.9/);
  expect(gradus('compare', 'nowhere')).toMatchObject({ code: 1, errors: expect.stringContaining('nowhere is no run folder') });
  expect(gradus('compare').code).toBe(2);
});

test('prices behind semicolons are a regression, in the unit of the column', { timeout: 60_000 }, () => {
  const out = join(folder, 'prices-run');
  const { code, output, errors } = gradus('train', write('prices.csv', prices(800)), '--out', out);
  expect(code, errors).toBe(0);
  expect(output).toContain("target 'price' (its name): a number");
  const { test: figures } = JSON.parse(readFileSync(join(out, 'history.json'), 'utf8')) as { test: Record<string, Record<string, number>> };
  expect(figures['neural network']?.r2).toBeGreaterThan(0.97);
  expect(figures['neural network']?.meanAbsoluteError).toBeLessThan(20_000);
});

test('texts in JSON lines are read as words', { timeout: 60_000 }, () => {
  const out = join(folder, 'reviews-run');
  const { code, output, errors } = gradus('train', write('reviews.jsonl', reviews(600)), '--out', out);
  expect(code, errors).toBe(0);
  expect(output).toMatch(/text +text: \d+ words and pairs/);
  const { test: figures } = JSON.parse(readFileSync(join(out, 'history.json'), 'utf8')) as { test: Record<string, Record<string, number>> };
  expect(Math.max(figures['neural network']?.accuracy ?? 0, figures['linear model']?.accuracy ?? 0)).toBeGreaterThan(0.95);
});

test.each<readonly [string, string | Uint8Array, readonly string[], string]>([
  [
    'all values missing',
    `a,b\n${Array.from({ length: 20 }, (_, row) => `,${row % 2 === 0 ? 'x' : 'y'}\n`).join('')}`,
    [],
    "'a': it has no values",
  ],
  ['one row', 'a,b\n1,x\n', [], "always is 'x'"],
  ['another encoding', Buffer.from(`a,b\n${'caf\u00e9,1\ntea,0\n'.repeat(10)}`, 'latin1'), [], 'is not a text in UTF-8'],
  ['two columns of one name', `a,a,b\n${'1,2,x\n3,4,y\n'.repeat(10)}`, [], "two columns are called 'a'"],
  ['a quote that never closes', 'a,b\n1,"x\n2,y\n', [], 'a quote opens and never closes'],
  [
    'too many classes',
    `a,b\n${Array.from({ length: 40 }, (_, row) => `${row},n${row}\n`).join('')}`,
    ['--target', 'b'],
    'too many for classes',
  ],
  ['an empty file', '', [], 'there is no line'],
  ['a header alone', 'a,b,c\n', [], 'no rows below its header'],
  ['one column', 'a\n1\n2\n', [], "has only the column 'a'"],
  ['ragged rows', 'a,b\n1,2\n3\n4,5\n', [], 'line 3'],
  ['binary data', Uint8Array.from([1, 0, 2, 0, 255, 254]), [], 'zero bytes'],
  ['one class', 'a,b\n1,x\n2,x\n3,x\n', [], "the target 'b' always is 'x'"],
  ['no target', `a,b\n${'1,\n'.repeat(20)}`, [], "the target 'b' has no values"],
  ['an unknown target', 'a,b\n1,2\n3,4\n', ['--target', 'c'], "there is no column 'c': they are a, b"],
  ['too few rows', 'a,b\n1,x\n2,y\n3,x\n4,y\n', [], 'too few to learn from'],
  [
    'nothing to learn from',
    `a,b\n${Array.from({ length: 20 }, (_, row) => `7,${row % 2 === 0 ? 'x' : 'y'}\n`).join('')}`,
    [],
    'no column is left',
  ],
  [
    'words as numbers',
    `a,b\n${Array.from({ length: 20 }, (_, row) => `${row},${row % 2 === 0 ? 'x' : 'y'}\n`).join('')}`,
    ['--task', 'regression'],
    "holds 'x', which is no number",
  ],
])('%s is an error of one line, and leaves nothing behind', { timeout: 30_000 }, (name, content, more, message) => {
  const path = write(`bad-${name.replaceAll(' ', '-')}.csv`, content);
  const out = join(folder, `bad-${name}`);
  const { code, errors } = gradus('train', path, '--out', out, ...more);
  expect(code).toBe(1);
  expect(errors).toContain(message);
  expect(errors.trim().split('\n')).toHaveLength(1);
  expect(existsSync(out)).toBe(false);
});

test.each<readonly [string, string, string | Uint8Array, string]>([
  ['Parquet that is cut short', 'cut.parquet', Uint8Array.from({ length: 200 }, (_, at) => at), 'damaged, cut short or no Parquet file'],
  ['JSON that is no array', 'object.json', '{"a":1}', 'it is no array'],
  ['a line that is no JSON', 'lines.jsonl', '{"a":1,"b":2}\n{"a":1,\n', 'line 2'],
])('%s is an error of one line', { timeout: 30_000 }, (_, name, content, message) => {
  const { code, errors } = gradus('train', write(name, content), '--out', join(folder, 'no'));
  expect([code, errors.trim().split('\n').length]).toEqual([1, 1]);
  expect(errors).toContain(message);
});

test('ten thousand columns are learned from', { timeout: 60_000 }, () => {
  const names = Array.from({ length: 10_000 }, (_, column) => `c${column}`);
  const rows = Array.from({ length: 40 }, (_, row) => `${names.map((__, column) => (row * 31 + column * 7) % 97).join(',')},${row % 2}`);
  const { code, output, errors } = gradus(
    'train',
    write('wide.csv', `${names.join(',')},target\n${rows.join('\n')}\n`),
    '--epochs',
    '2',
    '--out',
    join(folder, 'wide'),
  );
  expect(code, errors).toBe(0);
  expect(output).toContain('… and 9980 more columns');
});

test('what cannot be written is told, and what was there stays', { timeout: 60_000 }, () => {
  const data = write('small.csv', flowers(60));
  writeFileSync(join(folder, 'file'), 'kept');
  const wrong = gradus('train', data, '--epochs', '1', '--out', join(folder, 'file', 'run'));
  expect([wrong.code, wrong.errors.trim().split('\n').length]).toEqual([1, 1]);
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('kept');
  const nowhere = gradus('predict', join(folder, 'flowers-run/model.gradus'), data, '--out', join(folder, 'no such folder', 'answers.csv'));
  expect([nowhere.code, nowhere.errors.trim().split('\n').length]).toEqual([1, 1]);
});
