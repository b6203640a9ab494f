import { unknownName, ValueError } from '../../../core/errors.ts';
import type { Shape } from '../../../core/shape.ts';
import { where } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions, type WeightSpec } from '../../layer.ts';
import { dropped } from '../regularization.ts';
import { allOf, asMask, causalMask, checkCall } from './attend.ts';

export interface AttentionOptions extends LayerOptions {
  /** A learned number multiplies the scores. Default false. */
  readonly useScale?: boolean;
  /** 'dot': products of query and key; 'concat': a learned number times Σ tanh(query + key). Default 'dot'. */
  readonly scoreMode?: 'dot' | 'concat';
  /** Share of the weights that training drops. Default 0. */
  readonly dropout?: number;
  readonly seed?: number;
}

type Scores = (weights: Readonly<Record<string, Tensor>>, query: Tensor, key: Tensor) => Tensor;

const hidden = 1e9;

const attentionOver = (
  kind: string,
  options: AttentionOptions,
  build: (query: Shape) => Record<string, WeightSpec>,
  scoresOf: Scores,
): Layer =>
  createLayer(kind, options, {
    build(...shapes) {
      if (shapes.length < 2 || shapes.length > 3)
        throw new ValueError(`layers.${kind} takes [query, value] or [query, value, key], got ${shapes.length} inputs.`);
      return build(shapes[0] as Shape);
    },
    call(weights, [query, value, given]: readonly Tensor[], context) {
      checkCall(kind, context, ['mask', 'useCausalMask', 'returnAttentionScores']);
      const [q, v, k] = [query as Tensor, value as Tensor, (given ?? value) as Tensor];
      const { useCausalMask, returnAttentionScores, mask } = context.options;
      const list = Array.isArray(mask) ? (mask as readonly (Tensor | undefined)[]) : undefined;
      const [queryMask, valueMask] = [asMask(list?.[0] ?? context.masks?.[0]), asMask(list?.[1] ?? context.masks?.[1])];
      const raw = scoresOf(weights, q, k);
      const [queries, keys] = raw.shape.slice(-2) as [number, number];
      const sees = allOf([valueMask?.expandDims(-2), useCausalMask === true ? causalMask(queries, keys).expandDims(0) : undefined]);
      const scores = (sees === undefined ? raw : where(sees, raw, raw.sub(hidden))).softmax(-1);
      const attended = dropped(kind, scores, options.dropout ?? 0, context).matmul(v);
      const output = queryMask === undefined ? attended : where(queryMask.expandDims(-1), attended, 0);
      return {
        output: returnAttentionScores === true ? [output, scores] : output,
        masks: returnAttentionScores === true ? [queryMask, undefined] : [queryMask],
      };
    },
  });

const sumOfTanh = (query: Tensor, key: Tensor, scale: Tensor | undefined, isInside: boolean): Tensor => {
  const sum = query.expandDims(-2).add(key.expandDims(-3));
  if (scale === undefined) return sum.tanh().sum(-1);
  return isInside ? sum.mul(scale).tanh().sum(-1) : sum.tanh().mul(scale).sum(-1);
};

/**
 * Luong's attention: weights softmax(query keyᵀ), output weights · value: `layers.attention()([query, value, key?])` of query (batch,
 * queries, depth), value (batch, keys, features) -> (batch, queries, features). Called with `{ useCausalMask, returnAttentionScores,
 * mask: [queryMask, valueMask] }`.
 *
 * Source: Luong, Pham, Manning 2015, arXiv:1508.04025, as in Keras.
 */
export const attention = (given: AttentionOptions = {}): Layer => {
  const options = layerOptions<AttentionOptions>('attention', [given], [], ['useScale', 'scoreMode', 'dropout', 'seed']);
  const { scoreMode = 'dot', useScale = false } = options;
  if (scoreMode !== 'dot' && scoreMode !== 'concat') throw unknownName('scoreMode', String(scoreMode), ['dot', 'concat']);
  const one: WeightSpec = { shape: [], initializer: 'ones' };
  return attentionOver(
    'attention',
    options,
    () => ({ ...(useScale ? { scale: one } : {}), ...(scoreMode === 'concat' ? { concatScoreWeight: one } : {}) }),
    ({ scale, concatScoreWeight }, query, key) => {
      if (scoreMode === 'concat') return sumOfTanh(query, key, scale, true).mul(concatScoreWeight as Tensor);
      const scores = query.matmul(key.swapAxes(-1, -2));
      return scale === undefined ? scores : scores.mul(scale);
    },
  );
};

export interface AdditiveAttentionOptions extends LayerOptions {
  /** Learned numbers, one a feature, multiply inside of the sum. Default true. */
  readonly useScale?: boolean;
  readonly dropout?: number;
  readonly seed?: number;
}

/**
 * Bahdanau's attention: scores Σ scale · tanh(query + key), scale (depth) starts glorotUniform. Otherwise as `attention`.
 *
 * Source: Bahdanau, Cho, Bengio 2014, arXiv:1409.0473, as in Keras.
 */
export const additiveAttention = (given: AdditiveAttentionOptions = {}): Layer => {
  const options = layerOptions<AdditiveAttentionOptions>('additiveAttention', [given], [], ['useScale', 'dropout', 'seed']);
  const { useScale = true } = options;
  return attentionOver(
    'additiveAttention',
    options,
    query => (useScale ? { scale: { shape: [query.at(-1) as number], initializer: 'glorotUniform' } } : {}),
    ({ scale }, query, key) => sumOfTanh(query, key, scale, false),
  );
};
