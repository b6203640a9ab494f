import { expect, test } from 'vitest';
import { fill, floats } from '../../tests/support/inputs.ts';
import { silent, valuesOf } from '../../tests/support/models.ts';
import { layers, type Model, sequential, type Tensor, tensor } from '../index.ts';

const made = (shape: number[], seed: number): Tensor => tensor(Float32Array.from(fill(floats(shape, seed)).data), { shape });

const net = (steps: number, stateful: boolean): Model =>
  sequential([layers.lstm(4, { returnSequences: true, ...(stateful ? { stateful: true, batchSize: 2 } : {}) }), layers.dense(1)], {
    inputShape: [steps, 3],
    seed: 4,
  });

test('a stateful layer goes on where the batch before ended, until its states are reset', async () => {
  const x = made([2, 6, 3], 1);
  const long = net(6, false);
  const short = net(3, true);
  const [kernel, recurrent, bias, ...head] = long.getWeights();
  const state = short.getWeights().slice(3, 5);
  short.setWeights([kernel, recurrent, bias, ...state, ...head] as Tensor[]);
  const expected = (await (await long.predict(x)).array()) as number[][][];
  const part = async (from: number): Promise<unknown> => (await short.predict(x.slice([0, from, 0], [2, 3, 3]), { batchSize: 2 })).array();
  const near = (from: number): unknown =>
    expected.map(row => row.slice(from, from + 3).map(step => step.map(value => expect.closeTo(value, 5))));
  expect(await part(0)).toEqual(near(0));
  expect(await part(3)).toEqual(near(3));
  short.resetStates();
  expect(await part(0)).toEqual(near(0));
});

test('states move in training, too, and another number of rows is an error', async () => {
  const short = net(3, true);
  short.compile({ optimizer: 'sgd', loss: 'mse' });
  await short.fit(made([4, 3, 3], 2), made([4, 3, 1], 3), { batchSize: 2, shuffle: false, ...silent });
  expect((await valuesOf(short))[3]?.some(value => value !== 0)).toBe(true);
  await expect(short.predict(made([3, 3, 3], 2), { batchSize: 3 })).rejects.toThrow("'lstm.state0' holds the states of 2 rows");
});
