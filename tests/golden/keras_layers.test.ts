import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configure, decodeModel, encodeModel, grad, input, layers, model, ready, type Tensor, tensor } from '../../src/index.ts';
import { type Layer, runLayer } from '../../src/nn/layer.ts';
import { mismatch } from '../support/compare.ts';
import { fill, floats, type InputDescription } from '../support/inputs.ts';

interface Entry {
  readonly reference: string;
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: readonly InputDescription[];
  readonly training: boolean;
  readonly seed: number;
  readonly masks?: readonly (InputDescription | null)[];
  readonly call?: Readonly<Record<string, unknown>>;
  /** The layer is called with several arguments, not with a list. */
  readonly separate?: boolean;
  readonly weights: readonly InputDescription[];
  /** Of Keras; PyTorch's are other names of the same things. */
  readonly names?: readonly string[];
  readonly outputs: readonly { readonly shape: readonly number[]; readonly values: readonly number[] }[];
  readonly dInputs: readonly (readonly number[])[];
  readonly dWeights: readonly (readonly number[] | null)[];
  readonly statistics: readonly (readonly number[])[];
}

const familiesIn = (source: string): (readonly [string, Record<string, Entry>])[] => {
  const folder = join(import.meta.dirname, source);
  return readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .map(
      file => [`${source}, ${file.slice(0, -5)}`, JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, Entry>] as const,
    );
};
const families = [...familiesIn('keras'), ...familiesIn('torch')];

const made = (description: InputDescription): Tensor => {
  const { data, shape, dtype } = fill(description);
  return tensor(Float64Array.from(data), { shape, dtype });
};

/** Layers inside of options: `{ layer: kind, options }`. */
const withLayers = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withLayers);
  if (typeof value !== 'object' || value === null) return value;
  if ('layer' in value && 'options' in value) return make(value.layer as string, value.options as Entry['options']);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withLayers(part)]));
};

const make = (kind: string, options: Entry['options']): Layer =>
  (layers as unknown as Readonly<Record<string, (options: unknown) => Layer>>)[kind]?.(withLayers(options)) as Layer;

const isDescription = (value: unknown): value is InputDescription => typeof value === 'object' && value !== null && 'shape' in value;

const callValue = (value: unknown): unknown => (isDescription(value) ? made(value) : Array.isArray(value) ? value.map(callValue) : value);

const callOptions = ({ call = {} }: Entry): Record<string, unknown> =>
  Object.fromEntries(Object.entries(call).map(([name, value]) => [name, callValue(value)]));

/** Where Keras only counts up a class's name, ours says the part's place; neither is in the golden names. */
const countedScope = /^(cell\d+|layer)\./;

/** Of sums over up to some hundred numbers in float32. */
const tolerance = { absolute: 1e-5, relative: 1e-4 };

describe.each(['reference', 'wasm'] as const)('on %s, as the real one has it:', backend => {
  describe.each(families)('%s', (_, entries) => {
    test.each(Object.entries(entries))('%s', async (__, entry) => {
      await configure({ backend });
      const layer = make(entry.kind, entry.options);
      const specs = layer.weights(...entry.inputs.map(({ shape }) => shape.slice(1)));
      expect(specs.map(({ shape }) => shape)).toEqual(entry.weights.map(({ shape }) => shape));
      if (entry.names !== undefined) expect(specs.map(({ name }) => name.replace(countedScope, ''))).toEqual(entry.names);
      const xs = entry.inputs.map(made);
      const isFloat = entry.inputs.map(({ dtype }) => dtype === 'float32');
      const options = callOptions(entry);
      const run = (weights: readonly Tensor[], inputs: readonly Tensor[]): ReturnType<typeof runLayer> =>
        runLayer(layer, Object.fromEntries(specs.map(({ name }, index) => [name, weights[index] as Tensor])), inputs, entry_(entry), {
          ...{ training: entry.training, key: undefined, options },
          masks: entry.masks?.map(mask => (mask === null ? undefined : made(mask))) ?? [],
        });
      const weights = entry.weights.map(made);
      const { outputs, weights: changed } = run(weights, xs);
      expect(outputs.map(({ shape }) => shape)).toEqual(entry.outputs.map(({ shape }) => shape));
      const lossOf = (all: { weights: readonly Tensor[]; inputs: readonly Tensor[] }): Tensor => {
        let next = 0;
        const inputs = xs.map((x, index) => (isFloat[index] ? (all.inputs[next++] as Tensor) : x));
        return run(all.weights, inputs)
          .outputs.map((output, index) =>
            output
              .cast('float32')
              .mul(made(floats(output.shape, entry.seed + index)))
              .sum(),
          )
          .reduce((a, b) => a.add(b));
      };
      const slopes = grad(lossOf)({ weights, inputs: xs.filter((_x, index) => isFloat[index]) });
      await ready([outputs, slopes, changed]);
      const near = async (what: string, actual: Tensor, expected: readonly number[]): Promise<void> => {
        const wrong = mismatch(await actual.cast('float32').data(), expected, tolerance);
        expect(wrong === undefined ? undefined : `${what}: ${wrong}`).toBeUndefined();
      };
      for (const [index, { values }] of entry.outputs.entries()) await near(`output ${index}`, outputs[index] as Tensor, values);
      for (const [index, values] of entry.dInputs.entries())
        await near(`gradient to input ${index}`, slopes.inputs[index] as Tensor, values);
      for (const [index, values] of entry.dWeights.entries())
        if (values !== null) await near(`gradient to ${specs[index]?.name}`, slopes.weights[index] as Tensor, values);
      const still = specs.filter(({ trainable }) => !trainable);
      for (const [index, values] of entry.statistics.entries()) {
        const { name } = still[index] as (typeof still)[number];
        await near(name, changed[name] ?? (weights[specs.findIndex(spec => spec.name === name)] as Tensor), values);
      }
    });
  });
});

/** The first entry of each kind that is called with its inputs alone. */
const firstOfKind = families.flatMap(([, entries]) =>
  Object.values(entries).filter(
    (entry, index, all) =>
      entry.call === undefined && all.findIndex(({ kind, call }) => kind === entry.kind && call === undefined) === index,
  ),
);

test.each(firstOfKind.map(entry => [entry.kind, entry] as const))('%s is the same after saving and loading', async (_, entry) => {
  await configure({ backend: 'wasm' });
  const begins = entry.inputs.map(({ shape, dtype }) => input(shape.slice(1), { dtype: dtype as 'float32' }));
  const called = make(entry.kind, entry.options)(begins.length === 1 ? (begins[0] as (typeof begins)[number]) : begins);
  const net = model({ inputs: begins, outputs: [...called], seed: 5 });
  const again = await decodeModel(await encodeModel(net));
  const xs = entry.inputs.map(made);
  const values = async (of: typeof net): Promise<unknown[]> => Promise.all((await of.predictAll(xs)).map(output => output.array()));
  expect(await values(again)).toEqual(await values(net));
  expect(await Promise.all(again.getWeights().map(weight => weight.array()))).toEqual(
    await Promise.all(net.getWeights().map(weight => weight.array())),
  );
});

const entry_ = ({ inputs, separate }: Entry): { readonly isList: boolean } => ({ isList: inputs.length > 1 || separate === true });
