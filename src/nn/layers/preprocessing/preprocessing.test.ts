import { expect, test } from 'vitest';
import { checkLayerSaves } from '../../../../tests/support/layers.ts';
import { configure, decodeModel, encodeModel, input, layers, model, random, sequential, type Tensor, tensor } from '../../../index.ts';
import { runLayer } from '../../layer.ts';
import { fingerprint64 } from './farmHash.ts';
import { sipHash } from './sipHash.ts';

const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data());

test('SipHash-2-4 gives the vectors of its paper', () => {
  const key: readonly [bigint, bigint] = [0x0706050403020100n, 0x0f0e0d0c0b0a0908n];
  const upTo = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index);
  expect(sipHash(upTo(15), key)).toBe(0xa129ca6149be45e5n);
  expect(sipHash(upTo(0), key)).toBe(0x726fdb47dd0e0e31n);
  expect(sipHash(upTo(8), key)).toBe(0x93f5f5799a932462n);
});

test('FarmHash looks at the bytes given, not at the buffer that they lie in', () => {
  const bytes = new TextEncoder().encode('  lorem ipsum dolor sit amet  ');
  expect(fingerprint64(bytes.subarray(2, 13))).toBe(fingerprint64(new TextEncoder().encode('lorem ipsum')));
});

test('normalization learns the same from batches as from all, and from generators', async () => {
  await configure({ backend: 'wasm' });
  const x = random.normal([300, 4], { mean: 3, standardDeviation: 2, seed: 4 });
  const all = layers.normalization();
  await all.adapt(x);
  const inBatches = layers.normalization();
  await inBatches.adapt(x.split([100, 7, 193], 0).map(part => [part, part.sum(1)] as const));
  const streamed = layers.normalization();
  await streamed.adapt(
    (async function* () {
      yield* x.split(3, 0);
    })(),
  );
  const learned = (layer: typeof all): { mean: number[]; variance: number[] } => layer.config.learned as never;
  for (const other of [inBatches, streamed])
    for (const name of ['mean', 'variance'] as const)
      for (const [place, value] of learned(all)[name].entries()) expect(learned(other)[name][place]).toBeCloseTo(value, 4);
  const net = sequential([all], { inputShape: [4] });
  const y = await net.predict(x);
  for (const mean of await numbers(y.mean(0))) expect(mean).toBeCloseTo(0, 4);
  for (const variance of await numbers(y.variance(0))) expect(variance).toBeCloseTo(1, 4);
});

test('normalization turns back what it did, and leaves values alone before it has learned', async () => {
  await configure({ backend: 'reference' });
  const x = tensor([
    [1, 20],
    [3, 40],
    [8, 60],
  ]);
  const [there, back] = [layers.normalization(), layers.normalization({ invert: true })];
  await there.adapt(x);
  await back.adapt(x);
  const net = sequential([there, back], { inputShape: [2] });
  for (const [index, value] of (await numbers(await net.predict(x))).entries())
    expect(value).toBeCloseTo((await numbers(x))[index] as number, 4);
  expect(await numbers(await sequential([layers.normalization()], { inputShape: [2] }).predict(x))).toEqual(await numbers(x));
});

test('a pipeline runs its layers, draws only in training, and saves what they learned afterwards', async () => {
  await configure({ backend: 'wasm' });
  const normalize = layers.normalization();
  const row = layers.pipeline([normalize, layers.dense(3), layers.dropout(0.5)]);
  await normalize.adapt([
    [1, 2],
    [3, 6],
    [5, 1],
  ]);
  const net = sequential([row], { inputShape: [2], seed: 1 });
  const x = tensor([
    [1, 2],
    [9, 9],
  ]);
  const again = await decodeModel(await encodeModel(net));
  expect(await numbers(await again.predict(x))).toEqual(await numbers(await net.predict(x)));
  expect(net.getWeights().map(({ shape }) => shape)).toEqual([[2], [2], [2, 3], [3]]);
  const apart = sequential([normalize, layers.dense(3)], { inputShape: [2] });
  apart.setWeights(net.getWeights());
  expect(await numbers(await net.predict(x))).toEqual(await numbers(await apart.predict(x)));
  const trained = net.apply(net.weights, x, { training: true, key: random.key(1) });
  expect(await numbers(trained)).not.toEqual(await numbers(await net.predict(x)));
});

test('a pipeline of image layers in a model', async () => {
  await configure({ backend: 'wasm' });
  const row = layers.pipeline([layers.randomFlip('horizontal'), layers.resizing(4, 4), layers.rescaling(1 / 255)]);
  await checkLayerSaves(row, { inputs: [[6, 5, 3]] });
});

test('string lookups go back, learn from batches, and are made again from their description', async () => {
  await configure({ backend: 'reference' });
  const lookup = layers.stringLookup({ maskToken: '' });
  await lookup.adapt(
    (function* () {
      yield ['b', 'a', 'b'];
      yield ['c', 'c', 'c'];
    })(),
  );
  expect(lookup.vocabulary()).toEqual(['', '[UNK]', 'c', 'b', 'a']);
  expect(lookup.vocabulary({ includeSpecialTokens: false })).toEqual(['c', 'b', 'a']);
  const there = lookup.apply([
    ['a', 'q'],
    ['', 'c'],
  ]);
  expect(there.dtype).toBe('int32');
  expect(await there.array()).toEqual([
    [4, 1],
    [0, 2],
  ]);
  expect(await lookup.invert(there)).toEqual([
    ['a', '[UNK]'],
    ['', 'c'],
  ]);
  expect(await lookup.invert([3, 99])).toEqual(['b', '[UNK]']);
});

test('textVectorization takes functions of its own, and the example of its documentation', async () => {
  await configure({ backend: 'reference' });
  const vectorize = layers.textVectorization({ standardize: text => text.toLowerCase(), split: text => text.split('-') });
  await vectorize.adapt(['Ä-b', 'ä']);
  expect(await vectorize.apply(['Ä-c']).array()).toEqual([[2, 1]]);
  const example = layers.textVectorization({ maxTokens: 5000, outputSequenceLength: 4 });
  await example.adapt(['foo bar', 'bar baz']);
  expect(await example.apply(['foo qux bar', 'qux baz']).array()).toEqual([
    [3, 1, 2, 0],
    [1, 4, 0, 0],
  ]);
});

test('numbers of strings feed a model', async () => {
  await configure({ backend: 'wasm' });
  const vectorize = layers.textVectorization({ vocabulary: ['red', 'green'], outputSequenceLength: 3 });
  const net = sequential([layers.embedding(4, 2), layers.flatten()], { inputShape: [3], inputDtype: 'int32', seed: 1 });
  expect((await net.predict(vectorize.apply(['red blue', 'green']))).shape).toEqual([2, 6]);
});

test('discretization and categoryEncoding in a model', async () => {
  await configure({ backend: 'wasm' });
  const bins = layers.discretization({ numBins: 4 });
  await bins.adapt(Array.from({ length: 100 }, (_, index) => index));
  expect(bins.binBoundaries()).toEqual([23.999982833862305, 48.99998092651367, 73.99998474121094]); // as Keras, to the bit
  const net = sequential([bins, layers.categoryEncoding(4, { outputMode: 'count' })], { inputShape: [3] });
  expect(await (await net.predict(tensor([[1, 2, 99]]))).array()).toEqual([[2, 0, 0, 1]]);
  const x = input([2], { dtype: 'int32' });
  const weights = input([2]);
  const weighted = model({
    inputs: [x, weights],
    outputs: layers.categoryEncoding(3, { outputMode: 'count' })(x, { countWeights: weights }),
  });
  expect(await (await weighted.predict([tensor([[1, 1]], { dtype: 'int32' }), tensor([[0.5, 2]])])).array()).toEqual([[0, 2.5, 0]]);
});

const call = (layer: Parameters<typeof runLayer>[0], x: Tensor): unknown =>
  runLayer(layer, {}, [x], { isList: false }, { training: false, key: undefined, options: {} });

test.each([
  [() => layers.stringLookup()(input([3])), 'layers.stringLookup works on strings, and tensors have none: call its apply(strings)'],
  [
    () => layers.stringLookup().apply(['a']),
    'layers.stringLookup has no vocabulary yet: give it one, or call await layer.adapt(data) first.',
  ],
  [() => layers.stringLookup({ vocabulary: ['a', 'b', 'a'] }), 'layers.stringLookup has the term "a" twice'],
  [() => layers.stringLookup({ vocabulary: ['a', ''], maskToken: '' }), 'has its mask token "" among the terms'],
  [() => layers.stringLookup({ vocabulary: ['a', 'b'], maxTokens: 2 }), 'has 3 terms, more than maxTokens 2'],
  [() => layers.stringLookup({ vocabulary: ['a'], numOovIndices: 0 }).apply(['b']), 'does not know "b": set numOovIndices to 1'],
  [() => layers.stringLookup({ vocabulary: ['a'], outputMode: 'tfIdf' }), "with outputMode 'tfIdf' needs idfWeights"],
  [() => layers.stringLookup({ vocabulary: ['a'] }).apply([['a'], ['a', 'a']]), 'needs rows of one length'],
  [() => layers.stringLookup({ vocab: ['a'] } as never), 'unknown option of layers.stringLookup'],
  [() => layers.textVectorization({ standardize: 'lowr' as never }), "Did you mean 'lower'?"],
  [
    () => layers.textVectorization({ outputMode: 'count', outputSequenceLength: 3 }),
    "takes outputSequenceLength with outputMode 'int' alone",
  ],
  [() => layers.textVectorization({ vocabulary: ['a'] }).apply([['a', 'b']]), 'Rows of terms: split null.'],
  [() => layers.hashing(0), 'layers.hashing needs numBins to be a whole number >= 1, got 0.'],
  [() => layers.hashing(3, { salt: 0.5 }), 'layers.hashing needs salt to be a whole number or two of them, got 0.5.'],
  [() => layers.hashing(3).apply([Number.NaN]), 'layers.hashing hashes strings and numbers, got NaN'],
  [() => layers.hashedCrossing(3).apply([['a']]), 'crosses two features or more'],
  [() => layers.hashedCrossing(3).apply([['a'], ['a', 'b']]), 'needs features of one shape'],
  [() => layers.integerLookup({ vocabulary: [1], oovMethod: 'hash' as never }), "unknown oovMethod of layers.integerLookup 'hash'"],
  [() => layers.integerLookup({ vocabulary: [1], invert: true, outputMode: 'count' }), "with invert needs outputMode 'int'"],
  [() => layers.normalization({ mean: 3 }), 'layers.normalization needs mean and variance together, got a mean alone.'],
  [() => layers.normalization({ axis: 0 })(input([3])), 'normalization cannot keep axis 0, the batch'],
  [() => layers.normalization({ mean: [[1]], variance: [[1]] }), 'has 1 axes to keep, got a mean of shape (1, 1)'],
  [() => layers.discretization(), 'layers.discretization needs binBoundaries, or numBins and then adapt(data).'],
  [() => layers.discretization({ binBoundaries: [1, 0] }), 'needs binBoundaries in ascending order, got [1, 0].'],
  [() => layers.discretization({ numBins: 3 })(input([3])), 'layers.discretization has no boundaries yet'],
  [() => layers.categoryEncoding(3, { outputMode: 'onehot' as never }), "Did you mean 'oneHot'?"],
  [() => layers.stftSpectrogram({ frameLength: 4, frameStep: 5 }), 'needs frameStep of at most frameLength 4, got 5.'],
  [
    () => layers.stftSpectrogram()(input([300])),
    'stftSpectrogram cannot take input of shape (batch, 300): it needs (batch, steps, channels).',
  ],
  [() => layers.melSpectrogram({ fftLength: 4, sequenceLength: 8 }), 'needs fftLength of at least sequenceLength 8, got 4.'],
  [() => call(layers.melSpectrogram(), tensor([[1, 2, 3]])), 'cannot take a signal of 3: make it longer'],
  [() => layers.pipeline(layers.flatten() as never), 'layers.pipeline needs a list of layers'],
])('says what is wrong: %#', (make, message) => {
  expect(make).toThrow(message);
});

test('learning refuses what it cannot use', async () => {
  await expect(layers.normalization({ mean: 1, variance: 1 }).adapt([1])).rejects.toThrow('was given its mean and variance');
  await expect(layers.normalization().adapt('abc' as never)).rejects.toThrow(
    'learns from a tensor, arrays of numbers, or batches, got a string',
  );
  await expect(layers.normalization().adapt([])).rejects.toThrow('cannot learn from nothing: there were no numbers.');
  await expect(layers.stringLookup({ vocabulary: ['a'] }).adapt(['b'])).rejects.toThrow('was given its vocabulary');
  await expect(layers.discretization({ binBoundaries: [1] }).adapt([1])).rejects.toThrow('was given its boundaries');
  const used = layers.normalization();
  used(input([3]));
  await expect(used.adapt([[1, 2, 3]])).rejects.toThrow('layers.normalization is part of a model already');
  const differs = layers.normalization();
  await differs.adapt([[1, 2, 3]]);
  expect(() => differs(input([2]))).toThrow('normalization learned features of shape (3,), and cannot take (2,).');
});

test('a model with layers of images learns, each epoch with other draws', async () => {
  await configure({ backend: 'wasm' });
  const net = sequential(
    [layers.randAugment({ factor: 0.1 }), layers.augMix({ factor: 0.1 }), layers.rescaling(1 / 255), layers.flatten(), layers.dense(1)],
    { inputShape: [6, 6, 3], seed: 1 },
  );
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  const x = random.uniform([16, 6, 6, 3], { high: 255, seed: 2 });
  const { loss } = await net.fit(x, x.mean([1, 2, 3]).div(255).reshape([16, 1]), { epochs: 12, batchSize: 8, verbose: 'silent' });
  expect(loss?.at(-1)).toBeLessThan(loss?.[0] as number);
});
