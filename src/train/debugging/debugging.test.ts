import { describe, expect, test } from 'vitest';
import { fill, floats } from '../../../tests/support/inputs.ts';
import { classes, classifier, silent, valuesOf } from '../../../tests/support/models.ts';
import {
  type CompileOptions,
  defineLayer,
  type Finding,
  type FitOptions,
  initializers,
  layers,
  type Model,
  optimizers,
  sequential,
  type Tensor,
  tensor,
} from '../../index.ts';
import type { Layer } from '../../nn/layer.ts';

const random = (shape: readonly number[], seed: number, low = -1, high = 1): Tensor =>
  tensor(Float32Array.from(fill(floats(shape, seed, low, high)).data), { shape: [...shape] });
const x = random([24, 4], 1);
const y = random([24, 2], 2);

const own = (name: string, call: (x: Tensor, weights: Readonly<Record<string, Tensor>>) => Tensor, weights = {}): Layer =>
  defineLayer(name, () => ({ build: () => weights, call: (given, input: Tensor) => call(input, given) }))();

interface Broken {
  readonly what: string;
  readonly net: () => Model;
  readonly fit?: FitOptions;
  readonly data?: { readonly x?: Tensor; readonly y?: Tensor };
  /** Of the finding. */
  readonly layer: string | undefined;
  readonly tensor: string;
  /** From 0; any where it depends on how fast numbers grow. */
  readonly step?: number;
  readonly says: readonly string[];
}

const made = (list: readonly Layer[], compile: Partial<CompileOptions> = {}): Model => {
  const net = sequential(list, { inputShape: [4], seed: 5 });
  net.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'meanSquaredError', ...compile });
  return net;
};

/** Values like those of another seed, but one. */
const with1 = (given: Tensor, place: number, value: number): Promise<Tensor> =>
  given.data().then(data => {
    const changed = Float32Array.from(data);
    changed[place] = value;
    return tensor(changed, { shape: [...given.shape] });
  });

const broken: readonly Broken[] = [
  {
    what: 'the logarithm of a negative number in a layer of one’s own',
    net: () => made([layers.dense(4, { name: 'first' }), own('brokenLog', input => input.log()), layers.dense(2)]),
    ...{ layer: 'brokenLog', tensor: 'output', step: 0 },
    says: [
      "the output of layer 'brokenLog' is NaN in ",
      'in epoch 1, step 1',
      'It comes from the logarithm of a negative number, -',
      'maximum(1e-7)',
    ],
  },
  {
    what: 'a learning rate of a million',
    net: () =>
      made([layers.dense(8, { name: 'first' }), layers.dense(2, { name: 'last' })], { optimizer: optimizers.sgd({ learningRate: 1e6 }) }),
    ...{ layer: 'last', tensor: 'output', step: 2 },
    says: ["the output of layer 'last' is NaN", 'beyond what float32 holds', "' has grown to ", 'Make the learning rate smaller'],
  },
  {
    what: 'exp that overflows',
    net: () => made([layers.dense(4, { name: 'first' }), own('brokenExp', input => input.mul(1000).exp()), layers.dense(2)]),
    ...{ layer: 'brokenExp', tensor: 'output', step: 0 },
    says: [
      "the output of layer 'brokenExp' is infinite",
      'It comes from exp(',
      'which is more than float32 holds',
      'Subtract the largest value',
    ],
  },
  {
    what: 'a division by zero in a loss',
    net: () =>
      made([layers.dense(2)], { loss: (target: Tensor, prediction: Tensor) => prediction.sub(target).square().div(target.relu()).mean() }),
    ...{ layer: undefined, tensor: 'loss', step: 0 },
    says: ['the loss is infinite', 'It comes from a division by 0, ', 'Add a small number to the divisor'],
  },
  {
    what: '0 / 0 in a normalization without epsilon',
    net: () =>
      made([
        layers.dense(4, { name: 'zero', kernelInitializer: 'zeros' }),
        own('brokenNorm', input => input.sub(input.mean(-1, { keepDims: true })).div(input.standardDeviation(-1, { keepDims: true }))),
        layers.dense(2),
      ]),
    ...{ layer: 'brokenNorm', tensor: 'output', step: 0 },
    says: ["the output of layer 'brokenNorm' is NaN in 32 of 32 values, the first in row 0", 'a division of 0 by 0', 'an epsilon'],
  },
  {
    what: 'a gradient that is infinite where the value is finite: the root of 0',
    net: () =>
      made([
        layers.dense(4, { name: 'zero', kernelInitializer: 'zeros' }),
        own('brokenRoot', input => input.abs().sqrt()),
        layers.dense(2, { name: 'last' }),
      ]),
    ...{ layer: 'brokenRoot', tensor: 'gradient', step: 0 },
    says: ["the gradient that layer 'brokenRoot' passes on is", 'a division', 'derivatives of roots'],
  },
  {
    what: 'a loss whose gradient is infinite',
    net: () =>
      made([layers.dense(2, { name: 'last', kernelInitializer: 'zeros' })], {
        loss: (_: Tensor, prediction: Tensor) => prediction.abs().pow(0.5).mean(),
      }),
    ...{ layer: 'last', tensor: 'gradient', step: 0 },
    says: ["the gradient of the loss with respect to the output of layer 'last'"],
  },
  {
    what: 'a square root that becomes negative while training',
    net: () =>
      made(
        [
          own('brokenScale', (input, { scale }) => input.mul((scale as Tensor).sqrt()), {
            scale: { shape: [1], initializer: initializers.constant({ value: 0.02 }) },
          }),
          layers.dense(2, { name: 'last', kernelInitializer: 'ones' }),
        ],
        { optimizer: optimizers.sgd({ learningRate: 0.05 }) },
      ),
    fit: { epochs: 50 },
    ...{ layer: 'brokenScale', tensor: 'output' },
    says: ["the output of layer 'brokenScale' is NaN", 'It comes from the square root of a negative number', 'maximum(0)'],
  },
  {
    what: 'an optimizer that makes a weight infinite',
    net: () => made([layers.dense(2, { name: 'last' })], { optimizer: optimizers.sgd({ learningRate: 3e38 }) }),
    data: { y: y.mul(1000) },
    ...{ layer: 'last', tensor: 'kernel', step: 0 },
    says: ["the update of epoch 1, step 1 makes weight 'last.kernel' NaN or infinite", 'The learning rate is 3e+38'],
  },
];

const findingOf = async (
  net: Model,
  { fit = {}, data = {} }: Pick<Broken, 'fit' | 'data'>,
): Promise<{ finding: Finding | undefined; error: Error }> => {
  const found: Finding[] = [];
  const error = await net
    .fit(data.x ?? x, data.y ?? y, {
      epochs: 10,
      batchSize: 8,
      shuffle: false,
      ...silent,
      ...fit,
      debug: finding => void found.push(finding),
    })
    .then(
      () => new Error('nothing was found'),
      (reason: Error) => reason,
    );
  return { finding: found.find(({ kind }) => kind === 'nonFinite'), error };
};

describe('fit({ debug }) names where the first number arises that is not finite', () => {
  test.each(broken)('$what', async one => {
    const { finding, error } = await findingOf(one.net(), one);
    for (const part of one.says) expect(error.message).toContain(part);
    expect(finding).toMatchObject({ layer: one.layer, tensor: one.tensor, text: error.message });
    if (one.step !== undefined) expect(finding?.step).toBe(one.step);
  });

  test('NaN in one weight', async () => {
    const net = classifier();
    const weights = net.getWeights();
    net.setWeights([await with1(weights[0] as Tensor, 7, Number.NaN), ...weights.slice(1)]);
    const rows = classes(16);
    const { finding, error } = await findingOf(net, { data: rows });
    expect(finding).toMatchObject({ layer: 'dense', tensor: 'kernel', epoch: 0, step: 0 });
    expect(error.message).toContain("weight 'dense.kernel' is NaN in 1 of 48 values, in epoch 1, step 1. It was so before this step");
  });

  test('infinite targets and inputs are named before anything is trained', async () => {
    const net = made([layers.dense(2)]);
    const before = await valuesOf(net);
    expect((await findingOf(net, { data: { y: await with1(y, 7, Infinity) } })).error.message).toContain(
      'fit cannot learn from y: row 3 holds Infinity',
    );
    expect((await findingOf(net, { data: { x: await with1(x, 8, -Infinity) } })).error.message).toContain(
      'fit cannot learn from x: row 2 holds -Infinity',
    );
    expect(await valuesOf(net)).toEqual(before);
  });

  test('a weight that becomes NaN in a later step is named with its epoch and step', async () => {
    const net = made([layers.dense(2, { name: 'last' })]);
    const spoil = {
      everyStep: true,
      async onBatchEnd(_: number, __: unknown, { step, model }: { step: number; model: Model }) {
        if (step === 4) model.setWeights([await with1(model.getWeights()[0] as Tensor, 0, Number.NaN), model.getWeights()[1] as Tensor]);
      },
    };
    const { finding } = await findingOf(net, { fit: { callbacks: [spoil] } });
    expect(finding).toMatchObject({ layer: 'last', tensor: 'kernel', epoch: 1, step: 1 });
  });
});

test('a sound training goes as without debug, to the same weights, and nothing is told', async () => {
  const rows = classes(40);
  const told: Finding[] = [];
  const [plain, watched] = [classifier({ dropout: 0.3 }), classifier({ dropout: 0.3 })];
  const options = { epochs: 3, batchSize: 8, ...silent };
  const first = await plain.fit(rows.x, rows.y, { ...options, callbacks: [{}] });
  const second = await watched.fit(rows.x, rows.y, { ...options, debug: finding => void told.push(finding) });
  expect(second).toEqual(first);
  expect(await valuesOf(watched)).toEqual(await valuesOf(plain));
  expect(told.filter(({ kind }) => kind !== 'deadUnits')).toEqual([]);
});

describe('the health of a training', () => {
  const findings = async (net: Model, options: FitOptions = {}): Promise<Finding[]> => {
    const told: Finding[] = [];
    await net
      .fit(x, y, { epochs: 8, batchSize: 8, ...silent, ...options, debug: finding => void told.push(finding) })
      .catch(() => undefined);
    return told;
  };

  test('units that are 0 for every row', async () => {
    const net = made([
      layers.dense(6, { activation: 'relu', name: 'hidden', biasInitializer: initializers.constant({ value: -50 }) }),
      layers.dense(2),
    ]);
    const [first] = await findings(net);
    expect(first).toMatchObject({ kind: 'deadUnits', layer: 'hidden', epoch: 3, step: 0 });
    expect(first?.text).toContain("6 of 6 units of layer 'hidden' have been 0 for every row for 10 steps");
  });

  test('gradients that explode, before anything is infinite', async () => {
    const net = made([layers.dense(8), layers.dense(8), layers.dense(2, { name: 'last' })], {
      optimizer: optimizers.sgd({ learningRate: 5 }),
    });
    const found = (await findings(net)).map(({ kind }) => kind);
    expect(found).toContain('explodingGradient');
    expect(found.indexOf('explodingGradient')).toBeLessThan(found.indexOf('nonFinite'));
  });

  test('gradients that vanish through many sigmoids', async () => {
    const deep = Array.from({ length: 14 }, (_, place) => layers.dense(4, { activation: 'sigmoid', name: `layer${place}` }));
    const found = (await findings(made([...deep, layers.dense(2)]))).filter(({ kind }) => kind === 'vanishingGradient');
    expect(found[0]?.layer).toBe('layer0');
    expect(found[0]?.text).toContain('times smaller than that of layer');
  });
});
