import { compact } from '../../core/config.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { InitializerOption } from '../initializers.ts';
import { createLayer, type Layer, layerOptions } from '../layer.ts';
import { describeGiven, type NameOption, positiveInteger } from './common.ts';

export interface EmbeddingOptions extends NameOption {
  /** Default 'randomUniform' in ±0.05. */
  readonly embeddingsInitializer?: InitializerOption;
}

interface EmbeddingRequired {
  readonly inputDim: number;
  readonly outputDim: number;
}

/**
 * A row of a table for each whole number: (batch, …) of 0 … inputDim - 1 -> (batch, …, outputDim); embeddings (inputDim, outputDim).
 * A number out of range is an error that names it, when the result is read.
 * @example sequential([layers.embedding(1000, 16)], { inputShape: [20], inputDtype: 'int32' })
 */
export const embedding = (
  ...args: [inputDim: number, outputDim: number, options?: EmbeddingOptions] | [options: EmbeddingOptions & EmbeddingRequired]
): Layer => {
  const options = layerOptions<EmbeddingOptions & EmbeddingRequired>(
    'embedding',
    args,
    ['inputDim', 'outputDim'],
    ['embeddingsInitializer'],
  );
  const inputDim = positiveInteger('embedding', 'inputDim', options.inputDim);
  const outputDim = positiveInteger('embedding', 'outputDim', options.outputDim);
  const { embeddingsInitializer = 'randomUniform' } = options;
  const config = compact({
    ...{ inputDim, outputDim, name: options.name },
    embeddingsInitializer: describeGiven(options.embeddingsInitializer),
  });
  return createLayer('embedding', config, {
    build: () => ({ embeddings: { shape: [inputDim, outputDim], initializer: embeddingsInitializer } }),
    call: ({ embeddings }, x: Tensor) => (embeddings as Tensor).gather(x.dtype === 'int32' ? x : x.cast('int32'), 0),
  });
};
