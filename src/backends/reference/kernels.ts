import { stridesOf } from '../../core/shape.ts';
import { layout } from './kernels/layout.ts';
import { maps } from './kernels/maps.ts';
import { products } from './kernels/products.ts';
import { reductions } from './kernels/reductions.ts';
import type { EvaluatedOp, Kernel } from './kernels/rule.ts';
import { structured } from './kernels/structured.ts';
import { build, type Value } from './value.ts';

/** An operation that is its first input, as far as values go. */
const first: Kernel<'mark' | 'stopGradient' | 'barrier' | 'custom'> = (_, inputs) => inputs[0] as Value;

const iota: Kernel<'iota'> = ({ shape, dtype, attributes: { axis } }) => {
  const stride = stridesOf(shape)[axis] as number;
  return build(shape, dtype, i => Math.floor(i / stride) % (shape[axis] as number));
};

/** The oracle's plain loops: what each operation means, with nothing done for speed. Loops and branches are in `kernels/control.ts`. */
export const kernels: { readonly [O in EvaluatedOp]: Kernel<O> } = {
  ...maps,
  ...reductions,
  ...layout,
  ...structured,
  ...products,
  constant: ({ shape, dtype, attributes: { value } }) => build(shape, dtype, () => value),
  iota,
  mark: first,
  stopGradient: first,
  barrier: first,
  custom: first,
};
