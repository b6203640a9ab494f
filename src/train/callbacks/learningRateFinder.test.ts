import { expect, test } from 'vitest';
import { classes, classifier, silent, valuesOf } from '../../../tests/support/models.ts';
import { callbacks, layers, optimizers, schedules, sequential } from '../../index.ts';

const { x, y } = classes(200);

test('finds a rate that trains well, and leaves the model bit for bit as it was', async () => {
  const net = classifier({ dropout: 0.2 });
  await net.fit(x, y, { epochs: 1, batchSize: 16, ...silent }); // so that the optimizer has a state
  const before = await valuesOf(net);
  const finder = callbacks.learningRateFinder({ minLr: 1e-5, maxLr: 10, steps: 60 });
  const history = await net.fit(x, y, { epochs: 10, batchSize: 16, callbacks: [finder], ...silent });
  expect(await valuesOf(net)).toEqual(before);
  expect(net.learningRate).toBe(0.02);
  expect(finder.rates[0]).toBeCloseTo(1e-5, 12);
  expect((finder.rates[1] as number) / (finder.rates[0] as number)).toBeCloseTo(1e6 ** (1 / 59), 10);
  expect(finder.losses).toHaveLength(finder.rates.length);
  expect(finder.smoothed).toHaveLength(finder.rates.length);
  expect(finder.suggestion).toBeGreaterThan(1e-4);
  expect(finder.suggestion).toBeLessThan(1);
  expect(history.loss.length).toBeLessThanOrEqual(5);
  // What comes after is what would have come without the search.
  const [same, plain] = [classifier({ dropout: 0.2 }), classifier({ dropout: 0.2 })];
  const options = { epochs: 2, batchSize: 16, ...silent };
  await plain.fit(x, y, { ...options, callbacks: [{}] });
  await same.fit(x, y, { ...options, epochs: 8, callbacks: [finder] });
  await same.fit(x, y, { ...options, callbacks: [{}] });
  expect(await valuesOf(same)).toEqual(await valuesOf(plain));
});

test('the losses are those of single steps, though the last batch is smaller', async () => {
  const net = classifier();
  const finder = callbacks.learningRateFinder({ minLr: 1e-12, maxLr: 1e-11, steps: 14, smoothing: 0 });
  await net.fit(x, y, { epochs: 3, batchSize: 30, shuffle: false, callbacks: [finder], ...silent });
  const batch = async (row: number, size: number): Promise<number> =>
    (await net.evaluateOnBatch(x.slice([row], [size]), y.slice([row], [size]))).loss as number;
  for (const [step, row, size] of [
    [0, 0, 30],
    [6, 180, 20],
    [7, 0, 30],
    [13, 180, 20],
  ] as const)
    expect(finder.losses[step]).toBeCloseTo(await batch(row, size), 4);
  expect(finder.smoothed).toEqual(finder.losses);
});

test('ends early and quietly where the loss diverges', async () => {
  const net = sequential([layers.dense(1)], { inputShape: [3], seed: 1 });
  net.compile({ optimizer: optimizers.sgd({ learningRate: 0.01 }), loss: 'meanSquaredError' });
  const before = await valuesOf(net);
  const finder = callbacks.learningRateFinder({ minLr: 1, maxLr: 1e30, steps: 200 });
  await net.fit(x, y.cast('float32').reshape([200, 1]), { epochs: 100, batchSize: 50, callbacks: [finder], ...silent });
  expect(finder.rates.length).toBeLessThan(50);
  expect(await valuesOf(net)).toEqual(before);
});

test('what it cannot do is an error', async () => {
  expect(() => callbacks.learningRateFinder({ minLr: 1, maxLr: 0.1 })).toThrow('needs 0 < minLr < maxLr, got 1 and 0.1');
  expect(() => callbacks.learningRateFinder({ smoothing: 1 })).toThrow('needs a smoothing from 0 up to but not 1');
  const net = classifier();
  net.compile({
    optimizer: optimizers.sgd({ learningRate: schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.9 }) }),
    loss: 'sparseCategoricalCrossentropy',
  });
  await expect(net.fit(x, y, { callbacks: [callbacks.learningRateFinder()], ...silent })).rejects.toThrow('this one follows a schedule');
});
