/** The schedules, as `schedules.cosineDecay({ … })`. */
export { chain, linear, of, sequential, warmup } from './combine.ts';
export { cosineDecay, cosineDecayRestarts } from './cosine.ts';
export { cyclic, oneCycle } from './cycles.ts';
export { constant, exponentialDecay, inverseTimeDecay, polynomialDecay } from './decays.ts';
export { multiStep, piecewiseConstantDecay, step } from './steps.ts';
