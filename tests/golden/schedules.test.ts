import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/core/config.ts';
import { optimizers, schedules } from '../../src/optimizers/index.ts';
import { scheduleOf } from '../../src/optimizers/schedules/byName.ts';
import { configure, jit, stack, type Tensor, tensor } from '../../src/tensor/index.ts';
import { mismatch } from '../support/compare.ts';

interface ScheduleEntry {
  readonly reference: string;
  readonly kind: string;
  readonly options: Config;
  readonly rates: readonly (readonly [step: number, rate: number])[];
}

const file = JSON.parse(readFileSync(join(import.meta.dirname, 'schedules.json'), 'utf8')) as Record<string, ScheduleEntry>;
const entries = Object.entries(file);

describe.each(['reference', 'wasm'] as const)('schedules on %s, as Keras and PyTorch have them:', backend => {
  test.each(entries)('%s', async (_, { kind, options, rates }) => {
    await configure({ backend });
    const schedule = scheduleOf({ kind, config: options });
    const steps = rates.map(([step]) => step);
    // Rates of nearly 0 at the ends of cosines are differences of larger ones.
    const largest = Math.max(...rates.map(([, rate]) => rate));
    const tolerance = { absolute: 4e-7 * largest, relative: 1e-5 };
    const all = jit((at: readonly Tensor[]) => stack(at.map(step => schedule(step))));
    const values = await all(steps.map(step => tensor(step, { dtype: 'int32' }))).data();
    expect(
      mismatch(
        values,
        rates.map(([, rate]) => rate),
        tolerance,
      ),
    ).toBeUndefined();
    expect(await schedule(steps[1] as number).item()).toBeCloseTo(rates[1]?.[1] as number, 6);
  });
});

test.each(entries)('%s comes back from its description', async (_, { kind, options }) => {
  const schedule = scheduleOf({ kind, config: options });
  const again = scheduleOf(JSON.parse(JSON.stringify({ kind: schedule.kind, config: schedule.config })));
  expect(again.kind).toBe(kind);
  expect(again.config).toEqual(options);
  expect(await again(3).item()).toBe(await schedule(3).item());
});

test('every schedule has numbers of another framework', () => {
  const covered = new Set(entries.map(([, { kind }]) => kind));
  const own = ['constant', 'of'];
  expect(Object.keys(schedules).filter(name => !covered.has(name) && !own.includes(name))).toEqual([]);
});

test('a schedule of one’s own is compiled into the update', async () => {
  const optimizer = optimizers.sgd({ learningRate: schedules.of(step => step.add(1).reciprocal()) });
  const update = jit((w: Tensor, g: Tensor, s: ReturnType<typeof optimizer.init>) => optimizer.update(w, g, s));
  let [w, state] = [tensor(0), optimizer.init(tensor(0))];
  for (let step = 0; step < 4; step++) [w, state] = update(w, tensor(-1), state);
  expect(await w.item()).toBeCloseTo(1 + 1 / 2 + 1 / 3 + 1 / 4, 6);
  expect(optimizer.config).toEqual({ learningRate: { kind: 'of', config: { rate: '(a function)' } } });
  expect(() => scheduleOf(optimizer.config.learningRate as never)).toThrow('a file holds no functions. Give it again');
});

const at = { initialLearningRate: 0.1 };
test.each<readonly [string, () => unknown, string]>([
  ['no steps', () => schedules.polynomialDecay({ ...at, decaySteps: 0 }), 'schedules.polynomialDecay needs decaySteps > 0, got 0'],
  ['cycles that shrink', () => schedules.cosineDecayRestarts({ ...at, firstDecaySteps: 5, tMul: 0.5 }), 'needs tMul >= 1, got 0.5'],
  ['half a step', () => schedules.step({ ...at, stepSize: 0.5 }), 'needs stepSize to be a whole number >= 1, got 0.5'],
  ['milestones out of order', () => schedules.multiStep({ ...at, milestones: [3, 2] }), 'needs milestones in ascending order, got 3, 2'],
  ['an unknown mode', () => schedules.cyclic({ baseLearningRate: 0, maxLearningRate: 1, mode: 'triangle' as never }), "'triangle'"],
  ['a rise of nothing', () => schedules.oneCycle({ maxLearningRate: 1, totalSteps: 3 }), 'cannot rise over 0.3 of 3 steps'],
  ['no schedule to warm up to', () => schedules.warmup({ warmupSteps: 3 } as never), 'schedules.warmup needs at least 1 schedules'],
  [
    'milestones that do not fit',
    () => schedules.sequential({ schedules: [schedules.constant({ learningRate: 1 })], milestones: [1] }),
    'needs one milestone between two schedules, got 1 for 1 schedules',
  ],
  ['a number for a function', () => schedules.of(1 as never), 'schedules.of takes a function from the step to the rate, got 1'],
  ['a function of numbers', () => schedules.of((() => 1) as never)(0), 'needs a function whose result is a scalar tensor'],
  ['an unknown schedule', () => scheduleOf({ kind: 'cosinDecay', config: {} }), "Did you mean 'cosineDecay'?"],
  ['an unknown option', () => schedules.linear({ ...at, totalStep: 3 } as never), "Did you mean 'totalSteps'?"],
])('%s is an error that says what to do', (_, action, message) => expect(action).toThrow(message));
