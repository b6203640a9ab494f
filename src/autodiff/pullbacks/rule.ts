import type { Node, NodeOf } from '../../graph/node.ts';
import type { ControlOp, Op } from '../../graph/ops.ts';

/** One adjoint an input; null where none flows. */
export type Adjoints = readonly (Node | null)[];

/**
 * From a node and the adjoint of its output (same shape and element type) to the adjoints of its inputs, linear in dy and made of
 * primitives, so differentiable in turn. `needs` says which inputs are asked for; the adjoints of others may be null.
 */
export type Pullback<O extends Op> = (node: NodeOf<O>, dy: Node, needs: readonly boolean[]) => Adjoints;

/** An operation of one output and at least one input. */
export type DifferentiableOp = Exclude<Op, ControlOp | 'part'>;

/** The rules of some operations. */
export type Pullbacks<O extends DifferentiableOp> = { readonly [K in O]: Pullback<K> };

/** A rule for operations that no gradient passes: integers, comparisons, steps. */
export const none: Pullback<Op> = ({ inputs }) => inputs.map(() => null);

/** A rule for one input: from the input, the adjoint of the output and the output. */
export const unary =
  (rule: (x: Node, dy: Node, y: Node) => Node): Pullback<Op> =>
  (node, dy) => [rule(node.inputs[0] as Node, dy, node)];

/** A rule for two inputs, from both and the adjoint of the output; `z` is the output. An adjoint that is not asked for is not built. */
export const binary =
  (
    first: (x: Node, y: Node, dz: Node, z: Node) => Node | null,
    second: (x: Node, y: Node, dz: Node, z: Node) => Node | null,
  ): Pullback<Op> =>
  (z, dz, [needsFirst, needsSecond]) => {
    const [x, y] = z.inputs as [Node, Node];
    return [needsFirst ? first(x, y, dz, z) : null, needsSecond ? second(x, y, dz, z) : null];
  };
