/** The regularizers, as `regularizers.l2(0.001)`. */
export { l1, l1L2, l2, orthogonalRegularizer } from './regularizers.ts';
