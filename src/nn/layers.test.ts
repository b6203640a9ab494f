import { describe, expect, test } from 'vitest';
import { checkLayerGradients, checkLayerSaves, type LayerCheck } from '../../tests/support/layers.ts';
import { activations, defineLayer, grad, input, layers, type Tensor, tensor } from '../index.ts';
import type { Layer } from './layer.ts';

const swish = defineLayer('testSwish', ({ beta = 1 }: { beta?: number }) => ({
  build: shape => ({ gain: { shape: [shape.at(-1) as number], initializer: 'ones' } }),
  call: ({ gain }, x: Tensor) => x.mul(x.mul(beta).sigmoid()).mul(gain as Tensor),
}));

const image: LayerCheck = { inputs: [[5, 4, 2]] };
const rows: LayerCheck = { inputs: [[4]] };
const two: LayerCheck = {
  inputs: [
    [2, 3],
    [2, 3],
  ],
};

const cases: readonly (readonly [name: string, make: () => Layer, check: LayerCheck])[] = [
  ['dense', () => layers.dense(3, { activation: 'tanh' }), rows],
  ['dense of sequences', () => layers.dense(3, { useBias: false, name: 'head' }), { inputs: [[2, 4]] }],
  ['activation', () => layers.activation('silu'), rows],
  ['relu', () => layers.relu(), rows],
  ['softmax', () => layers.softmax(), rows],
  ['leakyRelu', () => layers.leakyRelu(), rows],
  ['elu', () => layers.elu({ alpha: 0.7 }), rows],
  ['conv2d', () => layers.conv2d(3, 2, { activation: 'sigmoid', padding: 'same', strides: 2 }), image],
  ['conv2d of groups', () => layers.conv2d(4, [3, 1], { groups: 2, dilationRate: [2, 1] }), image],
  ['maxPool2d', () => layers.maxPool2d(2, { padding: 'same' }), image],
  ['averagePool2d', () => layers.averagePool2d({ poolSize: [3, 2], strides: 1, padding: 'same' }), image],
  ['globalAveragePool2d', () => layers.globalAveragePool2d(), image],
  ['globalMaxPool2d', () => layers.globalMaxPool2d(), image],
  ['flatten', () => layers.flatten(), image],
  ['reshape', () => layers.reshape([2, -1]), image],
  ['rescaling', () => layers.rescaling(1 / 255, { offset: -0.5 }), image],
  ['dropout at inference', () => layers.dropout(0.5), rows],
  ['batchNormalization at inference', () => layers.batchNormalization(), image],
  ['batchNormalization in training', () => layers.batchNormalization({ momentum: 0.9, scale: false }), { ...image, training: true }],
  ['layerNormalization', () => layers.layerNormalization({ epsilon: 1e-5, center: false }), { inputs: [[2, 4]] }],
  ['embedding', () => layers.embedding(5, 3, { embeddingsInitializer: 'glorotNormal' }), { inputs: [[4]], classes: 5 }],
  ['add', () => layers.add(), two],
  ['subtract', () => layers.subtract(), two],
  ['multiply', () => layers.multiply(), two],
  ['average', () => layers.average(), two],
  ['maximum', () => layers.maximum(), two],
  ['minimum', () => layers.minimum(), two],
  [
    'concatenate',
    () => layers.concatenate({ axis: 1 }),
    {
      inputs: [
        [2, 3],
        [4, 3],
      ],
    },
  ],
  ['lstm', () => layers.lstm(2, { returnSequences: true }), { inputs: [[3, 2]] }],
  ['gru, the last state', () => layers.gru(2, { goBackwards: true }), { inputs: [[3, 2]] }],
  ['bidirectional', () => layers.bidirectional(layers.simpleRnn(2)), { inputs: [[3, 2]] }],
  ['multiHeadAttention', () => layers.multiHeadAttention(2, 2), two],
  ['transformerEncoder', () => layers.transformerEncoder(4, 2, { activation: 'gelu', normalizeFirst: true }), { inputs: [[3, 4]] }],
  ['conv2dTranspose', () => layers.conv2dTranspose(2, 2, { strides: 2, padding: 'same' }), image],
  ['separableConv1d', () => layers.separableConv1d(3, 2, { depthMultiplier: 2 }), { inputs: [[4, 2]] }],
  ['groupNormalization', () => layers.groupNormalization({ groups: 2 }), { inputs: [[3, 4]] }],
  ['rmsNormalization', () => layers.rmsNormalization(), { inputs: [[2, 4]] }],
  ['prelu', () => layers.prelu({ alphaInitializer: { kind: 'constant', config: { value: 0.25 } } }), rows],
  ['a layer of the user’s own', () => swish({ beta: 2 }), rows],
];

describe.each(cases)('%s', (_, make, check) => {
  test('has the gradients that differences give, of first and second order', () => checkLayerGradients(make(), check));
  test('is the same after saving and loading', () => checkLayerSaves(make(), check));
});

const on = (layer: () => Layer, ...shapes: number[][]): (() => unknown) => {
  return () => layer()(shapes.map(shape => input(shape)).length === 1 ? input(shapes[0] as number[]) : shapes.map(shape => input(shape)));
};

test.each<readonly [string, () => unknown, string]>([
  ['dense without units', () => layers.dense({} as never), 'layers.dense needs units to be a whole number >= 1, got undefined'],
  ['dense of half a unit', () => layers.dense(0.5), 'got 0.5'],
  [
    'an unknown option',
    () => layers.dense(3, { activaton: 'relu' } as never),
    "unknown option of layers.dense 'activaton'. Did you mean 'activation'?",
  ],
  ['an unknown activation', () => layers.dense(3, { activation: 'rellu' }), "unknown activation 'rellu'. Did you mean 'relu'?"],
  ['an unknown initializer', on(() => layers.dense(3, { kernelInitializer: 'glorotUnifrom' }), [2]), "Did you mean 'glorotUniform'?"],
  ['an option twice', () => layers.dense(3, { units: 4 } as never), 'layers.dense got units twice'],
  [
    'conv2d of rows',
    on(() => layers.conv2d(3, 2), [784]),
    'conv2d cannot take input of shape (batch, 784): it needs (batch, height, width, channels). Reshape first: layers.reshape([28, 28, 1]).',
  ],
  ['conv2d larger than its input', on(() => layers.conv2d(3, 9), [5, 5, 1]), 'conv2d cannot lay a window of 9 over height 5'],
  ['conv2d of odd groups', () => layers.conv2d(3, 2, { groups: 2 }), 'cannot split 3 filters into 2 groups'],
  ['conv2d of odd channels', on(() => layers.conv2d(4, 2, { groups: 2 }), [5, 5, 3]), 'cannot split 3 channels into 2 groups'],
  ['unknown padding', () => layers.maxPool2d(2, { padding: 'sam' as never }), "Did you mean 'same'?"],
  ['dropout of everything', () => layers.dropout(1), 'layers.dropout needs rate to be a number from 0 up to but not 1, got 1'],
  [
    'reshape to another size',
    on(() => layers.reshape([5]), [2, 3]),
    'reshape cannot give input of shape (batch, 2, 3) the shape (batch, 5): a sample has 6 elements',
  ],
  ['add of one input', on(() => layers.add(), [2]), 'add joins two inputs or more, got 1'],
  ['add of shapes that do not fit', on(() => layers.add(), [2], [3]), 'add cannot broadcast shapes (2,) and (3,)'],
  ['concatenate along the batch', on(() => layers.concatenate({ axis: 0 }), [2], [2]), 'axes other than the batch are 1 to 1'],
  ['layerNormalization of scalars', on(() => layers.layerNormalization(), []), 'it needs (batch, …, features)'],
  [
    'a layer that loses the batch',
    on(() => defineLayer('sums', () => ({ call: (_w, x: Tensor) => x.sum() }))(), [2]),
    "layer 'sums' lost the batch axis",
  ],
  ['a layer called with numbers', () => layers.dense(2)([1, 2] as never), 'layers.dense is called with symbolic inputs, got a number'],
])('%s is an error that says what to do', (_, action, message) => expect(action).toThrow(message));

test('sparsemax is the nearest point of the simplex, and threshold keeps what is above', async () => {
  const x = tensor([
    [0.5, 0.2, -1, 0.4],
    [3, 1, 0, -2],
    [0.1, 0.1, 0.1, 0.1],
  ]);
  const rows = (await activations.sparsemax(x).array()) as number[][];
  // By the definition: of all points p ≥ 0 with sum 1, x - p is the same number wherever p > 0, and at most that elsewhere.
  for (const [index, row] of rows.entries()) {
    const given = ((await x.array()) as number[][])[index] as number[];
    expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    const inside = row.flatMap((p, place) => (p > 0 ? [(given[place] as number) - p] : []));
    for (const value of inside) expect(value).toBeCloseTo(inside[0] as number, 6);
    row.forEach((p, place) => {
      if (p === 0) expect(given[place] as number).toBeLessThanOrEqual((inside[0] as number) + 1e-6);
    });
  }
  expect(rows[1]).toEqual([1, 0, 0, 0]);
  const slopes = (await grad((z: Tensor) =>
    activations
      .sparsemax(z)
      .mul(tensor([1, 2, 3, 4]))
      .sum(),
  )(x).array()) as number[][];
  for (const row of slopes) expect(row.reduce((a, b) => a + b)).toBeCloseTo(0, 5); // moving all alike changes nothing
  expect(await activations.threshold(x, { threshold: 0.3, defaultValue: 7 }).array()).toEqual([
    [0.5, 7, 7, expect.closeTo(0.4, 6)],
    [3, 1, 7, 7],
    [7, 7, 7, 7],
  ]);
});
