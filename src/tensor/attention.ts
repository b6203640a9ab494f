import { formatShape, ShapeError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import { scan } from './control.ts';
import { arange, concat, where, zeros } from './create.ts';
import { customGradient } from './gradientRules.ts';
import { unknownOptions } from './options.ts';
import type { Tensor } from './tensor.ts';

export interface AttentionOptions {
  /** Where a query may look: bool, broadcast to (…, queries, keys). Default everywhere. */
  readonly mask?: Tensor;
  /** A query sees keys up to its own place only. Default false. */
  readonly isCausal?: boolean;
  /** What products are multiplied by. Default 1 / √depth. */
  readonly scale?: number;
}

/** Queries whose weights are in memory at a time. */
const blockQueries = 128;
/** Fewer weights than this are computed all at once: they fit into the cache. */
const worthBlocks = 256 * 256;
/** Causal blocks in so many groups, each of which looks at the keys that its last query sees. */
const mostGroups = 4;

const swapLast = (x: Tensor): Tensor => {
  const axes = x.shape.map((_, axis) => axis);
  return x.permute([...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
};

/**
 * softmax(q kᵀ scale) v: each query's mean of the values, weighted by how well their keys fit it. query (…, queries, depth), key (…,
 * keys, depth), value (…, keys, features) -> (…, queries, features); the leading axes (batch, heads) are equal.
 * Long sequences are computed for a block of queries at a time, forward and backward, so that the weights (queries x keys) are never in
 * memory as a whole: the gradient computes them again. With a `mask` they are.
 *
 * @throws ShapeError where the shapes do not fit.
 * @source Vaswani et al. 2017, arXiv:1706.03762; Rabe, Staats 2021, arXiv:2112.05682; Dao et al. 2022, arXiv:2205.14135.
 * @example const attended = dotProductAttention(query, key, value, { isCausal: true });
 */
export const dotProductAttention = (query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions = {}): Tensor => {
  unknownOptions('dotProductAttention', options, ['mask', 'isCausal', 'scale']);
  const { mask, isCausal = false } = options;
  const [leading, queries, depth] = [query.shape.slice(0, -2), query.shape.at(-2) ?? 0, query.shape.at(-1) ?? 0];
  const keys = key.shape.at(-2) ?? 0;
  const fits =
    query.rank >= 2 &&
    formatShape(key.shape) === formatShape([...leading, keys, depth]) &&
    formatShape(value.shape.slice(0, -1)) === formatShape([...leading, keys]);
  if (!fits)
    throw new ShapeError(
      `dotProductAttention takes query (…, queries, depth), key (…, keys, depth), value (…, keys, features) with equal leading axes, got ${[query, key, value].map(({ shape }) => formatShape(shape)).join(', ')}.`,
    );
  const scale = options.scale ?? 1 / Math.sqrt(depth);
  const inBlocks = mask === undefined && queries * keys > worthBlocks && query.dtype === 'float32';
  if (!inBlocks) return attendAtOnce(query, key, value, { mask, isCausal, scale });
  const count = sizeOf(leading);
  const flat = (x: Tensor): Tensor => x.reshape([count, ...x.shape.slice(-2)]);
  return attendInBlocks(isCausal, scale)(flat(query), flat(key), flat(value)).reshape([...leading, queries, value.shape.at(-1) as number]);
};

const attendAtOnce = (
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { mask, isCausal, scale }: { mask: Tensor | undefined; isCausal: boolean; scale: number },
): Tensor => {
  let scores = query.matmul(swapLast(key)).mul(scale);
  const [queries, keys] = scores.shape.slice(-2) as [number, number];
  if (isCausal) scores = where(arange(keys).lessEqual(arange(queries).reshape([queries, 1])), scores, -Infinity);
  if (mask !== undefined) scores = where(mask, scores, -Infinity);
  return scores.softmax(-1).matmul(value);
};

/** Blocks of queries from one to another, and how many keys they see. */
interface Group {
  readonly first: number;
  readonly blocks: number;
  readonly keys: number;
}

const groupsOf = (blocks: number, keys: number, isCausal: boolean): Group[] => {
  const count = isCausal ? Math.min(mostGroups, blocks) : 1;
  return Array.from({ length: count }, (_, group) => {
    const [first, end] = [Math.floor((group * blocks) / count), Math.floor(((group + 1) * blocks) / count)];
    return { first, blocks: end - first, keys: isCausal ? Math.min(keys, end * blockQueries) : keys };
  });
};

/** Rows in blocks: (n, rows, …) -> (n, blocks, rows of a block, …), with zeros where the last block is longer. */
const toBlocks = (x: Tensor, blocks: number): Tensor => {
  const [count, rows, ...rest] = x.shape as [number, number, ...number[]];
  const missing = blocks * blockQueries - rows;
  const padded = missing === 0 ? x : x.pad([[0, 0], [0, missing], ...rest.map((): [number, number] => [0, 0])]);
  return padded.reshape([count, blocks, blockQueries, ...rest]);
};

/** Scores of a block, those that a query may not see at -∞. `start`: place of the block's first query. */
const scoresOf = (block: Tensor, key: Tensor, start: Tensor, isCausal: boolean, scale: number): Tensor => {
  const scores = block.matmul(swapLast(key)).mul(scale);
  if (!isCausal) return scores;
  const places = arange(blockQueries).add(start).reshape([blockQueries, 1]);
  return where(arange(key.shape[0] as number).lessEqual(places), scores, -Infinity);
};

const firstRows = (x: Tensor, rows: number): Tensor => (rows === x.shape[0] ? x : x.slice([0, 0], [rows, x.shape[1] as number]));

/**
 * q, k, v of shape (n, length, depth). Forward keeps the output and the logarithm of each query's sum; backward, with P = exp(scores -
 * log sums): dV = Pᵀ dO, dS = P ∘ (dO Vᵀ - (dO ∘ O) 1) scale, dQ = dS K, dK = dSᵀ Q, a block of queries at a time.
 */
const attendInBlocks = (isCausal: boolean, scale: number): ((q: Tensor, k: Tensor, v: Tensor) => Tensor) =>
  customGradient((q: Tensor, k: Tensor, v: Tensor) => {
    const [, queries, keys] = [q.shape[0], q.shape[1] as number, k.shape[1] as number];
    const blocks = Math.ceil(queries / blockQueries);
    const groups = groupsOf(blocks, keys, isCausal);
    const starts = ({ first, blocks: length }: Group): Tensor => arange(first, first + length).mul(blockQueries);
    const part = (x: Tensor, { first, blocks: length }: Group): Tensor =>
      x.slice([first, ...x.shape.slice(1).map(() => 0)], [length, ...x.shape.slice(1)]);
    const forward = (block: Tensor, key: Tensor, value: Tensor, start: Tensor): { output: Tensor; logSums: Tensor } => {
      const scores = scoresOf(block, key, start, isCausal, scale);
      const largest = scores.max(-1, { keepDims: true });
      const weights = scores.sub(largest).exp();
      const sums = weights.sum(-1, { keepDims: true });
      return { output: weights.matmul(value).div(sums), logSums: largest.add(sums.log()) };
    };
    const [, results] = scan(
      (state: Tensor, item: { q: Tensor; k: Tensor; v: Tensor }) => {
        const parts = groups.map(group => {
          const [key, value] = [firstRows(item.k, group.keys), firstRows(item.v, group.keys)];
          const step = (inner: Tensor, { block, start }: { block: Tensor; start: Tensor }) =>
            [inner, forward(block, key, value, start)] as const;
          return scan(step, state, { block: part(item.q, group), start: starts(group) })[1];
        });
        const joined = (name: 'output' | 'logSums'): Tensor =>
          concat(
            parts.map(result => result[name]),
            0,
          );
        return [state, { output: joined('output'), logSums: joined('logSums') }] as const;
      },
      zeros([]),
      { q: toBlocks(q, blocks), k, v },
    );
    const unblocked = (x: Tensor, length: number): Tensor =>
      x
        .reshape([x.shape[0] as number, blocks * blockQueries, x.shape[3] as number])
        .slice([0, 0, 0], [x.shape[0] as number, length, x.shape[3] as number]);
    const backward = (dy: Tensor): readonly Tensor[] => {
      const dyBlocks = toBlocks(dy, blocks);
      const corrections = dyBlocks.mul(results.output).sum(-1, { keepDims: true });
      const [, gradients] = scan(
        (state: Tensor, item: { q: Tensor; k: Tensor; v: Tensor; dy: Tensor; logSums: Tensor; corrections: Tensor }) => {
          const parts = groups.map(group => {
            const [key, value] = [firstRows(item.k, group.keys), firstRows(item.v, group.keys)];
            const step = (
              sums: { dk: Tensor; dv: Tensor },
              block: { q: Tensor; dy: Tensor; logSums: Tensor; corrections: Tensor; start: Tensor },
            ) => {
              const weights = scoresOf(block.q, key, block.start, isCausal, scale).sub(block.logSums).exp();
              const dScores = weights.mul(block.dy.matmul(swapLast(value)).sub(block.corrections)).mul(scale);
              const [dk, dv] = [sums.dk.add(swapLast(dScores).matmul(block.q)), sums.dv.add(swapLast(weights).matmul(block.dy))];
              return [{ dk, dv }, dScores.matmul(key)] as const;
            };
            const xs = {
              q: part(item.q, group),
              dy: part(item.dy, group),
              logSums: part(item.logSums, group),
              corrections: part(item.corrections, group),
              start: starts(group),
            };
            const [sums, dq] = scan(step, { dk: zeros(key.shape), dv: zeros(value.shape) }, xs);
            const missing = keys - group.keys;
            const whole = (x: Tensor): Tensor =>
              missing === 0
                ? x
                : x.pad([
                    [0, missing],
                    [0, 0],
                  ]);
            return { dq, dk: whole(sums.dk), dv: whole(sums.dv) };
          });
          const sum = (name: 'dk' | 'dv'): Tensor => parts.map(result => result[name]).reduce((total, x) => total.add(x));
          const dq = concat(
            parts.map(result => result.dq),
            0,
          );
          return [state, { dq, dk: sum('dk'), dv: sum('dv') }] as const;
        },
        zeros([]),
        { q: toBlocks(q, blocks), k, v, dy: dyBlocks, logSums: results.logSums, corrections },
      );
      return [unblocked(gradients.dq, queries), gradients.dk, gradients.dv];
    };
    return [unblocked(results.output, queries), backward];
  });
