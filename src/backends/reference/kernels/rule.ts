import type { NodeOf } from '../../../graph/node.ts';
import type { ControlOp, Op } from '../../../graph/ops.ts';
import type { Value } from '../value.ts';

/** An operation of one output whose value follows from its inputs. */
export type EvaluatedOp = Exclude<Op, ControlOp | 'part' | 'input'>;

/** From a node and the values of its inputs to its own value. */
export type Kernel<O extends Op> = (node: NodeOf<O>, inputs: readonly Value[]) => Value;

/** The kernels of some operations. */
export type Kernels<O extends EvaluatedOp> = { readonly [K in O]: Kernel<K> };
