import { sizeOf, stridesOf } from '../core/shape.ts';
import { input, type Node } from '../graph/node.ts';
import { Expressions } from './expression.ts';
import type { ContractionKernel, LoopKernel, Operand } from './kernel.ts';

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

export const scratch = (elements: number): Node => input([elements], 'float32', { label: 'packed' });

/** Contiguous copy of an operand in the order of its strides' axes. */
export const contiguous = (operand: Operand, sizes: readonly number[]): { kernel: LoopKernel; operand: Operand } => {
  const node = scratch(sizeOf(sizes));
  const strides = stridesOf(sizes);
  return { kernel: pack(operand, sizes, operand.strides, operand.offset, node, strides, 0), operand: { node, offset: 0, strides } };
};

/** b in panels of `tileColumns` columns, which lie `step` elements apart. */
export const packPanels = (
  b: Operand,
  { batch, n, k }: Pick<ContractionKernel, 'batch' | 'n' | 'k'>,
  step: number,
  tileColumns: number,
): { kernels: LoopKernel[]; b: Operand; panel: number } => {
  const [depth, columns] = [sizeOf(k), sizeOf(n)];
  const panel = depth * tileColumns;
  const perBatch = Math.ceil(columns / tileColumns) * panel;
  const packed = scratch(sizeOf(batch) * perBatch);
  const batchAt = stridesOf(batch).map(stride => stride * perBatch);
  const depthAt = stridesOf(k).map(stride => stride * tileColumns);
  const [batchFrom, depthFrom] = [b.strides.slice(0, batch.length), b.strides.slice(batch.length + n.length)];
  const [full, rest] = [Math.floor(columns / tileColumns), columns % tileColumns];
  const kernels: LoopKernel[] = [];
  if (full > 0) {
    const from = [...batchFrom, tileColumns * step, ...depthFrom, step];
    kernels.push(pack(b, [...batch, full, ...k, tileColumns], from, b.offset, packed, [...batchAt, panel, ...depthAt, 1], 0));
  }
  if (rest > 0) {
    const from = [...batchFrom, ...depthFrom, step];
    const offset = b.offset + full * tileColumns * step;
    kernels.push(pack(b, [...batch, ...k, rest], from, offset, packed, [...batchAt, ...depthAt, 1], full * panel));
  }
  return { kernels, b: { node: packed, offset: 0, strides: [...batchAt, ...n.map(() => 0), ...depthAt] }, panel };
};

/**
 * Whether a's columns are worth bringing into the order of tiles: steps of many bytes along the contracted axis cost cache lines that
 * take turns in few places of the cache, most of all steps of whole kilobytes.
 */
export const isWorthPacking = (depthStep: number, columns: number): boolean => {
  const step = depthStep * 4;
  return step >= 1024 && columns >= (step % 1024 === 0 ? 192 : 256);
};

/** Elements between panels of a beyond their own, so that their beginnings do not all lie in the same place of the cache. */
const apart = 16;
/** Contracted elements that one panel gets before the next one does, where the whole of a panel does not fit into the cache. */
const packedTogether = 64;

/** a, whose rows are neighbours, in panels of `tileRows` rows. */
export const packColumns = (
  a: Operand,
  { batch, m, k }: Pick<ContractionKernel, 'batch' | 'm' | 'k'>,
  tileRows: number,
): { kernels: LoopKernel[]; a: Operand; aPanel: number } => {
  const [depth, rowCount] = [sizeOf(k), sizeOf(m)];
  const aPanel = depth * tileRows + apart;
  const panels = Math.ceil(rowCount / tileRows);
  const packed = scratch(sizeOf(batch) * panels * aPanel);
  const batchAt = stridesOf(batch).map(stride => stride * panels * aPanel);
  const depthAt = stridesOf(k).map(stride => stride * tileRows);
  const [batchFrom, depthFrom] = [a.strides.slice(0, batch.length), a.strides.slice(a.strides.length - k.length)];
  const [full, rest] = [Math.floor(rowCount / tileRows), rowCount % tileRows];
  const [first = 1, ...others] = k;
  const together = first % packedTogether === 0 ? packedTogether : first;
  const kernels: LoopKernel[] = [];
  const copy = (count: number, width: number, from: number, to: number): void => {
    const outer = (strides: readonly number[]): number => (strides[0] as number) * together;
    kernels.push(
      pack(
        a,
        [...batch, first / together, count, together, ...others, width],
        [...batchFrom, outer(depthFrom), tileRows, ...depthFrom, 1],
        a.offset + from,
        packed,
        [...batchAt, outer(depthAt), aPanel, ...depthAt, 1],
        to,
      ),
    );
  };
  if (full > 0) copy(full, tileRows, 0, 0);
  if (rest > 0) copy(1, rest, full * tileRows, full * aPanel);
  return { kernels, a: { node: packed, offset: 0, strides: [...batchAt, ...stridesOf(m), ...depthAt] }, aPanel };
};
