import { formatShape, ShapeError } from '../../core/errors.ts';
import { eye, where } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { atLeastFloat32, onePerSample, rowsOf } from '../targets.ts';
import { defineLoss, type Loss, needs, type ReductionOption } from './loss.ts';
import type { MarginOption } from './margins.ts';
import { normalized } from './regression.ts';

/*
 * Losses of several embeddings a sample take them as one prediction (batch, 2 or 3, …): stacked along axis 1, as
 * `stack([anchor, positive, negative], 1)` or, in a model, a concatenation along axis 1 of outputs reshaped to (1, n).
 */

/**
 * max(0, -t (x1 - x2) + margin): x1 shall be larger where t is 1, smaller where it is -1. The prediction (batch, 2) holds x1, x2; the
 * target is (batch). `margin` is 0. Source: `torch.nn.MarginRankingLoss`.
 */
export const marginRanking = (options: MarginOption = {}): Loss =>
  defineLoss('marginRanking', options, { margin: 0 }, ({ margin }) => (target, prediction) => {
    const [first, second] = rowsOf('marginRanking', ['the first score', 'the second score'], prediction) as [Tensor, Tensor];
    const t = onePerSample('marginRanking', target, first);
    return t.mul(second.sub(first)).add(margin).maximum(0);
  });

export interface TripletMarginOptions extends MarginOption {
  /** Order of the distance. Default 2. */
  readonly p?: number;
  /** Added to each difference, so that a distance of 0 has a derivative. Default 1e-6. */
  readonly epsilon?: number;
  /** Takes the distance from positive to negative where it is smaller. Default false. */
  readonly swap?: boolean;
}

/**
 * max(0, d(anchor, positive) - d(anchor, negative) + margin), d(x, y) = |x - y + ε|ₚ: what belongs together shall be nearer by `margin`
 * (1). The prediction (batch, 3, n) holds anchor, positive, negative; targets have no say: give zeros (batch).
 *
 * Source: Balntas, Riba, Ponsa, Mikolajczyk 2016, Learning local feature descriptors with triplets; `torch.nn.TripletMarginLoss`.
 * @example losses.tripletMargin()(zeros([8]), stack([anchor, positive, negative], 1))
 */
export const tripletMargin = (options: TripletMarginOptions = {}): Loss =>
  defineLoss('tripletMargin', options, { margin: 1, p: 2, epsilon: 1e-6, swap: false }, ({ margin, p, epsilon, swap }) => {
    needs('losses.tripletMargin', 'a p > 0', p, p > 0);
    return (_, prediction) => {
      const names = ['the anchor', 'the positive', 'the negative'];
      const [anchor, positive, negative] = rowsOf('tripletMargin', names, prediction) as [Tensor, Tensor, Tensor];
      const distance = (x: Tensor, y: Tensor): Tensor => x.sub(y).add(epsilon).norm(-1, { order: p });
      const far = distance(anchor, negative);
      const least = swap ? far.minimum(distance(positive, negative)) : far;
      return distance(anchor, positive).sub(least).add(margin).maximum(0);
    };
  });

/**
 * 1 - cos(x1, x2) where the target is 1, max(0, cos(x1, x2) - margin) where it is -1. The prediction (batch, 2, n) holds x1, x2; the
 * target is (batch). `margin` is 0. Source: `torch.nn.CosineEmbeddingLoss`.
 */
export const cosineEmbedding = (options: MarginOption = {}): Loss =>
  defineLoss('cosineEmbedding', options, { margin: 0 }, ({ margin }) => {
    needs('losses.cosineEmbedding', 'a margin from -1 to 1', margin, margin >= -1 && margin <= 1);
    return (target, prediction) => {
      const [first, second] = rowsOf('cosineEmbedding', ['the first', 'the second embedding'], prediction) as [Tensor, Tensor];
      const length = (x: Tensor): Tensor => x.square().sum(-1).add(1e-12); // squared; as in PyTorch
      const cosine = first
        .mul(second)
        .sum(-1)
        .mul(length(first).mul(length(second)).rsqrt());
      const t = onePerSample('cosineEmbedding', target, cosine);
      return where(t.greater(0), cosine.neg().add(1), cosine.sub(margin).maximum(0));
    };
  });

export interface InfoNceOptions extends ReductionOption {
  /** What similarities are divided by. Default 0.1. */
  readonly temperature?: number;
}

/**
 * -ln softmax_j(cos(q_i, k_j) / τ) at j = i: each query q shall find its own key k among those of the batch. The prediction (batch, 2, n)
 * holds query and key; targets have no say: give zeros (batch). (batch, 2, n) -> (batch).
 *
 * Source: van den Oord, Li, Vinyals 2018, arXiv:1807.03748, eq. 4, with cosines as in Chen et al. 2020, arXiv:2002.05709.
 * @example losses.infoNce({ temperature: 0.07 })(zeros([8]), stack([images, texts], 1)) // both (8, n)
 */
export const infoNce = (options: InfoNceOptions = {}): Loss =>
  defineLoss('infoNce', options, { temperature: 0.1 }, ({ temperature }) => {
    needs('losses.infoNce', 'a temperature > 0', temperature, temperature > 0);
    return (_, prediction) => {
      const [query, key] = rowsOf('infoNce', ['the query', 'the key'], prediction) as [Tensor, Tensor];
      const samples = query.shape[0] as number;
      const similarity = normalized(query, -1).matmul(normalized(key, -1).transpose()).div(temperature);
      return where(eye(samples).equal(1), similarity.logSoftmax(-1), 0).sum(-1).neg();
    };
  });

export interface CircleOptions extends MarginOption {
  /** How steeply similarities count. Default 80. */
  readonly gamma?: number;
  /** Whether a sample is no pair with itself. Default true. */
  readonly removeDiagonal?: boolean;
}

/** Stands for -∞ where a logarithm of a sum has no summands: its derivative is 0, not ∞ - ∞. */
const none = -1e30;

/**
 * ln(1 + Σ exp(γ a (d_n …)) Σ exp(…)): pairs of one label shall be similar, others not, and each pair counts by how far it is off.
 *
 *     d = max(1 - x xᵀ, 0)      loss_i = softplus(logΣ_p exp(-γ (m + d)⁺ (m - d)) + logΣ_n exp(γ (1 + m - d)⁺ (1 - m - d)))
 *
 * over the pairs (i, p) of one label and (i, n) of different ones. Targets (batch) are labels, predictions (batch, n) embeddings of
 * length 1. Samples whose loss is 0 do not count in means. `margin` m is 0.4.
 *
 * Source: Sun et al. 2020, arXiv:2002.10857; `keras.losses.Circle`.
 */
export const circle = (options: CircleOptions = {}): Loss =>
  defineLoss(
    'circle',
    options,
    { gamma: 80, margin: 0.4, removeDiagonal: true },
    ({ gamma, margin, removeDiagonal }) =>
      (target, given) => {
        const x = atLeastFloat32(given);
        if (x.rank !== 2) throw new ShapeError(`circle needs embeddings (batch, n), got ${formatShape(x.shape)}.`);
        const samples = x.shape[0] as number;
        const labels = onePerSample('circle', target, x.slice([0, 0], [samples, 1])).cast('int32');
        const distance = x.matmul(x.transpose()).neg().add(1).maximum(0);
        const isSame = labels.equal(labels.transpose());
        const isPositive = removeDiagonal ? isSame.and(eye(samples).equal(0)) : isSame;
        const positive = distance.add(margin).maximum(0).mul(distance.neg().add(margin)).mul(-gamma);
        const negative = distance
          .neg()
          .add(1 + margin)
          .maximum(0)
          .mul(distance.neg().add(1 - margin))
          .mul(gamma);
        const over = (pairs: Tensor, values: Tensor): Tensor => where(pairs, values, none).logSumExp(1);
        const values = over(isPositive, positive).add(over(isSame.not(), negative)).softplus();
        return { values, counts: values.greater(0) };
      },
  );
