import { layers, losses, type Model, optimizers, sequential, type Tensor, tensor } from '../../src/index.ts';
import { fill, floats } from './inputs.ts';

export const xor: { readonly x: Tensor; readonly y: Tensor } = {
  x: tensor([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]),
  y: tensor([[0], [1], [1], [0]]),
};
export const silent: { readonly verbose: 'silent' } = { verbose: 'silent' };

export const xorNet = (seed = 1): Model => {
  const net = sequential([layers.dense(4, { activation: 'sigmoid' }), layers.dense(1, { activation: 'sigmoid' })], {
    inputShape: [2],
    seed,
  });
  net.compile({ optimizer: optimizers.sgd({ learningRate: 2 }), loss: 'meanSquaredError', metrics: ['accuracy'] });
  return net;
};

/** Rows whose class is the place of the largest of three numbers. */
export const classes = (rows: number, seed = 5): { x: Tensor; y: Tensor } => {
  const { data } = fill(floats([rows, 3], seed));
  const x = tensor(Float32Array.from(data), { shape: [rows, 3] });
  return {
    x,
    y: tensor(
      Int32Array.from(
        { length: rows },
        (_, row) => [0, 1, 2].sort((a, b) => (data[row * 3 + b] as number) - (data[row * 3 + a] as number))[0] as number,
      ),
    ),
  };
};

export const classifier = (options: { seed?: number; dropout?: number; learningRate?: number } = {}): Model => {
  const { seed = 3, dropout = 0, learningRate = 0.02 } = options;
  const net = sequential([layers.dense(16, { activation: 'relu' }), layers.dropout(dropout), layers.dense(3)], { inputShape: [3], seed });
  net.compile({
    optimizer: optimizers.adam({ learningRate }),
    loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: ['accuracy'],
  });
  return net;
};

export const valuesOf = async (net: Model): Promise<number[][]> =>
  Promise.all(net.getWeights().map(async weight => Array.from(await weight.data())));
