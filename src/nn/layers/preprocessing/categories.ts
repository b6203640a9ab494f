import { isFloat } from '../../../core/dtype.ts';
import { unknownName } from '../../../core/errors.ts';
import type { Tensor } from '../../../tensor/tensor.ts';

/**
 * What comes of category numbers: `int` the numbers; `oneHot` a vector each; `multiHot` a vector a sample (the last axis), 1 where a
 * category occurs; `count` how often it does; `tfIdf` that times the category's weight.
 */
export type OutputMode = 'int' | 'oneHot' | 'multiHot' | 'count' | 'tfIdf';

/** @throws ValueError for a mode that the layer does not have. */
export const checkMode = (kind: string, mode: string, known: readonly OutputMode[]): void => {
  if (!known.includes(mode as OutputMode)) throw unknownName(`outputMode of layers.${kind}`, String(mode), known);
};

/**
 * Category numbers as vectors of `depth`: (…, samples) -> (…, depth), oneHot (…) -> (…, depth), where a last axis of 1 goes first.
 * Numbers outside of the vector give nothing. Source: Keras 3, `numerical_utils.encode_categorical_inputs`.
 */
export const encodeCategories = (categories: Tensor, mode: OutputMode, depth: number, weights?: Tensor): Tensor => {
  const whole = isFloat(categories.dtype) || categories.dtype !== 'int32' ? categories.cast('int32') : categories;
  if (mode === 'int') return whole;
  const places = whole.rank === 0 ? whole.expandDims(0) : whole;
  if (mode === 'oneHot') return (places.rank > 1 && places.shape.at(-1) === 1 ? places.squeeze(-1) : places).oneHot(depth);
  const vectors = places.oneHot(depth);
  if (mode === 'multiHot') return vectors.max(-2);
  return (weights === undefined ? vectors : vectors.mul(weights.expandDims(-1))).sum(-2);
};
