import { sizeOf, stridesOf } from '../core/shape.ts';
import type { Node } from '../graph/node.ts';
import { blocking } from './blocking.ts';
import type { Epilogue } from './epilogue.ts';
import { Expressions } from './expression.ts';
import type { ContractionKernel, LoopKernel, Operand, Store } from './kernel.ts';
import { contiguous, isWorthPacking, packColumns, packPanels, scratch } from './packing.ts';
import type { Parallelism } from './split.ts';

/** A tile of the output that fits into registers. */
export interface TileShape {
  readonly rows: number;
  readonly columns: number;
}

/** What is fastest with 128-bit vectors on the processors at hand. */
export const plainTile: TileShape = { rows: 6, columns: 8 };

/** One axis of a contraction: its size and the steps it makes in a, b and the output, in elements. */
export interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/**
 * How a contraction runs, decided; the emitter only follows. The output is cut into blocks of rows and columns, which are independent
 * of each other. Within a block, a stretch of the contracted axes at a time: tiles of rows and columns, each by one call of a micro-kernel.
 */
export interface TiledContraction {
  readonly kind: 'tiles';
  readonly node: Node;
  readonly a: Node;
  readonly b: Node;
  readonly aOffset: number;
  readonly bOffset: number;
  readonly batch: readonly Axis[];
  readonly outerRows: readonly Axis[];
  readonly rows: Axis;
  readonly segments: readonly Axis[];
  readonly inner: Axis;
  readonly columns: number;
  /** `row`: an element of a follows the previous one along the contracted axis; `column`: along the rows. */
  readonly order: 'row' | 'column';
  /** Register tile. */
  readonly tileRows: number;
  readonly tileColumns: number;
  /** Rows of a block: so many indices of the last outer row axis, so many rows; a multiple of `tileRows` where not all. */
  readonly blockOuter: number;
  readonly blockRows: number;
  /** Columns of a block: all, or a multiple of `tileColumns`. */
  readonly blockColumns: number;
  /** A stretch: so many indices of the last segment axis, so many of the inner one; one of the two is whole, or 1. */
  readonly stretchSegments: number;
  readonly stretchInner: number;
  /** Blocks in all, batches included, and multiply-adds in all. */
  readonly blocks: number;
  readonly work: number;
  /** Elements from one run of `tileColumns` columns of b to the next. */
  readonly panel: number;
  /** The same for a: elements from one run of `tileRows` rows to the next, where a is packed; undefined where it is read as it lies. */
  readonly aPanel?: number;
  readonly epilogue?: Epilogue;
}

/** Adjacent axes that are one axis in every array become one. */
const collapse = (axes: readonly Axis[]): Axis[] => {
  const merged: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const last = merged[merged.length - 1];
    const joins = last !== undefined && (['a', 'b', 'c'] as const).every(key => last[key] === axis[key] * axis.size);
    if (joins) merged[merged.length - 1] = { ...axis, size: (last as Axis).size * axis.size };
    else merged.push(axis);
  }
  return merged;
};

const unit: Axis = { size: 1, a: 0, b: 0, c: 0 };

/** Below this many rows packing b costs more than it gains. */
const rowsWorthPacking = 16;
/** The same where b's columns are neighbours already: tiles can read it as it lies. */
const rowsWorthPackingRows = 72;
/**
 * So few contracted elements of b's rows fit into the first-level cache as they lie. One thread would pack them a little faster; of
 * several each would fetch from the one that packed.
 */
const shallow = 64;

/** A product with so many contracted elements for each result is computed in parts, each of so many elements at least. */
const worthParts = 768;
const smallestPart = 384;
const mostParts = 16;

/** Into how many parts the first contracted axis goes; depends on the shape only, so that the number of threads changes no bit. */
const partsOf = ({ batch, m, n, k }: ContractionKernel): number => {
  const [depth, results] = [sizeOf(k), sizeOf([...batch, ...m, ...n])];
  if (depth < worthParts || results > 40 * depth) return 1;
  let parts = 1;
  for (let divisor = 2; divisor <= mostParts; divisor++)
    if ((k[0] as number) % divisor === 0 && depth / divisor >= smallestPart) parts = divisor;
  return parts;
};

/** The product of each part, and the sum of them: threads share the parts, and no operand is read more than once. */
const inParts = (kernel: ContractionKernel, parts: number): { stretches: ContractionKernel; sum: LoopKernel } => {
  const { node, batch, m, n, k } = kernel;
  const elements = sizeOf([...batch, ...m, ...n]);
  const partial = scratch(parts * elements);
  const [first = 1, ...others] = k;
  const split = (operand: Operand, free: number): Operand => {
    const at = batch.length + free;
    return { ...operand, strides: [((operand.strides[at] as number) * first) / parts, ...operand.strides] };
  };
  const stretches: ContractionKernel = {
    ...kernel,
    node: partial,
    batch: [parts, ...batch],
    k: [first / parts, ...others],
    a: split(kernel.a, m.length),
    b: split(kernel.b, n.length),
  };
  const e = new Expressions();
  const value = e.load({ node: partial, affine: { offset: 0, strides: [1, elements] }, indirect: [] }, 'f32');
  const store: Store = {
    node,
    affine: { offset: 0, strides: [1, 0] },
    indirect: [],
    storage: 'f32',
    value: e.reduced(node, 'f32'),
    mode: 'set',
  };
  const stages = [{ reductions: [{ node, op: 'sum' as const, value }], stores: [] }];
  return { stretches, sum: { kind: 'loops', sizes: [elements, parts], parallel: 1, vector: 0, stages, rowStores: [store] } };
};

/**
 * Chooses packing, order and tiles; returns the packing nests and the plan, in order of execution. `tile`: what is fastest in registers
 * here.
 */
export const planContraction = (
  kernel: ContractionKernel,
  tile: TileShape,
  parallelism: Parallelism,
): readonly (LoopKernel | TiledContraction)[] => {
  const parts = partsOf(kernel);
  if (parts > 1) {
    const { stretches, sum } = inParts(kernel, parts);
    return [...planContraction(stretches, tile, parallelism), sum];
  }
  const { node, batch, m, n, k } = kernel;
  const before: LoopKernel[] = [];
  let { a, b } = kernel;
  const rowCount = sizeOf(m);
  const columns = sizeOf(n);
  const cStrides = stridesOf([...batch, ...m, ...n]);
  const axesOf = (sizes: readonly number[], from: { a?: number; b?: number; c?: number }): Axis[] =>
    sizes.map((size, i) => ({
      size,
      a: from.a === undefined ? 0 : (a.strides[from.a + i] as number),
      b: from.b === undefined ? 0 : (b.strides[from.b + i] as number),
      c: from.c === undefined ? 0 : (cStrides[from.c + i] as number),
    }));
  // The order of loops is free: neighbours in a go innermost.
  const neighboursLast = (axes: readonly Axis[]): Axis[] => [...axes].sort((x, y) => Math.abs(y.a) - Math.abs(x.a));
  const rowAxes = (): Axis[] => collapse(neighboursLast(axesOf(m, { a: batch.length, c: batch.length })));
  const innerAxes = (): Axis[] => collapse(neighboursLast(axesOf(k, { a: batch.length + m.length, b: batch.length + n.length })));
  const orderOf = (): 'row' | 'column' | undefined => {
    const rows = rowAxes().at(-1) ?? unit;
    const inner = innerAxes().at(-1) ?? unit;
    const total = sizeOf(k);
    if (inner.a === 1 && (inner.size >= 16 || inner.size === total || rowCount < rowsWorthPacking)) return 'row';
    return rows.a === 1 && rows.size >= 4 && (inner.size >= 8 || inner.size === total) ? 'column' : undefined;
  };
  // b: columns as one axis, packed into panels where enough rows share them.
  let columnAxis = collapse(axesOf(n, { b: batch.length }));
  const inRows = (columnAxis[0]?.b ?? 1) === 1;
  const isShallow = inRows && sizeOf(k) <= shallow && parallelism.threads > 1;
  const packsB = rowCount >= (inRows ? rowsWorthPackingRows : rowsWorthPacking) && !isShallow;
  if (columnAxis.length > 1 || (!packsB && !inRows)) {
    // Row-major (batch, k, n): columns innermost.
    const sizes = [...batch, ...k, ...n];
    const order = [...batch.map((_, i) => i), ...k.map((_, i) => batch.length + n.length + i), ...n.map((_, i) => batch.length + i)];
    const moved = contiguous({ ...b, strides: order.map(axis => b.strides[axis] as number) }, sizes);
    before.push(moved.kernel);
    const at = moved.operand.strides;
    const strides = [
      ...at.slice(0, batch.length),
      ...at.slice(batch.length + k.length),
      ...at.slice(batch.length, batch.length + k.length),
    ];
    b = { ...moved.operand, strides };
    columnAxis = collapse(axesOf(n, { b: batch.length }));
  }
  const step = columnAxis[0]?.b ?? 1;
  const tileColumns = rowCount < 4 ? 32 : columns > 8 ? tile.columns : 8;
  let panel = tileColumns * step;
  if (packsB) {
    const packed = packPanels(b, { batch, n, k }, step, tileColumns);
    before.push(...packed.kernels);
    ({ b, panel } = packed);
  }
  let order = orderOf();
  if (order === undefined) {
    // Rows that are neighbours are copied, and read, as runs.
    const rows = rowAxes().at(-1) ?? unit;
    order = rows.a === 1 && rows.size >= 4 ? 'column' : 'row';
    if (order === 'row') {
      const moved = contiguous(a, [...batch, ...m, ...k]);
      before.push(moved.kernel);
      a = moved.operand;
    } else {
      const [rowsFrom, innerFrom] = [batch.length, batch.length + m.length];
      const from = [...a.strides.slice(0, rowsFrom), ...a.strides.slice(innerFrom), ...a.strides.slice(rowsFrom, innerFrom)];
      const moved = contiguous({ ...a, strides: from }, [...batch, ...k, ...m]);
      before.push(moved.kernel);
      const at = moved.operand.strides;
      const middle = rowsFrom + k.length;
      a = { ...moved.operand, strides: [...at.slice(0, rowsFrom), ...at.slice(middle), ...at.slice(rowsFrom, middle)] };
    }
  }
  let aPanel: number | undefined;
  if (
    order === 'column' &&
    rowAxes().length === 1 &&
    rowCount >= rowsWorthPacking &&
    isWorthPacking((innerAxes().at(-1) ?? unit).a, columns)
  ) {
    const packed = packColumns(a, { batch, m, k }, tile.rows);
    before.push(...packed.kernels);
    ({ a, aPanel } = packed);
  }
  const [rows, inner] = [rowAxes(), innerAxes()];
  const tiles = {
    kind: 'tiles' as const,
    node,
    a: a.node,
    b: b.node,
    aOffset: a.offset,
    bOffset: b.offset,
    batch: axesOf(batch, { a: 0, b: 0, c: 0 }).filter(axis => axis.size !== 1),
    outerRows: rows.slice(0, -1),
    rows: rows.at(-1) ?? unit,
    segments: inner.slice(0, -1),
    inner: inner.at(-1) ?? unit,
    columns,
    order,
    tileRows: tile.rows,
    tileColumns,
    panel,
    ...(aPanel === undefined ? {} : { aPanel }),
  };
  return [...before, { ...tiles, ...blocking(tiles, parallelism) }];
};
