/** Layers that prepare data. */
export { categoryEncoding } from './categoryEncoding.ts';
export { discretization } from './discretization.ts';
export { hashedCrossing, hashing } from './hashing.ts';
export { integerLookup } from './integerLookup.ts';
export { melSpectrogram } from './melSpectrogram.ts';
export { mfcc } from './mfcc.ts';
export { normalization } from './normalization.ts';
export { pipeline } from './pipeline.ts';
export { stftSpectrogram } from './stftSpectrogram.ts';
export { stringLookup } from './stringLookup.ts';
export { textVectorization } from './textVectorization.ts';
