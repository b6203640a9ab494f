import { ValueError } from '../../core/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { ConstraintOption } from '../constraints.ts';
import type { InitializerOption } from '../initializers.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions, type Mask } from '../layer.ts';
import type { RegularizerOption } from '../regularizers.ts';
import { checkNames, positiveInteger, weightOptions, weightSpec } from './common.ts';

export interface EmbeddingOptions extends LayerOptions {
  /** Default 'uniform': between ±0.05. */
  readonly embeddingsInitializer?: InitializerOption;
  readonly embeddingsRegularizer?: RegularizerOption;
  readonly embeddingsConstraint?: ConstraintOption;
  /** 0 stands for padding: layers behind leave such steps out. Default false. */
  readonly maskZero?: boolean;
}

interface EmbeddingRequired {
  readonly inputDim: number;
  readonly outputDim: number;
}

type Arguments<Options> = [inputDim: number, outputDim: number, options?: Options] | [options: Options & EmbeddingRequired];

const embeddingOptions = [...weightOptions('embeddings'), 'maskZero'];

const asIndices = (x: Tensor): Tensor => (x.dtype === 'int32' ? x : x.cast('int32'));

const maskOf = (maskZero: boolean | undefined, x: Tensor, masks: readonly Mask[] | undefined): readonly Mask[] =>
  maskZero === true ? [x.notEqual(0)] : [masks?.[0]];

/**
 * A row of a table for each whole number: (batch, …) of 0 … inputDim - 1 -> (batch, …, outputDim); embeddings (inputDim, outputDim).
 * A number out of range is an error that names it, when the result is read.
 * @example sequential([layers.embedding(1000, 16)], { inputShape: [20], inputDtype: 'int32' })
 */
export const embedding = (...args: Arguments<EmbeddingOptions>): Layer => {
  const options = layerOptions<EmbeddingOptions & EmbeddingRequired>('embedding', args, ['inputDim', 'outputDim'], embeddingOptions);
  const inputDim = positiveInteger('embedding', 'inputDim', options.inputDim);
  const outputDim = positiveInteger('embedding', 'outputDim', options.outputDim);
  checkNames(options);
  return createLayer('embedding', options, {
    build: () => ({ embeddings: weightSpec('embeddings', [inputDim, outputDim], options, 'randomUniform') }),
    call: ({ embeddings }, x: Tensor, { masks }) => ({
      output: (embeddings as Tensor).gather(asIndices(x), 0),
      masks: maskOf(options.maskZero, x, masks),
    }),
  });
};

export interface ReversibleEmbeddingOptions extends EmbeddingOptions {
  /** The way back uses the same table. Default true. */
  readonly tieWeights?: boolean;
  /** Logits z become c tanh(z / c). Default: they stay. */
  readonly logitSoftCap?: number;
}

/**
 * An embedding that also goes back: called with `{ reverse: true }` it gives logits (batch, …, inputDim) = x Eᵀ of hidden states
 * (batch, …, outputDim).
 *
 * Source: Press, Wolf 2017, arXiv:1608.05859; Keras 3, `keras.layers.ReversibleEmbedding`.
 * @example const table = layers.reversibleEmbedding(1000, 64); const logits = table(hidden, { reverse: true });
 */
export const reversibleEmbedding = (...args: Arguments<ReversibleEmbeddingOptions>): Layer => {
  const kind = 'reversibleEmbedding';
  const known = [...embeddingOptions, 'tieWeights', 'logitSoftCap'];
  const options = layerOptions<ReversibleEmbeddingOptions & EmbeddingRequired>(kind, args, ['inputDim', 'outputDim'], known);
  const inputDim = positiveInteger(kind, 'inputDim', options.inputDim);
  const outputDim = positiveInteger(kind, 'outputDim', options.outputDim);
  const { tieWeights = true, logitSoftCap } = options;
  if (logitSoftCap !== undefined && !(logitSoftCap > 0))
    throw new ValueError(`layers.${kind} needs a logitSoftCap > 0, got ${logitSoftCap}.`);
  checkNames(options);
  return createLayer(kind, options, {
    build: () => ({
      embeddings: weightSpec('embeddings', [inputDim, outputDim], options, 'randomUniform'),
      ...(tieWeights ? {} : { reverseEmbeddings: weightSpec('embeddings', [outputDim, inputDim], options, 'randomUniform') }),
    }),
    call({ embeddings, reverseEmbeddings }, x: Tensor, { options: { reverse }, masks }) {
      if (reverse !== true) return { output: (embeddings as Tensor).gather(asIndices(x), 0), masks: maskOf(options.maskZero, x, masks) };
      const logits = x.matmul(reverseEmbeddings ?? (embeddings as Tensor).transpose());
      return logitSoftCap === undefined ? logits : logits.div(logitSoftCap).tanh().mul(logitSoftCap);
    },
  });
};
