import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configure, type Layer, layers, sequential, tensor } from '../../src/index.ts';
import { mismatch } from '../support/compare.ts';

interface Golden {
  readonly signal: readonly number[];
  readonly entries: Readonly<
    Record<
      string,
      {
        readonly kind: 'melSpectrogram' | 'mfcc';
        readonly options: Readonly<Record<string, unknown>>;
        readonly shape: readonly number[];
        readonly values: readonly number[];
      }
    >
  >;
}
const { signal, entries } = JSON.parse(readFileSync(join(import.meta.dirname, 'librosa_spectra.json'), 'utf8')) as Golden;

describe.each(['reference', 'wasm'] as const)('on %s', backend => {
  test.each(Object.entries(entries))('%s is librosa’s', async (_, { kind, options, shape, values }) => {
    await configure({ backend });
    const layer = (layers[kind] as (options: unknown) => Layer)(options);
    const net = sequential([layer], { inputShape: [signal.length], seed: 0 });
    const output = await net.predict(tensor([signal as number[], signal as number[]]));
    expect(output.shape).toEqual([2, ...shape]);
    expect(
      mismatch(await output.slice([0], [1]).data(), values, { absolute: options.powerToDb === false ? 1e-6 : 5e-3, relative: 2e-4 }),
    ).toBeUndefined();
  });
});

test('a signal does not depend on those beside it, where topDb is of each', async () => {
  await configure({ backend: 'wasm' });
  const layer = layers.melSpectrogram({
    samplingRate: 8000,
    fftLength: 256,
    sequenceStride: 128,
    numMelBins: 20,
    topDb: 20,
    topDbOf: 'signal',
  });
  const net = sequential([layer], { inputShape: [signal.length], seed: 0 });
  const quiet = signal.map(value => value / 1000);
  const both = await net.predict(tensor([signal as number[], quiet]));
  const alone = await net.predict(tensor([quiet]));
  expect(await both.slice([1], [1]).array()).toEqual(await alone.array());
});

test('what does not fit is an error', () => {
  expect(() => layers.mfcc({ numMelBins: 8, numCoefficients: 9 })).toThrow('needs numCoefficients of at most numMelBins 8, got 9');
  expect(() => layers.mfcc({ lifter: -1 })).toThrow('needs a lifter >= 0, got -1');
  expect(() => layers.melSpectrogram({ melScale: 'slany' as never })).toThrow("Did you mean 'slaney'?");
  expect(() => layers.melSpectrogram({ padMode: 'zero' as never })).toThrow('padMode');
});
