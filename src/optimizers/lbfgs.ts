import { ValueError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import { concat, full, where, zeros } from '../tensor/create.ts';
import { unknownOptions, wholeNumber } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Found } from '../tensor/trees.ts';
import { assemble, type Moved } from './assemble.ts';
import { type CommonOptions, commonOptions } from './commonOptions.ts';
import { given } from './createOptimizer.ts';
import { checkNotNegative } from './moments.ts';
import type { LearningRate, Optimizer, Slots } from './optimizer.ts';

export interface LbfgsOptions extends CommonOptions {
  /** The length of a step along the direction. Default 1. */
  readonly learningRate?: LearningRate;
  /** Earlier steps that the direction is made from. Default 10 (PyTorch: 100). */
  readonly historySize?: number;
  /** Nothing moves while no gradient is larger. Default 1e-7. */
  readonly toleranceGrad?: number;
  /** Nothing moves along a direction that promises less. Default 1e-9. */
  readonly toleranceChange?: number;
}

const defaults = { historySize: 10, toleranceGrad: 1e-7, toleranceChange: 1e-9 };

const dot = (x: Tensor, y: Tensor): Tensor => x.mul(y).sum();

const flat = (parts: readonly Tensor[]): Tensor => concat(parts.map(part => part.cast('float32').flatten()));

/** The history, one row a step, the newest last; rows that are not there yet are 0 and take no part. */
interface History {
  /** Changes of the gradient. */
  readonly y: Tensor;
  /** Changes of the weights. */
  readonly s: Tensor;
  /** 1 / (y · s) a row, 0 for an empty one. */
  readonly rho: Tensor;
}

const pushed = (rows: Tensor, row: Tensor): Tensor =>
  rows.shape[0] === 1 ? row.expandDims(0) : concat([rows.slice(1), row.expandDims(0)]);

/** -H g, by the two loops over the history. */
const direction = (gradient: Tensor, { y, s, rho }: History, scale: Tensor): Tensor => {
  const count = rho.shape[0] as number;
  const rowsOf = (rows: Tensor): Tensor[] => Array.from({ length: count }, (_, index) => rows.at(index));
  const [ys, steps, rhos] = [rowsOf(y), rowsOf(s), rowsOf(rho)];
  const alphas: Tensor[] = [];
  let q = gradient.neg();
  for (let index = count - 1; index >= 0; index--) {
    const alpha = dot(steps[index] as Tensor, q).mul(rhos[index] as Tensor);
    alphas[index] = alpha;
    q = q.sub((ys[index] as Tensor).mul(alpha));
  }
  let r = q.mul(scale);
  for (let index = 0; index < count; index++) {
    const beta = dot(ys[index] as Tensor, r).mul(rhos[index] as Tensor);
    r = r.add((steps[index] as Tensor).mul((alphas[index] as Tensor).sub(beta)));
  }
  return r;
};

interface Memory extends History {
  readonly gradient: Tensor;
  /** The last step. */
  readonly move: Tensor;
  /** The first guess of the inverse curvature. */
  readonly scale: Tensor;
  /** Updates that have moved something. */
  readonly moves: Tensor;
}

const names = ['gradient', 'move', 'y', 's', 'rho', 'scale', 'moves'] as const;

/** One step along the direction of the gradient and the history. */
const step = (memory: Memory, gradient: Tensor, rate: Tensor, toleranceChange: number): Memory => {
  const isFirst = memory.moves.equal(0);
  const change = gradient.sub(memory.gradient);
  const curvature = dot(change, memory.move);
  const isUseful = curvature.greater(1e-10).and(isFirst.not());
  const keep = (next: Tensor, before: Tensor): Tensor => where(isUseful, next, before);
  const history = {
    y: keep(pushed(memory.y, change), memory.y),
    s: keep(pushed(memory.s, memory.move), memory.s),
    rho: keep(pushed(memory.rho, curvature.reciprocal()), memory.rho),
  };
  const scale = keep(curvature.div(dot(change, change)), memory.scale);
  const along = where(isFirst, gradient.neg(), direction(gradient, history, scale));
  // The first step has no scale yet: it is at most 1 long, in the sum of its elements.
  const length = where(isFirst, gradient.abs().sum().reciprocal().minimum(1).mul(rate), rate);
  const isGoing = dot(gradient, along).lessEqual(-toleranceChange);
  return { ...history, gradient, scale, move: where(isGoing, along.mul(length), 0), moves: memory.moves.add(1) };
};

/**
 * Quasi-Newton descent: the inverse curvature is pieced together from the last steps and changes of the gradient.
 *
 *     s = w' - w, y = g' - g of the last `historySize` updates        w ← w - η H g,  H from s and y by the two-loop recursion
 *
 * One update for one gradient: torch.optim.LBFGS with `max_iter=1`, one call of `step` each, without a line search. It wants the gradient
 * of one fixed function, so the whole data as one batch (`fit` with batchSize = number of rows, no dropout, and `learningRate` 1 or less);
 * with changing batches use adam. All weights together are one vector, in float32.
 *
 * Source: Liu, Nocedal 1989; Nocedal, Wright 2006, algorithm 7.4.
 * @throws ValueError for a history of less than one step, a negative tolerance, a decay inside of the rule with `decoupledWeightDecay: true`.
 */
export const lbfgs = (options: LbfgsOptions = {}): Optimizer => {
  const what = 'optimizers.lbfgs';
  unknownOptions(what, options, [...commonOptions, ...Object.keys(defaults)]);
  const { historySize = 10, toleranceGrad = 1e-7, toleranceChange = 1e-9 } = options;
  wholeNumber(what, 'historySize', historySize, 1);
  checkNotNegative(what, { toleranceGrad, toleranceChange });
  if ((options.weightDecay ?? 0) > 0 && options.decoupledWeightDecay !== false)
    throw new ValueError(`${what} follows one function: let its decay be part of the gradient, by decoupledWeightDecay: false.`);
  return assemble({
    ...{ kind: 'lbfgs', options, defaultLearningRate: 1 },
    config: given({ historySize, toleranceGrad, toleranceChange }, defaults),
    initial(weights): Slots {
      const size = weights.reduce((sum, { leaf }) => sum + sizeOf(leaf.shape), 0);
      const empty = { gradient: [size], move: [size], y: [historySize, size], s: [historySize, size], rho: [historySize] };
      return {
        ...Object.fromEntries(Object.entries(empty).map(([name, shape]) => [name, [zeros(shape)]])),
        ...{ scale: [full([], 1)], moves: [zeros([], { dtype: 'int32' })] },
      };
    },
    move(weights: readonly Found[], gradients, slots, { learningRate }): Moved {
      if (weights.length === 0) return { weights: [], slots };
      const before = Object.fromEntries(names.map(name => [name, slots[name]?.[0] as Tensor])) as unknown as Memory;
      const gradient = flat(gradients);
      const after = step(before, gradient, learningRate, toleranceChange);
      const isDone = gradient.abs().max().lessEqual(toleranceGrad);
      const move = where(isDone, 0, after.move);
      let start = 0;
      const moved = weights.map(({ leaf }) => {
        const size = sizeOf(leaf.shape);
        const part = move.slice(start, size).reshape(leaf.shape);
        start += size;
        return leaf.add(part);
      });
      return {
        weights: moved,
        slots: Object.fromEntries(names.map(name => [name, [where(isDone, before[name], after[name])]])),
      };
    },
  });
};
