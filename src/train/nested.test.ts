import { describe, expect, test } from 'vitest';
import { classes, silent, valuesOf } from '../../tests/support/models.ts';
import { decodeModel, encodeModel, input, layers, losses, type Model, model, sequential } from '../index.ts';

const trained = async (): Promise<Model> => {
  const net = sequential(
    [
      layers.dense(6, { activation: 'tanh', name: 'features' }),
      layers.batchNormalization({ name: 'norm' }),
      layers.dense(3, { name: 'head' }),
    ],
    { inputShape: [3], seed: 2 },
  );
  net.compile({ optimizer: 'adam', loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }) });
  const { x, y } = classes(60);
  await net.fit(x, y, { epochs: 2, ...silent });
  return net;
};

const around = async (inner: Model, trainable: boolean): Promise<Model> => {
  const x = input([3]);
  const net = model({ inputs: x, outputs: layers.dense(3)((await inner.asLayer({ name: 'backbone', trainable }))(x)), seed: 5 });
  net.compile({ optimizer: 'adam', loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }) });
  return net;
};

describe('a model as a layer of another', () => {
  test('begins with its weights and computes what it computes', async () => {
    const inner = await trained();
    const x = input([3]);
    const net = model({ inputs: x, outputs: (await inner.asLayer())(x) });
    const { x: rows } = classes(5);
    expect(await (await net.predict(rows)).array()).toEqual(await (await inner.predict(rows)).array());
    expect(Object.keys(net.weights.model ?? {})).toEqual(expect.arrayContaining(['features.kernel', 'norm.movingMean', 'head.bias']));
  });

  test.each([true, false])('trainable %s: training moves its weights and statistics, or leaves them', async trainable => {
    const net = await around(await trained(), trainable);
    const values = async (layer: string): Promise<unknown> =>
      Object.fromEntries(
        await Promise.all(Object.entries(net.weights[layer] ?? {}).map(async ([name, weight]) => [name, await weight.array()])),
      );
    const [inside, outside] = [await values('backbone'), await values('dense')];
    const { x, y } = classes(60);
    await net.fit(x, y, { epochs: 1, ...silent });
    expect(await values('dense')).not.toEqual(outside);
    if (trainable) expect(await values('backbone')).not.toEqual(inside);
    else expect(await values('backbone')).toEqual(inside);
  });

  test('is saved and loaded with what is around it', async () => {
    const net = await around(await trained(), false);
    const again = await decodeModel(await encodeModel(net));
    const { x } = classes(4);
    expect(await (await again.predict(x)).array()).toEqual(await (await net.predict(x)).array());
    expect(await valuesOf(again)).toEqual(await valuesOf(net));
  });

  test('called with another shape is an error', async () => {
    const layer = await (await trained()).asLayer();
    expect(() => layer(input([4]))).toThrow('a model for (batch, 3) cannot be called as a layer with (batch, 4)');
  });
});

test('weights of the same names go from one model to another; the rest stays', async () => {
  const from = await trained();
  const to = sequential([layers.dense(6, { name: 'features' }), layers.dense(2, { name: 'head' })], { inputShape: [3], seed: 9 });
  const { copied, kept } = to.transferWeights(from);
  expect([copied, kept]).toEqual([
    ['features.kernel', 'features.bias'],
    ['head.kernel', 'head.bias'],
  ]);
  expect((await valuesOf(to)).slice(0, 2)).toEqual((await valuesOf(from)).slice(0, 2));
  const strange = sequential([layers.dense(6, { name: 'other' })], { inputShape: [3] });
  expect(() => strange.transferWeights(from)).toThrow('found no weight of the same name and shape');
});

test('frozen weights stay, and come back when they are given back', async () => {
  const net = await trained();
  const { x, y } = classes(60);
  net.freeze(/^(features|norm)/);
  const before = await valuesOf(net);
  await net.fit(x, y, { epochs: 1, ...silent });
  const after = await valuesOf(net);
  expect(after.slice(0, 6)).toEqual(before.slice(0, 6));
  expect(after.slice(6)).not.toEqual(before.slice(6));
  net.unfreeze('features');
  await net.fit(x, y, { epochs: 1, ...silent });
  expect((await valuesOf(net)).slice(0, 2)).not.toEqual(after.slice(0, 2));
  expect(() => net.freeze('nothing')).toThrow('freeze found no weight that matches nothing');
});
