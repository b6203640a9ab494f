import type { Axis, TiledContraction } from '../../compiler/contraction.ts';
import type { LoopKernel } from '../../compiler/kernel.ts';
import type { Node } from '../../graph/node.ts';
import { call, type Expression, FunctionBuilder, type FunctionCode, get, type Local, set } from './assembler.ts';
import { addConst, f32x4, i32, select, v128 } from './instructions.ts';

type I = Expression<'i32'>;

/** A register tile: so many rows and columns of the output, the last vector of a row with `lastLanes` lanes. */
export interface Tile {
  readonly order: 'row' | 'column';
  readonly rows: number;
  readonly vectors: number;
  readonly lastLanes: number;
}

export const tileName = ({ order, rows, vectors, lastLanes }: Tile): string => `tile_${order}_${rows}x${vectors * 4 - 4 + lastLanes}`;

/** Contracted elements handled in one round of the loop. */
const unroll = 4;

/** Address of zeros, as many as a tile has columns: what a sum starts from. */
const zeros = 128;

/**
 * c[i, j] = start[i, j] + Σ_k a[i, k] b[k, j] for one tile, all of it in registers.
 * Parameters: addresses of a, b, start, c; bytes between a's rows, a's k, b's k, start's rows, c's rows; number of k.
 * All of the tile is loaded before the loop and a row's stores are adjacent and last: so V8 can pair vectors into 256-bit ones.
 */
export const emitTile = (tile: Tile, relaxed: boolean): FunctionCode => {
  const { order, rows, vectors, lastLanes } = tile;
  const f = new FunctionBuilder(tileName(tile));
  const parameter = (): Local<'i32'> => f.parameter('i32');
  const [a, b, start, c] = [parameter(), parameter(), parameter(), parameter()];
  const [aRow, aStep, bStep, startRow, cRow, count] = [parameter(), parameter(), parameter(), parameter(), parameter(), parameter()];
  const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => f.local('v128')));
  const rowsFrom = (base: Local<'i32'>, step: Local<'i32'>): Local<'i32'>[] => {
    const pointers = Array.from({ length: rows }, (_, i) => (i === 0 ? base : f.local('i32')));
    for (let i = 1; i < rows; i++) f.add(set(pointers[i] as Local<'i32'>, i32.add(get(pointers[i - 1] as Local<'i32'>), get(step))));
    return pointers;
  };
  const [startRows, cRows] = [rowsFrom(start, startRow), rowsFrom(c, cRow)];
  const lanesOf = (vector: number): number => (vector === vectors - 1 ? lastLanes : 4);
  sums.forEach((row, i) =>
    row.forEach((sum, j) => {
      const at = get(startRows[i] as Local<'i32'>);
      const lanes = lanesOf(j);
      let value = lanes === 4 ? v128.load(at, j * 16) : lanes === 1 ? v128.load32Zero(at, j * 16) : v128.load64Zero(at, j * 16);
      if (lanes === 3) value = v128.load32Lane(at, value, 2, j * 16 + 8);
      f.add(set(sum, value));
    }),
  );
  const aRows = Array.from({ length: order === 'row' ? rows : 1 }, (_, i) => (i === 0 ? a : f.local('i32')));
  for (let i = 1; i < aRows.length; i++) f.add(set(aRows[i] as Local<'i32'>, i32.add(get(aRows[i - 1] as Local<'i32'>), get(aRow))));
  const bVectors = Array.from({ length: vectors }, () => f.local('v128'));
  const madd = (x: Expression<'v128'>, y: Expression<'v128'>, z: Expression<'v128'>): Expression<'v128'> =>
    relaxed ? f32x4.relaxedMadd(x, y, z) : f32x4.add(z, f32x4.mul(x, y));
  /** One k: a's elements at `aOffset` bytes from their pointers. */
  const step = (aOffset: number): void => {
    bVectors.forEach((vector, j) => f.add(set(vector, v128.load(get(b), j * 16))));
    f.add(set(b, i32.add(get(b), get(bStep))));
    for (let i = 0; i < rows; i++) {
      const element = order === 'row' ? v128.load32Splat(get(aRows[i] as Local<'i32'>), aOffset) : v128.load32Splat(get(a), i * 4);
      const splat = f.let(element);
      sums[i]?.forEach((sum, j) => f.add(set(sum, madd(splat, get(bVectors[j] as Local<'v128'>), get(sum)))));
    }
    if (order === 'column') f.add(set(a, i32.add(get(a), get(aStep))));
  };
  const advance = (by: number): void => {
    if (order === 'row') for (const row of aRows) f.add(set(row, i32.add(get(row), i32.const(by * 4))));
  };
  const loop = (by: number): void =>
    f.when(i32.geS(get(count), i32.const(by)), () =>
      f.repeatWhile(() => {
        for (let u = 0; u < by; u++) step(u * 4);
        advance(by);
        f.add(set(count, i32.sub(get(count), i32.const(by))));
        return i32.geS(get(count), i32.const(by));
      }),
    );
  loop(unroll);
  loop(1);
  sums.forEach((row, i) =>
    row.forEach((sum, j) => {
      const at = get(cRows[i] as Local<'i32'>);
      const lanes = lanesOf(j);
      if (lanes === 4) f.add(v128.store(at, get(sum), j * 16));
      else if (lanes === 1) f.add(v128.store32Lane(at, get(sum), 0, j * 16));
      else f.add(v128.store64Lane(at, get(sum), 0, j * 16));
      if (lanes === 3) f.add(v128.store32Lane(at, get(sum), 2, j * 16 + 8));
    }),
  );
  return f.build();
};

/** Rows of a that stay in the cache while all columns pass. */
const blockRows = 96;
/** Contracted elements a panel of b has in the first-level cache. */
const blockInner = 384;

/**
 * The driver of a contraction: loops around calls of micro-kernels. Parameters: addresses of a, b, the output, and the epilogue's
 * arrays. The epilogue runs on each block of rows as soon as its sums are complete.
 */
export const emitContraction = (
  plan: TiledContraction,
  tileIndex: (tile: Tile) => number,
  loopsIndex: (kernel: LoopKernel, arrays: readonly Node[]) => number,
  name: string,
): FunctionCode => {
  const { batch, outerRows, rows, segments, inner, columns, tileColumns, order, panel } = plan;
  const f = new FunctionBuilder(name);
  const [a, b, c] = [f.parameter('i32'), f.parameter('i32'), f.parameter('i32')];
  const { epilogue } = plan;
  const extra = epilogue?.arrays.map(() => f.parameter('i32')) ?? [];
  const tileRows = Math.min(plan.tileRows, rows.size);
  interface At {
    readonly a: I;
    readonly b: I;
    readonly c: I;
  }
  /** Runs the body for each index of an axis, with addresses moved along. */
  const over = ({ size, ...by }: Axis, at: At, body: (at: At, index: I) => void, step = 1): void => {
    if (size === 1) {
      body(at, i32.const(0));
      return;
    }
    const local = (value: I): Local<'i32'> => {
      const made = f.local('i32');
      f.add(set(made, value));
      return made;
    };
    const locals = { a: local(at.a), b: local(at.b), c: local(at.c) };
    const index = local(i32.const(0));
    f.repeatWhile(() => {
      body({ a: get(locals.a), b: get(locals.b), c: get(locals.c) }, get(index));
      for (const key of ['a', 'b', 'c'] as const)
        if (by[key] !== 0) f.add(set(locals[key], i32.add(get(locals[key]), i32.const(by[key] * step * 4))));
      f.add(set(index, i32.add(get(index), i32.const(1))));
      return i32.ltS(get(index), i32.const(size));
    });
  };
  /** All combinations of indices; the body learns whether it is not the first one, and whether more come. */
  const nested = (
    axes: readonly Axis[],
    at: At,
    body: (at: At, isLater: I, moreCome: I) => void,
    isLater: I = i32.const(0),
    moreCome: I = i32.const(0),
  ): void => {
    const [axis, ...rest] = axes;
    if (axis === undefined) body(at, isLater, moreCome);
    else
      over(axis, at, (inside, index) => {
        const more = i32.or(moreCome, i32.ltS(index, i32.const(axis.size - 1)));
        nested(rest, inside, body, i32.or(isLater, index), more);
      });
  };
  /** The epilogue on rows whose product begins at an address. */
  const finish = (at: At, height: number): void => {
    if (epilogue === undefined) return;
    const row = f.let(i32.divS(i32.sub(at.c, get(c)), i32.const(columns * 4)));
    const addresses = extra.map((base, i) => {
      const step = epilogue.rowBytes[i] as number;
      return step === 0 ? get(base) : i32.add(get(base), i32.mul(row, i32.const(step)));
    });
    f.add(call('void', loopsIndex(epilogue.kernelFor(height), epilogue.arrays), addresses));
  };
  const moved = (at: At, axis: Axis, by: number): At => ({
    a: addConst(at.a, axis.a * by * 4),
    b: addConst(at.b, axis.b * by * 4),
    c: addConst(at.c, axis.c * by * 4),
  });
  const bytes = (elements: number): I => i32.const(elements * 4);
  const tile = (at: At, height: number, width: number, count: number, adds: I): void => {
    const vectors = Math.ceil(width / 4);
    const shape: Tile = { order, rows: height, vectors, lastLanes: width - (vectors - 1) * 4 };
    const [start, startRow] = [select(at.c, i32.const(zeros), adds), select(bytes(rows.c), i32.const(0), adds)];
    const steps = [bytes(rows.a), bytes(inner.a), bytes(inner.b), startRow, bytes(rows.c)];
    f.add(call('void', tileIndex(shape), [at.a, at.b, start, at.c, ...steps, i32.const(count)]));
  };
  /** All rows of a block against one panel of columns. */
  const column = (at: At, height: number, width: number, count: number, adds: I): void => {
    const [full, rest] = [Math.floor(height / tileRows), height % tileRows];
    if (full > 0) over({ ...rows, size: full }, at, inside => tile(inside, tileRows, width, count, adds), tileRows);
    if (rest > 0) tile(moved(at, rows, full * tileRows), rest, width, count, adds);
  };
  const block = (at: At, height: number, count: number, adds: I): void => {
    const [full, rest] = [Math.floor(columns / tileColumns), columns % tileColumns];
    const panels: Axis = { size: full, a: 0, b: panel, c: tileColumns };
    if (full > 0) over(panels, at, inside => column(inside, height, tileColumns, count, adds));
    if (rest > 0) column(moved(at, panels, full), height, rest, count, adds);
  };
  const rowBlocks = (at: At, count: number, adds: I, moreCome: I): void => {
    const [full, rest] = [Math.floor(rows.size / blockRows), rows.size % blockRows];
    const complete = (inside: At, height: number): void => {
      block(inside, height, count, adds);
      if (epilogue !== undefined) f.when(i32.eqz(moreCome), () => finish(inside, height));
    };
    if (full > 0) over({ ...rows, size: full }, at, inside => complete(inside, blockRows), blockRows);
    if (rest > 0) complete(moved(at, rows, full * blockRows), rest);
  };
  const start: At = { a: addConst(get(a), plan.aOffset * 4), b: addConst(get(b), plan.bOffset * 4), c: get(c) };
  nested(batch, start, inBatch =>
    nested(segments, inBatch, (inSegment, isLater, moreCome) => {
      for (let from = 0; from < inner.size; from += blockInner) {
        const count = Math.min(blockInner, inner.size - from);
        const adds = from > 0 ? i32.const(1) : isLater;
        const flag = f.let(adds);
        const more = f.let(from + count < inner.size ? i32.const(1) : moreCome);
        nested(outerRows, moved(inSegment, inner, from), inRows => rowBlocks(inRows, count, flag, more));
      }
    }),
  );
  return f.build();
};
