import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configure, decodeModel, encodeModel, layers, sequential, type Tensor, tensor } from '../../src/index.ts';
import { layerOf } from '../../src/nn/layerOf.ts';
import { mismatch } from '../support/compare.ts';
import { fill, type InputDescription } from '../support/inputs.ts';

type Values = number | string | readonly Values[];

interface Entry {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: Values | InputDescription;
  readonly learn?: Values | InputDescription;
  readonly vocabulary?: readonly (string | number)[];
  readonly mean?: Values;
  readonly variance?: Values;
  readonly binBoundaries?: readonly number[];
  readonly output: Values;
}

/** What layers of this kind may do, as the tests call it. */
interface Prepares {
  apply(values: unknown): Tensor;
  adapt(values: unknown): Promise<void>;
  vocabulary(): readonly (string | number)[];
  binBoundaries(): readonly number[];
}

const path = join(import.meta.dirname, 'keras', 'transformations', 'preprocessing.json');
const entries = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, Entry>);

const make = (kind: string, options: unknown): Prepares & Parameters<typeof sequential>[0][number] =>
  (layers as unknown as Readonly<Record<string, (options: unknown) => Prepares & Parameters<typeof sequential>[0][number]>>)[kind]?.(
    options,
  ) as never;

const isDescription = (value: unknown): value is InputDescription => typeof value === 'object' && value !== null && 'shape' in value;

const flat = (values: Values): (number | string)[] => (Array.isArray(values) ? values.flatMap(flat) : [values as number | string]);
const shapeOf = (values: Values): number[] =>
  Array.isArray(values) ? [values.length, ...shapeOf((values as readonly Values[])[0] as Values)] : [];

const check = async (output: Tensor, expected: Values): Promise<void> => {
  expect(output.shape).toEqual(shapeOf(expected));
  const wrong = mismatch(await output.cast('float32').data(), flat(expected) as number[], { absolute: 2e-5, relative: 2e-5 });
  expect(wrong).toBeUndefined();
};

const hosts = entries.filter(([, { inputs }]) => !isDescription(inputs));
const learners = entries.filter(([, { inputs }]) => isDescription(inputs));

describe.each(['reference', 'wasm'] as const)('on %s, as Keras has it:', backend => {
  test.each(hosts)('%s', async (_, { kind, options, inputs, learn, vocabulary, output }) => {
    await configure({ backend });
    const layer = make(kind, options);
    if (learn !== undefined) await layer.adapt(learn);
    if (vocabulary !== undefined && options.invert !== true) expect(layer.vocabulary()).toEqual(vocabulary);
    await check(layer.apply(inputs), output);
    const again = layerOf(kind, JSON.parse(JSON.stringify(layer.config))) as unknown as Prepares;
    await check(again.apply(inputs), output);
  });

  const inPrograms = hosts.filter(([, { kind, options }]) => kind === 'integerLookup' && options.oovMethod === undefined);
  test.each(inPrograms)('%s inside of a model', async (_, { kind, options, inputs, learn, output }) => {
    await configure({ backend });
    const layer = make(kind, options);
    if (learn !== undefined) await layer.adapt(tensor(learn as number[][], { dtype: 'int32' }));
    const net = sequential([layer], { inputShape: [3], inputDtype: 'int32' });
    const x = tensor(inputs as number[][], { dtype: 'int32' });
    await check(await net.predict(x), output);
    await check(await (await decodeModel(await encodeModel(net))).predict(x), output);
    await expect(layer.adapt([1, 2])).rejects.toThrow('adapt it first, then make the model');
  });

  test.each(learners)('%s', async (_, { kind, options, inputs, learn, mean, variance, binBoundaries, output }) => {
    await configure({ backend });
    const layer = make(kind, options);
    const made = (description: InputDescription): Tensor => {
      const { data, shape } = fill(description);
      return tensor(Float32Array.from(data), { shape });
    };
    if (learn !== undefined) await layer.adapt(made(learn as InputDescription));
    if (binBoundaries !== undefined)
      expect(mismatch(layer.binBoundaries(), binBoundaries, { absolute: 1e-6, relative: 1e-6 })).toBeUndefined();
    const x = made(inputs as InputDescription);
    const net = sequential([layer], { inputShape: x.shape.slice(1) });
    if (mean !== undefined) {
      const [first, second] = net.getWeights() as [Tensor, Tensor];
      await check(first, mean);
      await check(second, variance as Values);
    }
    await check(await net.predict(x), output);
    await check(await (await decodeModel(await encodeModel(net))).predict(x), output);
    const again = sequential([layerOf(kind, JSON.parse(JSON.stringify(layer.config)))], { inputShape: x.shape.slice(1) });
    await check(await again.predict(x), output);
  });
});
