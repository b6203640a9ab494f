import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configure, grad, jit, losses, type Tensor, tensor } from '../../src/index.ts';
import { lossesByName, lossOf } from '../../src/nn/losses/byName.ts';
import type { Loss } from '../../src/nn/losses/loss.ts';
import { mismatch } from '../support/compare.ts';
import { fill, type InputDescription } from '../support/inputs.ts';

interface LossEntry {
  readonly reference: string;
  readonly kind: string;
  readonly options: object;
  readonly target: InputDescription;
  readonly prediction: InputDescription;
  readonly sampleWeight?: InputDescription;
  readonly value: { readonly shape: readonly number[]; readonly values: readonly (number | string)[] };
  /** Null where the reference's own is not finite: ours must be. */
  readonly gradient: readonly number[] | null;
}

const { versions: _, ...file } = JSON.parse(readFileSync(join(import.meta.dirname, 'losses.json'), 'utf8')) as Record<string, LossEntry>;
const entries = Object.entries(file);

const made = (description: InputDescription): Tensor => {
  const { data, shape, dtype } = fill(description);
  return tensor(Float64Array.from(data), { shape, dtype });
};

/** Sums of large numbers are as exact as the largest of them. */
const near = (actual: ArrayLike<number>, expected: readonly (number | string)[]): string | undefined =>
  mismatch(actual, expected, { absolute: 2e-6 * Math.max(1, ...expected.map(value => Math.abs(Number(value)))), relative: 4e-5 });

const expectNear = async (actual: Tensor, expected: readonly (number | string)[]): Promise<void> =>
  expect(near(await actual.data(), expected)).toBeUndefined();

const lossFor = ({ kind, options }: LossEntry): Loss =>
  (losses as unknown as Readonly<Record<string, (options: object) => Loss>>)[kind]?.(options) as Loss;

describe.each(['reference', 'wasm'] as const)('on %s, as Keras and PyTorch have it:', backend => {
  test.each(entries)('%s', async (_, entry) => {
    await configure({ backend });
    const loss = lossFor(entry);
    const [target, prediction] = [made(entry.target), made(entry.prediction)];
    const options = entry.sampleWeight === undefined ? {} : { sampleWeight: made(entry.sampleWeight) };
    const value = loss(target, prediction, options);
    expect(value.shape).toEqual(entry.value.shape);
    await expectNear(value, entry.value.values);
    const slope = grad((p: Tensor) => loss(target, p, options).sum())(prediction) as Tensor;
    if (entry.gradient === null) expect([...(await slope.data())].every(Number.isFinite)).toBe(true);
    else await expectNear(slope, entry.gradient);
    const again = lossOf(JSON.parse(JSON.stringify({ kind: loss.kind, config: loss.config })));
    expect([again.kind, again.config, again.reduction]).toEqual([loss.kind, loss.config, loss.reduction]);
    await expectNear(again(target, prediction, options), entry.value.values);
  });
});

test('every loss has at least three configurations by another framework, and is exported', () => {
  const kinds = Object.keys(lossesByName);
  const few = kinds.filter(kind => entries.filter(([, entry]) => entry.kind === kind).length < 3);
  expect(few).toEqual([]);
  expect(Object.keys(losses).sort()).toEqual(kinds.sort());
});

test('a compiled step gives the same loss and gradient as an eager one', async () => {
  await configure({ backend: 'wasm' });
  const chosen = entries.filter(([name]) => /: (default|huge logits|ignoreClass, weights, mean)$/.test(name));
  expect(chosen.length).toBeGreaterThan(30);
  for (const [name, entry] of chosen) {
    if (entry.gradient === null) continue;
    const loss = lossFor(entry);
    const step = jit((target: Tensor, prediction: Tensor) => [
      loss(target, prediction).sum(),
      grad((p: Tensor) => loss(target, p).sum())(prediction) as Tensor,
    ]);
    const [, slope] = step(made(entry.target), made(entry.prediction)) as [Tensor, Tensor];
    if (entry.sampleWeight === undefined) expect([name, near(await slope.data(), entry.gradient)]).toEqual([name, undefined]);
  }
});
