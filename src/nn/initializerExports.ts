/** The initializers, as `initializers.heNormal({ seed: 1 })`. */
export {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  identity,
  lecunNormal,
  lecunUniform,
  ones,
  orthogonal,
  randomNormal,
  randomUniform,
  stft,
  truncatedNormal,
  varianceScaling,
  zeros,
} from './initializers.ts';
