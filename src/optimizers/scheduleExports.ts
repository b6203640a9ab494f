/** The schedules, as `schedules.cosineDecay({ … })`. */
export { constant, cosineDecay, exponentialDecay, inverseTimeDecay, piecewiseConstantDecay } from './schedules.ts';
