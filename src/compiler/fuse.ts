import { sameShape, stridesOf } from '../core/shape.ts';
import { mark } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import type { Subgraph } from '../graph/ops.ts';
import { type Affine, sameAffine } from './affine.ts';
import { decompose } from './decompose.ts';
import { type Kernel, readsOf, type Schedule, writesOf } from './kernel.ts';
import { nest } from './nest.ts';
import { lowerOpaque } from './opaque.ts';
import { type Candidate, type Chosen, chooseRoots } from './roots.ts';

/** Candidates that share one loop nest. */
export interface Group {
  readonly shape: readonly number[];
  /** Reduced axes; `undefined` while it is only maps. */
  reduced: ReadonlySet<number> | undefined;
  readonly members: Candidate[];
}

/** What a candidate is to a nest: all axes, the row's one element, or a reduction to it. */
export type Role = 'full' | 'row' | 'reduce';

const sameSet = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean => a.size === b.size && [...a].every(axis => b.has(axis));

export const rowShape = (shape: readonly number[], reduced: ReadonlySet<number>): number[] => shape.filter((_, axis) => !reduced.has(axis));

/** The role that a candidate could have in a group, by shapes alone. */
export const roleIn = (candidate: Candidate, group: Group): Role | undefined => {
  const { shape, reduced, isReduction } = candidate;
  if (isReduction) {
    const fits = sameShape(shape, group.shape) && (group.reduced === undefined || sameSet(group.reduced, reduced));
    return fits ? 'reduce' : undefined;
  }
  if (sameShape(shape, group.shape)) return 'full';
  return group.reduced !== undefined && sameShape(shape, rowShape(group.shape, group.reduced)) ? 'row' : undefined;
};

/** The position of a member's own element over the axes of its group. */
const ownPosition = (role: Role, shape: readonly number[], reduced: ReadonlySet<number>): Affine => {
  if (role === 'full') return { offset: 0, strides: stridesOf(shape) };
  const strides = stridesOf(rowShape(shape, reduced));
  let kept = 0;
  return { offset: 0, strides: shape.map((_, axis) => (reduced.has(axis) ? 0 : (strides[kept++] as number))) };
};

/** Whether the candidate may compute in the group's nest: what it reads of members must be the element at hand. */
const fits = (candidate: Candidate, group: Group): boolean => {
  const role = roleIn(candidate, group);
  if (role === undefined || (candidate.kept.size > 0 && group.members.some(({ node }) => candidate.kept.has(node)))) return false;
  const reduced = group.reduced ?? candidate.reduced;
  let related = false;
  for (const { node, affine, indirect } of candidate.reads) {
    const member = group.members.find(other => other.node === node);
    if (member === undefined) {
      if (!related && affine.strides.some(stride => stride !== 0))
        related = group.members.some(other => other.reads.some(read => read.node === node));
      continue;
    }
    const memberRole = roleIn(member, group) as Role;
    if (indirect || (role === 'row' && memberRole === 'full')) return false;
    let kept = 0;
    // A row's candidate counts only the axes that are not reduced.
    const over =
      role === 'row'
        ? { offset: affine.offset, strides: group.shape.map((_, axis) => (reduced.has(axis) ? 0 : (affine.strides[kept++] as number))) }
        : affine;
    if (!sameAffine(over, ownPosition(memberRole, group.shape, reduced))) return false;
    related = true;
  }
  return related;
};

type Unit = Group | readonly Kernel[];

/**
 * Groups candidates into nests, in topological order: each joins the latest nest of its shape with which it shares data, unless
 * something between the two depends on that nest. Then orders all kernels, updates of state last.
 */
const groupCandidates = ({ candidates, opaque, order }: Chosen, fusion: boolean): { units: Unit[]; unitOf: Map<Node, Unit> } => {
  const units: Unit[] = [];
  const unitOf = new Map<Node, Unit>();
  const needs = new Map<Unit, Set<Unit>>();
  const dependsOn = (from: Unit, target: Unit, seen = new Set<Unit>()): boolean => {
    if (from === target) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    for (const next of needs.get(from) ?? []) if (dependsOn(next, target, seen)) return true;
    return false;
  };
  const sources = (nodes: Iterable<Node>): Set<Unit> => {
    const found = new Set<Unit>();
    for (const node of nodes) {
      const unit = unitOf.get(node);
      if (unit !== undefined) found.add(unit);
    }
    return found;
  };
  /** The nodes with a unit that a node is computed from, or itself. */
  const beneath = (node: Node, found: Set<Node> = new Set(), seen: Set<Node> = new Set()): Set<Node> => {
    if (seen.has(node)) return found;
    seen.add(node);
    if (unitOf.has(node)) found.add(node);
    else for (const input of node.inputs) beneath(input, found, seen);
    return found;
  };
  for (const node of order) {
    const kernels = opaque.get(node);
    if (kernels !== undefined) {
      units.push(kernels);
      needs.set(kernels, sources(kernels.flatMap(readsOf)));
      for (const written of [node, ...kernels.flatMap(writesOf)]) unitOf.set(written, kernels);
      continue;
    }
    const candidate = candidates.get(node);
    if (candidate === undefined) continue;
    const read = candidate.reads.map(one => one.node);
    const from = sources(
      candidate.waitsFor.size === 0 ? read : [...read, ...[...candidate.waitsFor].flatMap(after => [...beneath(after)])],
    );
    let joined: Group | undefined;
    for (let i = units.length - 1; fusion && i >= 0 && i >= units.length - 64 && joined === undefined; i--) {
      const unit = units[i] as Unit;
      if (!('members' in unit) || !fits(candidate, unit)) continue;
      if ([...from].some(source => source !== unit && dependsOn(source, unit))) continue;
      joined = unit;
    }
    const group = joined ?? { shape: candidate.shape, reduced: undefined, members: [] };
    if (joined === undefined) {
      units.push(group);
      needs.set(group, new Set());
    }
    group.members.push(candidate);
    if (candidate.isReduction) group.reduced = candidate.reduced;
    for (const source of from) if (source !== group) (needs.get(group) as Set<Unit>).add(source);
    unitOf.set(node, group);
  }
  const copied = fusion ? withCopies(units, unitOf) : units;
  return { units: sortUnits(copied, needs, order), unitOf };
};

/** Copies of inputs that nobody else reads, as a loop's old state that its gradient wants, go along with the last nest of their shape. */
const withCopies = (units: readonly Unit[], unitOf: Map<Node, Unit>): Unit[] => {
  const isCopy = (unit: Unit): unit is Group =>
    'members' in unit && unit.members.every(({ node, reads }) => node.op === 'mark' && reads.every(read => read.node.op === 'input'));
  const nests = units.filter((unit): unit is Group => 'members' in unit && !isCopy(unit));
  return units.filter(unit => {
    if (!isCopy(unit)) return true;
    const host = nests.findLast(group => unit.members.every(copy => roleIn(copy, group) === 'full'));
    if (host === undefined) return true;
    for (const copy of unit.members) {
      host.members.push(copy);
      unitOf.set(copy.node, host);
    }
    return false;
  });
};

/** Units after what they need; among those that are free the one whose last member comes first. */
const sortUnits = (units: readonly Unit[], needs: ReadonlyMap<Unit, ReadonlySet<Unit>>, order: readonly Node[]): Unit[] => {
  const rank = new Map(order.map((node, index) => [node, index]));
  const lastOf = (unit: Unit): number => {
    const nodes = 'members' in unit ? unit.members.map(({ node }) => node) : unit.flatMap(writesOf);
    return Math.max(0, ...nodes.map(node => rank.get(node) ?? 0));
  };
  const keyed = units.map(unit => ({ unit, last: lastOf(unit), open: needs.get(unit)?.size ?? 0 }));
  const byUnit = new Map(keyed.map(item => [item.unit, item]));
  const users = new Map<Unit, Unit[]>();
  for (const unit of units) for (const source of needs.get(unit) ?? []) users.set(source, [...(users.get(source) ?? []), unit]);
  const sorted: Unit[] = [];
  const ready = keyed.filter(item => item.open === 0);
  while (ready.length > 0) {
    let best = 0;
    for (let i = 1; i < ready.length; i++) if ((ready[i] as { last: number }).last < (ready[best] as { last: number }).last) best = i;
    const [next] = ready.splice(best, 1) as [(typeof keyed)[number]];
    sorted.push(next.unit);
    for (const user of users.get(next.unit) ?? []) {
      const item = byUnit.get(user) as (typeof keyed)[number];
      if (--item.open === 0) ready.push(item);
    }
  }
  return sorted;
};

/**
 * The node whose array each output is: distinct, and none an input's. Reshapes share the array of what they reshape. Outputs of a
 * body that do not depend on its inputs may be another body's too, so they get an array of their own.
 */
const outputArrays = (outputs: readonly Node[], isBody: boolean): Node[] => {
  const taken = new Set<Node>();
  return outputs.map(output => {
    let base = output;
    while (base.op === 'reshape') base = base.inputs[0] as Node;
    const own = base.op === 'input' || taken.has(base) || (isBody && !base.symbolic) ? mark(output) : base;
    taken.add(own);
    return own;
  });
};

export interface FuseOptions {
  /** Outputs that stay their inputs. */
  readonly keep?: ReadonlySet<number>;
  /** The graph is a body of a loop or a branch. */
  readonly isBody?: boolean;
  /** Without it each operation has an array and a kernel of its own: to test fusion against. */
  readonly fusion?: boolean;
}

/** From a graph to kernels: decompose, choose arrays, group into nests, order. */
export const fuse = (graph: Subgraph, { keep = new Set(), isBody = false, fusion = true }: FuseOptions = {}): Schedule => {
  const lowered = decompose(graph.outputs);
  const computed = lowered.filter((_, index) => !keep.has(index));
  const arrays = outputArrays(computed, isBody);
  const chosen = chooseRoots(
    arrays,
    lowerOpaque(body => fuse(body, { isBody: true, fusion })),
    fusion,
  );
  const { units, unitOf } = groupCandidates(chosen, fusion);
  // An array is needed where something outside of the nest that computes it reads it.
  const needed = new Set<Node>(arrays);
  for (const unit of units) {
    const reads = 'members' in unit ? unit.members.flatMap(member => member.reads.map(read => read.node)) : unit.flatMap(readsOf);
    for (const node of reads) if (unitOf.get(node) !== unit) needed.add(node);
  }
  const kernels = units.flatMap(unit => ('members' in unit ? [nest(unit, chosen.roots, needed)] : unit));
  const written: Node[] = [];
  const seen = new Set<Node>();
  for (const node of kernels.flatMap(writesOf)) {
    if (seen.has(node)) continue;
    seen.add(node);
    written.push(node);
  }
  let next = 0;
  const outputs = lowered.map((node, index) => (keep.has(index) ? node : (arrays[next++] as Node)));
  return { kernels, outputs, arrays: written };
};
