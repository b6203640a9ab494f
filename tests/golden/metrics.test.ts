import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configure, jit, metrics, type Tensor, tensor, zeros } from '../../src/index.ts';
import { metricOf, metricsByName } from '../../src/nn/metrics/byName.ts';
import type { Metric } from '../../src/nn/metrics/metric.ts';
import { mismatch } from '../support/compare.ts';
import { fill, type InputDescription } from '../support/inputs.ts';

interface MetricEntry {
  readonly reference: string;
  readonly kind: string;
  readonly options: object;
  /** Places of target, prediction and weights among the inputs. */
  readonly updates: readonly (readonly number[])[];
  readonly results: readonly { readonly shape: readonly number[]; readonly values: readonly (number | string)[] }[];
}

const {
  versions: _,
  inputs,
  ...file
} = JSON.parse(readFileSync(join(import.meta.dirname, 'metrics.json'), 'utf8')) as Record<string, MetricEntry> & {
  inputs: InputDescription[];
};
const entries = Object.entries(file);

const made = (place: number): Tensor => {
  const { data, shape, dtype } = fill(inputs[place] as InputDescription);
  return tensor(Float64Array.from(data), { shape, dtype });
};

const float32 = { absolute: 2e-6, relative: 4e-5 };

const metricFor = ({ kind, options }: MetricEntry): Metric =>
  (metrics as unknown as Readonly<Record<string, (options: object) => Metric>>)[kind]?.(options) as Metric;

const given = ([target, prediction, weight]: readonly number[]): [Tensor, Tensor, { sampleWeight?: Tensor }] => [
  made(target as number),
  made(prediction as number),
  weight === undefined ? {} : { sampleWeight: made(weight) },
];

const check = async (metric: Metric, { updates, results }: MetricEntry): Promise<void> => {
  for (const [index, update] of updates.entries()) {
    metric.update(...given(update));
    const result = metric.result();
    const expected = results[index] as MetricEntry['results'][number];
    expect([result.shape, result.dtype]).toEqual([expected.shape, 'float32']);
    expect(mismatch(await result.data(), expected.values, float32)).toBeUndefined();
  }
};

describe.each(['reference', 'wasm'] as const)('on %s, as Keras has it:', backend => {
  test.each(entries)('%s', async (_, entry) => {
    await configure({ backend });
    const metric = metricFor(entry);
    await check(metric, entry);
    const again = metricOf(JSON.parse(JSON.stringify({ kind: metric.kind, config: metric.config })));
    expect([again.kind, again.name, again.config]).toEqual([metric.kind, metric.name, metric.config]);
    await check(again, entry);
    again.reset();
    await check(again, entry);
  });
});

test('every metric has at least three configurations by another framework, and is exported', () => {
  const kinds = Object.keys(metricsByName);
  const few = kinds.filter(kind => entries.filter(([, entry]) => entry.kind === kind).length < 3);
  expect(few).toEqual([]);
  expect(Object.keys(metrics).sort()).toEqual(kinds.sort());
});

test('sums of a compiled step give the same results, once the outputs are known', async () => {
  await configure({ backend: 'wasm' });
  const seen = new Set<string>();
  for (const [name, entry] of entries) {
    if (seen.has(entry.kind)) continue;
    seen.add(entry.kind);
    const [[, place]] = entry.updates as [readonly number[]];
    const plain = metricFor(entry);
    const metric = plain.forOutput?.((inputs[place as number] as InputDescription).shape) ?? plain;
    const step = jit((sums: readonly Tensor[], ...[target, prediction, options]: ReturnType<typeof given>) => {
      const added = metric.contribution(target, prediction, options);
      return sums.map((sum, index) => sum.add((added[index] as Tensor).cast('float64')));
    });
    let sums: readonly Tensor[] = metric.sums.map(shape => zeros(shape, { dtype: 'float64' }));
    for (const update of entry.updates) sums = step(sums, ...given(update));
    expect([name, sums.map(({ shape }) => shape)]).toEqual([name, metric.sums]);
    const expected = entry.results.at(-1)?.values as readonly (number | string)[];
    expect([name, mismatch(await metric.value(sums).data(), expected, float32)]).toEqual([name, undefined]);
  }
  expect(seen.size).toBe(Object.keys(metricsByName).length);
});
