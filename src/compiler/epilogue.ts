import { sizeOf, stridesOf } from '../core/shape.ts';
import type { Node } from '../graph/node.ts';
import { type Affine, sameAffine } from './affine.ts';
import type { TiledContraction } from './contraction.ts';
import { closure, type Expr, type Indirect, loadsOf, storageBytes, storageOf } from './expression.ts';
import type { LoopKernel } from './kernel.ts';
import { changed } from './partial.ts';

/** A map that runs on each block of rows of a contraction, while they are in the cache: bias, activation, residual, update. */
export interface Epilogue {
  /** The map for so many rows, its first axis, and so many columns; all of them where columns are several axes. */
  readonly kernelFor: (rows: number, columns: number) => LoopKernel;
  readonly arrays: readonly Node[];
  /** Bytes from one row to the next in each of the arrays. */
  readonly rowBytes: readonly number[];
  /** Bytes from one column to the next; undefined where the map needs whole rows. */
  readonly columnBytes: readonly number[] | undefined;
}

interface Access {
  readonly node: Node;
  readonly affine: Affine;
  readonly indirect: readonly Indirect[];
}

/** How many leading axes make up the rows, or undefined. */
const rowAxesOf = (sizes: readonly number[], rows: number): number | undefined => {
  let product = 1;
  for (let axis = 0; axis <= sizes.length; axis++) {
    if (product === rows && sizeOf(sizes.slice(axis)) > 1) return axis;
    product *= sizes[axis] ?? 1;
  }
  return undefined;
};

/** The step from row to row where the row axes are one axis in this array. */
const rowStride = ({ strides }: Affine, sizes: readonly number[], axes: number): number | undefined => {
  if (axes === 0) return 0;
  for (let axis = 0; axis + 1 < axes; axis++)
    if (strides[axis] !== (strides[axis + 1] as number) * (sizes[axis + 1] as number)) return undefined;
  return strides[axes - 1] as number;
};

const accessesOf = ({ rowStores }: LoopKernel): Access[] => [...loadsOf(rowStores.map(({ value }) => value)), ...rowStores];

/**
 * The map as an epilogue of the contraction, where it reads the product at its own element only, looks nothing up, and walks every
 * array row by row.
 */
export const epilogueOf = (contraction: TiledContraction, kernel: LoopKernel, arrays: readonly Node[]): Epilogue | undefined => {
  const { rows, columns, node, batch } = contraction;
  const { sizes, stages, rowStores, parallel } = kernel;
  if (stages.length > 0 || parallel !== sizes.length || batch.length > 0 || rows.c !== columns) return undefined;
  const rowCount = sizeOf(node.shape) / columns;
  if (sizeOf(sizes) !== sizeOf(node.shape) || rowCount === 1) return undefined;
  const axes = rowAxesOf(sizes, rowCount);
  if (axes === undefined) return undefined;
  const own: Affine = { offset: 0, strides: stridesOf(sizes) };
  const strides = new Map<Node, number>();
  const columnStrides = new Map<Node, number>();
  let byColumns = sizes.length === axes + 1;
  for (const access of accessesOf(kernel)) {
    if (access.indirect.length > 0) return undefined;
    if (access.node === node && !sameAffine(access.affine, own)) return undefined;
    const stride = rowStride(access.affine, sizes, axes);
    if (stride === undefined || (strides.get(access.node) ?? stride) !== stride) return undefined;
    strides.set(access.node, stride);
    const along = access.affine.strides.at(-1) as number;
    byColumns &&= (columnStrides.get(access.node) ?? along) === along;
    columnStrides.set(access.node, along);
  }
  if (rowStores.some(({ mode }) => mode !== 'set') || hasIndex(rowStores.map(({ value }) => value))) return undefined;
  const squeezed = (affine: Affine): Affine => ({
    offset: affine.offset,
    strides: [rowStride(affine, sizes, axes) as number, ...affine.strides.slice(axes)],
  });
  const rebuilt = rowStores.map(changed(squeezed).store);
  const bytesOf = (of: ReadonlyMap<Node, number>): number[] =>
    arrays.map(array => (of.get(array) ?? 0) * storageBytes[storageOf[array.dtype]]);
  return {
    kernelFor: (height, width) => ({
      kind: 'loops',
      sizes: [height, ...(byColumns ? [width] : sizes.slice(axes))],
      parallel: sizes.length - axes + 1,
      vector: sizes.length - axes,
      stages: [],
      rowStores: rebuilt,
    }),
    arrays,
    rowBytes: bytesOf(strides),
    columnBytes: byColumns ? bytesOf(columnStrides) : undefined,
  };
};

/** Whether an element's own index is computed with: a block would have to know where it begins. */
const hasIndex = (roots: readonly Expr[]): boolean => closure(roots).some(({ kind }) => kind === 'index');
