import { describe, expect, test } from 'vitest';
import { fill, integers } from '../../tests/support/inputs.ts';
import { classifier, silent, valuesOf, xor, xorNet } from '../../tests/support/models.ts';
import { configure, layers, sequential, type Tensor, tensor } from '../index.ts';

describe('fit refuses, before anything is changed,', () => {
  const rows = (values: number[][]): Tensor => tensor(values);
  const labels = tensor([0, 1, 2, 1], { dtype: 'int32' });
  const four = fill(integers([4, 3], 1, 0, 5));
  const x = tensor(Float32Array.from(four.data), { shape: [4, 3] });
  test.each<readonly [string, Tensor, Tensor, object, string]>([
    [
      'NaN in the data',
      rows([
        [1, 2, 3],
        [1, 2, 3],
        [1, Number.NaN, 3],
        [Number.NaN, 1, 1],
      ]),
      labels,
      {},
      'fit cannot learn from x: row 2 holds NaN',
    ],
    [
      'infinities',
      rows([
        [1, 2, 3],
        [1, 2, Infinity],
      ]),
      tensor([0, 1], { dtype: 'int32' }),
      {},
      'row 1 holds Infinity',
    ],
    [
      'a label out of range',
      x,
      tensor([0, 1, 3, 7], { dtype: 'int32' }),
      {},
      'fit cannot use label 3 of row 2: the model has 3 classes, so labels are whole numbers from 0 to 2',
    ],
    ['a label that is no whole number', x, tensor([0, 1, 0.5, 1]), {}, 'label 0.5 of row 2'],
    ['different lengths', x, tensor([0, 1], { dtype: 'int32' }), {}, 'fit needs one row of each, got 4 rows of x and 2 of y'],
    ['an empty set', tensor(new Float32Array(0), { shape: [0, 3] }), tensor(new Int32Array(0)), {}, 'fit got an empty data set'],
    ['a wrong shape', x.reshape([4, 1, 3]), labels, {}, "fit cannot take x of shape (4, 1, 3): the model's input is (batch, 3)"],
    ['an unknown option', x, labels, { batchsize: 3 }, "unknown option of fit 'batchsize'. Did you mean 'batchSize'?"],
    ['half an epoch', x, labels, { epochs: 0.5 }, 'fit needs epochs to be a whole number >= 0, got 0.5'],
    ['a split that leaves nothing', x, labels, { validationSplit: 0.1 ** 9 * 0 + 0.99 }, 'one part would be empty'],
    ['NaN in a weight of a row', x, labels, { sampleWeight: tensor([1, 1, Number.NaN, 1]) }, 'fit cannot learn from sampleWeight: row 2'],
  ])('%s', async (_, given, target, options, message) => {
    const net = classifier();
    const before = await valuesOf(net);
    await expect(net.fit(given, target, { ...silent, ...options })).rejects.toThrow(message);
    expect(await valuesOf(net)).toEqual(before);
  });

  test('a number that an embedding does not have', async () => {
    const net = sequential([layers.embedding(5, 2), layers.flatten(), layers.dense(1)], { inputShape: [2], inputDtype: 'int32', seed: 1 });
    net.compile({ loss: 'meanSquaredError' });
    const before = await valuesOf(net);
    const rows = (numbers: number[][]): Tensor => tensor(numbers, { dtype: 'int32' });
    const wrong = rows([
      [0, 4],
      [2, 5],
    ]);
    const target = tensor([[1], [2]]);
    await expect(net.fit(wrong, target, silent)).rejects.toThrow('fit cannot look up 5 of row 1: the embedding has 5 rows');
    expect(await valuesOf(net)).toEqual(before);
    const failed = await net.predict(wrong);
    await expect(failed.data()).rejects.toThrow('cannot use index 5 along an axis of size 5');
    const right = rows([
      [0, 4],
      [2, 3],
    ]);
    const history = await net.fit(right, target, { epochs: 2, ...silent });
    expect(history.loss[1]).toBeLessThan(history.loss[0] as number);
  });

  test('NaN in the last row of many', async () => {
    const values = new Float32Array(3 * 400_000).fill(1);
    values[values.length - 1] = Number.NaN;
    const labels = tensor(new Int32Array(400_000));
    const fit = classifier().fit(tensor(values, { shape: [400_000, 3] }), labels, silent);
    await expect(fit).rejects.toThrow('row 399999 holds NaN (the first such row of 400000)');
    values[values.length - 1] = 0;
    const sound = classifier().fit(tensor(values, { shape: [400_000, 3] }), labels, { batchSize: 100_000, ...silent });
    expect((await sound).loss).toHaveLength(1);
  });

  test('a second training of the same model at once, and a model of another device', async () => {
    const net = xorNet();
    const first = net.fit(xor.x, xor.y, { epochs: 2000, ...silent });
    await expect(net.fit(xor.x, xor.y, silent)).rejects.toThrow('fit was called while this model is being trained');
    await expect(net.trainOnBatch(xor.x, xor.y)).rejects.toThrow('trainOnBatch was called while');
    expect((await first).loss).toHaveLength(2000);
    await configure({ backend: 'reference' });
    await expect(net.predict(tensor([[0, 0]]))).rejects.toThrow('predict cannot use this model, which was made on another device');
    await configure({ backend: 'wasm' });
  });

  test('a model that was not compiled, and unknown names', async () => {
    const net = sequential([layers.dense(1)], { inputShape: [2] });
    await expect(net.fit(xor.x, xor.y, silent)).rejects.toThrow('fit needs to know what to make small: call net.compile(');
    expect(() => net.compile({ loss: 'meanSquareError' })).toThrow("unknown loss 'meanSquareError'. Did you mean 'meanSquaredError'?");
    expect(() => net.compile({ loss: 'huber', optimizer: 'adm' })).toThrow("unknown optimizer 'adm'. Did you mean 'adam'?");
    expect(() => net.compile({ loss: 'huber', metrics: ['acuracy'] })).toThrow("unknown metric 'acuracy'. Did you mean 'accuracy'?");
  });
});
