import type { DType } from '../core/dtype.ts';
import type { Shape } from '../core/shape.ts';
import { input } from '../graph/node.ts';
import { type Tensor, wrap } from '../tensor/tensor.ts';

/** A tensor that stands for any values of a shape, to compile programs for. */
export const placeholder = (shape: Shape, dtype: DType): Tensor => wrap(input(shape, dtype));

/** A placeholder like a tensor. */
export const placeholderLike = ({ shape, dtype }: Tensor): Tensor => placeholder(shape, dtype);
