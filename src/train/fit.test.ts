import { describe, expect, test } from 'vitest';
import { classes, classifier, silent, valuesOf, xor, xorNet } from '../../tests/support/models.ts';
import { dataset } from '../data/index.ts';
import { callbacks, defineLayer, initializers, layers, metrics, optimizers, sequential, type Tensor, tensor } from '../index.ts';

/** Equal but for the last digits: figures of short epochs are summed in float32, of long ones in float64. */
const expectNear = (a: Readonly<Record<string, number[]>>, b: Readonly<Record<string, number[]>>): void => {
  expect(Object.keys(a)).toEqual(Object.keys(b));
  for (const [name, values] of Object.entries(a)) {
    expect(values).toHaveLength((b[name] as number[]).length);
    expect(Math.max(...values.map((value, epoch) => Math.abs(value - (b[name]?.[epoch] as number))))).toBeLessThan(1e-6);
  }
};

describe('fit', () => {
  test('learns XOR, and its figures are those of each epoch', async () => {
    const net = xorNet();
    const history = await net.fit(xor.x, xor.y, { epochs: 3000, ...silent });
    expect(history.loss).toHaveLength(3000);
    expect(history.loss.at(-1)).toBeLessThan(0.01);
    expect(history.accuracy?.at(-1)).toBe(1);
    expect((await net.predict(xor.x)).shape).toEqual([4, 1]);
    expect((await (await net.predict(xor.x)).data()).map(Math.round)).toEqual(Float32Array.of(0, 1, 1, 0));
  });

  test('many epochs in one call are the same as one at a time', async () => {
    const [joined, single] = [xorNet(), xorNet()];
    const first = await joined.fit(xor.x, xor.y, { epochs: 300, ...silent });
    const seen: number[] = [];
    const second = await single.fit(xor.x, xor.y, { epochs: 300, callbacks: [{ onEpochEnd: epoch => void seen.push(epoch) }], ...silent });
    expectNear(first, second);
    const [a, b] = [(await valuesOf(joined)).flat(), (await valuesOf(single)).flat()];
    expect(Math.max(...a.map((value, index) => Math.abs(value - (b[index] as number))))).toBeLessThan(1e-5); // other fusions round elsewhere
    expect(seen).toEqual(Array.from({ length: 300 }, (_, epoch) => epoch));
  });

  test('many epochs of several batches in one call, shuffled, too', async () => {
    const [joined, single] = [classifier({ dropout: 0.3 }), classifier({ dropout: 0.3 })];
    const { x, y } = classes(24);
    const first = await joined.fit(x, y, { epochs: 150, batchSize: 8, ...silent });
    const second = await single.fit(x, y, { epochs: 150, batchSize: 8, callbacks: [{}], ...silent });
    expectNear(first, second);
    expect(await valuesOf(joined)).toEqual(await valuesOf(single));
  });

  test('the same seed gives the same weights, with shuffling and dropout; another seed others', async () => {
    const { x, y } = classes(50);
    const run = async (seed: number): Promise<number[][]> => {
      const net = classifier({ seed, dropout: 0.5 });
      await net.fit(x, y, { epochs: 3, batchSize: 8, ...silent });
      return valuesOf(net);
    };
    expect(await run(3)).toEqual(await run(3));
    expect(await run(3)).not.toEqual(await run(4));
  });

  test('trains on every row of an epoch once, the last batch being shorter', async () => {
    // The model is one number that takes in the sum of what it sees: w ← w - (-Σ x / batch).
    const sum = defineLayer('testSum', () => ({
      build: () => ({ w: { shape: [1], initializer: initializers.zeros() } }),
      call: ({ w }, x: Tensor) => x.mul(w as Tensor),
    }));
    const net = sequential([sum()], { inputShape: [1] });
    net.compile({ optimizer: optimizers.sgd({ learningRate: 1 }), loss: (_target: Tensor, prediction: Tensor) => prediction.sum().neg() });
    const x = tensor(
      Float32Array.from({ length: 11 }, (_, row) => 2 ** row),
      { shape: [11, 1] },
    );
    for (const shuffle of [true, false]) {
      net.setWeights([tensor([0])]);
      await net.fit(x, x, { batchSize: 4, shuffle, ...silent });
      expect((await valuesOf(net))[0]).toEqual([2 ** 11 - 1]);
    }
  });

  test('figures of an epoch are means over its rows, also with a shorter last batch', async () => {
    const net = classifier({ learningRate: 0 });
    const { x, y } = classes(50);
    const history = await net.fit(x, y, { batchSize: 16, ...silent });
    const whole = await net.evaluateOnBatch(x, y);
    expect(history.loss[0]).toBeCloseTo(whole.loss as number, 5);
    expect(history.accuracy?.[0]).toBeCloseTo(whole.accuracy as number, 6);
    expect((await net.evaluate(x, y, { batchSize: 7 })).loss).toBeCloseTo(whole.loss as number, 5);
  });

  test('validationSplit takes the last rows, and does not train on them', async () => {
    const { x, y } = classes(40);
    const [split, apart] = [classifier(), classifier()];
    const options = { epochs: 3, batchSize: 8, ...silent };
    const first = await split.fit(x, y, { ...options, validationSplit: 0.25 });
    const part = (values: Tensor, from: number, size: number): Tensor => values.slice([from], [size]);
    const second = await apart.fit(part(x, 0, 30), part(y, 0, 30), { ...options, validationData: [part(x, 30, 10), part(y, 30, 10)] });
    expect(first).toEqual(second);
    expect(Object.keys(first)).toEqual(['loss', 'accuracy', 'valLoss', 'valAccuracy']);
    expect(first.valLoss?.at(-1)).toBe((await split.evaluate(part(x, 30, 10), part(y, 30, 10), { batchSize: 8 })).loss);
  });

  test('classWeight and sampleWeight weight the loss', async () => {
    const { x, y } = classes(12);
    const labels = await y.data();
    const [byClass, bySample, none] = [classifier(), classifier(), classifier()];
    const options = { epochs: 2, batchSize: 4, ...silent };
    const first = await byClass.fit(x, y, { ...options, classWeight: { 1: 3 } });
    const weights = tensor(Float32Array.from(labels, label => (label === 1 ? 3 : 1)));
    const second = await bySample.fit(x, y, { ...options, sampleWeight: weights });
    expect(first).toEqual(second);
    expect((await none.fit(x, y, options)).loss).not.toEqual(first.loss);
  });

  test('goes on where it was: the optimizer remembers between fits, and initialEpoch shuffles as the whole run does', async () => {
    const { x, y } = classes(40);
    const [whole, parts] = [classifier(), classifier()];
    const options = { batchSize: 8, ...silent };
    await whole.fit(x, y, { epochs: 4, ...options });
    await parts.fit(x, y, { epochs: 2, ...options });
    await parts.fit(x, y, { epochs: 4, initialEpoch: 2, ...options });
    expect(await valuesOf(parts)).toEqual(await valuesOf(whole));
  });

  test('stepsPerEpoch ends an epoch early', async () => {
    const { x, y } = classes(40);
    const net = classifier();
    const done: number[] = [];
    await net.fit(x, y, { batchSize: 8, stepsPerEpoch: 3, callbacks: [{ onBatchEnd: steps => void done.push(steps) }], ...silent });
    expect(done.at(-1)).toBe(3);
  });

  test('takes batches from an iterable as from tensors', async () => {
    const { x, y } = classes(40);
    const [rows, stream] = [classifier(), classifier()];
    await rows.fit(x, y, { epochs: 2, batchSize: 16, shuffle: false, ...silent });
    const batches = {
      async *[Symbol.asyncIterator](): AsyncGenerator<readonly [Tensor, Tensor]> {
        for (let row = 0; row < 40; row += 16) yield [x.slice([row], [Math.min(16, 40 - row)]), y.slice([row], [Math.min(16, 40 - row)])];
      },
    };
    const history = await stream.fit(batches, { epochs: 2, ...silent });
    expect(history.loss).toHaveLength(2);
    const [a, b] = [await valuesOf(rows), await valuesOf(stream)];
    a.flat().forEach((value, index) => {
      expect(b.flat()[index]).toBeCloseTo(value, 5);
    });
  });

  test('takes a data set that shuffles and makes batches', async () => {
    const { x, y } = classes(60);
    const net = classifier();
    const history = await net.fit(dataset(x, y).shuffle({ seed: 1 }).batch(16), { epochs: 30, validationData: [x, y], ...silent });
    expect(history.loss).toHaveLength(30);
    expect(history.valAccuracy?.at(-1)).toBeGreaterThan(0.9);
    await expect(net.fit(dataset(x).batch(4), silent)).rejects.toThrow(
      'fit takes batches [x, y] or [x, y, sampleWeight], and got one of 1 parts',
    );
    const once = (function* (): Generator<readonly [Tensor, Tensor]> {
      yield [x, y];
    })();
    await expect(net.fit(once, { epochs: 2, ...silent })).rejects.toThrow('the iterable can be walked only once');
    await expect(net.fit(dataset(x, y).batch(4), { batchSize: 3, ...silent })).rejects.toThrow('fit on batches cannot take batchSize');
  });

  test('learns from bytes as from floats', async () => {
    const bytes = new Uint8Array([0, 0, 0, 1, 1, 0, 1, 1]);
    const [floats, integers] = [xorNet(), xorNet()];
    const first = await floats.fit(xor.x, xor.y, { epochs: 20, ...silent });
    const second = await integers.fit(tensor(bytes, { shape: [4, 2] }), tensor(new Uint8Array([0, 1, 1, 0]), { shape: [4, 1] }), {
      epochs: 20,
      ...silent,
    });
    expect(second).toEqual(first);
  });
});

describe('fit stops', () => {
  test('when its signal says so; what was learnt stays', async () => {
    const net = xorNet();
    const before = await valuesOf(net);
    const controller = new AbortController();
    const stop = net.fit(xor.x, xor.y, {
      epochs: 1e6,
      signal: controller.signal,
      callbacks: [{ onEpochEnd: epoch => (epoch === 3 ? controller.abort() : undefined) }],
      ...silent,
    });
    await expect(stop).rejects.toThrow('aborted');
    expect(net.history.loss).toHaveLength(4);
    expect(await valuesOf(net)).not.toEqual(before);
  });

  test('soon after, in the midst of a long run: the event loop turns meanwhile', async () => {
    const net = xorNet();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    await expect(net.fit(xor.x, xor.y, { epochs: 1e9, signal: controller.signal, ...silent })).rejects.toThrow('aborted');
  });

  test('at a loss that is no number: names epoch and step, and keeps the weights from before', async () => {
    const net = sequential([layers.dense(1, { useBias: false, kernelInitializer: 'ones' })], { inputShape: [1] });
    net.compile({ optimizer: optimizers.sgd({ learningRate: 1e30 }), loss: 'meanSquaredError' });
    const rows = tensor([[1], [2], [3], [4]]);
    await expect(net.fit(rows, rows.mul(3), { epochs: 5, batchSize: 2, shuffle: false, ...silent })).rejects.toThrow(
      'training stopped: the loss of epoch 1, step 2 is not a finite number',
    );
    const [[weight]] = (await valuesOf(net)) as [[number]];
    expect(Number.isFinite(weight)).toBe(true);
    net.compile({ optimizer: optimizers.sgd({ learningRate: 1e-3 }), loss: 'meanSquaredError' });
    net.setWeights([tensor([[1]])]);
    expect((await net.fit(rows, rows.mul(3), { epochs: 3, ...silent })).loss.at(-1)).toBeLessThan(30);
  });

  test('when a figure gets no better, with the best weights put back', async () => {
    const { x, y } = classes(40);
    const net = classifier({ learningRate: 0.5 });
    const weights: number[][][] = [];
    const watch = { onEpochEnd: async () => void weights.push(await valuesOf(net)) };
    const stopping = callbacks.earlyStopping({ patience: 3, restoreBestWeights: true });
    const history = await net.fit(x, y, { epochs: 200, batchSize: 8, validationSplit: 0.25, callbacks: [watch, stopping], ...silent });
    const losses = history.valLoss as number[];
    const best = losses.indexOf(Math.min(...losses));
    expect(losses.length).toBe(best + 4);
    expect(await valuesOf(net)).toEqual(weights[best]);
  });
});

describe('callbacks', () => {
  test('change the learning rate while training goes on', async () => {
    const net = xorNet();
    const rates: (number | undefined)[] = [];
    const schedule = callbacks.learningRateScheduler((epoch, rate) => (epoch === 0 ? rate : rate / 2));
    const moved: number[] = [];
    let last = (await valuesOf(net)).flat();
    await net.fit(xor.x, xor.y, {
      epochs: 3,
      callbacks: [
        schedule,
        {
          onEpochEnd: async () => {
            rates.push(net.learningRate);
            const now = (await valuesOf(net)).flat();
            moved.push(Math.hypot(...now.map((value, index) => value - (last[index] as number))));
            last = now;
          },
        },
      ],
      ...silent,
    });
    expect(rates).toEqual([2, 1, 0.5]);
    expect((moved[2] as number) / (moved[0] as number)).toBeLessThan(0.5);
  });

  test('reduceLrOnPlateau waits, then makes the rate smaller, not below its least', async () => {
    const net = xorNet();
    net.learningRate = 0;
    net.learningRate = 1e-12;
    const plateau = callbacks.reduceLrOnPlateau({ monitor: 'loss', factor: 0.1, patience: 2, minLr: 1e-14 });
    await net.fit(xor.x, xor.y, { epochs: 9, callbacks: [plateau], ...silent });
    expect(Math.fround(net.learningRate as number)).toBe(Math.fround(1e-14)); // as near as a rate in float32 comes
  });

  test('that watch a figure there is not say which there are', async () => {
    const fit = xorNet().fit(xor.x, xor.y, { callbacks: [callbacks.earlyStopping()], ...silent });
    await expect(fit).rejects.toThrow("earlyStopping watches 'valLoss', and the figures are loss, accuracy. Give fit validationData");
  });
});

test('a metric of several sums is the same over batches as at once', async () => {
  const { x, y } = classes(30);
  const net = sequential([layers.dense(1)], { inputShape: [3], seed: 1 });
  net.compile({ loss: 'meanSquaredError', metrics: [metrics.rootMeanSquaredError(), 'meanAbsoluteError'] });
  const target = y.cast('float32').reshape([30, 1]);
  const figures = await net.evaluate(x, target, { batchSize: 7 });
  expect(figures.rootMeanSquaredError).toBeCloseTo(Math.sqrt(figures.loss as number), 5);
  const history = await net.fit(x, target, { epochs: 2, batchSize: 7, ...silent });
  expect(history.rootMeanSquaredError).toHaveLength(2);
  expect(history.rootMeanSquaredError?.[0]).toBeCloseTo(Math.sqrt(history.loss[0] as number), 5);
});
