import { describe, expect, test } from 'vitest';
import { input, layers, type Model, model, sequential, tensor } from '../index.ts';
import { HostRandom, hostKey } from '../nn/hostRandom.ts';
import { decoderFor } from './decoder.ts';
import { Model as ModelClass } from './model.ts';
import { draw, logSoftmax, samplingProbabilities } from './sampling.ts';

const [length, vocabulary] = [8, 11];

const decoderOnly = (): Model => {
  const tokens = input([length], { dtype: 'int32' });
  const embedded = layers.embedding(vocabulary, 12)(tokens);
  const placed = layers.add()([embedded, layers.positionEmbedding(length)(embedded)]);
  const block = layers.transformerDecoder(16, 3, { normalizeFirst: true, activation: 'gelu' })(placed);
  const grouped = layers.groupedQueryAttention({ headDim: 4, numQueryHeads: 4, numKeyValueHeads: 2, rotary: true, slidingWindow: 3 });
  const more = layers.add()([block, grouped(block, block, { useCausalMask: true })]);
  return model({ inputs: tokens, outputs: layers.dense(vocabulary)(layers.layerNormalization()(more)), seed: 4 });
};

const recurrent = (): Model =>
  sequential(
    [
      layers.embedding(vocabulary, 6),
      layers.lstm(7, { returnSequences: true }),
      layers.rnn([layers.gruCell(5), layers.lstmCell(6)], { returnSequences: true }),
      layers.dense(vocabulary),
    ],
    { inputShape: [length], inputDtype: 'int32', seed: 5 },
  );

/** A model whose steps see later ones cannot be written step by step. */
const looksBack = (): Model =>
  sequential([layers.embedding(vocabulary, 6), layers.conv1d(7, 3, { padding: 'causal', activation: 'tanh' }), layers.dense(vocabulary)], {
    inputShape: [length],
    inputDtype: 'int32',
    seed: 6,
  });

const collect = async (tokens: AsyncIterable<number>): Promise<number[]> => {
  const all: number[] = [];
  for await (const token of tokens) all.push(token);
  return all;
};

/** Logits for the step behind some tokens, computed at once. */
const logitsAfter = async (net: Model, tokens: readonly number[]): Promise<number[]> => {
  const padded = [...tokens, ...new Array<number>(length - tokens.length).fill(0)];
  const all = (await (await net.predict(tensor([padded], { dtype: 'int32' }))).array()) as number[][][];
  return all[0]?.[tokens.length - 1] as number[];
};

const argMax = (values: readonly number[]): number => values.indexOf(Math.max(...values));

describe.each([
  ['attention with positions, grouped heads, rotary, a window', decoderOnly, true],
  ['recurrent layers', recurrent, true],
  ['a causal convolution, which has no cache', looksBack, false],
] as const)('%s', (_, make, isCached) => {
  test('step by step the logits are those of all steps at once', async () => {
    const net = make();
    const decoder = await decoderFor(ModelClass.core(net), 2);
    expect(decoder.constructor.name).toBe(isCached ? 'CachedDecoder' : 'WholeDecoder');
    const rows = [
      [3, 1, 4, 1, 5, 9, 2, 6],
      [2, 7, 1, 8, 2, 8, 1, 10],
    ];
    for (let step = 0; step < length; step++) {
      const logits = await decoder.feed(rows.map(row => row[step] as number));
      for (const [index, row] of rows.entries()) {
        const expected = await logitsAfter(net, row.slice(0, step + 1));
        const own = Array.from(logits.subarray(index * vocabulary, (index + 1) * vocabulary));
        expect(own).toEqual(expected.map(value => expect.closeTo(value, 4)));
      }
    }
  });

  test('greedy choice takes the likeliest, up to and beyond the window', async () => {
    const net = make();
    const tokens = [3, 1];
    for (let count = 0; count < length - 2; count++) tokens.push(argMax(await logitsAfter(net, tokens)));
    expect(await collect(net.generate([3, 1], { temperature: 0, maxNewTokens: length - 2 }))).toEqual(tokens.slice(2));
    const long = await collect(net.generate([3, 1], { temperature: 0, maxNewTokens: 2 * length }));
    expect(long.length).toBe(2 * length);
    expect(long.slice(0, length - 2)).toEqual(tokens.slice(2));
  });

  test('the same seed gives the same tokens, and a stop token ends them', async () => {
    const net = make();
    const options = { seed: 7, maxNewTokens: 6, temperature: 1.5 };
    const first = await collect(net.generate([1], options));
    expect(await collect(net.generate([1], options))).toEqual(first);
    const stop = first[2] as number;
    expect(await collect(net.generate([1], { ...options, stopTokens: [stop] }))).toEqual(first.slice(0, first.indexOf(stop)));
  });

  test('beam search with as many beams as there are sequences finds the best of all', async () => {
    const net = make();
    const all: { tokens: number[]; value: number }[] = [];
    const first = logSoftmax(await logitsAfter(net, [2]));
    for (let a = 0; a < vocabulary; a++) {
      const second = logSoftmax(await logitsAfter(net, [2, a]));
      for (let b = 0; b < vocabulary; b++) all.push({ tokens: [a, b], value: (first[a] as number) + (second[b] as number) });
    }
    all.sort((x, y) => y.value - x.value);
    const found = await net.beamSearch([2], { beams: vocabulary, maxNewTokens: 2 });
    for (const [index, { tokens, logProbability, score }] of found.slice(0, 4).entries()) {
      expect(tokens).toEqual(all[index]?.tokens);
      expect(logProbability).toBeCloseTo(all[index]?.value as number, 4);
      expect(score).toBeCloseTo(logProbability / 2, 6);
    }
  });
});

describe('sampling', () => {
  const logits = [Math.log(0.5), Math.log(0.25), Math.log(0.15), Math.log(0.1)];
  const near = (values: readonly number[]): unknown[] => values.map(value => expect.closeTo(value, 6));

  test('temperature, topK, topP and the penalty change probabilities as they say', () => {
    expect([...samplingProbabilities(logits, {})]).toEqual(near([0.5, 0.25, 0.15, 0.1]));
    expect([...samplingProbabilities(logits, { temperature: 0 })]).toEqual([1, 0, 0, 0]);
    const sharp = [0.25, 0.0625, 0.0225, 0.01];
    const total = sharp.reduce((a, b) => a + b);
    expect([...samplingProbabilities(logits, { temperature: 0.5 })]).toEqual(near(sharp.map(value => value / total)));
    expect([...samplingProbabilities(logits, { topK: 2 })]).toEqual(near([2 / 3, 1 / 3, 0, 0]));
    expect([...samplingProbabilities(logits, { topP: 0.76 })]).toEqual(near([0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9, 0]));
    expect([...samplingProbabilities([2, 1, -1], { repetitionPenalty: 2, temperature: 0 }, [0])]).toEqual([1, 0, 0]);
    expect([...samplingProbabilities([2, 1.5, -1], { repetitionPenalty: 2, temperature: 0 }, [0])]).toEqual([0, 1, 0]);
  });

  test('tokens come as often as their probabilities say', () => {
    const random = new HostRandom(hostKey(3));
    const counts = [0, 0, 0, 0];
    for (let index = 0; index < 20_000; index++) {
      const token = draw(samplingProbabilities(logits, { topK: 3 }), random);
      counts[token] = (counts[token] as number) + 1;
    }
    const shares = counts.map(count => count / 20_000);
    expect(shares[3]).toBe(0);
    for (const [index, share] of [0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9].entries())
      expect(Math.abs((shares[index] as number) - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / 20_000));
  });
});

test.each<readonly [string, (net: Model) => Promise<unknown>, string]>([
  ['an empty prompt', net => net.generate([]).next(), 'at least one token'],
  ['a token that is none', net => net.generate([1, 99]).next(), 'cannot begin with 99 (place 1): the model knows 11 tokens'],
  ['a negative temperature', net => net.generate([1], { temperature: -1 }).next(), 'temperature >= 0, got -1'],
  ['a topP of 0', net => net.generate([1], { topP: 0 }).next(), 'topP above 0'],
  ['an unknown option', net => net.generate([1], { topQ: 3 } as never).next(), "unknown option of generate 'topQ'"],
  ['no beams', net => net.beamSearch([1], { beams: 0 }), 'beams to be a whole number >= 1, got 0'],
])('%s is an error', async (_, action, message) => {
  await expect(action(decoderOnly())).rejects.toThrow(message);
});

test('a model of another shape is an error that says which is needed', async () => {
  const net = sequential([layers.dense(3)], { inputShape: [4] });
  await expect(net.generate([1]).next()).rejects.toThrow('from tokens (batch, steps) to logits (batch, steps, vocabulary)');
});
