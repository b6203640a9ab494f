/** Layers of images. */
export { randomRotation, randomShear, randomTranslation, randomZoom } from './affine.ts';
export { augMix, randAugment } from './augmentation.ts';
export { maxNumBoundingBoxes } from './boundingBoxes.ts';
export { randomBrightness, randomContrast } from './brightness.ts';
export { randomColorJitter } from './colorJitter.ts';
export { centerCrop, randomCrop } from './cropping.ts';
export { randomElasticTransform } from './elastic.ts';
export { randomErasing } from './erasing.ts';
export { randomFlip } from './flip.ts';
export { autoContrast, contrastLimitedAdaptiveHistogramEqualization, equalization } from './histograms.ts';
export { cutMix, mixUp } from './mixing.ts';
export { randomPerspective } from './perspective.ts';
export { resizing } from './resizing.ts';
export { randomColorDegeneration, randomGrayscale, randomHue, randomSaturation } from './saturation.ts';
export { randomGaussianBlur, randomSharpness } from './sharpness.ts';
export { randomInvert, randomPosterization, solarization } from './tones.ts';
