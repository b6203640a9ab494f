import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { activations, configure, grad, layers, losses, optimizers, random, type Tensor, tensor } from '../../src/index.ts';
import { type Layer, runLayer } from '../../src/nn/layer.ts';
import { mismatch } from '../support/compare.ts';
import { fill, type InputDescription } from '../support/inputs.ts';

interface LayerEntry {
  readonly kind: string;
  readonly options: object;
  readonly inputs: readonly InputDescription[];
  readonly weights: Readonly<Record<string, InputDescription>>;
  readonly training: boolean;
  readonly outputs: readonly { readonly shape: readonly number[]; readonly values: readonly number[] }[];
}
interface ActivationEntry {
  readonly x: InputDescription;
  readonly seed: InputDescription;
  readonly y: readonly number[];
  readonly dx: readonly number[];
}
interface LossEntry {
  readonly kind: string;
  readonly options: object;
  readonly target: InputDescription;
  readonly prediction: InputDescription;
  readonly value: number;
  readonly gradient: readonly number[];
}
interface OptimizerEntry {
  readonly kind: string;
  readonly options: object;
  readonly weights: InputDescription;
  readonly gradients: readonly InputDescription[];
  readonly result: readonly number[];
}

const file = JSON.parse(readFileSync(join(import.meta.dirname, 'layers.json'), 'utf8')) as Record<string, unknown>;
const section = <E>(name: string): [string, E][] =>
  Object.entries(file).flatMap(([key, entry]) => (key.startsWith(`${name} `) ? [[key.slice(name.length + 1), entry as E]] : []));

const made = (description: InputDescription): Tensor => {
  const { data, shape, dtype } = fill(description);
  return tensor(Float64Array.from(data), { shape, dtype });
};

const float32 = { absolute: 2e-6, relative: 2e-5 };

const expectNear = async (actual: Tensor, expected: readonly number[]): Promise<void> =>
  expect(mismatch(await actual.data(), expected, float32)).toBeUndefined();

type Maker<R> = Readonly<Record<string, (options: object) => R>>;

describe.each(['reference', 'wasm'] as const)('on %s, as PyTorch and Keras have it:', backend => {
  test.each(section<LayerEntry>('layer'))('layer %s', async (_, entry) => {
    await configure({ backend });
    const layer = (layers as unknown as Maker<Layer>)[entry.kind]?.(entry.options) as Layer;
    const weights = Object.fromEntries(Object.entries(entry.weights).map(([name, spec]) => [name, made(spec)]));
    const asked = layer.weights(...entry.inputs.map(({ shape }) => shape.slice(1)));
    expect(asked.map(({ name, shape }) => [name, shape])).toEqual(Object.entries(entry.weights).map(([name, { shape }]) => [name, shape]));
    const run = runLayer(
      layer,
      weights,
      entry.inputs.map(made),
      { isList: entry.inputs.length > 1 },
      {
        training: entry.training,
        key: random.key(1),
        options: {},
      },
    );
    const results = [...run.outputs, ...Object.values(run.weights)];
    expect(results.map(({ shape }) => shape)).toEqual(entry.outputs.map(({ shape }) => shape));
    for (const [index, { values }] of entry.outputs.entries()) await expectNear(results[index] as Tensor, values);
  });

  test.each(section<ActivationEntry>('activation'))('activation %s and its derivative', async (name, { x, seed, y, dx }) => {
    await configure({ backend });
    const f = (activations as unknown as Readonly<Record<string, (x: Tensor) => Tensor>>)[name] as (x: Tensor) => Tensor;
    await expectNear(f(made(x)), y);
    await expectNear(grad((value: Tensor) => f(value).mul(made(seed)).sum())(made(x)) as Tensor, dx);
  });

  test.each(section<LossEntry>('loss'))('loss %s and its gradient', async (_, { kind, options, target, prediction, value, gradient }) => {
    await configure({ backend });
    const loss = (losses as unknown as Maker<ReturnType<typeof losses.huber>>)[kind]?.(options) as ReturnType<typeof losses.huber>;
    await expectNear(loss(made(target), made(prediction)), [value]);
    await expectNear(grad((p: Tensor) => loss(made(target), p))(made(prediction)) as Tensor, gradient);
  });

  test.each(section<OptimizerEntry>('optimizer'))('optimizer %s, five steps', async (_, { kind, options, weights, gradients, result }) => {
    await configure({ backend });
    const optimizer = (optimizers as unknown as Maker<ReturnType<typeof optimizers.sgd>>)[kind]?.(options) as ReturnType<
      typeof optimizers.sgd
    >;
    let tree = { layer: [made(weights)] };
    let state = optimizer.init(tree);
    for (const gradient of gradients) [tree, state] = optimizer.update(tree, { layer: [made(gradient)] }, state);
    await expectNear(tree.layer[0] as Tensor, result);
    expect(await state.step.item()).toBe(5);
  });
});
