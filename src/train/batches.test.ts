import { describe, expect, test } from 'vitest';
import { classes, classifier, silent, valuesOf } from '../../tests/support/models.ts';
import { platform, setPlatform } from '../core/platform.ts';
import { dataset } from '../data/index.ts';
import { type Callback, input, layers, metrics, model, type Tensor, tensor } from '../index.ts';

const { x, y } = classes(50);
const part = (values: Tensor, from: number, size: number): Tensor => values.slice([from], [size]);
const batches = (size = 8) => dataset(x, y).batch(size);

/** A model of two classes with metrics that are no means of batches. */
const binary = () => {
  const net = classifier();
  const one = model({
    inputs: net.inputs[0] as never,
    outputs: layers.dense(1, { activation: 'sigmoid' })(net.outputs[0] as never),
    seed: 2,
  });
  one.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: [metrics.auc(), metrics.precision(), metrics.f1Score()] });
  return one;
};
const labels = y.equal(1).cast('float32').reshape([50, 1]);

const near = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): void => {
  expect(Object.keys(a)).toEqual(Object.keys(b));
  for (const [name, value] of Object.entries(a)) expect(value, name).toBeCloseTo(b[name] as number, 5);
};

describe('evaluate and predict on batches', () => {
  test('give what rows give, from data sets and generators, also with smaller last batches', async () => {
    const net = classifier();
    const whole = await net.evaluate(x, y);
    near(await net.evaluate(batches()), whole);
    function* generator(): Generator<readonly [Tensor, Tensor]> {
      for (let row = 0; row < 50; row += 20) yield [part(x, row, Math.min(20, 50 - row)), part(y, row, Math.min(20, 50 - row))];
    }
    near(await net.evaluate(generator()), whole);
    near(await net.evaluate(batches(10), { steps: 2 }), await net.evaluate(part(x, 0, 20), part(y, 0, 20)));
    const predicted = await (await net.predict(x)).data();
    for (const source of [batches(), generator()]) {
      const data = await (await net.predict(source)).data();
      expect(data).toHaveLength(predicted.length);
      data.forEach((value, index) => expect(value).toBeCloseTo(predicted[index] as number, 5));
    }
  });

  test('figures that are no means are those of all rows', async () => {
    const net = binary();
    near(await net.evaluate(dataset(x, labels).batch(7)), await net.evaluate(x, labels));
  });

  test('predict takes batches of inputs alone: tensors, lists for several inputs, { x, y }', async () => {
    const net = classifier();
    const [first, second] = [part(x, 0, 3), part(x, 3, 2)];
    const expected = await net.predict(part(x, 0, 5));
    for (const source of [
      new Set([first, second]),
      new Set([
        { x: first, y: 0 },
        { x: second, y: 0 },
      ]),
    ])
      expect((await net.predict(source as never)).shape).toEqual(expected.shape);
    const [a, b] = [input([3]), input([3])];
    const sum = model({ inputs: [a, b], outputs: layers.add()([a, b]) });
    const added = await sum.predict(
      new Set([
        [first, first],
        [second, second],
      ]) as never,
    );
    expect(await added.array()).toEqual(await part(x, 0, 5).mul(2).array());
  });

  test('nothing to look at is an error', async () => {
    const net = classifier();
    await expect(net.evaluate(new Set<never>())).rejects.toThrow('evaluate got no batch to evaluate');
    await expect(net.predict(new Set<never>())).rejects.toThrow('predict got no batch');
    await expect(net.evaluate(batches(), { batchSize: 3 } as never)).rejects.toThrow("unknown option of evaluate on batches 'batchSize'");
  });
});

describe('validation', () => {
  const options = { epochs: 4, batchSize: 10, shuffle: false, ...silent };

  test('on a data set is as on its rows', async () => {
    const [a, b] = [classifier(), classifier()];
    const first = await a.fit(x, y, { ...options, validationData: [part(x, 0, 20), part(y, 0, 20)] });
    const second = await b.fit(x, y, { ...options, validationData: dataset(part(x, 0, 20), part(y, 0, 20)).batch(6) });
    expect(Object.keys(second)).toEqual(Object.keys(first));
    for (const name of Object.keys(first))
      second[name]?.forEach((value, epoch) => expect(value).toBeCloseTo(first[name]?.[epoch] as number, 5));
  });

  test('comes as often, and looks at as many batches, as was asked', async () => {
    const often = await classifier().fit(x, y, { ...options, validationSplit: 0.2, validationFreq: 2 });
    expect([often.loss.length, often.valLoss?.length]).toEqual([4, 2]);
    const some = await classifier().fit(x, y, { ...options, validationSplit: 0.2, validationFreq: [1, 2, 4] });
    expect(some.valLoss).toHaveLength(3);
    const few = await classifier().fit(x, y, { ...options, epochs: 1, validationData: batches(10), validationSteps: 2 });
    const same = await classifier().fit(x, y, { ...options, epochs: 1, validationData: [part(x, 0, 20), part(y, 0, 20)] });
    expect(few.valLoss?.[0]).toBeCloseTo(same.valLoss?.[0] as number, 5);
    await expect(classifier().fit(x, y, { ...options, validationFreq: 0 })).rejects.toThrow('validationFreq to be a whole number >= 1');
  });
});

describe('fit on batches', () => {
  test('is as on rows, with figures of all rows', async () => {
    const [a, b] = [binary(), binary()];
    const rows = await a.fit(x, labels, { epochs: 3, batchSize: 8, shuffle: false, ...silent });
    const seen = await b.fit(dataset(x, labels).batch(8), { epochs: 3, ...silent });
    expect(Object.keys(seen)).toEqual(Object.keys(rows));
    for (const name of Object.keys(rows))
      seen[name]?.forEach((value, epoch) => expect(value).toBeCloseTo(rows[name]?.[epoch] as number, 5));
  });

  test('stepsPerEpoch goes on through the data, and begins them anew when they are used up', async () => {
    const taken: number[] = [];
    const numbered = {
      *[Symbol.iterator](): Generator<readonly [Tensor, Tensor]> {
        for (let row = 0; row < 50; row += 10) {
          taken.push(row);
          yield [part(x, row, 10), part(y, row, 10)];
        }
      },
    };
    const ends: number[] = [];
    const watch: Callback = { onEpochEnd: (_, __, { step }) => void ends.push(step) };
    await classifier().fit(numbered, { epochs: 4, stepsPerEpoch: 3, callbacks: [watch], ...silent });
    expect(taken).toEqual([0, 10, 20, 30, 40, 0, 10, 20, 30, 40]);
    expect(ends).toEqual([3, 5, 8, 10]);
  });

  test('a generator that can be walked once serves several epochs of some steps', async () => {
    function* endless(): Generator<readonly [Tensor, Tensor]> {
      for (let row = 0; ; row = (row + 10) % 50) yield [part(x, row, 10), part(y, row, 10)];
    }
    const [a, b] = [classifier(), classifier()];
    const history = await a.fit(endless(), { epochs: 4, stepsPerEpoch: 5, ...silent });
    expect(history.loss).toHaveLength(4);
    await b.fit(x, y, { epochs: 4, batchSize: 10, shuffle: false, callbacks: [{}], ...silent });
    const [first, second] = [(await valuesOf(a)).flat(), (await valuesOf(b)).flat()];
    first.forEach((value, index) => expect(value).toBeCloseTo(second[index] as number, 4));
    await expect(classifier().fit([][Symbol.iterator]() as never, silent)).rejects.toThrow('the data set is empty');
    const once = [[tensor([[1, 2, 3]]), tensor([1], { dtype: 'int32' })] as const][Symbol.iterator]();
    await expect(classifier().fit(once as never, { epochs: 2, ...silent })).rejects.toThrow('can be walked only once');
  });
});

test('data that come too slowly are told of once, with what to do; fast ones are not', async () => {
  const before = platform();
  const said: string[] = [];
  setPlatform({ ...before, write: text => void said.push(text) });
  try {
    const slow = async function* (): AsyncGenerator<readonly [Tensor, Tensor]> {
      for (let batch = 0; batch < 3; batch++) {
        await new Promise(resolve => setTimeout(resolve, 300));
        yield [part(x, 0, 8), part(y, 0, 8)];
      }
    };
    const again = { [Symbol.asyncIterator]: slow };
    await classifier().fit(again, { epochs: 2, verbose: 'lines' });
    expect(said.filter(text => /^Training waited for data \d\d % of this epoch: .*prefetch/.test(text))).toHaveLength(1);
    said.length = 0;
    await classifier().fit(batches(), { epochs: 2, verbose: 'lines' });
    expect(said.filter(text => text.includes('waited'))).toEqual([]);
  } finally {
    setPlatform(before);
  }
});
