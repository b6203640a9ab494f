import { describe, expect, test } from 'vitest';
import { checkLayerSaves } from '../../../../tests/support/layers.ts';
import { configure, input, jit, layers, model, random, type Tensor, tensor } from '../../../index.ts';
import { type Layer, type LayerRun, runLayer } from '../../layer.ts';
import { drawBeta, drawDirichlet } from './gamma.ts';

const pixels = (shape: readonly number[], seed = 1): Tensor => random.uniform(shape, { high: 255, seed });

const run = (layer: Layer, inputs: readonly Tensor[], key?: Tensor): LayerRun =>
  runLayer(layer, {}, inputs, { isList: inputs.length > 1 }, { training: key !== undefined, key, options: {} });

const one = (layer: Layer, x: Tensor, key?: Tensor): Tensor => run(layer, [x], key).outputs[0] as Tensor;

const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data());

const randomLayers: readonly (readonly [string, () => Layer])[] = [
  ['randomFlip', () => layers.randomFlip()],
  ['randomTranslation', () => layers.randomTranslation(0.3, 0.3)],
  ['randomRotation', () => layers.randomRotation(0.3)],
  ['randomZoom', () => layers.randomZoom(0.3)],
  ['randomZoom of both', () => layers.randomZoom(0.3, { widthFactor: [-0.2, 0.1], fillMode: 'wrap' })],
  ['randomShear', () => layers.randomShear({ xFactor: 0.5, yFactor: [0.1, 0.2] })],
  ['randomPerspective', () => layers.randomPerspective([1, 1])],
  ['randomElasticTransform', () => layers.randomElasticTransform([1, 1])],
  ['randomBrightness', () => layers.randomBrightness(0.3)],
  ['randomContrast', () => layers.randomContrast(0.5)],
  ['randomSaturation', () => layers.randomSaturation([0.1, 0.4])],
  ['randomHue', () => layers.randomHue(0.5)],
  [
    'randomColorJitter',
    () => layers.randomColorJitter({ brightnessFactor: 0.1, contrastFactor: 0.1, saturationFactor: 0.3, hueFactor: 0.2 }),
  ],
  ['randomColorDegeneration', () => layers.randomColorDegeneration(0.5)],
  ['randomGrayscale', () => layers.randomGrayscale()],
  ['randomInvert', () => layers.randomInvert(0.9)],
  ['randomPosterization', () => layers.randomPosterization([1, 8])],
  ['solarization', () => layers.solarization({ thresholdFactor: 0.9, additionFactor: 0.2 })],
  ['randomSharpness', () => layers.randomSharpness(0.4)],
  ['randomGaussianBlur', () => layers.randomGaussianBlur([1, 1])],
  ['randomErasing', () => layers.randomErasing([1, 1])],
  ['mixUp', () => layers.mixUp(1)],
  ['cutMix', () => layers.cutMix()],
  ['randAugment', () => layers.randAugment()],
  ['augMix', () => layers.augMix()],
];

describe.each(['reference', 'wasm'] as const)('on %s', backend => {
  test.each(randomLayers)('%s leaves images alone at inference, and draws from the key alone, for each image', async (_, make) => {
    await configure({ backend });
    const layer = make();
    const image = pixels([1, 8, 7, 3]);
    const x = image.broadcastTo([6, 8, 7, 3]).add(tensor([0, 0, 0]));
    expect(await numbers(one(layer, x))).toEqual(await numbers(x));
    const first = one(layer, pixels([6, 8, 7, 3]), random.key(5));
    expect(first.shape).toEqual([6, 8, 7, 3]);
    expect(await numbers(one(layer, pixels([6, 8, 7, 3]), random.key(5)))).toEqual(await numbers(first));
    expect(await numbers(one(layer, pixels([6, 8, 7, 3]), random.key(6)))).not.toEqual(await numbers(first));
    expect((await numbers(first)).every(Number.isFinite)).toBe(true);
    if (layer.kind === 'mixUp' || layer.kind === 'cutMix') return; // equal images stay equal
    const rows = new Set((await one(layer, x, random.key(7)).array()).map((row: unknown) => JSON.stringify(row)));
    expect(rows.size).toBeGreaterThan(1);
  });

  test.each(randomLayers)('%s runs inside of a compiled program, with whole numbers, with seeds', async (_, make) => {
    await configure({ backend });
    const layer = make();
    const step = jit((x: Tensor, key: Tensor) => one(layer, x, key));
    const bytes = pixels([3, 6, 6, 3]).cast('uint8');
    const key = random.key(3);
    const compiled = step(bytes, key);
    expect(compiled.dtype).toBe('float32');
    const plain = await numbers(one(layer, bytes.cast('float32'), key));
    for (const [index, value] of (await numbers(compiled)).entries()) expect(value).toBeCloseTo(plain[index] as number, 2);
  });
});

test.each(randomLayers.filter(([name]) => name !== 'mixUp' && name !== 'cutMix'))('%s is saved and loaded', async (_, make) => {
  await configure({ backend: 'reference' });
  await checkLayerSaves(make(), { inputs: [[5, 6, 3]] });
});

test('takes one image alone, and channels first', async () => {
  await configure({ backend: 'reference' });
  const x = pixels([6, 5, 3]);
  expect(one(layers.centerCrop(4, 3), x).shape).toEqual([4, 3, 3]);
  const last = one(layers.resizing(4, 3), pixels([2, 6, 5, 3]));
  const first = one(layers.resizing(4, 3, { dataFormat: 'channelsFirst' }), pixels([2, 6, 5, 3]).permute([0, 3, 1, 2]));
  expect(await numbers(first.permute([0, 2, 3, 1]))).toEqual(await numbers(last));
  expect(one(layers.randomRotation(0.1), x, random.key(1)).shape).toEqual([6, 5, 3]);
});

test('factors lie in the range asked for, and fill it', async () => {
  await configure({ backend: 'wasm' });
  const grey = tensor([100]).broadcastTo([400, 1, 1, 1]);
  const spread = async (layer: Layer, x = grey): Promise<readonly [number, number]> => {
    const values = await numbers(one(layer, x, random.key(11)));
    return [Math.min(...values), Math.max(...values)];
  };
  const near = ([low, high]: readonly [number, number], [from, to]: readonly [number, number], within: number): void => {
    expect(low).toBeGreaterThanOrEqual(from - 1e-3);
    expect(low).toBeLessThan(from + within);
    expect(high).toBeLessThanOrEqual(to + 1e-3);
    expect(high).toBeGreaterThan(to - within);
  };
  near(await spread(layers.randomBrightness(0.2)), [49, 151], 2);
  near(await spread(layers.randomBrightness([0.1, 0.2])), [125.5, 151], 1);
  const half = tensor([100, 120]).reshape([1, 1, 2, 1]).broadcastTo([400, 1, 2, 1]); // mean 110, 10 apart
  near(await spread(layers.randomContrast(0.5), half), [95, 125], 1);
  near(await spread(layers.randomContrast([0.2, 0.4]), half), [96, 124], 1);
  const kept = (await numbers(one(layers.randomGrayscale(0.25), pixels([400, 1, 1, 3]), random.key(2)))).filter(
    (value, index, all) => index % 3 === 0 && value === all[index + 1],
  );
  expect(kept.length).toBeGreaterThan(70);
  expect(kept.length).toBeLessThan(130);
  const bits = await numbers(one(layers.randomPosterization([2, 5]), tensor([255]).broadcastTo([400, 1, 1, 1]), random.key(4)));
  expect(new Set(bits)).toEqual(new Set([192, 224, 240]));
});

test('randomCrop cuts another place out of each image, and the middle at inference', async () => {
  await configure({ backend: 'reference' });
  const x = tensor(Float32Array.from({ length: 64 }, (_, index) => index))
    .reshape([1, 8, 8, 1])
    .broadcastTo([40, 8, 8, 1]);
  const places = await numbers(one(layers.randomCrop(5, 6), x, random.key(1)).slice([0, 0, 0, 0], [-1, 1, 1, 1]));
  expect(new Set(places).size).toBeGreaterThan(6);
  for (const place of places) {
    expect(Math.floor(place / 8)).toBeLessThanOrEqual(3);
    expect(place % 8).toBeLessThanOrEqual(2);
  }
  const middle = one(layers.randomCrop(4, 4), x.slice([0, 0, 0, 0], [1, 8, 8, 1]));
  expect(middle.shape).toEqual([1, 4, 4, 1]);
  expect((await numbers(middle))[0]).toBe(4.5);
});

test('an image keeps its own histogram whatever stands beside it', async () => {
  await configure({ backend: 'reference' });
  const both = pixels([2, 6, 5, 3]);
  const alone = one(layers.equalization(), both.slice([0, 0, 0, 0], [1, 6, 5, 3]), random.key(1));
  const beside = one(layers.equalization(), both, random.key(1)).slice([0, 0, 0, 0], [1, 6, 5, 3]);
  expect(await numbers(beside)).toEqual(await numbers(alone));
});

test('an image of one value keeps it under autoContrast', async () => {
  await configure({ backend: 'reference' });
  expect(await numbers(one(layers.autoContrast(), tensor([[[[9], [9]]]])))).toEqual([9, 9]);
});

test('mixUp and cutMix mix labels by the same shares', async () => {
  await configure({ backend: 'wasm' });
  const x = tensor([0, 1, 2, 3]).reshape([4, 1, 1, 1]).broadcastTo([4, 16, 16, 1]);
  const labels = tensor([0, 1, 2, 3], { dtype: 'int32' }).oneHot(4);
  for (const layer of [layers.mixUp(0.5), layers.cutMix()]) {
    const { outputs } = run(layer, [x, labels], random.key(9));
    const [images, mixed] = outputs as [Tensor, Tensor];
    const sums = await numbers(mixed.sum(1));
    for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
    const means = await numbers(images.mean([1, 2, 3]));
    const expected = await numbers(mixed.mul(tensor([0, 1, 2, 3])).sum(1));
    for (const [index, mean] of means.entries())
      expect(Math.abs(mean - (expected[index] as number))).toBeLessThan(layer.kind === 'mixUp' ? 1e-4 : 0.5);
  }
  const [image, label] = [input([4, 4, 1]), input([3])];
  const net = model({ inputs: [image, label], outputs: [...layers.mixUp()([image, label])] });
  expect(net.applyAll(net.weights, [pixels([2, 4, 4, 1]), random.uniform([2, 3], { seed: 1 })]).outputs.map(({ shape }) => shape)).toEqual([
    [2, 4, 4, 1],
    [2, 3],
  ]);
});

test('beta and Dirichlet draws have the moments that they must have', async () => {
  await configure({ backend: 'wasm' });
  for (const alpha of [0.05, 0.2, 1, 3.5]) {
    const draws = await numbers(drawBeta([20000], alpha, random.key(3)));
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.015);
    expect(variance).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 2);
    expect(draws.every(value => value >= 0 && value <= 1)).toBe(true);
  }
  const shares = drawDirichlet([5000, 3], 1, random.key(4));
  expect(Math.abs((await shares.slice([0, 1], [-1, 1]).mean().item()) - 1 / 3)).toBeLessThan(0.02);
  expect(await drawBeta([], tensor(1e-6), random.key(1)).isNaN().item()).toBe(0);
});

test('maxNumBoundingBoxes cuts and fills', async () => {
  await configure({ backend: 'reference' });
  const boxes = pixels([1, 2, 4]);
  const { outputs } = run(layers.maxNumBoundingBoxes(3), [boxes, tensor([[1, 2]])]);
  expect(await numbers((outputs[0] as Tensor).at(2, 1))).toEqual([-1, -1, -1, -1]);
  expect(await numbers(outputs[1] as Tensor)).toEqual([1, 2, -1]);
  expect(one(layers.maxNumBoundingBoxes(1), boxes).shape).toEqual([1, 1, 4]);
});

test.each([
  [() => layers.randomBrightness(2), 'layers.randomBrightness needs factor to be a number from -1 to 1 or two of them [low, high], got 2.'],
  [() => layers.randomRotation([0.1] as never), 'layers.randomRotation needs factor to be a number from -1 to 1'],
  [() => layers.randomZoom(-1), 'layers.randomZoom needs heightFactor above -1'],
  [() => layers.randomFlip('sideways' as never), "unknown mode of layers.randomFlip 'sideways'"],
  [() => layers.randomTranslation(0.1, 0.1, { fillMode: 'reflct' as never }), "Did you mean 'reflect'?"],
  [() => layers.randomShear({ xfactor: 1 } as never), "Did you mean 'xFactor'?"],
  [() => layers.randomHue(0.1, { valueRange: [1, 0] }), 'layers.randomHue needs valueRange [low, high] with low < high, got [1,0].'],
  [() => layers.randomGaussianBlur({ kernelSize: 4 }), 'layers.randomGaussianBlur needs kernelSize to be an odd number'],
  [() => layers.resizing(4, 4, { cropToAspectRatio: true, padToAspectRatio: true }), 'either crops or pads'],
  [() => layers.resizing(0, 4), 'layers.resizing needs height to be a whole number >= 1, got 0.'],
  [
    () => layers.centerCrop(4, 4)(input([4, 4])),
    'centerCrop cannot take input of shape (batch, 4, 4): it needs (batch, height, width, channels).',
  ],
  [() => layers.randomPosterization(2.5), 'whole number of bits'],
  [() => layers.mixUp(0), 'layers.mixUp needs alpha to be a number above 0, got 0.'],
  [() => one(layers.randomHue(0.1), pixels([1, 2, 2, 2]), random.key(1)), 'randomHue cannot take images of 2 channels'],
  [() => run(layers.cutMix(), [pixels([2, 2, 2, 1]), tensor([1, 2])]), 'as labels.oneHot(classes) gives them'],
])('says what is wrong: %#', (make, message) => {
  expect(make).toThrow(message);
});
