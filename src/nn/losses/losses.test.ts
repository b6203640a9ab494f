import { describe, expect, test } from 'vitest';
import { grad, input, layers, losses, model, optimizers, random, sequential, type Tensor, tensor, zeros } from '../../index.ts';
import { lossOf } from './byName.ts';
import type { Loss } from './loss.ts';

const labels = (values: number[]): Tensor => tensor(values, { dtype: 'int32' });

describe('crossentropies of extreme logits are finite, and so are their gradients', () => {
  const logits = tensor([
    [1000, 0, -1000],
    [-1000, 1000, 0],
  ]);
  test.each([
    [
      'sparseCategoricalCrossentropy',
      labels([0, 0]),
      [0, 2000],
      [
        [0, 0, 0],
        [-0.5, 0.5, 0],
      ],
    ],
    [
      'categoricalCrossentropy',
      tensor([
        [1, 0, 0],
        [1, 0, 0],
      ]),
      [0, 2000],
      [
        [0, 0, 0],
        [-0.5, 0.5, 0],
      ],
    ],
    [
      'binaryCrossentropy',
      tensor([
        [1, 0, 0],
        [1, 0, 1],
      ]),
      [Math.log(2) / 3, (2000 + Math.log(2)) / 3],
      [
        [0, 1 / 12, 0],
        [-1 / 6, 1 / 6, -1 / 12],
      ],
    ],
  ] as const)('%s', async (name, target, values, gradient) => {
    const each = losses[name]({ fromLogits: true, reduction: 'none' });
    (await each(target, logits).data()).forEach((value, row) => {
      expect(value).toBeCloseTo(values[row] as number, 3);
    });
    const slope = await (grad((z: Tensor) => losses[name]({ fromLogits: true })(target, z))(logits) as Tensor).array();
    gradient.flat().forEach((value, place) => {
      expect(slope.flat()[place]).toBeCloseTo(value, 6);
    });
  });
});

test('probabilities of 0 and 1 are held within 1e-7, as in Keras', async () => {
  const wrong = await losses
    .binaryCrossentropy()(tensor([[1], [0]]), tensor([[0], [1]]))
    .item();
  expect(wrong).toBeGreaterThan(15);
  expect(wrong).toBeLessThan(16.2); // -ln 1e-7 = 16.118; 1 - 1e-7 in float32 is 1 - 1.19e-7
  expect(
    await losses
      .sparseCategoricalCrossentropy()(labels([1]), tensor([[1, 0]]))
      .item(),
  ).toBeCloseTo(-Math.log(1e-7), 3);
});

test('labels of every integer type and of floats are the same', async () => {
  const prediction = tensor([
    [0.2, 0.8],
    [0.6, 0.4],
  ]);
  const loss = losses.sparseCategoricalCrossentropy();
  const expected = -(Math.log(0.8) + Math.log(0.6)) / 2;
  for (const dtype of ['uint8', 'int32', 'float32'] as const) {
    expect(await loss(tensor([1, 0], { dtype }), prediction).item()).toBeCloseTo(expected, 5);
    expect(await loss(tensor([[1], [0]], { dtype }), prediction).item()).toBeCloseTo(expected, 5);
  }
  expect(await loss(labels([1, 2]), prediction).item()).toBeNaN();
});

describe('reduction', () => {
  const [target, prediction] = [
    tensor([
      [1, 2],
      [3, 4],
    ]),
    tensor([
      [2, 2],
      [5, 4],
    ]),
  ];
  test.each([
    ['sumOverBatchSize', undefined, 1.25],
    ['sum', undefined, 2.5],
    ['none', undefined, [0.5, 2]],
    ['sumOverBatchSize', [2, 0.5], 1],
    ['sum', [2, 0.5], 2],
    ['none', [2, 0.5], [1, 1]],
  ] as const)('%s with weights %s', async (reduction, weights, expected) => {
    const options = weights === undefined ? {} : { sampleWeight: tensor([...weights]) };
    expect(await losses.meanSquaredError({ reduction })(target, prediction, options).array()).toEqual(expected);
  });

  test('a weight a sample broadcasts over what a sample has, or is an error', () => {
    const values = losses.sparseCategoricalCrossentropy({ reduction: 'none' });
    const [y, p] = [
      tensor(
        [
          [0, 1, 0],
          [1, 1, 0],
        ],
        { dtype: 'int32' },
      ),
      tensor(new Float32Array(12).fill(0.5), { shape: [2, 3, 2] }),
    ];
    expect(values(y, p, { sampleWeight: tensor([1, 2]) }).shape).toEqual([2, 3]);
    expect(() => values(y, p, { sampleWeight: tensor([1, 2, 3]) })).toThrow(
      'cannot weight values of shape (2, 3) by a sampleWeight of shape (3,)',
    );
  });
});

test.each<readonly [string, () => unknown, string]>([
  [
    'shapes that differ',
    () => losses.meanSquaredError()(tensor([[1, 2]]), tensor([[1], [2]])),
    'meanSquaredError cannot compare a target of shape (1, 2) with a prediction of shape (2, 1)',
  ],
  [
    'one-hot targets for a sparse loss',
    () => losses.sparseCategoricalCrossentropy()(tensor([[0, 1]]), tensor([[0.5, 0.5]])),
    'For one-hot targets use categoricalCrossentropy',
  ],
  ['an unknown reduction', () => losses.huber({ reduction: 'average' as never }), "unknown reduction 'average'"],
  ['an unknown option', () => losses.binaryCrossentropy({ fromLogit: true } as never), "Did you mean 'fromLogits'?"],
  ['smoothing above 1', () => losses.categoricalCrossentropy({ labelSmoothing: 2 }), 'labelSmoothing from 0 to 1, got 2'],
  ['a delta of 0', () => losses.huber({ delta: 0 }), 'needs a delta > 0, got 0'],
])('%s: an error that says what to do', (_, action, message) => expect(action).toThrow(message));

test('a target (batch) meets a prediction (batch, 1) without broadcasting to a square', async () =>
  expect(
    await losses
      .meanSquaredError()(tensor([1, 2, 3]), tensor([[1], [2], [5]]))
      .item(),
  ).toBeCloseTo(4 / 3, 6));

test.each<readonly [string, () => unknown, string]>([
  ['an option of another type', () => losses.huber({ delta: '1' as never }), 'losses.huber needs delta to be a number, got "1"'],
  ['NaN as an option', () => losses.huber({ delta: Number.NaN }), 'losses.huber needs delta to be a number'],
  ['an option of another loss', () => losses.dice({ gamma: 1 } as never), "unknown option of losses.dice 'gamma'"],
  ['a beta below 0', () => losses.smoothL1({ beta: -1 }), 'needs a beta >= 0, got -1'],
  ['a q of 1', () => losses.categoricalGeneralizedCrossEntropy({ q: 1 }), 'needs a q between 0 and 1, got 1'],
  ['a gamma below 0', () => losses.binaryFocalCrossentropy({ gamma: -1 }), 'needs a gamma >= 0, got -1'],
  ['an alpha that is no number', () => losses.categoricalFocalCrossentropy({ alpha: ['a'] as never }), 'alpha to be a number or a list'],
  [
    'alphas of another number of classes',
    () => losses.categoricalFocalCrossentropy({ alpha: [1, 2] })(tensor([[0, 1, 0]]), tensor([[0.2, 0.3, 0.5]])),
    'has an alpha of 2 classes, and the prediction has 3',
  ],
  ['a p of 3', () => losses.multiMargin({ p: 3 }), 'needs p to be 1 or 2, got 3'],
  ['a temperature of 0', () => losses.infoNce({ temperature: 0 }), 'needs a temperature > 0, got 0'],
  ['a margin beyond a cosine', () => losses.cosineEmbedding({ margin: 2 }), 'needs a margin from -1 to 1, got 2'],
  ['an axis that is none', () => losses.dice({ axis: 'all' as never }), 'an axis, a list of axes or null, got "all"'],
  [
    'a weight a sample for one value a batch',
    () => losses.dice()(tensor([[1], [0]]), tensor([[1], [0]]), { sampleWeight: tensor([1, 2]) }),
    'dice cannot weight values of shape () by a sampleWeight of shape (2,)',
  ],
  [
    'no pair of embeddings',
    () => losses.infoNce()(tensor([0]), tensor([[1, 2, 3]])),
    'infoNce needs a prediction (batch, 2, …) that holds the query, the key along axis 1, got (1, 3)',
  ],
  [
    'a triplet of two',
    () => losses.tripletMargin()(tensor([0]), tensor([[[1], [2]]])),
    'tripletMargin needs a prediction (batch, 3, …) that holds the anchor, the positive, the negative along axis 1',
  ],
  ['half a Gaussian', () => losses.gaussianNll()(tensor([[1]]), tensor([[1, 2, 3]])), 'needs a prediction (batch, …, 2 n) of n means'],
  [
    'Gaussians of another number',
    () => losses.gaussianNll()(tensor([[1, 2]]), tensor([[1, 1]])),
    'gaussianNll cannot compare a target of shape (1, 2) with a prediction of shape (1, 1)',
  ],
  ['ctc of rows', () => losses.ctc()(tensor([[1]]), tensor([[1, 2]])), 'ctc needs targets (batch, labels) of class numbers and logits'],
  ['circle of sequences', () => losses.circle()(tensor([1]), tensor([[[1]]])), 'circle needs embeddings (batch, n), got (1, 1, 1)'],
  [
    'a target that is not one a sample',
    () => losses.marginRanking()(tensor([1, 1, 1]), tensor([[1, 2]])),
    'needs a target of one number a sample, (1,), got (3,)',
  ],
  ['a sum over classes without classes', () => losses.klDivergence()(tensor([1]), tensor([1])), 'needs a prediction (batch, …, classes or'],
  ['an option of the call', () => losses.hinge()(tensor([[1]]), tensor([[1]]), { weight: 1 } as never), "unknown option of hinge 'weight'"],
])('%s: an error that says what to do, too', (_, action, message) => expect(action).toThrow(message));

describe('by name', () => {
  test('short names are those of Keras', () => {
    const kinds = ['mse', 'mae', 'mape', 'msle', 'bce', 'cce', 'scce', 'kld'].map(name => lossOf(name).kind);
    expect(kinds).toEqual([
      ...['meanSquaredError', 'meanAbsoluteError', 'meanAbsolutePercentageError', 'meanSquaredLogarithmicError'],
      ...['binaryCrossentropy', 'categoricalCrossentropy', 'sparseCategoricalCrossentropy', 'klDivergence'],
    ]);
  });

  test.each([
    ['mean_squared_error', "Did you mean 'meanSquaredError'?"],
    ['acc', 'unknown loss'],
    ['toString', 'unknown loss'],
  ])('%s is none', (name, message) => expect(() => lossOf(name)).toThrow(message));

  test('a function of your own is one', async () => {
    const own = lossOf((target, prediction) => target.sub(prediction).abs().mul(3).mean(-1));
    expect(own.kind).toBe('(a function)');
    expect(await own(tensor([[1], [2]]), tensor([[2], [4]]), { sampleWeight: tensor([1, 0]) }).item()).toBe(1.5);
    expect(() => lossOf((() => 1) as never)(tensor([1]), tensor([1]))).toThrow('a loss must return a tensor at once');
  });

  test('a config holds what differs from the defaults', () => {
    expect(losses.tversky().config).toEqual({});
    expect(losses.tversky({ alpha: 0.5, beta: 0.2, axis: [1, 2], reduction: 'sum' }).config).toEqual({
      ...{ beta: 0.2, axis: [1, 2], reduction: 'sum' },
    });
  });
});

describe('losses of extreme logits and probabilities have finite gradients', () => {
  const huge = tensor([
    [1000, -1000, 0],
    [-1000, 1000, 1000],
  ]);
  const hot = tensor([
    [0, 1, 0],
    [0, 1, 0],
  ]);
  const sure = tensor([
    [1, 0, 0],
    [0, 0, 1],
  ]);
  test.each<readonly [string, Loss, Tensor, Tensor]>([
    ['binaryFocalCrossentropy', losses.binaryFocalCrossentropy({ fromLogits: true, gamma: 0.5 }), hot, huge],
    ['binaryFocalCrossentropy of probabilities', losses.binaryFocalCrossentropy({ gamma: 0.5 }), hot, sure],
    ['categoricalFocalCrossentropy', losses.categoricalFocalCrossentropy({ fromLogits: true, gamma: 0.5 }), hot, huge],
    ['categoricalFocalCrossentropy of probabilities', losses.categoricalFocalCrossentropy({ gamma: 0.5 }), hot, sure],
    ['logCosh', losses.logCosh(), hot, huge],
    ['softMargin', losses.softMargin(), hot.mul(2).sub(1), huge],
    ['multiLabelSoftMargin', losses.multiLabelSoftMargin(), hot, huge],
    ['klDivergence', losses.klDivergence(), hot, sure],
    ['categoricalGeneralizedCrossEntropy', losses.categoricalGeneralizedCrossEntropy(), labels([1, 1]), sure],
    ['cosineSimilarity of zeros', losses.cosineSimilarity(), hot, huge.mul(0)],
    ['tripletMargin of the same', losses.tripletMargin({ p: 3 }), labels([0, 0]), huge.mul(0).reshape([2, 3, 1])],
    ['infoNce of zeros', losses.infoNce(), labels([0, 0, 0]), huge.mul(0).reshape([3, 2, 1])],
    ['ctc', losses.ctc(), tensor([[1, 1]], { dtype: 'int32' }), huge.reshape([1, 2, 3])],
    ['dice of nothing', losses.dice(), hot.mul(0), huge.mul(0)],
    ['circle of one sample', losses.circle(), labels([1]), tensor([[1, 0]])],
  ])('%s', async (_, loss, target, prediction) => {
    expect(Number.isFinite(await loss(target, prediction).item())).toBe(true);
    const slope = await (grad((p: Tensor) => loss(target, p))(prediction) as Tensor).data();
    expect([...slope].every(Number.isFinite)).toBe(true);
  });

  test.each(['float16', 'bfloat16'] as const)('ctc and circle of %s are computed in float32', async dtype => {
    const p = random.normal([4, 6, 3], { seed: 1 }).cast(dtype);
    const value = await losses
      .ctc()(tensor([[1], [2], [1], [2]], { dtype: 'int32' }), p)
      .item();
    expect(value).toBeCloseTo(
      await losses
        .ctc()(tensor([[1], [2], [1], [2]], { dtype: 'int32' }), p.cast('float32'))
        .item(),
      4,
    );
    const x = p.slice([0, 0, 0], [4, 1, 3]).reshape([4, 3]);
    const slope = await (grad((y: Tensor) => losses.circle()(labels([0, 0, 1, 2]), y))(x) as Tensor).data();
    expect([...slope].every(Number.isFinite)).toBe(true);
  });

  test('focal losses of logits still have a slope where probabilities are 0', async () => {
    const slope = grad((z: Tensor) => losses.binaryFocalCrossentropy({ fromLogits: true })(tensor([[1]]), z))(tensor([[-50]])) as Tensor;
    expect(await slope.array()).toEqual([[-1]]);
  });
});

describe('models learn by losses that see several parts of a prediction', () => {
  test('gaussianNll finds mean and variance', async () => {
    const x = input([1]);
    const parts = [layers.dense(1)(x), layers.dense(1, { activation: 'softplus' })(x)];
    const net = model({ inputs: x, outputs: layers.concatenate()(parts) });
    net.compile({ optimizer: optimizers.adam({ learningRate: 0.05 }), loss: losses.gaussianNll() });
    const y = tensor([[1], [3], [1], [3]]);
    await net.fit(zeros([4, 1]), y, { epochs: 300, batchSize: 4, verbose: 'silent' });
    const [mean, variance] = (await (await net.predict(zeros([1, 1]))).data()) as Float32Array;
    expect(mean).toBeCloseTo(2, 1);
    expect(variance).toBeCloseTo(1, 1);
  });

  test('ctc learns a word', async () => {
    const net = sequential([layers.dense(3)], { inputShape: [5, 2], seed: 1 });
    net.compile({ optimizer: optimizers.adam({ learningRate: 0.1 }), loss: 'ctc' });
    const x = random.normal([1, 5, 2], { seed: 3 });
    const { loss } = (await net.fit(x, tensor([[1, 2]], { dtype: 'int32' }), { epochs: 60, verbose: 'silent' })) as { loss: number[] };
    expect(loss.at(-1)).toBeLessThan(0.3 * (loss[0] as number));
  });
});
