import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fill, floats } from '../../tests/support/inputs.ts';
import {
  decodeModel,
  defineLayer,
  encodeModel,
  grad,
  input,
  jit,
  layers,
  loadModel,
  losses,
  type Model,
  model,
  optimizers,
  random,
  schedules,
  seed,
  sequential,
  type Tensor,
  tensor,
  type Weights,
} from '../index.ts';

const silent = { verbose: 'silent' } as const;
const made = (shape: readonly number[], seed: number): Tensor => tensor(Float32Array.from(fill(floats(shape, seed)).data), { shape });
const valuesOf = async (net: Model): Promise<number[][]> =>
  Promise.all(net.getWeights().map(async weight => Array.from(await weight.data())));

const at = (weights: Weights, layer: string, name: string): Tensor => weights[layer]?.[name] as Tensor;

describe('a graph of layers', () => {
  test('shares the weights of a layer that is called twice', async () => {
    const [a, b] = [input([3]), input([3])];
    const tower = layers.dense(2, { activation: 'tanh' });
    const net = model({ inputs: [a, b], outputs: layers.subtract()([tower(a), tower(b)]), seed: 1 });
    expect(net.getWeights().map(({ shape }) => shape)).toEqual([[3, 2], [2]]);
    const x = made([4, 3], 1);
    expect(await (await net.predict([x, x])).array()).toEqual(new Array(4).fill([0, 0]));
    const [y, z] = [await (await net.predict([x, x.mul(2)])).data(), await (await net.predict([x.mul(2), x])).data()];
    y.forEach((value, index) => {
      expect(value).toBe(-(z[index] as number));
    });
  });

  test('has several inputs and outputs, each with its loss and figures', async () => {
    const [image, extra] = [input([4]), input([2], { dtype: 'int32' })];
    const hidden = layers.concatenate()([layers.dense(8, { activation: 'relu' })(image), layers.flatten()(layers.embedding(5, 3)(extra))]);
    const outputs = [layers.dense(1, { name: 'size' })(hidden), layers.dense(3, { name: 'sort' })(hidden)];
    const net = model({ inputs: [image, extra], outputs, seed: 2 });
    net.compile({
      optimizer: optimizers.adam({ learningRate: 0.02 }),
      loss: ['meanSquaredError', losses.sparseCategoricalCrossentropy({ fromLogits: true })],
      lossWeights: [1, 0.5],
      metrics: [[], ['accuracy']],
    });
    const x = [
      made([6, 4], 3),
      tensor(
        [
          [0, 1],
          [2, 3],
          [4, 0],
          [1, 1],
          [2, 2],
          [3, 4],
        ],
        { dtype: 'int32' },
      ),
    ];
    const y = [made([6, 1], 4), tensor([0, 1, 2, 0, 1, 2], { dtype: 'int32' })];
    const first = await net.evaluate(x, y);
    expect(Object.keys(first)).toEqual(['loss', 'sizeLoss', 'sortLoss', 'sortAccuracy']);
    expect(first.loss).toBeCloseTo((first.sizeLoss as number) + 0.5 * (first.sortLoss as number), 5);
    const history = await net.fit(x, y, { epochs: 60, batchSize: 4, ...silent });
    expect(history.loss.at(-1)).toBeLessThan((first.loss as number) / 2);
    expect((await net.predictAll(x)).map(({ shape }) => shape)).toEqual([
      [6, 1],
      [6, 3],
    ]);
  });

  test('counts weights in the order in which the layers were created', () => {
    const [second, first] = [layers.dense(2, { name: 'second' }), layers.dense(3, { name: 'first' })];
    const x = input([4]);
    expect(Object.keys(model({ inputs: x, outputs: second(first(x)) }).weights)).toEqual(['second', 'first']);
  });

  test.each<readonly [string, () => unknown, string]>([
    [
      'an input that is missing',
      () => model({ inputs: input([2]), outputs: layers.dense(1)(input([2], { name: 'other' })) }),
      "need an input Symbolic (batch, 2) float32 'other' that is not among its inputs",
    ],
    [
      'weights shared between shapes that differ',
      () => {
        const [dense, a, b] = [layers.dense(2), input([3]), input([4])];
        return model({ inputs: [a, b], outputs: layers.add()([dense(a), dense(b)]) });
      },
      "layer 'dense' cannot share its weights between these calls",
    ],
    [
      'two layers of one name',
      () => sequential([layers.dense(2, { name: 'a' }), layers.dense(2, { name: 'a' })], { inputShape: [2] }),
      "two layers of the model are called 'a'",
    ],
    [
      'no input shape',
      () => sequential([layers.dense(2)], {} as never),
      'sequential needs the shape of a row: sequential([…], { inputShape: [28, 28, 1] })',
    ],
    [
      'what is no layer',
      () => sequential([layers.dense as never], { inputShape: [2] }),
      'sequential takes layers; at place 0 it got a function. Write layers.dense(10).',
    ],
  ])('refuses %s', (_, action, message) => expect(action).toThrow(message));
});

describe('weights', () => {
  const net = (): Model =>
    sequential([layers.dense(3, { activation: 'relu' }), layers.batchNormalization(), layers.dense(2)], { inputShape: [4], seed: 5 });

  test('come as a flat list and go in as one; a tensor that was taken never changes', async () => {
    const [one, other] = [net(), net()];
    one.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    const taken = one.getWeights();
    const before = await Promise.all(taken.map(weight => weight.array()));
    await one.fit(made([8, 4], 1), made([8, 2], 2), { epochs: 3, ...silent });
    expect(await Promise.all(taken.map(weight => weight.array()))).toEqual(before);
    expect(await valuesOf(one)).not.toEqual(await valuesOf(other));
    other.setWeights(one.getWeights());
    expect(await valuesOf(one)).toEqual(await valuesOf(other));
    expect(() => one.setWeights(taken.slice(1))).toThrow('setWeights got 7 tensors, and the model has 8 weights: dense.kernel (4, 3)');
    expect(() => one.setWeights([...taken.slice(0, 7), made([3], 1)])).toThrow(
      "setWeights cannot put (3,) into 'dense1.bias', which has shape (2,)",
    );
  });

  test('of the same seed are the same, of another one others', async () => {
    expect(await valuesOf(net())).toEqual(await valuesOf(net()));
    const other = sequential([layers.dense(3), layers.batchNormalization(), layers.dense(2)], { inputShape: [4], seed: 6 });
    expect((await valuesOf(other))[0]).not.toEqual((await valuesOf(net()))[0]);
  });

  test('apply is pure, for grad and jit: its gradient moves the model as fit does', async () => {
    const trained = net();
    const [x, y] = [made([8, 4], 1), made([8, 2], 2)];
    trained.compile({ optimizer: optimizers.sgd({ learningRate: 1 }), loss: 'meanSquaredError' });
    const start = trained.weights;
    const loss = (weights: Weights): Tensor => losses.meanSquaredError()(y, trained.applyTraining(weights, x).output);
    const gradient = jit(grad(loss))(start);
    const moving = trained.applyTraining(start, x).weights;
    await trained.trainOnBatch(x, y);
    for (const [layer, weights] of Object.entries(trained.weights))
      for (const [name, weight] of Object.entries(weights)) {
        const expected = name.startsWith('moving') ? at(moving, layer, name) : at(start, layer, name).sub(at(gradient, layer, name));
        const apart = weight.sub(expected).abs().max();
        expect(await apart.item(), `${layer}.${name}`).toBeLessThan(1e-6);
      }
    expect(
      await trained.weights.batchNormalization?.movingMean
        ?.sub(start.batchNormalization?.movingMean as Tensor)
        .abs()
        .max()
        .item(),
    ).toBeGreaterThan(1e-4);
  });
});

describe('dropout', () => {
  const net = sequential([layers.dropout(0.25)], { inputShape: [1000] });
  const ones = tensor(new Float32Array(8000).fill(1), { shape: [8, 1000] });

  test('drops a quarter, keeps the mean, and follows from its key', async () => {
    const run = async (key: number): Promise<Float32Array> =>
      (await net.apply(net.weights, ones, { training: true, key: random.key(key) }).data()) as Float32Array;
    const values = await run(1);
    expect(new Set(values)).toEqual(new Set([0, Math.fround(4 / 3)]));
    expect(values.filter(value => value === 0).length / 8000).toBeCloseTo(0.25, 1);
    expect(await run(1)).toEqual(values);
    expect(await run(2)).not.toEqual(values);
    expect(await (await net.predict(ones)).data()).toEqual(await ones.data());
  });

  test('needs a key in training', () =>
    expect(() => net.apply(net.weights, ones, { training: true })).toThrow("layer 'dropout' needs random numbers in training: give a key"));

  test('drops other elements in each layer and at each step', async () => {
    const two = sequential([layers.dropout(0.5), layers.dropout(0.5)], { inputShape: [1000] });
    const values = (await two.apply(two.weights, ones, { training: true, key: random.key(3) }).data()) as Float32Array;
    expect(values.filter(value => value !== 0).length / 8000).toBeCloseTo(0.25, 1); // equal masks would leave a half
    const noisy = sequential([layers.dropout(0.5), layers.dense(1)], { inputShape: [1000], seed: 1 });
    noisy.compile({ optimizer: optimizers.sgd({ learningRate: 0 }), loss: 'meanSquaredError' });
    const target = tensor(new Float32Array(8), { shape: [8, 1] });
    const [a, b] = [await noisy.trainOnBatch(ones, target), await noisy.trainOnBatch(ones, target)];
    expect(a.loss).not.toBe(b.loss);
  });
});

describe('a saved model', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradus-'));
  const trained = async (): Promise<Model> => {
    const net = sequential(
      [
        layers.conv2d(3, 2, { activation: 'relu' }),
        layers.batchNormalization(),
        layers.flatten(),
        layers.dropout(0.2),
        layers.dense(2, { kernelInitializer: 'heNormal' }),
      ],
      { inputShape: [4, 4, 1], seed: 8 },
    );
    net.compile({
      optimizer: optimizers.adam({
        learningRate: schedules.exponentialDecay({ initialLearningRate: 0.01, decaySteps: 10, decayRate: 0.9 }),
      }),
      loss: losses.huber({ delta: 2 }),
      metrics: ['meanAbsoluteError'],
    });
    await net.fit(made([12, 4, 4, 1], 1), made([12, 2], 2), { epochs: 2, batchSize: 4, ...silent });
    return net;
  };

  test('goes on training as if it had never been saved', async () => {
    const net = await trained();
    const path = join(folder, 'a.gradus');
    await net.save(path);
    const again = await loadModel(path);
    const [x, y] = [made([12, 4, 4, 1], 1), made([12, 2], 2)];
    expect(await again.evaluate(x, y)).toEqual(await net.evaluate(x, y));
    const options = { epochs: 5, initialEpoch: 2, batchSize: 4, ...silent };
    expect(await again.fit(x, y, options)).toEqual(await net.fit(x, y, options));
    expect(await valuesOf(again)).toEqual(await valuesOf(net));
    expect(again.summary({ print: false })).toBe(net.summary({ print: false }));
    expect(readdirSync(folder)).toEqual(['a.gradus']);
  });

  test('keeps graphs of several inputs with shared layers', async () => {
    const [a, b] = [input([3], { name: 'left' }), input([3])];
    const tower = layers.dense(2, { activation: 'tanh' });
    const net = model({ inputs: [a, b], outputs: [layers.multiply()([tower(a), tower(b)]), layers.concatenate()([a, b])], seed: 1 });
    const again = await decodeModel(await encodeModel(net));
    const x = [made([4, 3], 1), made([4, 3], 2)];
    const read = async (from: Model): Promise<unknown[]> => Promise.all((await from.predictAll(x)).map(output => output.array()));
    expect(await read(again)).toEqual(await read(net));
    expect(again.inputs[0]?.name).toBe('left');
  });

  test('is refused when a byte changed, when it was cut short, and when a layer is not known', async () => {
    const path = join(folder, 'b.gradus');
    await (await trained()).save(path);
    const bytes = readFileSync(path);
    const damaged = Uint8Array.from(bytes);
    damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] as number) ^ 1;
    writeFileSync(path, damaged);
    await expect(loadModel(path)).rejects.toThrow('is damaged');
    writeFileSync(path, bytes.subarray(0, bytes.length - 100));
    await expect(loadModel(path)).rejects.toThrow('is cut short');
    const unknown = defineLayer('testOnce', () => ({ call: (_: unknown, x: Tensor) => x }));
    const net = sequential([unknown()], { inputShape: [2] });
    const saved = await encodeModel(net);
    const renamed = await encodeModel(
      sequential([defineLayer('testTwice', () => ({ call: (_: unknown, x: Tensor) => x }))()], { inputShape: [2] }),
    );
    expect(await (await (await decodeModel(saved)).predict(made([2, 2], 1))).shape).toEqual([2, 2]);
    const { definedLayers } = await import('../nn/define.ts');
    (definedLayers as Map<string, unknown>).delete('testTwice');
    await expect(decodeModel(renamed)).rejects.toThrow(
      "this model has a layer 'testTwice', which is not known here. The nearest is 'testOnce'. Run its defineLayer('testTwice', …) before loading.",
    );
  });

  test('cannot hold a function of the user’s own, and says what to do', async () => {
    const net = sequential([layers.dense(2, { activation: x => x.square() })], { inputShape: [2] });
    await expect(net.save(join(folder, 'c.gradus'))).rejects.toThrow(
      "save cannot write layer 'dense': one of its options is a function of your own",
    );
    expect(readdirSync(folder)).not.toContain('c.gradus');
  });
});

test('predict over several batches is predict at once', async () => {
  const net = sequential([layers.dense(3)], { inputShape: [4], seed: 1 });
  const x = made([70, 4], 1);
  const [parts, whole] = [await (await net.predict(x)).data(), await (await net.predict(x, { batchSize: 70 })).data()];
  parts.forEach((value, index) => {
    expect(value).toBeCloseTo(whole[index] as number, 5);
  });
});

test('summary counts parameters, memory and multiply-adds', () => {
  const net = sequential([layers.conv2d(8, 3), layers.batchNormalization(), layers.flatten(), layers.dense(10, { name: 'head' })], {
    inputShape: [6, 6, 2],
  });
  const text = net.summary({ print: false });
  // conv: 3 · 3 · 2 · 8 + 8 = 152 parameters, 4 · 4 · 8 outputs of 18 products; head: 128 · 10 + 10.
  const lines = text.split('\n');
  const bytes = (batchSize: number): number => {
    const line = net.summary({ print: false, batchSize }).split('\n').at(-1) as string;
    return Number(/needs ([\d.]+) MB at its peak/.exec(line)?.[1]);
  };
  // 4,096 rows: inputs are there already; conv, normalized and their adjoints are 128 floats a row each.
  expect(bytes(4096)).toBeGreaterThan(2 * 4096 * 128 * 4 * 1e-6);
  expect(bytes(8192) / bytes(4096)).toBeCloseTo(2, 1);
  expect(lines.slice(0, -1).map(line => line.trim().split(/ {2,}/))).toEqual([
    ['layer', 'output', 'parameters', 'multiply-adds'],
    ['─'.repeat(63)],
    ['conv2d', '(batch, 4, 4, 8)', '152', '2,304'],
    ['batchNormalization', '(batch, 4, 4, 8)', '32', '0'],
    ['flatten', '(batch, 128)', '0', '0'],
    ['head (dense)', '(batch, 10)', '1,290', '1,280'],
    ['─'.repeat(63)],
    ['1,474 parameters (5.9 kB), of which 1,458 are trained; 3,584 multiply-adds a sample'],
  ]);
});

test('a model without a seed of its own starts from the stream that `seed` sets', async () => {
  const first = async (): Promise<number[]> => {
    seed(5);
    const net = sequential([layers.dense(3)], { inputShape: [2] });
    return [...(await (net.getWeights()[0] as Tensor).data())];
  };
  const weights = await first();
  expect(await first()).toEqual(weights);
  seed(6);
  const other = sequential([layers.dense(3)], { inputShape: [2] });
  expect([...(await (other.getWeights()[0] as Tensor).data())]).not.toEqual(weights);
});
