import type { Node } from '../graph/node.ts';
import { type Affine, affineAxis, affineConstant, linearize } from './affine.ts';
import { type Expr, Expressions, loadsOf, type ReductionOp, registerOf } from './expression.ts';
import { type Group, type Role, roleIn } from './fuse.ts';
import type { LoopKernel, Reduction, Store } from './kernel.ts';
import { storeOf } from './opaque.ts';
import { changed } from './partial.ts';
import { Reader } from './read.ts';
import type { Candidate } from './roots.ts';

/** From here on a value that a later pass needs again is stored and loaded instead of computed twice. */
const worthStoring = 10;

/** Indices of a shape whose axes of size > 1 are the given axes of the nest. */
const indicesOver = (shape: readonly number[], axes: readonly number[], rank: number): Affine[] => {
  let next = 0;
  return shape.map(size => (size === 1 ? affineConstant(0, rank) : affineAxis(axes[next++] as number, rank)));
};

interface Lowered {
  readonly candidate: Candidate;
  readonly role: Role;
  readonly value: Expr;
  readonly position: Affine;
  /** How many passes must have ended before the value can be computed. */
  readonly stage: number;
}

/** Computes the kernel of a group: its axes, passes and stores. */
export const nest = (group: Group, roots: ReadonlySet<Node>, needed: ReadonlySet<Node>): LoopKernel => {
  const reduced = group.reduced ?? new Set<number>();
  const axes = group.shape.map((_, axis) => axis);
  const order = [...axes.filter(axis => !reduced.has(axis)), ...axes.filter(axis => reduced.has(axis))];
  const sizes = order.map(axis => group.shape[axis] as number);
  const parallel = sizes.length - reduced.size;
  const place = axes.map(axis => order.indexOf(axis));
  const rowPlace = axes.filter(axis => !reduced.has(axis)).map(axis => order.indexOf(axis));
  const e = new Expressions();
  const reader = new Reader(e, sizes, node => roots.has(node));
  const stageOf = stageTable();
  const lowered: Lowered[] = [];
  const stored = new Set<Node>(group.members.map(({ node }) => node).filter(node => needed.has(node)));

  const lower = (candidate: Candidate): Lowered => {
    const role = roleIn(candidate, { ...group, reduced: group.reduced }) as Role;
    const { node } = candidate;
    const source = role === 'reduce' ? (node.inputs[0] as Node) : node;
    const indices = indicesOver(source.shape, role === 'row' ? rowPlace : place, sizes.length);
    const value = role === 'reduce' ? reader.read(source, { indices }) : reader.compute(node, { indices });
    const own = role === 'full' ? indices : indicesOver(node.shape, rowPlace, sizes.length);
    const position = linearize(own, node.shape, sizes.length);
    return { candidate, role, value, position, stage: stageOf.of(value) };
  };

  for (const candidate of group.members) {
    let item = lower(candidate);
    // A dear value of an earlier pass is read back from its array.
    const earlier = lowered.filter(other => other.role === 'full' && other.stage < item.stage && stageOf.cost(other.value) >= worthStoring);
    const again = earlier.filter(other => candidate.reads.some(read => read.node === other.candidate.node));
    if (again.length > 0) {
      for (const other of again) {
        stored.add(other.candidate.node);
        reader.inRegisters.delete(other.candidate.node);
      }
      reader.forget();
      item = lower(candidate);
      for (const other of again) reader.inRegisters.set(other.candidate.node, other);
      reader.forget();
    }
    lowered.push(item);
    if (item.role === 'reduce') {
      const result = e.reduced(candidate.node, registerOf[candidate.node.dtype]);
      stageOf.set(result, item.stage + 1);
      reader.inRegisters.set(candidate.node, { position: item.position, value: result });
    } else reader.inRegisters.set(candidate.node, item);
  }

  const passes = Math.max(0, ...lowered.map(({ role, stage }) => (role === 'row' ? stage : stage + 1)));
  const stages = Array.from({ length: reduced.size > 0 ? passes : 0 }, () => ({ reductions: [] as Reduction[], stores: [] as Store[] }));
  const rowStores: Store[] = [];
  for (const { candidate, role, value, position, stage } of lowered) {
    const { node } = candidate;
    if (role === 'reduce') {
      stages[stage]?.reductions.push({ node, op: node.op as ReductionOp, value });
      if (stored.has(node)) rowStores.push(storeOf(e, node, position, e.reduced(node, registerOf[node.dtype])));
    } else if (stored.has(node)) {
      const store = storeOf(e, node, position, value);
      if (role === 'full' && reduced.size > 0) stages[stage]?.stores.push(store);
      else rowStores.push(store);
    }
  }
  const kernel: LoopKernel = { kind: 'loops', sizes, parallel, vector: -1, stages, rowStores };
  return inVectors(kernel);
};

/** In which pass an expression can be computed, and what it costs; both remembered. */
const stageTable = () => {
  const known = new Map<Expr, number>();
  const costs = new Map<Expr, number>();
  const of = (expr: Expr): number => {
    const stage = known.get(expr);
    if (stage !== undefined) return stage;
    const parts = expr.kind === 'apply' ? expr.args : expr.kind === 'load' ? expr.access.indirect.map(({ index }) => index) : [];
    const result = Math.max(0, ...parts.map(of));
    known.set(expr, result);
    return result;
  };
  const cost = (expr: Expr): number => {
    const value = costs.get(expr);
    if (value !== undefined) return value;
    costs.set(expr, 0);
    const result = expr.kind === 'apply' ? 1 + expr.args.reduce((sum, arg) => sum + cost(arg), 0) : expr.kind === 'load' ? 1 : 0;
    costs.set(expr, result);
    return result;
  };
  return { of, cost, set: (expr: Expr, stage: number): void => void known.set(expr, stage) };
};

/** How well vectors along an axis suit the arrays: neighbours are read and written in one go, others one by one. */
const scoresOf = ({ sizes, stages, rowStores }: LoopKernel): number[] => {
  const values = [...stages.flatMap(stage => [...stage.reductions, ...stage.stores]), ...rowStores].map(({ value }) => value);
  const accesses = [...loadsOf(values), ...rowStores].map(({ affine }) => affine);
  return sizes.map((size, axis) =>
    accesses.reduce(
      (sum, { strides }) => {
        const stride = strides[axis] as number;
        return sum + (stride === 1 ? 2 : stride === 0 ? 0 : -2);
      },
      size >= 4 ? 1 : -3,
    ),
  );
};

/**
 * Chooses the axis that runs in vectors: the last parallel or the last reduced one, whichever the arrays lie along. Where another
 * parallel axis suits them better, it goes last.
 */
const inVectors = (kernel: LoopKernel): LoopKernel => {
  const { sizes, parallel } = kernel;
  const last = sizes.length - 1;
  if (sizes.length === 0 || parallel === sizes.length) return { ...kernel, vector: last };
  const scores = scoresOf(kernel);
  const score = (axis: number): number => scores[axis] as number;
  const best = scores.slice(0, parallel).reduce((found, value, axis) => (value >= (scores[found] ?? -Infinity) ? axis : found), 0);
  if (parallel === 0 || score(best) <= score(last) || sizes[best] === 1) return { ...kernel, vector: last };
  if (best === parallel - 1) return { ...kernel, vector: best };
  const order = [...sizes.keys()].filter(axis => axis !== best);
  order.splice(parallel - 1, 0, best);
  const moved = changed(({ offset, strides }) => ({ offset, strides: order.map(axis => strides[axis] as number) }));
  return {
    ...kernel,
    sizes: order.map(axis => sizes[axis] as number),
    vector: parallel - 1,
    stages: kernel.stages.map(({ reductions, stores }) => ({
      reductions: reductions.map(moved.reduction),
      stores: stores.map(moved.store),
    })),
    rowStores: kernel.rowStores.map(moved.store),
  };
};
