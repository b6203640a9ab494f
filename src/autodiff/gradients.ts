import { isFloat } from '../core/dtype.ts';
import { add } from '../graph/build.ts';
import { type Node, topological } from '../graph/node.ts';
import type { Attributes, ControlOp } from '../graph/ops.ts';
import { controlPullbacks } from './pullbacks/control.ts';
import type { Adjoints, DifferentiableOp, Pullback } from './pullbacks/rule.ts';
import { pullbacks } from './pullbacks.ts';
import { Residuals, type ResidualType } from './residuals.ts';

const isControl = (node: Node): node is Node<ControlOp> => node.op in controlPullbacks;

/** The nodes of `order` through which a gradient flows to one of `wrt`: floats, and the control operations they are parts of. */
const activeNodes = (order: readonly Node[], wrt: ReadonlySet<Node>): Set<Node> => {
  const active = new Set<Node>();
  for (const node of order)
    if (wrt.has(node) || ((isFloat(node.dtype) || isControl(node)) && node.inputs.some(input => active.has(input)))) active.add(node);
  return active;
};

/** What is known of the adjoints while the graph is walked from its outputs to its inputs. */
class Accumulator {
  readonly #adjoints = new Map<Node, Node>();
  readonly #parts = new Map<Node, (Node | null)[]>();

  add(node: Node, adjoint: Node): void {
    const known = this.#adjoints.get(node);
    this.#adjoints.set(node, known === undefined ? adjoint : add(known, adjoint));
  }

  get(node: Node): Node | undefined {
    return this.#adjoints.get(node);
  }

  /** Parts of a control operation wait until all of them are known. */
  addPart(control: Node, index: number, adjoint: Node): void {
    let list = this.#parts.get(control);
    if (list === undefined) {
      list = control.parts.map(() => null);
      this.#parts.set(control, list);
    }
    list[index] = adjoint;
  }

  parts(control: Node): readonly (Node | null)[] | undefined {
    return this.#parts.get(control);
  }
}

/**
 * Reverse accumulation: for each of `wrt` the adjoint Σ_k seedₖᵀ ∂outputₖ / ∂wrt, or null where no output depends on it.
 * Seeds have the shapes and element types of the outputs. Each of `wrt` counts as independent: nothing flows through it to another.
 * The result is made of primitives: differentiate it again for higher orders. With `residualType` the way back reads forward values
 * that waited in 16 bits: see `Residuals`.
 */
export const gradients = (
  outputs: readonly Node[],
  seeds: readonly Node[],
  wrt: readonly Node[],
  residualType?: ResidualType,
): (Node | null)[] => {
  const stops = new Set(wrt);
  const order = topological(outputs, stops);
  const active = activeNodes(order, stops);
  const residuals = residualType === undefined ? undefined : new Residuals(order, stops, residualType);
  const adjoints = new Accumulator();
  outputs.forEach((node, index) => {
    if (active.has(node)) adjoints.add(node, seeds[index] as Node);
  });
  for (const node of order.toReversed()) {
    if (stops.has(node) || !active.has(node)) continue;
    const needs = node.inputs.map(input => active.has(input));
    let sent: Adjoints | undefined;
    if (isControl(node)) {
      const dys = adjoints.parts(node);
      const rule = controlPullbacks[node.op] as (typeof controlPullbacks)['scan'];
      if (dys !== undefined) sent = rule(node as Node<'scan'>, dys, needs, gradients, residuals);
    } else {
      const dy = adjoints.get(node);
      if (dy === undefined) continue;
      if (node.op === 'part') adjoints.addPart(node.inputs[0] as Node, (node.attributes as Attributes['part']).index, dy);
      else {
        const rule = pullbacks[node.op as DifferentiableOp] as Pullback<DifferentiableOp>;
        const sentBack = rule(node as Node<DifferentiableOp>, dy, needs);
        sent = residuals === undefined ? sentBack : residuals.inAdjoints(sentBack, [dy]);
      }
    }
    sent?.forEach((adjoint, index) => {
      if (adjoint !== null && needs[index]) adjoints.add(node.inputs[index] as Node, adjoint);
    });
  }
  return wrt.map(node => adjoints.get(node) ?? null);
};
