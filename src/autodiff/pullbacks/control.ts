import { GradusError } from '../../core/errors.ts';
import type { Node, NodeOf } from '../../graph/node.ts';
import type { ControlOp } from '../../graph/ops.ts';
import type { Residuals } from '../residuals.ts';
import { condPullback } from './cond.ts';
import type { Adjoints } from './rule.ts';
import { scanPullback } from './scan.ts';

/** `gradients` of gradients.ts, which the rules need for the bodies; it uses them in turn, so it is handed to them. */
export type Gradients = (outputs: readonly Node[], seeds: readonly Node[], wrt: readonly Node[]) => (Node | null)[];

/**
 * From the adjoints of all parts (null: none came) to those of the inputs that are asked for; `residuals`: forward values wait in
 * 16 bits.
 */
export type ControlPullback<O extends ControlOp> = (
  node: NodeOf<O>,
  dys: readonly (Node | null)[],
  needs: readonly boolean[],
  gradients: Gradients,
  residuals?: Residuals,
) => Adjoints;

const whilePullback: ControlPullback<'while'> = () => {
  throw new GradusError(
    'gradients do not flow through a while loop: the number of its steps is not known when the gradient is built. Use scan with a fixed length, or stopGradient around the loop.',
  );
};

/** How operations of several outputs send adjoints back. */
export const controlPullbacks: { readonly [O in ControlOp]: ControlPullback<O> } = {
  scan: scanPullback,
  cond: condPullback,
  while: whilePullback,
};
