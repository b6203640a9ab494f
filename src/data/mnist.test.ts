import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { type LabelledImageSets, loadMnistLike, type MnistLike, mnistSource } from './mnist.ts';

const folder = mkdtempSync(join(tmpdir(), 'gradus-mnist-'));
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

/** Loads a small set of these arrays, each as [sizes, elements], from a folder that GRADUS_DATA names. */
const loadTiny = (trainImages: [number[], number[]], trainLabels: [number[], number[]]): Promise<LabelledImageSets> => {
  const arrays = {
    trainImages,
    trainLabels,
    testImages: [
      [1, 2, 2],
      [9, 8, 7, 6],
    ],
    testLabels: [[1], [2]],
  } as const;
  mkdirSync(join(folder, 'tiny'), { recursive: true });
  vi.stubEnv('GRADUS_DATA', folder);
  const files = Object.fromEntries(
    Object.entries(arrays).map(([name, [shape, data]]) => {
      const bytes = Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap(size => [0, 0, 0, size]), ...data]);
      writeFileSync(join(folder, 'tiny', name), bytes);
      return [name, { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }];
    }),
  ) as unknown as MnistLike['files'];
  return loadMnistLike({ title: 'Tiny', folder: 'tiny', mirrors: [], classes: 3, files });
};

test('images and labels come in two parts', async () => {
  expect(
    await loadTiny(
      [
        [2, 2, 2],
        [1, 2, 3, 4, 5, 6, 7, 8],
      ],
      [[2], [0, 2]],
    ),
  ).toEqual({
    train: { images: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), labels: Uint8Array.of(0, 2), count: 2, side: 2 },
    test: { images: Uint8Array.of(9, 8, 7, 6), labels: Uint8Array.of(2), count: 1, side: 2 },
  });
});

test.each<[string, [number[], number[]], [number[], number[]], string]>([
  [
    'fewer labels than images',
    [
      [2, 1, 1],
      [1, 2],
    ],
    [[1], [0]],
    'trainImages has shape (2, 1, 1), trainLabels (1,)',
  ],
  [
    'images that are not square',
    [
      [1, 1, 2],
      [1, 2],
    ],
    [[1], [0]],
    'trainImages has shape (1, 1, 2), trainLabels (1,)',
  ],
  ['images in a row', [[2], [1, 2]], [[2], [0, 0]], 'trainImages has shape (2,), trainLabels (2,)'],
  [
    'a label out of range',
    [
      [2, 1, 1],
      [1, 2],
    ],
    [[2], [0, 3]],
    'trainLabels has label 3 at 1: Tiny has classes 0 to 2',
  ],
])('%s are refused', async (_, images, labels, message) => {
  await expect(loadTiny(images, labels)).rejects.toThrow(message);
});

test('MNIST is whole: known counts, classes and pixels', async () => {
  const { train, test: held } = await loadMnistLike(mnistSource);
  expect([train.count, held.count, train.side]).toEqual([60_000, 10_000, 28]);
  expect([...train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  const perClass = new Array<number>(10).fill(0);
  for (const label of train.labels) perClass[label]! += 1;
  expect(perClass).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  // The mean and standard deviation that everyone normalises with: 0.1307 and 0.3081.
  let [sum, squares] = [0, 0];
  for (const pixel of train.images) {
    sum += pixel;
    squares += pixel * pixel;
  }
  const mean = sum / train.images.length / 255;
  expect(mean).toBeCloseTo(0.1307, 4);
  expect(Math.sqrt(squares / train.images.length / 255 ** 2 - mean ** 2)).toBeCloseTo(0.3081, 4);
});
