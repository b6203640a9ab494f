import type { Affine } from './affine.ts';
import { expressionsOf, type LoopKernel, storesOf } from './kernel.ts';
import { changed } from './partial.ts';
import { readsWhatOthersWrite } from './split.ts';

const affinesOf = (kernel: LoopKernel): Affine[] => [
  ...expressionsOf(kernel).flatMap(expr => (expr.kind === 'load' ? [expr.access.affine] : expr.kind === 'index' ? [expr.affine] : [])),
  ...storesOf(kernel).map(({ affine }) => affine),
];

/** Whether elements are computed in any order, each place by itself: nothing is looked up, added to, or read where others write. */
const isPlain = (kernel: LoopKernel): boolean => {
  const [expressions, stores] = [expressionsOf(kernel), storesOf(kernel)];
  const looksUp = expressions.some(expr => expr.kind === 'load' && expr.access.indirect.length > 0);
  return (
    !looksUp && stores.every(({ mode, indirect }) => mode === 'set' && indirect.length === 0) && !readsWhatOthersWrite(expressions, stores)
  );
};

/** A nest whose neighbouring parallel axes are one axis where they are that in every array: longer loops, and fewer ends of vectors. */
export const collapsed = (kernel: LoopKernel): LoopKernel => {
  const { sizes, parallel, vector } = kernel;
  if (!isPlain(kernel)) return kernel;
  const affines = affinesOf(kernel);
  const joins = (axis: number): boolean =>
    affines.every(({ strides }) => strides[axis] === (strides[axis + 1] as number) * (sizes[axis + 1] as number));
  const joined = sizes.map((_, axis) => axis + 1 < parallel && joins(axis));
  if (!joined.includes(true)) return kernel;
  // An axis that joins the next one goes on in it.
  const kept = <T>(list: readonly T[]): T[] => list.filter((_, axis) => !joined[axis]);
  const merged: number[] = [];
  let before = 1;
  sizes.forEach((size, axis) => {
    before *= size;
    if (joined[axis]) return;
    merged.push(before);
    before = 1;
  });
  const gone = (axes: number): number => joined.slice(0, axes).filter(Boolean).length;
  const change = changed(({ offset, strides }) => ({ offset, strides: kept(strides) }));
  return {
    kind: 'loops',
    sizes: merged,
    parallel: parallel - gone(parallel),
    vector: vector < 0 ? vector : vector - gone(vector),
    stages: kernel.stages.map(({ reductions, stores }) => ({
      reductions: reductions.map(change.reduction),
      stores: stores.map(change.store),
    })),
    rowStores: kernel.rowStores.map(change.store),
  };
};
