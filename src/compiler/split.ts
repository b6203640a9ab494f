import { sizeOf } from '../core/shape.ts';
import { sameAffine } from './affine.ts';
import type { TiledContraction } from './contraction.ts';
import type { Expr } from './expression.ts';
import { expressionsOf, type LoopKernel, type SortKernel, type Store, storesOf } from './kernel.ts';

/** How the work of one kernel is cut for threads: chunk c does the units from c · grain on, `grain` of them. */
export interface Split {
  readonly chunks: number;
  readonly grain: number;
  /** The parallel axis that is cut, for a loop nest; its indices are the units. */
  readonly axis: number;
}

/** What threads there are, and what they are worth. */
export interface Parallelism {
  readonly threads: number;
  /** Estimated nanoseconds of a chunk, at least; a kernel that has not two of them stays on one thread. */
  readonly smallestChunk: number;
}

export const oneThread: Parallelism = { threads: 1, smallestChunk: Infinity };

/** What a job costs more than a call, some times over. */
export const usualChunk = 3_500;

/** So many chunks for each thread: one that is held up does not hold the others up. */
const chunksPerThread = 6;

const chunksFor = (nanoseconds: number, { threads, smallestChunk }: Parallelism): number =>
  threads === 1 ? 1 : Math.max(1, Math.min(threads * chunksPerThread, Math.floor(nanoseconds / smallestChunk)));

/** Cuts so many units into about so many chunks of equal size. */
const cut = (units: number, chunks: number, unit = 1): { chunks: number; grain: number } => {
  const grain = Math.ceil(units / Math.max(1, chunks)) * unit;
  return { grain, chunks: Math.ceil((units * unit) / grain) };
};

/** Neighbours on the vector axis that one round of its loop handles, at most. */
const mostUnrolled = 16;

interface Weight {
  readonly nanoseconds: number;
  readonly callsHost: boolean;
}

/** What one element costs, and whether the host is called: which only the first thread can. */
const weigh = (expressions: readonly Expr[], vectors: boolean): Weight => {
  let operations = 1;
  let callsHost = false;
  for (const expr of expressions) {
    if (expr.kind === 'apply') {
      operations += expr.op === 'div.f32' || expr.op === 'sqrt.f32' || expr.type === 'f64' ? 4 : 1;
      callsHost ||= expr.op === 'host.f32' || expr.op === 'host.f64';
    } else if (expr.kind === 'load') operations += expr.access.indirect.length > 0 ? 8 : 2;
  }
  return { nanoseconds: operations * (vectors ? 0.05 : 0.2), callsHost };
};

/** Whether different indices of an axis always write different elements: all other terms are multiples of its extent, or fit into a step. */
const writesApart = ({ affine, indirect }: Store, axis: number, sizes: readonly number[]): boolean => {
  const step = Math.abs(affine.strides[axis] as number);
  if (step === 0) return false;
  const extent = step * (sizes[axis] as number);
  const others = affine.strides.map((stride, other) => ({ stride: Math.abs(stride), size: other === axis ? 1 : (sizes[other] as number) }));
  let fine = 0;
  for (const { stride, size } of [...others, ...indirect]) {
    if (size === 1 || stride % extent === 0) continue;
    fine += (size - 1) * stride;
  }
  return fine < step;
};

/** How a loop nest is cut; undefined where that is not worth it or not safe. */
export const splitLoops = (kernel: LoopKernel, parallelism: Parallelism): Split | undefined => {
  const { sizes, parallel, vector } = kernel;
  if (parallelism.threads === 1 || parallel === 0 || sizes.includes(0)) return undefined;
  const stores = storesOf(kernel);
  const expressions = expressionsOf(kernel);
  const { nanoseconds, callsHost } = weigh(expressions, vector >= 0);
  const total = nanoseconds * sizes.reduce((product, size) => product * size, 1);
  const chunks = chunksFor(total, parallelism);
  if (chunks < 2 || callsHost || readsWhatOthersWrite(expressions, stores)) return undefined;
  let best: Split | undefined;
  for (let axis = 0; axis < parallel; axis++) {
    if (!stores.every(store => writesApart(store, axis, sizes))) continue;
    const step = axis === vector ? mostUnrolled : 1;
    const split = { axis, ...cut(Math.ceil((sizes[axis] as number) / step), chunks, step) };
    if (split.chunks >= 2 && (best === undefined || split.chunks > 2 * best.chunks)) best = split;
  }
  return best;
};

/** Whether an element that the nest stores is read at another place, as in a running sum. */
export const readsWhatOthersWrite = (expressions: readonly Expr[], stores: readonly Store[]): boolean => {
  const written = new Map(stores.map(store => [store.node, store.affine] as const));
  return expressions.some(expr => {
    const place = expr.kind === 'load' ? written.get(expr.access.node) : undefined;
    return expr.kind === 'load' && place !== undefined && !sameAffine(expr.access.affine, place);
  });
};

/** Multiply-adds a nanosecond, of a tile that is fed well. */
export const multiplyAdds = 35;

/** Nanoseconds to write one result. */
const writing = 0.1;

const nanosecondsOf = (work: number, results: number): number => work / multiplyAdds + results * writing;

/** How the blocks of a contraction are cut: `blocks` of them, for so many multiply-adds and results in all. */
export const splitBlocks = (
  { blocks, work, node }: Pick<TiledContraction, 'blocks' | 'work' | 'node'>,
  parallelism: Parallelism,
): Split | undefined => {
  const chunks = Math.min(blocks, chunksFor(nanosecondsOf(work, sizeOf(node.shape)), parallelism));
  if (chunks < 2) return undefined;
  return { axis: -1, ...cut(blocks, chunks) };
};

/** How many blocks of rows a contraction should have at least, so that every thread has enough of them. */
export const wantedBlocks = (work: number, results: number, parallelism: Parallelism): number =>
  chunksFor(nanosecondsOf(work, results), parallelism);

/** Nanoseconds of one comparison of a sort, and of what it moves. */
const comparison = 8;

/** How the lines of a sort are cut. */
export const splitSort = ({ outer, inner, length }: SortKernel, parallelism: Parallelism): Split | undefined => {
  const lines = outer * inner;
  const chunks = Math.min(lines, chunksFor(lines * length * Math.log2(length + 1) * comparison, parallelism));
  return chunks < 2 ? undefined : { axis: -1, ...cut(lines, chunks) };
};
