import { describe, expect, test } from 'vitest';
import { full, jit, type Tensor, tensor } from '../tensor/index.ts';
import { tensorsIn } from '../tensor/trees.ts';
import { optimizerOf, optimizersByName } from './byName.ts';
import { type OptimizerState, optimizers, schedules } from './index.ts';
import { sampleLength } from './radam.ts';

const named = (): Record<string, Record<string, Tensor>> => ({
  dense: { kernel: full([2, 2], 1), bias: full([2], 1) },
  normalization: { gamma: full([2], 1) },
});
const still = (): ReturnType<typeof named> => ({
  dense: { kernel: full([2, 2], 0), bias: full([2], 0) },
  normalization: { gamma: full([2], 0) },
});

const firsts = async (weights: unknown): Promise<number[]> =>
  Promise.all(tensorsIn(weights).map(async ({ leaf }) => Math.round(((await leaf.data())[0] as number) * 1000) / 1000));

describe('excludeFromWeightDecay', () => {
  test.each([
    [[], [0.5, 0.5, 0.5]],
    [['bias'], [0.5, 1, 0.5]],
    [
      ['bias', /^norm.*gamma$/],
      [0.5, 1, 1],
    ],
    [
      [/KERNEL/i, { pattern: 'a$' }],
      [1, 0.5, 1],
    ],
  ] as const)('%j', async (excludeFromWeightDecay, expected) => {
    const optimizer = optimizers.sgd({ learningRate: 1, weightDecay: 0.5, excludeFromWeightDecay });
    const again = optimizerOf(JSON.parse(JSON.stringify({ kind: optimizer.kind, config: optimizer.config })));
    for (const one of [optimizer, again]) expect(await firsts(one.update(named(), still(), one.init(named()))[0])).toEqual(expected);
  });

  test('works on a record by path, as fit has it', async () => {
    const optimizer = optimizers.adamW({ learningRate: 1, weightDecay: 0.5, excludeFromWeightDecay: ['bias'] });
    const weights = { 'dense.kernel': tensor([1]), 'dense.bias': tensor([1]) };
    const slopes = { 'dense.kernel': tensor([0]), 'dense.bias': tensor([0]) };
    expect(await firsts(optimizer.update(weights, slopes, optimizer.init(weights))[0])).toEqual([0.5, 1]);
  });

  test('needs weights with names', () => {
    expect(() => optimizers.muon({ excludeLayers: ['head'] }).init([tensor(1)])).toThrow(
      'excludeLayers of optimizers.muon chooses weights',
    );
    expect(() => optimizers.sgd({ excludeFromWeightDecay: ['bias'] }).init([tensor(1)])).toThrow(
      'excludeFromWeightDecay of optimizers.sgd chooses weights by name, and these have none: give a tree with names',
    );
  });
});

test('options that are off cost nothing: no slots, no functions', () => {
  const adam = optimizers.adam();
  expect(tensorsIn(adam.init(named())).map(({ path }) => path)).toEqual([
    ...['step', 'learningRate', 'slots.m.0', 'slots.m.1', 'slots.m.2', 'slots.v.0', 'slots.v.1', 'slots.v.2'],
  ]);
  expect(Object.keys(adam)).not.toContain('scaleLoss');
  expect(Object.keys(adam)).not.toContain('evaluationWeights');
});

test('weights and slots of 16 bits keep their element type under every optimizer', () => {
  for (const [kind, make] of Object.entries(optimizersByName)) {
    const optimizer = make({ weightDecay: 0.1, decoupledWeightDecay: false, useEma: true, gradientAccumulationSteps: 2 } as never);
    const weights = { a: { kernel: full([2, 3], 1, { dtype: 'float16' }), bias: full([3], 1, { dtype: 'float16' }) } };
    const state = optimizer.init(weights);
    const [moved, after] = optimizer.update(weights, weights, state);
    const types = (tree: unknown): unknown => tensorsIn(tree).map(({ path, leaf }) => [kind, path, leaf.dtype]);
    expect(types(moved)).toEqual(types(weights));
    expect(types(after)).toEqual(types(state));
    expect(types(optimizer.evaluationWeights?.(moved, after))).toEqual(types(weights));
  }
});

test('the rate in the state may be set, and a schedule can be asked for its rate', async () => {
  const sgd = optimizers.sgd({ learningRate: 0.1 });
  const state = { ...sgd.init(tensor(0)), learningRate: tensor(0.5) };
  expect(await sgd.update(tensor(0), tensor(-1), state)[0].item()).toBe(0.5);
  expect(await sgd.currentLearningRate(state).item()).toBe(0.5);
  const decaying = optimizers.sgd({ learningRate: schedules.exponentialDecay({ initialLearningRate: 1, decaySteps: 1, decayRate: 0.5 }) });
  expect(decaying.learningRate).toBeUndefined();
  const [, next] = decaying.update(tensor(0), tensor(-1), decaying.init(tensor(0)));
  expect(await decaying.currentLearningRate(next).item()).toBeCloseTo(0.5, 6);
});

test.each([0.5, 0.9, 0.99, 0.999, 0.9999])('radam knows how many gradients are behind it, for beta2 = %d', async beta2 => {
  for (const t of [1, 2, 5, 6, 7, 50, 690, 999, 1001, 5000, 200_000]) {
    // In float64 the defining difference has digits enough.
    const expected = 2 / (1 - beta2) - 1 + (2 * t * beta2 ** t) / Math.expm1(t * Math.log(beta2));
    const length = await sampleLength(beta2, tensor(t)).item();
    expect(Math.abs(length / expected - 1)).toBeLessThan(5e-6);
  }
});

test('lbfgs finds the bottom of a bowl that gradient descent crawls along', async () => {
  const lbfgs = optimizers.lbfgs();
  const scale = tensor([100, 1, 0.01]);
  const update = jit((w: Tensor, s: OptimizerState) => lbfgs.update(w, w.mul(scale), s));
  let [w, state] = [tensor([1, 1, 1]), lbfgs.init(tensor([1, 1, 1]))];
  for (let step = 0; step < 25; step++) [w, state] = update(w, state);
  for (const value of await w.data()) expect(Math.abs(value)).toBeLessThan(1e-3);
});

test('lbfgs stays where no gradient is left', async () => {
  const lbfgs = optimizers.lbfgs();
  const [w, state] = lbfgs.update(tensor([3]), tensor([0]), lbfgs.init(tensor([3])));
  expect(await w.array()).toEqual([3]);
  for (const { leaf } of tensorsIn(state)) expect((await leaf.data()).every(Number.isFinite)).toBe(true);
});

test('rules stay finite where gradients are 0', async () => {
  for (const [kind, make] of Object.entries(optimizersByName)) {
    const optimizer = make();
    const weights = { a: { kernel: full([2, 3], 0.5), bias: full([3], 0) } };
    const slopes = { a: { kernel: full([2, 3], 0), bias: full([3], 0) } };
    let [moved, state] = [weights, optimizer.init(weights)];
    for (let step = 0; step < 2; step++) [moved, state] = optimizer.update(moved, slopes, state);
    for (const { path, leaf } of tensorsIn(moved))
      expect([kind, path, (await leaf.data()).every(Number.isFinite)]).toEqual([kind, path, true]);
  }
});

test.each<readonly [string, () => unknown, string]>([
  ['a negative decay', () => optimizers.lion({ weightDecay: -1 }), 'optimizers.lion needs a weightDecay >= 0, got -1'],
  [
    'one step of accumulation',
    () => optimizers.sgd({ gradientAccumulationSteps: 1 }),
    'gradientAccumulationSteps to be a whole number >= 2',
  ],
  [
    'a momentum without average',
    () => optimizers.sgd({ emaMomentum: 0.9 }),
    'has emaMomentum but no average of weights: give useEma: true',
  ],
  ['a momentum beyond 1', () => optimizers.sgd({ useEma: true, emaMomentum: 2 }), 'needs an emaMomentum from 0 to 1, got 2'],
  ['a scale of 0', () => optimizers.adam({ lossScaleFactor: 0 }), 'optimizers.adam needs a lossScaleFactor > 0, got 0'],
  [
    'exclusions that are no list',
    () => optimizers.adam({ excludeFromWeightDecay: 'bias' as never }),
    'takes an array of texts and patterns',
  ],
  ['an empty exclusion', () => optimizers.adam({ excludeFromWeightDecay: [''] }), "such as 'bias' or /gamma$/"],
  ['an unknown option', () => optimizers.rmsprop({ centred: true } as never), "Did you mean 'centered'?"],
  ['dampening without momentum', () => optimizers.sgd({ dampening: 0.5 }), 'dampens a momentum without Nesterov'],
  ['a growing power', () => optimizers.ftrl({ learningRatePower: 1 }), 'needs a learningRatePower <= 0, got 1'],
  ['a negative strength', () => optimizers.ftrl({ l1RegularizationStrength: -1 }), 'l1RegularizationStrength >= 0, got -1'],
  ['no average to recover', () => optimizers.scheduleFreeAdamW({ beta1: 0 }), 'needs a beta1 between 0 and 1, got 0'],
  ['steps that only grow', () => optimizers.rprop({ etaMinus: 1.1 }), 'needs 0 < etaMinus < 1 < etaPlus, got 1.1 and 1.2'],
  ['no history', () => optimizers.lbfgs({ historySize: 0 }), 'needs historySize to be a whole number >= 1, got 0'],
  ['a decay beside the function', () => optimizers.lbfgs({ weightDecay: 0.1 }), 'by decoupledWeightDecay: false'],
  ['a clip of nothing', () => optimizers.adafactor({ clipThreshold: 0 }), 'needs a clipThreshold > 0, got 0'],
  ['a rate of 0 for muon', () => optimizers.muon({ rmsRate: 0 }), 'needs an rmsRate > 0, or null for none, got 0'],
  ['an unknown optimizer', () => optimizerOf('rmsporp'), "Did you mean 'rmsprop'?"],
  [
    'a wrapper by its name alone',
    () => optimizerOf('lookahead'),
    "optimizer 'lookahead' needs to know what it wraps: optimizers.lookahead(optimizers.adam(), …)",
  ],
])('%s is an error that says what to do', (_, action, message) => expect(action).toThrow(message));
