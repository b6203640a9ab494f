import { sizeOf, stridesOf } from '../core/shape.ts';
import { input, type Node } from '../graph/node.ts';
import type { Affine } from './affine.ts';
import { type Expr, Expressions, type Register, storageOf } from './expression.ts';
import { expressionsOf, type LoopKernel, type Reduction, type Store } from './kernel.ts';

/** Fewer elements than this are summed by one loop. */
const worthPartials = 32_768;
/** A partial result covers so many elements at least; and there are so many of them at most. */
const fewestElements = 8;
const mostPartials = 64;
/** Rows from which on their number alone keeps all threads busy. */
const enoughRows = 64;

const dtypeOf = { f32: 'float32', f64: 'float64', i32: 'int32', mask: 'bool' } as const satisfies Readonly<Record<Register, string>>;

/** The same stores and reductions with other positions. */
export const changed = (
  change: (affine: Affine) => Affine,
): { store: (store: Store) => Store; reduction: (of: Reduction) => Reduction } => {
  const done = new Map<Expr, Expr>();
  const visit = (expr: Expr): Expr => {
    const known = done.get(expr);
    if (known !== undefined) return known;
    let result = expr;
    if (expr.kind === 'load') {
      const indirect = expr.access.indirect.map(item => ({ ...item, index: visit(item.index) }));
      result = { ...expr, access: { ...expr.access, affine: change(expr.access.affine), indirect } };
    } else if (expr.kind === 'apply') result = { ...expr, args: expr.args.map(visit) };
    else if (expr.kind === 'index') result = { ...expr, affine: change(expr.affine) };
    done.set(expr, result);
    return result;
  };
  return {
    store: store => ({
      ...store,
      affine: change(store.affine),
      value: visit(store.value),
      indirect: store.indirect.map(item => ({ ...item, index: visit(item.index) })),
    }),
    reduction: reduction => ({ ...reduction, value: visit(reduction.value) }),
  };
};

/** Columns from which on partial sums lie in memory. */
const manyColumns = 32;

/**
 * Sums of columns, a row after the other, and the sums in memory. With the sums in registers it would walk down a few columns at a
 * time, through as many streams as there are rows, which no prefetcher follows.
 */
const byRows = ({ sizes, parallel, vector, stages, rowStores }: LoopKernel): readonly LoopKernel[] | undefined => {
  const [stage] = stages;
  const columns = sizes[vector] as number;
  if (stage === undefined || vector !== parallel - 1 || columns < manyColumns) return undefined;
  if (stage.reductions.some(({ op, value }) => op !== 'sum' || value.type !== 'f32')) return undefined;
  const last = changed(({ offset, strides }) => ({
    offset,
    strides: [...strides.slice(0, vector), ...strides.slice(parallel), strides[vector] as number],
  }));
  const zero = new Expressions().constant(0, 'f32');
  const sums = rowStores.map((store, i): Store => {
    const { value } = last.reduction(stage.reductions[i] as Reduction);
    return { ...last.store(store), value, mode: 'add' };
  });
  const nest = { kind: 'loops', stages: [] } as const;
  const rows = sizes.slice(0, parallel);
  return [
    { ...nest, sizes: rows, parallel, vector, rowStores: rowStores.map(store => ({ ...store, value: zero })) },
    {
      ...nest,
      sizes: [...rows.slice(0, -1), ...sizes.slice(parallel), columns],
      parallel: sizes.length,
      vector: sizes.length - 1,
      rowStores: [...stage.stores.map(last.store), ...sums],
    },
  ];
};

/**
 * A long reduction with few results as two: into partial results of equal stretches of its first reduced axis, then of these. Rows
 * are read one after the other instead of a column at a time, threads share the stretches, and rounding errors grow less. Depends on
 * the shape only, so that the number of threads does not change a bit. Undefined where it does not help.
 */
export const inPartials = (kernel: LoopKernel): readonly LoopKernel[] | undefined => {
  const { sizes, parallel, vector, stages, rowStores } = kernel;
  const [stage, ...laterStages] = stages;
  if (stage === undefined || laterStages.length > 0 || stage.reductions.length === 0 || sizeOf(sizes) < worthPartials) return undefined;
  const rows = sizes.slice(0, parallel);
  if (vector >= parallel && sizeOf(rows) >= enoughRows) return undefined;
  if (stage.reductions.some(({ op }) => op === 'argMax' || op === 'argMin')) return undefined;
  const [first = 1, ...others] = sizes.slice(parallel);
  const rest = sizeOf(others);
  let count = 0;
  for (let divisor = 2; divisor <= mostPartials; divisor++)
    if (first % divisor === 0 && (first / divisor) * rest >= fewestElements) count = divisor;
  if (count === 0) return undefined;
  const e = new Expressions(1 + Math.max(...expressionsOf(kernel).map(({ id }) => id)));
  const partial = new Map<Node, Node>(
    stage.reductions.map(({ node, value }) => [node, input([count, ...rows], dtypeOf[value.type], { label: 'partial' })]),
  );
  const split = ({ offset, strides }: Affine): Affine => {
    const step = strides[parallel] as number;
    return { offset, strides: [(step * first) / count, ...strides.slice(0, parallel), step, ...strides.slice(parallel + 1)] };
  };
  const rowStrides = stridesOf(rows);
  const into = ({ node, value }: Reduction): Store => {
    const to = partial.get(node) as Node;
    const strides = [sizeOf(rows), ...rowStrides, ...sizes.slice(parallel).map(() => 0)];
    return {
      node: to,
      affine: { offset: 0, strides },
      indirect: [],
      storage: storageOf[to.dtype],
      value: e.reduced(node, value.type),
      mode: 'set',
    };
  };
  const inStretches = changed(split);
  const stretches: LoopKernel = {
    kind: 'loops',
    sizes: [count, ...rows, first / count, ...others],
    parallel: parallel + 1,
    vector: vector + 1,
    stages: [{ reductions: stage.reductions.map(inStretches.reduction), stores: stage.stores.map(inStretches.store) }],
    rowStores: stage.reductions.map(into),
  };
  const ofRows = changed(({ offset, strides }) => ({ offset, strides: [...strides.slice(0, parallel), 0] }));
  const together = stage.reductions.map(({ node, op, value }): Reduction => {
    const affine: Affine = { offset: 0, strides: [...rowStrides, sizeOf(rows)] };
    return { node, op, value: e.load({ node: partial.get(node) as Node, affine, indirect: [] }, value.type) };
  });
  const whole: LoopKernel = {
    kind: 'loops',
    sizes: [...rows, count],
    parallel,
    vector: sizeOf(rows) >= 4 ? parallel - 1 : parallel,
    stages: [{ reductions: together, stores: [] }],
    rowStores: rowStores.map(ofRows.store),
  };
  return [...(byRows(stretches) ?? [stretches]), whole];
};
