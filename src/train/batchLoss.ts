import type { Mask } from '../nn/layer.ts';
import type { Loss } from '../nn/losses/loss.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Objective } from './objective.ts';

/** What a batch's loss and metrics follow from. */
export interface BatchResult {
  readonly targets: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Which steps of each output count. */
  readonly masks: readonly Mask[];
  readonly sampleWeight: Tensor | undefined;
  /** Added to the loss. */
  readonly penalty: Tensor | undefined;
}

/** Weights of what counts: of a mean over all values, so that it is the mean over those that count (as in Keras). */
const maskWeight = (mask: Tensor, reduction: Loss['reduction']): Tensor => {
  const weight = mask.cast('float32');
  return reduction === 'sum' || reduction === 'none' ? weight : weight.mul(weight.sum().maximum(1e-7).reciprocal().mul(mask.size));
};

const spread = (weight: Tensor, mask: Tensor): Tensor =>
  weight.cast('float32').reshape([...weight.shape, ...mask.shape.slice(weight.rank).map(() => 1)]);

const weighted = (mask: Mask, sampleWeight: Tensor | undefined, weightOf: (mask: Tensor) => Tensor): { sampleWeight?: Tensor } => {
  if (mask === undefined) return sampleWeight === undefined ? {} : { sampleWeight };
  const weight = weightOf(mask);
  return { sampleWeight: sampleWeight === undefined ? weight : weight.mul(spread(sampleWeight, mask)) };
};

/** The loss of a batch, and what the batch adds to the sums. */
export const objectiveValues = (
  { losses, lossWeights, metrics, weightedMetrics }: Objective,
  { targets, outputs, masks, sampleWeight, penalty }: BatchResult,
): { readonly loss: Tensor; readonly sums: readonly Tensor[] } => {
  const samples = (outputs[0] as Tensor).shape[0] as number;
  const each = losses.flatMap((loss, index) => {
    if (loss === undefined) return [];
    const options = weighted(masks[index], sampleWeight, mask => maskWeight(mask, loss.reduction));
    const value = loss(targets[index] as Tensor, outputs[index] as Tensor, options);
    return [{ value: (value.rank === 0 ? value : value.mean()).cast('float32'), factor: lossWeights[index] as number }]; // 'none' would give many
  });
  const loss = [
    ...each.map(({ value, factor }) => (factor === 1 ? value : value.mul(factor))),
    ...(penalty === undefined ? [] : [penalty]),
  ].reduce((a, b) => a.add(b));
  const parts = outputs.length > 1 ? each.map(({ value }) => value.mul(samples)) : [];
  const contributions = (all: Objective['metrics'], weight: Tensor | undefined): Tensor[] =>
    all.flatMap((some, index) =>
      some.flatMap(metric =>
        metric.contribution(
          targets[index] as Tensor,
          outputs[index] as Tensor,
          weighted(masks[index], weight, mask => mask.cast('float32')),
        ),
      ),
    );
  return {
    loss,
    sums: [loss.mul(samples), ...parts, ...contributions(metrics, undefined), ...contributions(weightedMetrics, sampleWeight)],
  };
};
