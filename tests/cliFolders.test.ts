import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ended, runCliNow } from './support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'gradus-folders-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const gradus = (...args: string[]): Ended => runCliNow(args, folder);

/** Images of noise with a bright bar: across, down or along the diagonal. */
const draw = async (target: string, count: number, seed: number): Promise<void> => {
  for (const [place, name] of ['across', 'diagonal', 'down'].entries()) {
    mkdirSync(join(folder, target, name), { recursive: true });
    for (let image = 0; image < count; image++) {
      const noise = (index: number): number => (Math.imul(index + 7919 * image + 104729 * (place + seed) + 1, 2654435761) >>> 24) / 3;
      const at = 3 + (image % 10);
      const bright = (row: number, column: number): boolean =>
        place === 0 ? Math.abs(row - at) < 2 : place === 2 ? Math.abs(column - at) < 2 : Math.abs(row - column + at - 8) < 2;
      const pixels = Uint8Array.from({ length: 3 * 16 * 16 }, (_, index) => {
        const pixel = Math.floor(index / 3);
        return bright(Math.floor(pixel / 16), pixel % 16) ? 230 : noise(index);
      });
      await sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
        .png()
        .toFile(join(folder, target, name, `${image}.png`));
    }
  }
};

beforeAll(async () => {
  await draw('bars', 60, 1);
  await draw('more', 10, 2);
}, 60_000);

test('a folder of images with a folder for each class is learned and judged', { timeout: 120_000 }, () => {
  const run = join(folder, 'run');
  const { code, output, errors } = gradus('train', 'bars', '--out', run, '--seed', '1');
  expect(code, errors).toBe(0);
  expect(output).toContain('bars: 180 images of 3 classes (across, diagonal, down), seen as 16 x 16');
  const { test: figures } = JSON.parse(readFileSync(join(run, 'history.json'), 'utf8')) as { test: Record<string, Record<string, number>> };
  expect(figures['always the same']?.accuracy).toBeLessThan(0.5);
  expect(figures['neural network']?.accuracy).toBeGreaterThan(0.9);
  expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain('diagonal');
  const judged = gradus('evaluate', join(run, 'model.gradus'), 'more', '--json');
  expect((JSON.parse(judged.output) as { accuracy: number }).accuracy).toBeGreaterThan(0.9);
});

test('a folder without images is an error that says how to put them', () => {
  mkdirSync(join(folder, 'empty'));
  const out = join(folder, 'nothing');
  expect(gradus('train', 'empty', '--out', out)).toMatchObject({
    code: 1,
    errors: expect.stringContaining('holds no images in folders of their classes'),
  });
  expect(existsSync(out)).toBe(false);
});
