import { describe, expect, test } from 'vitest';
import { full, jit, type Tensor, tensor } from '../tensor/index.ts';
import { tensorsIn } from '../tensor/trees.ts';
import { optimizerOf } from './byName.ts';
import { type Optimizer, type OptimizerState, optimizers, schedules } from './index.ts';

type Weights = { readonly dense: { readonly kernel: Tensor; readonly bias: Tensor } };
const weights = (kernel = 0, bias = 0): Weights => ({ dense: { kernel: full([2], kernel), bias: full([1], bias) } });
const values = async (tree: unknown): Promise<number[]> =>
  Promise.all(tensorsIn(tree).map(async ({ leaf }) => (await leaf.data())[0] as number));

const after = async (optimizer: Optimizer, steps: number): Promise<[Weights, OptimizerState]> => {
  const update = jit((w: Weights, g: Weights, s: OptimizerState) => optimizer.update(w, g, s));
  let [w, state] = [weights(), optimizer.init(weights())];
  for (let step = 0; step < steps; step++) [w, state] = update(w, weights(-1, -1), state);
  return [w, state];
};

describe('multiOptimizer', () => {
  const sgd = optimizers.sgd({ learningRate: 1 });

  test('gives each weight to its optimizer, the rest to the default one', async () => {
    const optimizer = optimizers.multiOptimizer(sgd, [{ match: /bias$/, optimizer: optimizers.sgd({ learningRate: 0.25 }) }]);
    expect(await values((await after(optimizer, 2))[0])).toEqual([2, 0.5]);
  });

  test('lets groups by factor follow the rate that is set', async () => {
    const optimizer = optimizers.multiOptimizer(sgd, [{ match: 'bias', learningRateFactor: 0.5 }]);
    const state = { ...optimizer.init(weights()), learningRate: tensor(8) };
    expect(await values(optimizer.update(weights(), weights(-1, -1), state)[0])).toEqual([8, 4]);
    expect(tensorsIn(state).filter(({ path }) => path.endsWith('learningRate'))).toHaveLength(1);
  });

  test('lets groups by factor follow a schedule', async () => {
    const falling = optimizers.sgd({ learningRate: schedules.piecewiseConstantDecay({ boundaries: [0], values: [2, 1] }) });
    const optimizer = optimizers.multiOptimizer(falling, [{ match: 'bias', learningRateFactor: 0.5 }]);
    expect(await values((await after(optimizer, 3))[0])).toEqual([4, 2]);
    expect(optimizer.learningRate).toBeUndefined();
  });

  test('evaluates each group by its own average', async () => {
    const averaged = optimizers.sgd({ learningRate: 1, useEma: true, emaMomentum: 0.5 });
    const optimizer = optimizers.multiOptimizer(sgd, [{ match: 'bias', optimizer: averaged }]);
    const [w, state] = await after(optimizer, 2);
    expect(await values(optimizer.evaluationWeights?.(w, state))).toEqual([2, 1.5]);
  });

  const group = { match: 'bias', learningRateFactor: 1 };
  test.each<readonly [string, () => unknown, string]>([
    [
      'a weight in two groups',
      () => optimizers.multiOptimizer(sgd, [group, { ...group, match: 'dense' }]).init(weights()),
      "more than one group for 'dense.bias'",
    ],
    [
      'a group without weights',
      () => optimizers.multiOptimizer(sgd, [{ ...group, match: 'conv' }]).init(weights()),
      'has a group for conv, which no weight is in: they are dense.kernel, dense.bias',
    ],
    [
      'weights without names',
      () => optimizers.multiOptimizer(sgd, [group]).init([tensor(1)]),
      'chooses weights by name, and these have none',
    ],
    [
      'a group of nothing',
      () => optimizers.multiOptimizer(sgd, [{ match: 'bias' }]),
      'needs for each group either an optimizer or a learningRateFactor',
    ],
    ['a scaled loss', () => optimizers.multiOptimizer(optimizers.lossScale(sgd), []), 'optimizers.lossScale(optimizers.multiOptimizer(…))'],
    [
      'one gradient too few',
      () => optimizers.multiOptimizer(sgd, [group]).update<unknown>(weights(), { a: tensor(1) }, sgd.init(weights())),
      'got 1 gradients for 2 weights',
    ],
  ])('%s is an error that says what to do', (_, action, message) => expect(action).toThrow(message));
});

describe('lossScale', () => {
  test('skips an update that is not finite, and halves the scale', async () => {
    const optimizer = optimizers.lossScale(optimizers.sgd({ learningRate: 1, momentum: 0.5 }), { initialScale: 4, dynamicGrowthSteps: 2 });
    let [w, state] = optimizer.update(weights(), weights(-4, -4), optimizer.init(weights()));
    expect(await optimizer.scaleLoss?.(tensor(3), state).item()).toBe(12);
    [w, state] = optimizer.update(w, { dense: { kernel: tensor([Number.NaN, 1]), bias: tensor([1]) } }, state);
    expect(await values(w)).toEqual([1, 1]);
    expect(await values(state.slots)).toEqual([2, 0]);
    expect(await values([state.step, state.inner?.[0]?.step])).toEqual([2, 1]);
    for (let step = 0; step < 2; step++) [w, state] = optimizer.update(w, weights(-2, -2), state);
    expect(await values(state.slots)).toEqual([4, 0]);
    expect(await values(w)).toEqual([1 + 1.5 + 1.75, 1 + 1.5 + 1.75]);
  });

  test('is not put around an optimizer that scales', () =>
    expect(() => optimizers.lossScale(optimizers.adam({ lossScaleFactor: 2 }))).toThrow('leave its lossScaleFactor out'));
});

test('wrappers nest, and come back from their description', async () => {
  const optimizer = optimizers.lossScale(
    optimizers.swa(
      optimizers.lookahead(
        optimizers.multiOptimizer(optimizers.adamW({ learningRate: 0.1 }), [{ match: 'bias', learningRateFactor: 0.5 }]),
      ),
      {
        averagePeriod: 2,
      },
    ),
  );
  const again = optimizerOf(JSON.parse(JSON.stringify({ kind: optimizer.kind, config: optimizer.config })));
  expect(again.config).toEqual(optimizer.config);
  expect(again.learningRate).toBe(0.1);
  const [[w, state], [v, other]] = [await after(optimizer, 7), await after(again, 7)];
  expect(await values([w, state])).toEqual(await values([v, other]));
  expect(await values(optimizer.evaluationWeights?.(w, state))).toEqual(await values(again.evaluationWeights?.(v, other)));
  expect(tensorsIn(state).map(({ path }) => path)).toContain('learningRate'); // at the root, where fit sets it
  expect(tensorsIn(state)[0]?.path).toBe('step');
});

test.each<readonly [string, () => unknown, string]>([
  ['a name', () => optimizers.lookahead('adam' as never), 'optimizers.lookahead wraps an optimizer, such as optimizers.adam(), got "adam"'],
  ['a period of 0', () => optimizers.lookahead(optimizers.sgd(), { syncPeriod: 0 }), 'needs syncPeriod to be a whole number >= 1, got 0'],
  ['a step of 0', () => optimizers.lookahead(optimizers.sgd(), { slowStepSize: 0 }), 'needs a slowStepSize above 0 and up to 1, got 0'],
  ['an unknown option', () => optimizers.swa(optimizers.sgd(), { startAverage: 1 } as never), "Did you mean 'startAveraging'?"],
])('%s for a wrapper is an error that says what to do', (_, action, message) => expect(action).toThrow(message));
