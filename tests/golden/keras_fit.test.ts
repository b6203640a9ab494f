import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CompileOptions, configure, input, layers, type Model, model, optimizers, type Tensor, tensor } from '../../src/index.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { mismatch } from '../support/compare.ts';
import { fill, type InputDescription } from '../support/inputs.ts';

interface LayerDescription {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
}
interface Entry {
  readonly layers: readonly LayerDescription[];
  readonly heads: readonly LayerDescription[] | null;
  readonly x: InputDescription;
  readonly y: InputDescription | Readonly<Record<string, InputDescription>>;
  readonly integer: boolean;
  readonly weights: readonly InputDescription[];
  readonly compile: Omit<CompileOptions, 'optimizer'> & { readonly optimizer: LayerDescription };
  readonly fit: {
    readonly epochs: number;
    readonly batchSize: number;
    readonly sampleWeight: InputDescription | null;
    readonly classWeight: Readonly<Record<string, number>> | null;
    readonly validation: readonly [InputDescription, InputDescription] | null;
  };
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly after: readonly (readonly number[])[];
  readonly evaluated: Readonly<Record<string, number>>;
}

const entries = Object.entries(JSON.parse(readFileSync(join(import.meta.dirname, 'keras_fit.json'), 'utf8')) as Record<string, Entry>);

const made = (description: InputDescription): Tensor => {
  const { data, shape, dtype } = fill(description);
  return tensor(Float64Array.from(data), { shape, dtype });
};

const layerOf = ({ kind, options }: LayerDescription): Layer =>
  (layers as unknown as Readonly<Record<string, (options: unknown) => Layer>>)[kind]?.(options) as Layer;

const isDescription = (value: object): value is InputDescription => 'shape' in value;

const modelOf = (entry: Entry): Model => {
  const first = input(entry.x.shape.slice(1), { dtype: entry.integer ? 'int32' : 'float32' });
  const last = entry.layers.reduce((value, layer) => layerOf(layer)(value), first);
  const net = model({ inputs: first, outputs: entry.heads === null ? last : entry.heads.map(head => layerOf(head)(last)) });
  net.setWeights(entry.weights.map(made));
  const { optimizer, ...rest } = entry.compile;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)) as unknown as CompileOptions;
  const names = { globalClipnorm: 'globalClipNorm', clipnorm: 'clipNorm' } as Readonly<Record<string, string>>;
  const options = Object.fromEntries(Object.entries(optimizer.options).map(([name, value]) => [names[name] ?? name, value]));
  const make = (optimizers as unknown as Readonly<Record<string, (options: object) => CompileOptions['optimizer']>>)[optimizer.kind];
  net.compile({ ...given, optimizer: make?.(options) as NonNullable<CompileOptions['optimizer']> });
  return net;
};

/** Sums of some dozen steps in float32. */
const tolerance = { absolute: 2e-5, relative: 2e-4 };

const expectNear = (what: string, actual: ArrayLike<number>, expected: readonly number[]): void => {
  const wrong = mismatch(actual, expected, tolerance);
  expect(wrong === undefined ? undefined : `${what}: ${wrong}`).toBeUndefined();
};

describe.each(['reference', 'wasm'] as const)('on %s a training gives what the real Keras gives:', backend => {
  test.each(entries)('%s', async (_, entry) => {
    await configure({ backend });
    const net = modelOf(entry);
    const x = made(entry.x);
    const y = isDescription(entry.y) ? made(entry.y) : Object.values(entry.y).map(one => made(one));
    const { epochs, batchSize, sampleWeight, classWeight, validation } = entry.fit;
    const history = await net.fit(x, y, {
      ...{ epochs, batchSize, shuffle: false, verbose: 'silent' },
      ...(sampleWeight === null ? {} : { sampleWeight: made(sampleWeight) }),
      ...(classWeight === null ? {} : { classWeight }),
      ...(validation === null ? {} : { validationData: [made(validation[0]), made(validation[1])] as const, validationBatchSize: 32 }),
    });
    const weights = await Promise.all(net.getWeights().map(weight => weight.data()));
    entry.after.forEach((values, index) => {
      expectNear(`weight ${index}`, weights[index] as ArrayLike<number>, values);
    });
    for (const [name, values] of Object.entries(entry.history)) expectNear(name, history[name] ?? [], values);
    const evaluated = await net.evaluate(x, y, { batchSize });
    for (const [name, value] of Object.entries(entry.evaluated)) expectNear(`evaluated ${name}`, [evaluated[name] as number], [value]);
  });
});
