/** The optimizers, as `optimizers.adam()`. */
export { adam, adamW } from './adam.ts';
export { sgd } from './sgd.ts';
