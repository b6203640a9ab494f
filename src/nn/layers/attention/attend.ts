import { ValueError } from '../../../core/errors.ts';
import { dotProductAttention } from '../../../tensor/attention.ts';
import { arange, where } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { CallContext, Mask } from '../../layer.ts';
import { dropped } from '../regularization.ts';

/** What a hidden key scores: nothing is left of it after softmax, and where all are hidden the weights are equal (not NaN). */
const hidden = -1e9;

export interface AttendOptions {
  readonly kind: string;
  /** bool, broadcasts to (batch, heads, queries, keys). */
  readonly mask?: Tensor | undefined;
  readonly isCausal?: boolean;
  readonly scale: number;
  readonly dropout: number;
  readonly returnScores: boolean;
  readonly context: CallContext;
}

/** Attention of q (batch, heads, queries, depth) to k, v (batch, heads, keys, …): the output and, where asked for, the weights. */
export const attend = (q: Tensor, k: Tensor, v: Tensor, options: AttendOptions): { output: Tensor; scores: Tensor | undefined } => {
  const { kind, mask, isCausal = false, scale, dropout, returnScores, context } = options;
  const isDropping = dropout > 0 && context.training;
  if (mask === undefined && !isDropping && !returnScores)
    return { output: dotProductAttention(q, k, v, { isCausal, scale }), scores: undefined };
  const [queries, keys] = [q.shape.at(-2) as number, k.shape.at(-2) as number];
  const sees = allOf([mask, isCausal ? causalMask(queries, keys) : undefined]);
  const raw = q.matmul(k.swapAxes(-1, -2)).mul(scale);
  const weights = (sees === undefined ? raw : where(sees, raw, hidden)).softmax(-1);
  return { output: dropped(kind, weights, dropout, context).matmul(v), scores: returnScores ? weights : undefined };
};

/** Query i sees keys up to i: bool (queries, keys). */
export const causalMask = (queries: number, keys: number): Tensor => arange(keys).lessEqual(arange(queries).reshape([queries, 1]));

/** Queries see keys less than `window` steps away: bool (queries, keys). */
export const windowMask = (queries: number, keys: number, window: number): Tensor =>
  arange(keys)
    .sub(arange(queries).reshape([queries, 1]))
    .abs()
    .less(window);

/** What all of the given masks let through. */
export const allOf = (masks: readonly Mask[]): Mask => {
  const given = masks.filter(mask => mask !== undefined);
  return given.length === 0 ? undefined : given.reduce((a, b) => a.and(b));
};

/** A mask given in a call, as bool. */
export const asMask = (value: unknown): Mask => (value === undefined ? undefined : (value as Tensor).cast('bool'));

/** Options of a call that attention layers know. */
export const checkCall = (kind: string, { options }: CallContext, known: readonly string[]): void => {
  for (const name of Object.keys(options))
    if (!known.includes(name)) throw new ValueError(`layers.${kind} cannot be called with '${name}': it knows ${known.join(', ')}.`);
};
