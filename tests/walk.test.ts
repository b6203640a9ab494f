// A new user's walk: the packed package, installed into an empty folder, from a file to a model that answers.
import { execFileSync, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { datasets, rowsOfTable } from '../src/data/index.ts';

const root = resolve(import.meta.dirname, '..');
const home = mkdtempSync(join(tmpdir(), 'gradus-walk-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

let label = '';
const installed = join(home, 'node_modules/gradus');
const gradus = (...args: string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [join(installed, 'dist/startup/cli.js'), ...args], { cwd: home, encoding: 'utf8', maxBuffer: 1 << 27 });

beforeAll(async () => {
  const packed = join(home, 'packed');
  mkdirSync(packed);
  execFileSync(process.execPath, [join(root, 'tools/build.ts'), join(packed, 'dist')]);
  for (const name of ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE']) cpSync(join(root, name), join(packed, name));
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', home], { cwd: packed, stdio: 'ignore' });
  rmSync(packed, { recursive: true });
  const tarball = readdirSync(home).find(name => name.endsWith('.tgz')) as string;
  writeFileSync(join(home, 'package.json'), '{ "private": true }');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--legacy-peer-deps', join(home, tarball)], { cwd: home, stdio: 'ignore' });
  // What images need is installed by who has images.
  for (const name of ['sharp', '@img', 'detect-libc', 'semver']) {
    const from = join(root, 'node_modules', name);
    if (existsSync(from)) symlinkSync(from, join(home, 'node_modules', name));
  }
  const { table, target } = await datasets.iris();
  label = target;
  const lines = [table.columns.map(({ name }) => name).join(',')];
  for await (const row of rowsOfTable(table))
    lines.push(
      Object.values(row)
        .map(value => (value === null || Number.isNaN(value) ? '' : String(value)))
        .join(','),
    );
  writeFileSync(join(home, 'flowers.csv'), lines.join('\n'));
  const { x, y } = await datasets.digits();
  const [pixels, labels] = [(await x.data()) as Uint8Array, await y.data()];
  for (let image = 0; image < 600; image++) {
    const folder = join(home, 'digits', String(labels[image]));
    mkdirSync(folder, { recursive: true });
    await sharp(
      pixels.slice(image * 64, (image + 1) * 64).map(value => Math.min(255, 16 * value)),
      { raw: { width: 8, height: 8, channels: 1 } },
    )
      .png()
      .toFile(join(folder, `${image}.png`));
  }
}, 180_000);

const figures = (run: string): { kept: string; test: Record<string, Record<string, number>> } =>
  JSON.parse(readFileSync(join(home, run, 'history.json'), 'utf8'));

test('a table: train, evaluate, predict, compare', { timeout: 60_000 }, () => {
  const { status, stdout, stderr } = gradus('train', 'flowers.csv', '--target', label, '--out', 'flowers');
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('Run folder: flowers');
  expect(stderr).toBe('');
  const { kept, test: scores } = figures('flowers');
  expect(scores[kept]?.accuracy).toBeGreaterThan(0.85);
  expect(scores['always the same']?.accuracy).toBeLessThan(0.5);
  expect(gradus('evaluate', 'flowers/model.gradus', 'flowers.csv').stdout).toMatch(/accuracy +0\.9|accuracy +1\.0/);
  const [header, first] = gradus('predict', 'flowers/model.gradus', 'flowers.csv').stdout.split('\n');
  expect(header).toContain(`predicted_${label},probability`);
  expect(first).toMatch(/setosa.*setosa/i);
  expect(gradus('compare', 'flowers').stdout).toContain('flowers');
});

test('a folder of images, without and with what reads them', { timeout: 120_000 }, () => {
  const { status, stdout, stderr } = gradus('train', 'digits', '--out', 'seen', '--epochs', '12');
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('600 images of 10 classes');
  const { kept, test: scores } = figures('seen');
  expect(scores[kept]?.accuracy).toBeGreaterThan(0.85);
  expect(
    gradus('predict', 'seen/model.gradus', 'digits/3')
      .stdout.split('\n')
      .filter(line => line.includes(',3,')).length,
  ).toBeGreaterThan(45);
  rmSync(join(home, 'node_modules/sharp'));
  expect(gradus('train', 'digits', '--out', 'unseen')).toMatchObject({ status: 1, stderr: expect.stringContaining('npm install sharp') });
  expect(existsSync(join(home, 'unseen'))).toBe(false);
});

test('killed and resumed, the model is the same', { timeout: 120_000 }, async () => {
  const args = ['train', 'flowers.csv', '--target', label, '--epochs', '300', '--threads', '1', '--json', '--out'];
  expect(gradus(...args, 'straight').status).toBe(0);
  await new Promise<void>(done => {
    const child = spawn(process.execPath, [join(installed, 'dist/startup/cli.js'), ...args, 'killed'], { cwd: home });
    child.stdout.on('data', chunk => {
      if (String(chunk).includes('"epoch":')) child.kill('SIGKILL');
    });
    child.on('close', () => done());
  });
  expect(existsSync(join(home, 'killed/model.gradus'))).toBe(false);
  const resumed = gradus('train', '--resume', 'killed', '--threads', '1', '--json');
  expect(resumed.status, resumed.stderr).toBe(0);
  const [a, b] = ['straight', 'killed'].map(run => readFileSync(join(home, run, 'model.gradus')));
  expect(a?.equals(b as Buffer)).toBe(true);
});
