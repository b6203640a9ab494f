import { convolution } from './pullbacks/convolution.ts';
import { layout } from './pullbacks/layout.ts';
import { maps } from './pullbacks/maps.ts';
import { reductions } from './pullbacks/reductions.ts';
import { type DifferentiableOp, none, type Pullback } from './pullbacks/rule.ts';
import { structured } from './pullbacks/structured.ts';

const custom: Pullback<'custom'> = ({ attributes }, dy) => [null, ...attributes.pullback(dy)];

/**
 * How each operation of one output sends its adjoint back to its inputs. Integers and booleans have no adjoints: `gradients` never
 * asks for them. Operations of several outputs are in `pullbacks/control.ts`.
 */
export const pullbacks: { readonly [O in DifferentiableOp]: Pullback<O> } = {
  ...maps,
  ...reductions,
  ...layout,
  ...structured,
  convolution,
  input: none,
  constant: none,
  iota: none,
  mark: (_, dy) => [dy],
  stopGradient: none,
  barrier: (_, dy) => [dy, null],
  custom,
  argSort: none,
  randomBits: none,
};
