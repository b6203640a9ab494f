import { isFloat } from '../../../core/dtype.ts';
import { stridesOf } from '../../../core/shape.ts';
import type { Node } from '../../../graph/node.ts';
import { offsetsAlong } from '../strided.ts';
import { build, type Value } from '../value.ts';
import type { Kernel, Kernels } from './rule.ts';

type Combine = (total: number, element: number) => number;

/** For each kept index where its elements begin, and how far each of those it combines is from there. */
const runs = ({ shape }: Value, axes: readonly number[]): { starts: Int32Array; steps: Int32Array } => {
  const strides = stridesOf(shape);
  const kept = shape.map((_, axis) => axis).filter(axis => !axes.includes(axis));
  return { starts: offsetsAlong(kept, shape, strides), steps: offsetsAlong(axes, shape, strides) };
};

/** Combines elements in row-major order, in float64; the result is rounded once. */
const reduction =
  (initial: number, float: Combine, integer: Combine = float): Kernel<'sum' | 'prod' | 'max' | 'min' | 'any' | 'all'> =>
  ({ shape, dtype, attributes }, [input]) => {
    const x = input as Value;
    const combine = isFloat(dtype) ? float : integer;
    const { starts, steps } = runs(x, attributes.axes);
    return build(shape, dtype, i => {
      let total = initial;
      for (const step of steps) total = combine(total, x.data[(starts[i] as number) + step] as number);
      return total;
    });
  };

/** The first index whose element is better than all before it; the first NaN is best of all. */
const indexOfExtremum =
  (better: (a: number, b: number) => boolean): Kernel<'argMax' | 'argMin'> =>
  (node: Node<'argMax' | 'argMin'>, [input]) => {
    const x = input as Value;
    const { starts, steps } = runs(x, [node.attributes.axis]);
    return build(node.shape, node.dtype, i => {
      const at = (place: number): number => x.data[(starts[i] as number) + (steps[place] as number)] as number;
      let best = 0;
      for (let place = 1; place < steps.length && !Number.isNaN(at(best)); place++)
        if (better(at(place), at(best)) || Number.isNaN(at(place))) best = place;
      return best;
    });
  };

/** Operations that combine the elements of whole axes. */
export const reductions: Kernels<'sum' | 'prod' | 'max' | 'min' | 'any' | 'all' | 'argMax' | 'argMin'> = {
  sum: reduction(
    0,
    (a, b) => a + b,
    (a, b) => (a + b) | 0,
  ),
  prod: reduction(1, (a, b) => a * b, Math.imul),
  max: reduction(-Infinity, (a, b) => Math.max(a, b)),
  min: reduction(Infinity, (a, b) => Math.min(a, b)),
  any: reduction(0, (a, b) => a | b),
  all: reduction(1, (a, b) => a & b),
  argMax: indexOfExtremum((a, b) => a > b),
  argMin: indexOfExtremum((a, b) => a < b),
};
