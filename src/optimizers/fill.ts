import { full } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** One value in the shape and element type of a weight. */
export const fullLike = (weight: Tensor, value: number): Tensor => full(weight.shape, value, { dtype: weight.dtype });
