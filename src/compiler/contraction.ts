import { sizeOf, stridesOf } from '../core/shape.ts';
import { input, type Node } from '../graph/node.ts';
import type { Epilogue } from './epilogue.ts';
import { Expressions } from './expression.ts';
import type { ContractionKernel, LoopKernel, Operand, Store } from './kernel.ts';
import { multiplyAdds, type Parallelism, wantedBlocks } from './split.ts';

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

/** Copies an operand into an array of its own with the given axes outermost first; `order` indexes its strides. */
const pack = (
  operand: Operand,
  sizes: readonly number[],
  strides: readonly number[],
  offset: number,
  into: Node,
  at: readonly number[],
  start: number,
): LoopKernel => {
  const e = new Expressions();
  const value = e.load({ node: operand.node, affine: { offset, strides }, indirect: [] }, 'f32');
  const store = { node: into, affine: { offset: start, strides: at }, indirect: [], storage: 'f32' as const, value, mode: 'set' as const };
  return { kind: 'loops', sizes, parallel: sizes.length, vector: sizes.length - 1, stages: [], rowStores: [store] };
};

const scratch = (elements: number): Node => input([elements], 'float32', { label: 'packed' });

/** Contiguous copy of an operand in the order of its strides' axes. */
const contiguous = (operand: Operand, sizes: readonly number[]): { kernel: LoopKernel; operand: Operand } => {
  const node = scratch(sizeOf(sizes));
  const strides = stridesOf(sizes);
  return { kernel: pack(operand, sizes, operand.strides, operand.offset, node, strides, 0), operand: { node, offset: 0, strides } };
};

/** Below this many rows packing b costs more than it gains. */
const rowsWorthPacking = 16;
/** The same where b's columns are neighbours already: tiles can read it as it lies. */
const rowsWorthPackingRows = 72;

/** Rows of a that stay in the second-level cache while all columns pass. */
const mostBlockRows = 144;
/** Contracted elements for which a panel of b stays in the first-level cache. */
const mostStretch = 384;

/** So many equal parts that none is larger than `most`: the size of a part, a multiple of `unit`. */
const evenly = (size: number, most: number, unit: number): number => {
  const parts = Math.ceil(size / most);
  return Math.min(size, Math.ceil(size / parts / unit) * unit);
};

type Blocking = Pick<
  TiledContraction,
  'blockOuter' | 'blockRows' | 'blockColumns' | 'stretchSegments' | 'stretchInner' | 'blocks' | 'work'
>;

/** Nanoseconds to bring one element from the second- or third-level cache, where a multiply-add takes one unit of 1 / 35. */
const fetching = 0.2;

/**
 * Cuts rows and columns into blocks, enough of them for all threads, and contracted axes into stretches. `wholeRows`: blocks have all
 * columns.
 */
export const blocking = (
  { batch, outerRows, rows, segments, inner, columns, tileRows, tileColumns }: Omit<TiledContraction, keyof Blocking>,
  parallelism: Parallelism,
  wholeRows = false,
): Blocking => {
  const product = (axes: readonly Axis[]): number => axes.reduce((total, { size }) => total * size, 1);
  const lastOuter = outerRows.at(-1)?.size ?? 1;
  const around = product(batch) * product(outerRows.slice(0, -1));
  const work = around * lastOuter * rows.size * columns * product(segments) * inner.size;
  const wanted = wantedBlocks(work, parallelism);
  const rowsFor = (parts: number): number => {
    const most = Math.min(mostBlockRows, Math.ceil(rows.size / parts));
    return most >= rows.size ? rows.size : Math.max(tileRows, evenly(rows.size, most, tileRows));
  };
  const blocksOf = (blockOuter: number, blockRows: number, blockColumns: number): number =>
    around * Math.ceil(lastOuter / blockOuter) * Math.ceil(rows.size / blockRows) * Math.ceil(columns / blockColumns);
  let best: { cost: number; blockRows: number; blockColumns: number; blockOuter: number } | undefined;
  const mostParts = wholeRows ? 1 : Math.min(wanted, Math.ceil(columns / tileColumns));
  for (let parts = 1; parts <= mostParts; parts++) {
    const blockColumns = parts === 1 ? columns : evenly(columns, Math.ceil(columns / parts), tileColumns);
    const left = Math.ceil(wanted / around / Math.ceil(columns / blockColumns));
    const blockRows = rowsFor(Math.ceil(left / lastOuter));
    const mostOuter = Math.min(Math.floor(mostBlockRows / rows.size), Math.floor(lastOuter / left));
    const blockOuter = blockRows === rows.size && lastOuter > 1 ? evenly(lastOuter, Math.max(1, mostOuter), 1) : 1;
    const blocks = blocksOf(blockOuter, blockRows, blockColumns);
    const height = blockRows * blockOuter;
    const cost = Math.ceil(blocks / parallelism.threads) * ((height * blockColumns) / multiplyAdds + (height + blockColumns) * fetching);
    if (best === undefined || cost < 0.97 * best.cost) best = { cost, blockRows, blockColumns, blockOuter };
  }
  const { blockOuter, blockRows, blockColumns } = best as NonNullable<typeof best>;
  const lastSegment = segments.at(-1)?.size ?? 1;
  const whole = inner.size <= mostStretch;
  return {
    blockOuter,
    blockRows,
    blockColumns,
    stretchSegments: whole ? evenly(lastSegment, Math.max(1, Math.floor(mostStretch / inner.size)), 1) : 1,
    stretchInner: whole ? inner.size : evenly(inner.size, mostStretch, 4),
    blocks: blocksOf(blockOuter, blockRows, blockColumns),
    work,
  };
};

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
  const packsB = rowCount >= ((columnAxis[0]?.b ?? 1) === 1 ? rowsWorthPackingRows : rowsWorthPacking);
  if (columnAxis.length > 1 || (!packsB && (columnAxis[0]?.b ?? 1) !== 1)) {
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
    const depth = sizeOf(k);
    const panels = Math.ceil(columns / tileColumns);
    const perBatch = panels * depth * tileColumns;
    const packed = scratch(sizeOf(batch) * perBatch);
    const batchAt = stridesOf(batch).map(stride => stride * perBatch);
    const depthAt = stridesOf(k).map(stride => stride * tileColumns);
    const [batchFrom, depthFrom] = [b.strides.slice(0, batch.length), b.strides.slice(batch.length + n.length)];
    const [full, rest] = [Math.floor(columns / tileColumns), columns % tileColumns];
    if (full > 0)
      before.push(
        pack(
          b,
          [...batch, full, ...k, tileColumns],
          [...batchFrom, tileColumns * step, ...depthFrom, step],
          b.offset,
          packed,
          [...batchAt, depth * tileColumns, ...depthAt, 1],
          0,
        ),
      );
    if (rest > 0)
      before.push(
        pack(
          b,
          [...batch, ...k, rest],
          [...batchFrom, ...depthFrom, step],
          b.offset + full * tileColumns * step,
          packed,
          [...batchAt, ...depthAt, 1],
          full * depth * tileColumns,
        ),
      );
    b = { node: packed, offset: 0, strides: [...batchAt, ...n.map(() => 0), ...depthAt] };
    panel = depth * tileColumns;
  }
  let order = orderOf();
  if (order === undefined) {
    const moved = contiguous(a, [...batch, ...m, ...k]);
    before.push(moved.kernel);
    a = moved.operand;
    order = 'row';
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
  };
  return [...before, { ...tiles, ...blocking(tiles, parallelism) }];
};
