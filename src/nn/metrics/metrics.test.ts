import { describe, expect, test } from 'vitest';
import { layers, losses, metrics, random, sequential, type Tensor, tensor, zeros } from '../../index.ts';
import { metricOf } from './byName.ts';
import type { Metric } from './metric.ts';

const value = async (metric: Metric, target: Tensor, prediction: Tensor, options = {}): Promise<number> => {
  metric.reset();
  metric.update(target, prediction, options);
  return metric.result().item();
};

test('accuracy picks what fits the shapes, as Keras does', async () => {
  const accuracy = metrics.accuracy();
  expect(await value(accuracy, tensor([[0], [1], [1]]), tensor([[0.2], [0.7], [0.5]]))).toBeCloseTo(2 / 3, 6); // binary: above 0.5
  expect(await value(accuracy, tensor([0, 1, 1]), tensor([[0.2], [0.7], [0.5]]))).toBeCloseTo(2 / 3, 6);
  const three = tensor([
    [0.1, 0.8, 0.1],
    [0.5, 0.2, 0.3],
    [0.2, 0.3, 0.5],
    [0.3, 0.4, 0.3],
  ]);
  expect(await value(accuracy, tensor([1, 0, 2, 2], { dtype: 'int32' }), three)).toBe(0.75); // sparse
  expect(await value(accuracy, tensor([[1], [0], [2], [2]], { dtype: 'uint8' }), three)).toBe(0.75);
  expect(
    await value(
      accuracy,
      tensor([
        [0, 1, 0],
        [1, 0, 0],
        [0, 0, 1],
        [0, 0, 1],
      ]),
      three,
    ),
  ).toBe(0.75); // one-hot
});

test('goes on over batches, with weights, and begins anew after reset', async () => {
  const error = metrics.meanAbsoluteError();
  expect(await error.result().item()).toBe(0);
  error.update(tensor([[1], [2]]), tensor([[2], [4]]));
  error.update(tensor([[0]]), tensor([[6]]));
  expect(await error.result().item()).toBe(3);
  error.update(tensor([[0], [0]]), tensor([[1], [100]]), { sampleWeight: tensor([6, 0]) });
  expect(await error.result().item()).toBeCloseTo((1 + 2 + 6 + 6 * 1) / 9, 5);
  error.reset();
  error.update(tensor([[0]]), tensor([[0.5]]));
  expect(await error.result().item()).toBe(0.5);
});

test('rootMeanSquaredError takes the root last', async () => {
  const error = metrics.rootMeanSquaredError();
  error.update(tensor([[0]]), tensor([[3]]));
  error.update(tensor([[0]]), tensor([[4]]));
  expect(await error.result().item()).toBeCloseTo(Math.sqrt(12.5), 5);
});

test('binaryAccuracy has a threshold, and names may be given', async () => {
  const strict = metrics.binaryAccuracy({ threshold: 0.9, name: 'strict' });
  expect(strict.name).toBe('strict');
  expect(await value(strict, tensor([[1], [1]]), tensor([[0.8], [0.95]]))).toBe(0.5);
  expect(() => metrics.accuracy({ nmae: 'a' } as never)).toThrow("Did you mean 'name'?");
});

test.each<readonly [string, () => unknown, string]>([
  ['an unknown option', () => metrics.auc({ curves: 'PR' } as never), "Did you mean 'curve'?"],
  [
    'an option of the loss only',
    () => metrics.meanSquaredError({ reduction: 'sum' } as never),
    "unknown option of metrics.meanSquaredError 'reduction'",
  ],
  ['an unknown curve', () => metrics.auc({ curve: 'POC' as never }), "Did you mean 'ROC'?"],
  ['an unknown summation', () => metrics.auc({ summationMethod: 'major' as never }), "unknown summationMethod 'major'"],
  ['one threshold for a curve', () => metrics.auc({ numThresholds: 1 }), 'numThresholds to be a whole number >= 2, got 1'],
  ['labels of no multiLabel', () => metrics.auc({ numLabels: 3 }), 'needs multiLabel: true for numLabels, got 3'],
  [
    'thresholds beyond 1',
    () => metrics.precision({ thresholds: [0.5, 1.5] }),
    'metrics.precision needs thresholds from 0 to 1, got [0.5,1.5]',
  ],
  ['a recall beyond 1', () => metrics.precisionAtRecall({ recall: 1.5 }), 'metrics.precisionAtRecall needs a recall from 0 to 1, got 1.5'],
  ['no recall', () => metrics.precisionAtRecall({} as never), 'metrics.precisionAtRecall needs a recall from 0 to 1, got undefined'],
  ['nothing given', () => metrics.recallAtPrecision(undefined as never), 'metrics.recallAtPrecision needs a precision from 0 to 1'],
  ['an unknown average', () => metrics.f1Score({ average: 'mean' as never }), "unknown average 'mean'"],
  ['a beta for f1', () => metrics.f1Score({ beta: 2 } as never), 'metrics.fBetaScore has one'],
  ['a beta of 0', () => metrics.fBetaScore({ beta: 0 }), 'metrics.fBetaScore needs a beta > 0, got 0'],
  ['a threshold of 0', () => metrics.f1Score({ threshold: 0 }), 'needs a threshold > 0 and <= 1, got 0'],
  [
    'a class that is none',
    () => metrics.iou({ numClasses: 2, targetClassIds: [2] }),
    'metrics.iou needs targetClassIds from 0 to 1, got [2]',
  ],
  ['no classes', () => metrics.meanIou({} as never), 'metrics.meanIou needs numClasses to be a whole number >= 1, got undefined'],
  ['unknown weights', () => metrics.cohenKappa({ weights: 'square' as never }), "unknown weights of cohenKappa 'square'"],
  ['an unknown norm', () => metrics.calibrationError({ norm: 'l3' as never }), "unknown norm of calibrationError 'l3'"],
  ['an unknown aggregation', () => metrics.r2Score({ classAggregation: 'sum' as never }), "unknown classAggregation 'sum'"],
  ['a k of 0', () => metrics.topKCategoricalAccuracy({ k: 0 }), 'needs k to be a whole number >= 1, got 0'],
  ['no function', () => metrics.meanMetricWrapper({} as never), 'metrics.meanMetricWrapper needs fn'],
  [
    'f1 of sequences',
    () => metrics.f1Score().update(zeros([2, 3, 4]), zeros([2, 3, 4])),
    'metrics.f1Score needs predictions (batch, classes), got (2, 3, 4)',
  ],
  ['f1 of other classes', () => metrics.f1Score({ numClasses: 3 }).update(zeros([2, 4]), zeros([2, 4])), 'was made for numClasses = 3'],
  ['r2 of other outputs', () => metrics.r2Score({ numOutputs: 3 }).update(zeros([2, 4]), zeros([2, 4])), 'was made for numOutputs = 3'],
  [
    'a classId beyond',
    () => metrics.recall({ classId: 4 }).update(zeros([2, 4]), zeros([2, 4])),
    'has a classId of 4, and predictions have 4 classes',
  ],
  [
    'a classId of numbers',
    () => metrics.recall({ classId: 0 }).update(zeros([2]), zeros([2])),
    'needs predictions (batch, classes) for that, got (2,)',
  ],
  [
    'labelWeights of another number',
    () => metrics.auc({ labelWeights: [1] }).update(zeros([2, 4]), zeros([2, 4])),
    'has 1 labelWeights for 4 labels',
  ],
  ['a correlation of one number a sample', () => metrics.pearsonCorrelation().update(zeros([2]), zeros([2])), 'Over samples: { axis: 0 }'],
  ['shapes that differ', () => metrics.precision().update(zeros([2]), zeros([3])), 'precision cannot compare a target of shape (2,)'],
  [
    'sums of an unknown number of classes',
    () => metrics.confusionMatrix().sums,
    'give numClasses, as in metrics.confusionMatrix({ numClasses: 10 })',
  ],
  ['a result of nothing', () => metrics.r2Score().result(), 'give numOutputs, as in metrics.r2Score({ numOutputs: 10 })'],
])('%s: an error that says what to do', (_, action, message) => expect(action).toThrow(message));

describe('by name', () => {
  test('short names are those of Keras, and stay in the logs', () => {
    expect([metricOf('mae').kind, metricOf('mae').name]).toEqual(['meanAbsoluteError', 'mae']);
    expect([metricOf('acc').kind, metricOf('acc').name, metricOf('acc').isMean]).toEqual(['accuracy', 'acc', true]);
    expect(metricOf('auc').name).toBe('auc');
  });

  test('a loss is the mean of its values, and comes back from its config', async () => {
    const metric = metricOf(losses.huber({ delta: 2 }));
    expect([metric.kind, metric.name, metric.config]).toEqual([
      ...['meanMetricWrapper', 'huber'],
      { fn: { kind: 'huber', config: { delta: 2 } }, name: 'huber' },
    ]);
    expect(await value(metricOf({ kind: metric.kind, config: metric.config }), tensor([[0], [0]]), tensor([[1], [3]]))).toBe(2.25);
    expect(metricOf('dice').kind).toBe('meanMetricWrapper');
  });

  test('a function of your own is one', async () => {
    const bias = (target: Tensor, prediction: Tensor): Tensor => prediction.sub(target).mean(-1);
    const metric = metricOf(bias);
    expect([metric.kind, metric.name]).toEqual(['(a function)', 'bias']);
    expect(await value(metric, tensor([[0], [0]]), tensor([[1], [3]]))).toBe(2);
  });

  test.each([
    ['meanAbsolutError', "Did you mean 'meanAbsoluteError'?"],
    ['toString', 'unknown metric'],
  ])('%s is none', (name, message) => expect(() => metricOf(name)).toThrow(message));
});

test('the number of classes comes from the output where it is asked for', async () => {
  const metric = metrics.f1Score({ average: 'macro', name: 'f1' }).forOutput?.([1, 3]) as Metric;
  expect([metric.sums, metric.config, metric.name]).toEqual([[[3], [3], [3]], { average: 'macro', numClasses: 3, name: 'f1' }, 'f1']);
  expect(metrics.confusionMatrix().forOutput?.([1, 1]).sums).toEqual([[2, 2]]);
  expect(metrics.r2Score().forOutput?.([1, 4]).sums).toEqual([[4], [4], [4], [4], []]);
  expect(metrics.auc({ multiLabel: true, numThresholds: 10 }).forOutput?.([1, 2]).sums).toEqual([[10, 2], [10, 2], [2], [2]]);
});

test('mean and sum take values alone', async () => {
  const [mean, sum] = [metrics.mean(), metrics.sum()];
  for (const metric of [mean, sum]) {
    metric.update(tensor([1, 2, 3]));
    metric.update(tensor([10, 20]), { sampleWeight: tensor([1, 0]) });
  }
  expect([await mean.result().item(), await sum.result().item()]).toEqual([4, 16]);
  expect(() => mean.update(tensor([1]), { weight: 1 } as never)).toThrow('unknown option');
});

test('counts go on beyond what float32 can count', async () => {
  const count = metrics.truePositives();
  count.update(tensor([1]), tensor([1]), { sampleWeight: tensor([2 ** 24]) });
  for (let step = 0; step < 4; step++) count.update(tensor([1]), tensor([1]));
  expect(await count.result().item()).toBe(2 ** 24 + 4);
});

test('evaluate gives the figures of all samples, whatever the batches', async () => {
  const net = sequential([layers.dense(3, { activation: 'softmax' })], { inputShape: [4], seed: 5 });
  const [x, y] = [random.normal([37, 4], { seed: 1 }), random.uniform([37], { seed: 2 }).mul(3).floor()];
  const chosen = [
    ...[
      metrics.sparseTopKCategoricalAccuracy({ k: 2 }),
      metrics.balancedAccuracy({ numClasses: 3 }),
      metrics.cohenKappa({ numClasses: 3 }),
    ],
    ...[metrics.calibrationError(), metrics.perplexity(), metrics.matthewsCorrelation({ numClasses: 3 })],
  ];
  net.compile({ loss: 'scce', metrics: chosen });
  const logs = (await net.evaluate(x, y, { batchSize: 8 })) as Record<string, number>;
  const prediction = await net.predict(x);
  for (const metric of chosen)
    expect([metric.name, logs[metric.name]]).toEqual([metric.name, expect.closeTo(await value(metric, y, prediction), 5)]);
});

test('fit logs what thresholds and curves give', async () => {
  const net = sequential([layers.dense(2, { activation: 'sigmoid' })], { inputShape: [4], seed: 5 });
  const [x, y] = [random.normal([40, 4], { seed: 1 }), random.uniform([40, 2], { seed: 2 }).round()];
  const f1 = metrics.f1Score({ average: 'macro', numClasses: 2, threshold: 0.5 });
  net.compile({ loss: 'bce', metrics: ['auc', 'precision', 'mae', metrics.recall({ name: 'found' }), f1] });
  const history = (await net.fit(x, y, { epochs: 3, batchSize: 7, verbose: 'silent' })) as Record<string, number[]>;
  for (const name of ['auc', 'precision', 'mae', 'found', 'f1Score']) {
    expect(history[name]).toHaveLength(3);
    for (const figure of history[name] as number[]) expect(figure >= 0 && figure <= 1).toBe(true);
  }
});

test('probabilities of 0 and 1, beyond them, and NaN fall where they belong', async () => {
  const [y, p] = [tensor([0, 1, 0, 1, 0]), tensor([0, 1, -3, 7, Number.NaN])];
  expect(await value(metrics.auc(), y, p)).toBe(1);
  expect(await value(metrics.sensitivityAtSpecificity({ specificity: 1 }), y, p)).toBe(1);
  const [tp, fp, positives, negatives] = metrics.auc({ numThresholds: 3 }).contribution(y, p) as [Tensor, Tensor, Tensor, Tensor];
  expect(await Promise.all([tp, fp, positives, negatives].map(sum => sum.array()))).toEqual([[2, 2, 0], [3, 0, 0], 2, 3]);
});
