import * as g from '../../graph/build.ts';
import type { Node, NodeOf } from '../../graph/node.ts';
import type { ControlOp, Op } from '../../graph/ops.ts';

/** The counterpart of a node: the same value for all of the batch, or one for each member along a new axis 0. */
export interface Batched {
  readonly node: Node;
  readonly batched: boolean;
}

/** Batches more of the graph that is being batched: `from` are further nodes of it, with their counterparts. */
export type BatchGraph = (outputs: readonly Node[], from: readonly Node[], to: readonly Batched[]) => Batched[];

/** An operation that has inputs and one output. */
export type BatchableOp = Exclude<Op, ControlOp | 'part' | 'input' | 'constant' | 'iota'>;

/** From a node and the counterparts of its inputs, at least one of them batched, to its own counterpart, batched along axis 0. */
export type BatchingRule<O extends Op> = (node: NodeOf<O>, inputs: readonly Batched[], size: number, batchGraph: BatchGraph) => Node;

/** Gives a value that all of the batch share the batch axis. */
export const spread = ({ node, batched }: Batched, size: number): Node => (batched ? node : g.broadcast(node, [size, ...node.shape]));

/** Moves an axis to the front. */
export const toFront = (x: Node, axis: number): Node =>
  g.permute(x, [axis, ...x.shape.map((_, other) => other).filter(other => other !== axis)]);

/** Axes as they are called below the batch axis. */
export const below = (axes: readonly number[]): number[] => axes.map(axis => axis + 1);
