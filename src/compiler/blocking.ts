import { sizeOf } from '../core/shape.ts';
import type { Axis, TiledContraction } from './contraction.ts';
import { multiplyAdds, type Parallelism, wantedBlocks } from './split.ts';

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
 * What blocks that do not have whole rows cost more where a map follows: it reads and writes its arrays in short pieces, each of which
 * waits for memory anew where they are too large for the second-level cache.
 */
export const costOfPieces = ({ node }: Pick<TiledContraction, 'node'>): number => (sizeOf(node.shape) * 4 >= 2 ** 20 ? 1.15 : 1);

/**
 * So few rows for each thread are one block of whole rows: what follows the product, a row after the other, then finds its rows where
 * it computes, and each thread keeps b. Recurrent networks run on that.
 */
const [fewestRows, mostRows] = [4, 32];

/**
 * Cuts rows and columns into blocks, enough of them for all threads, and contracted axes into stretches. `partialCost`: what blocks cost
 * more that have not all columns.
 */
export const blocking = (
  { batch, outerRows, rows, segments, inner, columns, tileRows, tileColumns, aPanel }: Omit<TiledContraction, keyof Blocking>,
  parallelism: Parallelism,
  partialCost = 1,
): Blocking => {
  const product = (axes: readonly Axis[]): number => axes.reduce((total, { size }) => total * size, 1);
  const lastOuter = outerRows.at(-1)?.size ?? 1;
  const around = product(batch) * product(outerRows.slice(0, -1));
  const results = around * lastOuter * rows.size * columns;
  const work = results * product(segments) * inner.size;
  const wanted = wantedBlocks(work, results, parallelism);
  const rowsFor = (parts: number): number => {
    const most = Math.min(mostBlockRows, Math.ceil(rows.size / parts));
    return most >= rows.size ? rows.size : Math.max(tileRows, evenly(rows.size, most, tileRows));
  };
  const blocksOf = (blockOuter: number, blockRows: number, blockColumns: number): number =>
    around * Math.ceil(lastOuter / blockOuter) * Math.ceil(rows.size / blockRows) * Math.ceil(columns / blockColumns);
  let best: { cost: number; blockRows: number; blockColumns: number; blockOuter: number } | undefined;
  const mostParts = partialCost === Infinity ? 1 : Math.min(wanted, Math.ceil(columns / tileColumns));
  const consider = (blockOuter: number, blockRows: number, blockColumns: number): void => {
    const height = blockRows * blockOuter;
    const each = (height * blockColumns) / multiplyAdds + (height + blockColumns) * fetching;
    const rounds = Math.ceil(blocksOf(blockOuter, blockRows, blockColumns) / parallelism.threads);
    const cost = rounds * each * (blockColumns === columns ? 1 : partialCost);
    if (best === undefined || cost < 0.97 * best.cost) best = { cost, blockRows, blockColumns, blockOuter };
  };
  for (let parts = 1; parts <= mostParts; parts++) {
    const blockColumns = parts === 1 ? columns : evenly(columns, Math.ceil(columns / parts), tileColumns);
    const left = Math.ceil(wanted / around / Math.ceil(columns / blockColumns));
    const blockRows = rowsFor(Math.ceil(left / lastOuter));
    const mostOuter = Math.min(Math.floor(mostBlockRows / rows.size), Math.floor(lastOuter / left));
    consider(blockRows === rows.size && lastOuter > 1 ? evenly(lastOuter, Math.max(1, mostOuter), 1) : 1, blockRows, blockColumns);
  }
  const each = Math.ceil(rows.size / parallelism.threads);
  if (wanted > 1 && around * lastOuter === 1 && aPanel === undefined && each >= fewestRows && each <= mostRows) consider(1, each, columns);
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
