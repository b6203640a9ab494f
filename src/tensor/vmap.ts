import { vectorize } from '../autodiff/vectorize.ts';
import { ShapeError, ValueError } from '../core/errors.ts';
import { normalizeAxis } from '../core/shape.ts';
import * as g from '../graph/build.ts';
import { functionFor, unknownOptions } from './options.ts';
import { settleArguments } from './settleArguments.ts';
import { nodeOf } from './tensor.ts';
import { traceFunction } from './trace.ts';
import { type AnyFunction, tensorsAmong, withNodes } from './trees.ts';

export interface VmapOptions {
  /** The batch axis of each argument, or one for all; null: the argument is the same for the whole batch. Default 0. */
  readonly inAxes?: number | null | readonly (number | null)[];
  /** Where the batch axis stands in the results. Default 0. */
  readonly outAxes?: number;
}

const withoutAxis = (shape: readonly number[], axis: number | null): number[] => shape.filter((_, other) => other !== axis);

/**
 * The function of one example as a function of a whole batch, without a loop: every operation does all examples at once.
 *
 * @throws ShapeError where batch axes differ in length.
 * @example vmap((x: Tensor) => x.square().sum())(tensor([[1, 2], [3, 4]]))   // [5, 25]
 */
export const vmap = <F extends AnyFunction>(f: F, options: VmapOptions = {}): F =>
  ((...args: unknown[]) => {
    functionFor('vmap', f);
    unknownOptions('vmap', options, ['inAxes', 'outAxes']);
    const { inAxes = 0, outAxes = 0 } = options;
    settleArguments(args);
    if (Array.isArray(inAxes) && inAxes.length !== args.length)
      throw new ValueError(
        `vmap got ${inAxes.length} inAxes for ${args.length} arguments: give one for each, null for what is not batched.`,
      );
    const found = tensorsAmong(args);
    const axes = found.map(({ path, leaf }) => {
      const axis = Array.isArray(inAxes) ? (inAxes[Number.parseInt(path, 10)] as number | null) : (inAxes as number | null);
      return axis === null ? null : normalizeAxis('vmap', axis, leaf.rank);
    });
    const sizes = found.flatMap(({ leaf }, index) => (axes[index] === null ? [] : [leaf.shape[axes[index] as number] as number]));
    const [size] = sizes;
    if (size === undefined) throw new ValueError('vmap needs at least one batched tensor among its arguments.');
    if (sizes.some(other => other !== size))
      throw new ShapeError(`vmap needs batch axes of one length, got ${[...new Set(sizes)].join(' and ')}.`);
    const like = found.map(({ leaf }, index) => ({ shape: withoutAxis(leaf.shape, axes[index] as number | null), dtype: leaf.dtype }));
    const traced = traceFunction('vmap', like, parameters => f(...withNodes(args, parameters)));
    const nodes = found.map(({ leaf }) => nodeOf(leaf));
    const results = vectorize(traced.outputs, traced.parameters, nodes, axes, size).map(node => {
      const place = normalizeAxis('vmap', outAxes, node.shape.length);
      const order = node.shape.map((_, axis) => axis).slice(1);
      order.splice(place, 0, 0);
      return g.permute(node, order);
    });
    return withNodes(traced.result, results);
  }) as F;
