import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configure, stack, type Tensor, tensor } from '../../src/index.ts';
import * as affine from '../../src/nn/layers/image/affine.ts';
import { mixedChains } from '../../src/nn/layers/image/augmentation.ts';
import { brightened, contrasted } from '../../src/nn/layers/image/brightness.ts';
import { cropAt } from '../../src/nn/layers/image/cropping.ts';
import { elasticTransform } from '../../src/nn/layers/image/elastic.ts';
import { boxMasks, erased } from '../../src/nn/layers/image/erasing.ts';
import { type FlipMode, flipImages } from '../../src/nn/layers/image/flip.ts';
import { locallyEqualized } from '../../src/nn/layers/image/histograms.ts';
import { cutMixed, mixed } from '../../src/nn/layers/image/mixing.ts';
import { perspectiveTransform } from '../../src/nn/layers/image/perspective.ts';
import { affineTransform, checkSampling } from '../../src/nn/layers/image/sampling.ts';
import { degenerated, greyed, hueShifted, saturated } from '../../src/nn/layers/image/saturation.ts';
import { blurred, sharpened } from '../../src/nn/layers/image/sharpness.ts';
import { inverted, posterized, solarized } from '../../src/nn/layers/image/tones.ts';
import { mismatch } from '../support/compare.ts';
import { fill, floats, type InputDescription } from '../support/inputs.ts';

interface Entry {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly images: InputDescription;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly output: { readonly shape: readonly number[]; readonly values: readonly number[] };
}

const entries = JSON.parse(readFileSync(join(import.meta.dirname, 'keras', 'transformations', 'image.json'), 'utf8')) as Record<
  string,
  Entry
>;

const made = (description: InputDescription): Tensor => {
  const { data, shape, dtype } = fill(description);
  return tensor(Float64Array.from(data), { shape, dtype });
};

/** What a layer does to images for the draws that Keras was given. */
const run = ({ kind, options, images, parameters }: Entry): Tensor => {
  const x = made(images);
  const given = (name: string): Tensor => tensor(parameters[name] as number[]);
  const whole = (name: string): Tensor => tensor(parameters[name] as number[], { dtype: 'int32' });
  const chosen = (name: string): Tensor => whole(name).cast('bool');
  const range = (options.valueRange as [number, number] | undefined) ?? [0, 255];
  const boxes = (): { left: Tensor; right: Tensor; top: Tensor; bottom: Tensor } => ({
    ...{ left: given('left'), right: given('right'), top: given('top'), bottom: given('bottom') },
  });
  const sampling = (mode: 'reflect' | 'constant'): ReturnType<typeof checkSampling> => checkSampling(kind, options, mode);
  const moved = (transforms: Tensor): Tensor => affineTransform(x, transforms, sampling('reflect'));
  const functions: Readonly<Record<string, () => Tensor>> = {
    randomTranslation: () => moved(affine.translationTransforms(x, given('dx'), given('dy'))),
    randomRotation: () => moved(affine.rotationTransforms(x, given('degrees'))),
    randomZoom: () => moved(affine.zoomTransforms(x, given('zoomX'), given('zoomY'))),
    randomShear: () => moved(affine.shearTransforms(x, given('shearX'), given('shearY'))),
    randomPerspective: () => perspectiveTransform(x, given('start'), given('end'), sampling('constant')),
    randomFlip: () => flipImages(x, [chosen('chosen'), chosen('chosen')], options.mode as FlipMode),
    randomCrop: () => cropAt(x, whole('top'), whole('left'), options.height as number, options.width as number),
    randomBrightness: () => brightened(x, given('delta'), range),
    randomContrast: () => contrasted(x, given('factor'), range),
    randomInvert: () => inverted(x, chosen('chosen'), range),
    randomSharpness: () => sharpened(x, given('factor'), range),
    solarization: () => solarized(x, given('additions'), given('thresholds'), range),
    randomPosterization: () => posterized(x, whole('bits'), range),
    randomSaturation: () => saturated(x, given('factor')),
    randomHue: () => hueShifted(x, given('shift'), range),
    randomColorDegeneration: () => degenerated(x, given('factor'), range),
    randomGrayscale: () => greyed(x, chosen('chosen')),
    randomGaussianBlur() {
      const [columns, rows] = [options.kernelSize].flat() as number[];
      const sigma = (index: number): Tensor => given('sigma').at(index).broadcastTo([2]);
      return blurred(x, [columns as number, rows ?? (columns as number)], [sigma(0), sigma(1)]);
    },
    randomElasticTransform() {
      const noise = made(floats([2, 12, 10], 16, -9, 9));
      return elasticTransform(x, stack([noise, noise], 3), given('alpha'), given('sigma'), parameters.size as number, sampling('reflect'));
    },
    randomErasing: () => erased(x, boxMasks(x, boxes()), tensor([true, true]), tensor(parameters.fillValue as number)),
    cutMix: () => cutMixed(x, boxes(), whole('order')).images,
    mixUp: () => mixed(x, given('weight'), whole('order')),
    contrastLimitedAdaptiveHistogramEqualization: () =>
      locallyEqualized(x, options.clipLimit as number, options.tileGridSize as [number, number]),
    augMix() {
      const chains = stack((parameters.seeds as number[]).map(seed => made(floats(x.shape, seed, 0, 255))));
      const shares = stack([given('shares'), given('shares')]);
      return mixedChains(x, chains, shares, tensor([parameters.weight, parameters.weight] as number[]), range);
    },
  };
  return (functions[kind] as () => Tensor)();
};

describe.each(['reference', 'wasm'] as const)('on %s, as Keras has it for the same draw:', backend => {
  test.each(Object.entries(entries))('%s', async (_, entry) => {
    await configure({ backend });
    const output = run(entry);
    expect(output.shape).toEqual(entry.output.shape);
    // Places in float32 are off by some 1e-6 pixels, and neighbours differ by up to 255.
    expect(mismatch(await output.data(), entry.output.values, { absolute: 1e-3, relative: 1e-5 })).toBeUndefined();
  });

  test('cutMix knows how much of each image is left', async () => {
    await configure({ backend });
    const entry = Object.values(entries).find(({ kind }) => kind === 'cutMix') as Entry;
    const edge = (name: string): Tensor => tensor(entry.parameters[name] as number[]);
    const boxes = { left: edge('left'), right: edge('right'), top: edge('top'), bottom: edge('bottom') };
    const { weight } = cutMixed(made(entry.images), boxes, tensor([1, 0], { dtype: 'int32' }));
    expect(mismatch(await weight.data(), entry.parameters.weight as number[], { absolute: 1e-6, relative: 0 })).toBeUndefined();
  });
});
