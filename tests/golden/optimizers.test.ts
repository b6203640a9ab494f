import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/core/config.ts';
import { optimizerOf, optimizersByName } from '../../src/optimizers/byName.ts';
import { type Optimizer, type OptimizerState, optimizers } from '../../src/optimizers/index.ts';
import { configure, jit, type Tensor, tensor, valueAndGrad } from '../../src/tensor/index.ts';
import { tensorsIn } from '../../src/tensor/trees.ts';
import { mismatch } from '../support/compare.ts';
import { fill, type InputDescription } from '../support/inputs.ts';

type Numbers = readonly number[];
type Weights = Readonly<Record<string, Readonly<Record<string, Tensor>>>>;
type WeightSet = Readonly<Record<string, { readonly weight: InputDescription; readonly gradients: readonly InputDescription[] }>>;

interface Entry {
  readonly reference: string;
  readonly kind: string;
  readonly options: Config;
  readonly set: string;
  /** Updates after which the weights are compared: all of the set, for one step after the other. */
  readonly steps: readonly number[];
  readonly weights: readonly Numbers[];
  /** What `evaluationWeights` gives at the end. */
  readonly evaluation?: readonly Numbers[];
  /** Updates whose gradients are infinite, and the scale of the loss before each. */
  readonly infinite?: readonly number[];
  readonly scales?: Numbers;
  /** The gradients are those of a function, see `quadratic` in optimizers.py. */
  readonly quadratic?: true;
}

const file = JSON.parse(readFileSync(join(import.meta.dirname, 'optimizers.json'), 'utf8')) as Record<string, unknown>;
const setOf = (name: string): WeightSet => file[`set ${name}`] as WeightSet;
const entries = Object.entries(file).filter((entry): entry is [string, Entry] => !entry[0].startsWith('set '));

const made = (description: InputDescription): Tensor => {
  const { data, shape, dtype } = fill(description);
  return tensor(Float64Array.from(data), { shape, dtype });
};

/** A tree of layers, from paths such as 'dense.kernel'. */
const treeOf = (paths: readonly string[], leaves: readonly Tensor[]): Weights => {
  const tree: Record<string, Record<string, Tensor>> = {};
  for (const [index, path] of paths.entries()) {
    const [layer, name] = path.split('.') as [string, string];
    tree[layer] = { ...tree[layer], [name]: leaves[index] as Tensor };
  }
  return tree;
};

const startOf = (name: string): Weights =>
  treeOf(
    Object.keys(setOf(name)),
    Object.values(setOf(name)).map(({ weight }) => made(weight)),
  );

const gradientsOf = (name: string): Weights[] =>
  [0, 1, 2, 3, 4].map(turn =>
    treeOf(
      Object.keys(setOf(name)),
      Object.values(setOf(name)).map(({ gradients }) => made(gradients[turn] as InputDescription)),
    ),
  );

const tolerance = { absolute: 3e-6, relative: 1e-5 };

const expectNear = async (weights: unknown, expected: readonly Numbers[], allowed = tolerance): Promise<void> => {
  for (const [index, { path, leaf }] of tensorsIn(weights).entries())
    expect([path, mismatch(await leaf.data(), expected[index] as Numbers, allowed)]).toEqual([path, undefined]);
};

const scaledUp = (optimizer: Optimizer, gradients: Weights, state: OptimizerState, factor: Tensor): Weights => {
  const found = tensorsIn(gradients);
  const scaled = found.map(({ leaf }) => leaf.mul(optimizer.scaleLoss?.(factor, state) ?? factor));
  return treeOf(
    found.map(({ path }) => path),
    scaled,
  );
};

const follow = async (entry: Entry): Promise<void> => {
  const optimizer = optimizerOf({ kind: entry.kind, config: entry.options });
  let weights = startOf(entry.set);
  let state = optimizer.init(weights);
  const count = tensorsIn(weights).length;
  const gradients = gradientsOf(entry.set);
  const update = jit((w: Weights, g: Weights, s: OptimizerState, factor: Tensor) =>
    optimizer.update(w, scaledUp(optimizer, g, s, factor), s),
  );
  for (let step = 0; step < Math.max(...entry.steps); step++) {
    const factor = tensor(entry.infinite?.includes(step) === true ? Number.POSITIVE_INFINITY : 1);
    if (entry.scales !== undefined) expect(await optimizer.scaleLoss?.(tensor(1), state).item()).toBe(entry.scales[step]);
    [weights, state] = update(weights, gradients[step % 5] as Weights, state, factor);
    const place = entry.steps.indexOf(step + 1);
    if (place >= 0) await expectNear(weights, entry.weights.slice(place * count, (place + 1) * count));
  }
  expect(await state.step.item()).toBe(Math.max(...entry.steps));
  if (entry.evaluation !== undefined) await expectNear(optimizer.evaluationWeights?.(weights, state), entry.evaluation);
};

/** Σ d (w - c)² / 2 + (Σ (w - c))² / 20, with d and c from the first two gradients of the set. */
const descend = async (entry: Entry): Promise<void> => {
  const optimizer = optimizerOf({ kind: entry.kind, config: entry.options });
  const [first, second] = gradientsOf(entry.set) as [Weights, Weights];
  const value = (w: Weights, scales: Weights, centres: Weights): Tensor => {
    const leaves = (tree: Weights): Tensor[] => tensorsIn(tree).map(({ leaf }) => leaf);
    const [d, c] = [leaves(scales), leaves(centres)];
    const apart = leaves(w).map((leaf, index) => leaf.sub(c[index] as Tensor));
    const squares = apart.map((a, index) =>
      a
        .square()
        .mul((d[index] as Tensor).abs().add(0.3))
        .sum(),
    );
    const total = apart.map(a => a.sum()).reduce((a, b) => a.add(b));
    return squares
      .reduce((a, b) => a.add(b))
      .div(2)
      .add(total.square().div(20));
  };
  const update = jit((w: Weights, s: OptimizerState, scales: Weights, centres: Weights) => {
    const [, slopes] = valueAndGrad((moved: Weights) => value(moved, scales, centres))(w);
    return optimizer.update(w, slopes as Weights, s);
  });
  let weights = startOf(entry.set);
  let state = optimizer.init(weights);
  const count = tensorsIn(weights).length;
  for (let step = 1; step <= Math.max(...entry.steps); step++) {
    [weights, state] = update(weights, state, first, second);
    const place = entry.steps.indexOf(step);
    // Curvatures are quotients of small differences: float32 leaves fewer digits of them.
    const allowed = { absolute: 3e-5, relative: 1e-5 };
    if (place >= 0) await expectNear(weights, entry.weights.slice(place * count, (place + 1) * count), allowed);
  }
};

describe.each(['reference', 'wasm'] as const)('optimizers on %s, as Keras and PyTorch have them:', backend => {
  test.each(entries)('%s', async (_, entry) => {
    await configure({ backend });
    await (entry.quadratic === true ? descend(entry) : follow(entry));
  });
});

describe('each optimizer', () => {
  test.each(entries)('%s comes back from its description', async (_, { kind, options, set }) => {
    const optimizer = optimizerOf({ kind, config: options });
    expect(optimizer.config).toMatchObject(options);
    const again = optimizerOf(JSON.parse(JSON.stringify({ kind: optimizer.kind, config: optimizer.config })));
    expect([again.kind, again.config]).toEqual([kind, optimizer.config]);
    expect(again.learningRate).toBe(optimizer.learningRate);
    const weights = startOf(set);
    const described = (state: OptimizerState): unknown => tensorsIn(state).map(({ path, leaf }) => [path, leaf.dtype, leaf.shape]);
    expect(described(again.init(weights))).toEqual(described(optimizer.init(weights)));
  });

  test.each(entries)('%s is pure: the same twice, in a state of the same form', async (_, { kind, options, set }) => {
    const optimizer = optimizerOf({ kind, config: options });
    const [weights, [gradients]] = [startOf(set), gradientsOf(set) as [Weights]];
    const state = optimizer.init(weights);
    expect(tensorsIn(state)[0]?.path).toBe('step');
    const values = async (tree: unknown): Promise<unknown> => Promise.all(tensorsIn(tree).map(({ leaf }) => leaf.array()));
    const before = await values([weights, state]);
    const results = [optimizer.update(weights, gradients, state), optimizer.update(weights, gradients, state)];
    expect(await values(results[0])).toEqual(await values(results[1]));
    expect(await values([weights, state])).toEqual(before);
    const form = (tree: unknown): unknown => tensorsIn(tree).map(({ path, leaf }) => [path, leaf.dtype, leaf.shape]);
    expect(form(results[0]?.[1])).toEqual(form(state));
    expect(form(results[0]?.[0])).toEqual(form(weights));
    if (optimizer.evaluationWeights !== undefined) {
      expect(await values(optimizer.evaluationWeights(weights, state))).toEqual(await values(weights)); // nothing to average yet
      expect(form(optimizer.evaluationWeights(weights, state))).toEqual(form(weights));
    }
  });
});

test('every optimizer has three entries of numbers from another framework', () => {
  const count = (kind: string): number => entries.filter(([, entry]) => entry.kind === kind).length;
  const lacking = Object.keys(optimizers).filter(kind => count(kind) < 3);
  expect(lacking).toEqual([]);
  expect(Object.keys(optimizersByName).filter(kind => !(kind in optimizers))).toEqual([]);
});
