/** The constraints, as `constraints.maxNorm({ maxValue: 3 })`. */
export { maxNorm, minMaxNorm, nonNeg, unitNorm } from './constraints.ts';
