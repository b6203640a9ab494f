import { describe, expect, test } from 'vitest';
import { grad, losses, type Tensor, tensor } from '../../index.ts';

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
