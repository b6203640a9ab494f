import { ValueError } from '../../../core/errors.ts';
import { isTensor, type Tensor } from '../../../tensor/tensor.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions } from '../../layer.ts';
import { positiveInteger } from '../common.ts';
import { checkMode, encodeCategories, type OutputMode } from './categories.ts';

export interface CategoryEncodingOptions extends LayerOptions {
  /** 'multiHot' (the default), 'oneHot' or 'count'. */
  readonly outputMode?: 'multiHot' | 'oneHot' | 'count';
}

/**
 * Whole numbers below `numTokens` as vectors: (batch, samples) -> (batch, numTokens); oneHot (batch) or (batch, 1) -> (batch, numTokens).
 * With 'count' the call takes `countWeights` in the shape of the input: `layer(x, { countWeights })`.
 *
 * Source: Keras 3, `keras.layers.CategoryEncoding`.
 * @throws ValueError for an unknown mode, and for weights in another one than 'count'.
 * @example layers.categoryEncoding(4, { outputMode: 'oneHot' })
 */
export const categoryEncoding = (
  ...args: [numTokens: number, options?: CategoryEncodingOptions] | [options: CategoryEncodingOptions & { readonly numTokens: number }]
): Layer => {
  const kind = 'categoryEncoding';
  const options = layerOptions<CategoryEncodingOptions & { numTokens: number }>(kind, args, ['numTokens'], ['outputMode']);
  const numTokens = positiveInteger(kind, 'numTokens', options.numTokens);
  const { outputMode = 'multiHot' } = options;
  const modes: readonly OutputMode[] = ['multiHot', 'oneHot', 'count'];
  checkMode(kind, outputMode, modes);
  return createLayer(kind, options, {
    call(_, x: Tensor, { options: { countWeights } }) {
      if (countWeights !== undefined && outputMode !== 'count')
        throw new ValueError(`${kind} takes countWeights with outputMode 'count' alone, got them with '${outputMode}'.`);
      return encodeCategories(x, outputMode, numTokens, isTensor(countWeights) ? countWeights : undefined);
    },
  });
};
