import { expect, test } from 'vitest';
import { fill, floats } from '../../../../tests/support/inputs.ts';
import { decodeModel, defineLayer, encodeModel, grad, input, layers, model, type Tensor, tensor } from '../../../index.ts';

const made = (shape: number[], seed: number): Tensor => tensor(Float32Array.from(fill(floats(shape, seed)).data), { shape });

/** h ← x W + h / 2: a cell of the user's own. */
const fading = defineLayer('testFading', ({ units }: { units: number }) => ({
  build: shape => ({ kernel: { shape: [shape.at(-1) as number, units], initializer: 'glorotUniform' } }),
  call: ({ kernel }, x: Tensor, { states }) => {
    const [before] = states as readonly [Tensor];
    const h = x.matmul(kernel as Tensor).add(before.mul(0.5));
    return { output: h, states: [h] };
  },
  cell: { stateShapes: [units] },
}));

test('a cell of one’s own is walked over the steps, alone and under others, and is saved', async () => {
  const x = input([5, 3]);
  const net = model({ inputs: x, outputs: layers.rnn(fading({ units: 2 }), { returnSequences: true })(x), seed: 3 });
  const rows = made([2, 5, 3], 1);
  const [kernel] = net.getWeights() as [Tensor];
  const projected = (await rows.matmul(kernel).array()) as number[][][];
  const expected = projected.map(steps => {
    let state = [0, 0];
    return steps.map(step => {
      state = step.map((value, unit) => value + (state[unit] as number) / 2);
      return state.map(value => expect.closeTo(value, 5));
    });
  });
  expect(await (await net.predict(rows)).array()).toEqual(expected);
  const again = await decodeModel(await encodeModel(net));
  expect(await (await again.predict(rows)).array()).toEqual(await (await net.predict(rows)).array());
  const stacked = model({ inputs: x, outputs: layers.rnn([layers.gruCell(4), fading({ units: 2 })])(x) });
  expect((await stacked.predict(rows)).shape).toEqual([2, 2]);
  const both = model({ inputs: x, outputs: layers.bidirectional(layers.rnn(fading({ units: 2 })))(x) });
  expect((await both.predict(rows)).shape).toEqual([2, 4]);
  const slopes = grad((weights: typeof net.weights) => net.apply(weights, rows).square().sum())(net.weights);
  const { kernel: slope } = slopes.rnn as { kernel: Tensor };
  expect((await slope.data()).every(value => value !== 0)).toBe(true);
});

test('a cell is a layer, too: one step from states', async () => {
  const [x, h, c] = [input([3]), input([4]), input([4])];
  const [y, nextH, nextC] = [...layers.lstmCell(4)(x, { states: [h, c] })] as const;
  const step = model({ inputs: [x, h, c], outputs: [y, nextH, nextC] as never, seed: 2 });
  const sequence = input([2, 3]);
  const whole = model({ inputs: sequence, outputs: layers.lstm(4)(sequence), seed: 2 });
  whole.setWeights(step.getWeights());
  const rows = made([2, 2, 3], 4);
  let states = [made([2, 4], 0).mul(0), made([2, 4], 0).mul(0)];
  for (const at of [0, 1]) {
    const [, next, cell] = await step.predictAll([rows.at(at, 1), ...states] as Tensor[]);
    states = [next as Tensor, cell as Tensor];
  }
  const expected = (await (await whole.predict(rows)).array()) as number[][];
  expect(await states[0]?.array()).toEqual(expected.map(row => row.map(value => expect.closeTo(value, 5))));
});

test('what is no cell is an error that says so', () => {
  expect(() => layers.rnn(layers.dense(3))).toThrow('layers.rnn needs a cell');
  expect(() => layers.bidirectional(layers.dense(3) as never)).toThrow('needs a recurrent layer');
  expect(() => layers.lstm(3, { stateful: true })).toThrow('batchSize');
});
