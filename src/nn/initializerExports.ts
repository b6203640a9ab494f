/** The initializers, as `initializers.heNormal({ seed: 1 })`. */
export {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  ones,
  orthogonal,
  randomNormal,
  randomUniform,
  truncatedNormal,
  zeros,
} from './initializers.ts';
