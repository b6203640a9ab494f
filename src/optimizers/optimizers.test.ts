import { describe, expect, test } from 'vitest';
import { jit, type Tensor, tensor } from '../tensor/index.ts';
import { optimizers, schedules } from './index.ts';
import { scheduleOf } from './schedules/byName.ts';

describe('schedules', () => {
  test.each<readonly [string, ReturnType<typeof schedules.constant>, readonly (readonly [number, number])[]]>([
    [
      'constant',
      schedules.constant({ learningRate: 0.3 }),
      [
        [0, 0.3],
        [99, 0.3],
      ],
    ],
    [
      'exponentialDecay',
      schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 }),
      [
        [0, 0.1],
        [5, 0.1 * Math.SQRT1_2],
        [20, 0.025],
      ],
    ],
    [
      'exponentialDecay in stairs',
      schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5, staircase: true }),
      [
        [9, 0.1],
        [10, 0.05],
        [29, 0.025],
      ],
    ],
    [
      'cosineDecay',
      schedules.cosineDecay({ initialLearningRate: 1, decaySteps: 100, alpha: 0.1 }),
      [
        [0, 1],
        [50, 0.55],
        [100, 0.1],
        [200, 0.1],
      ],
    ],
    [
      'cosineDecay with warm-up',
      schedules.cosineDecay({ initialLearningRate: 0, decaySteps: 100, warmupTarget: 2, warmupSteps: 10 }),
      [
        [0, 0],
        [5, 1],
        [10, 2],
        [60, 1],
        [110, 0],
      ],
    ],
    [
      'piecewiseConstantDecay',
      schedules.piecewiseConstantDecay({ boundaries: [10, 20], values: [3, 2, 1] }),
      [
        [10, 3],
        [11, 2],
        [20, 2],
        [21, 1],
      ],
    ],
    [
      'inverseTimeDecay',
      schedules.inverseTimeDecay({ initialLearningRate: 1, decaySteps: 10, decayRate: 1 }),
      [
        [0, 1],
        [10, 0.5],
        [30, 0.25],
      ],
    ],
  ])('%s', async (_, schedule, points) => {
    for (const [step, rate] of points) {
      expect(await schedule(step).item()).toBeCloseTo(rate, 6);
      expect(await schedule(tensor(step, { dtype: 'int32' })).item()).toBeCloseTo(rate, 6);
      expect(await scheduleOf(JSON.parse(JSON.stringify({ kind: schedule.kind, config: schedule.config })))(step).item()).toBeCloseTo(
        rate,
        6,
      );
    }
  });

  test('count updates from 0, in the state of the optimizer', async () => {
    const optimizer = optimizers.sgd({ learningRate: schedules.piecewiseConstantDecay({ boundaries: [0, 1], values: [1, 10, 100] }) });
    let [w, state] = [tensor(0), optimizer.init(tensor(0))];
    for (let step = 0; step < 4; step++) [w, state] = optimizer.update(w, tensor(-1), state);
    expect(await w.item()).toBe(211);
    expect(await state.step.item()).toBe(4);
  });
});

test('update is pure, keeps the tree, and works under jit', async () => {
  const optimizer = optimizers.adam({ learningRate: 0.1 });
  const weights = { a: [tensor([1, 2])], b: { c: tensor(3) } };
  const slopes = { a: [tensor([1, -1])], b: { c: tensor(0) } };
  const state = optimizer.init(weights);
  const [next] = optimizer.update(weights, slopes, state);
  const [again] = jit((w: typeof weights, g: typeof weights, s: typeof state) => optimizer.update(w, g, s))(weights, slopes, state);
  const read = async (tree: typeof weights): Promise<unknown[]> => [await (tree.a[0] as Tensor).array(), await tree.b.c.item()];
  expect(await read(weights)).toEqual([[1, 2], 3]);
  expect(await state.step.item()).toBe(0);
  const [[a, b], c] = (await read(next)) as [[number, number], number];
  expect([a, b]).toEqual([expect.closeTo(0.9, 5), expect.closeTo(2.1, 5)]); // the first step of Adam is the rate
  expect(c).toBe(3);
  const [[p, q]] = (await read(again as typeof weights)) as [[number, number]];
  expect([p, q]).toEqual([expect.closeTo(a, 6), expect.closeTo(b, 6)]);
});

test.each([
  [
    'clipNorm',
    [
      [0.6, 0.8],
      [0, 0.5],
    ],
  ],
  [
    'globalClipNorm',
    [
      [3 / Math.hypot(5, 0.5), 4 / Math.hypot(5, 0.5)],
      [0, 0.5 / Math.hypot(5, 0.5)],
    ],
  ],
  [
    'clipValue',
    [
      [1, 1],
      [0, 0.5],
    ],
  ],
] as const)('%s', async (name, moved) => {
  const optimizer = optimizers.sgd({ learningRate: 1, [name]: 1 });
  const weights = [tensor([0, 0]), tensor([0, 0])];
  const [next] = optimizer.update(weights, [tensor([-3, -4]), tensor([0, -0.5])], optimizer.init(weights));
  for (const [index, values] of moved.entries())
    for (const [place, value] of values.entries()) expect((await (next[index] as Tensor).data())[place]).toBeCloseTo(value, 6);
});

test.each<readonly [string, () => unknown, string]>([
  ['a negative rate', () => optimizers.adam({ learningRate: -1 }), 'optimizers.adam needs a learningRate >= 0 or a schedule, got -1'],
  ['Nesterov without momentum', () => optimizers.sgd({ nesterov: true }), 'cannot look ahead without momentum'],
  ['a beta of 1', () => optimizers.adam({ beta1: 1 }), 'needs beta1 from 0 up to but not 1'],
  ['an unknown option', () => optimizers.adamW({ weightDeccay: 1 } as never), "Did you mean 'weightDecay'?"],
  ['two ways of clipping', () => optimizers.sgd({ clipNorm: 1, clipValue: 1 }), 'takes one of clipNorm, clipValue and globalClipNorm'],
  ['an unknown place of epsilon', () => optimizers.adam({ epsilonPlacement: 'pytroch' as never }), "Did you mean 'pytorch'?"],
  [
    'too few gradients',
    () => optimizers.sgd().update([tensor(1), tensor(2)], [tensor(1)] as never, optimizers.sgd().init([tensor(1)])),
    'got 1 gradients for 2 weights',
  ],
  [
    'values that do not fit boundaries',
    () => schedules.piecewiseConstantDecay({ boundaries: [1], values: [1] }),
    'one value more than boundaries',
  ],
])('%s is an error that says what to do', (_, action, message) => expect(action).toThrow(message));
