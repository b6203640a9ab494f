import { type Expression, FunctionBuilder, type FunctionCode, get, type Local, set } from './assembler.ts';
import { f32x4, i32, v128 } from './instructions.ts';

/** A register tile: so many rows and columns of the output, the last vector of a row with `lastLanes` lanes. */
export interface Tile {
  readonly order: 'row' | 'column';
  readonly rows: number;
  readonly vectors: number;
  readonly lastLanes: number;
}

export const tileName = ({ order, rows, vectors, lastLanes }: Tile): string => `tile_${order}_${rows}x${vectors * 4 - 4 + lastLanes}`;

/** Contracted elements handled in one round of the loop. */
const unroll = 2;

/** Address of zeros, as many as a tile has columns: what a sum starts from. */
export const zeros = 128;

/**
 * c[i, j] = start[i, j] + Σ_s Σ_k a[i, s, k] b[s, k, j] for one tile, all of it in registers.
 * Parameters: addresses of a, b, start, c; bytes between a's rows, a's k, b's k, start's rows, c's rows; number of k; number of s;
 * bytes from behind the last k of an s to the first one of the next, in a and in b.
 * All of the tile is loaded before the loop and a row's stores are adjacent and last: so V8 can pair vectors into 256-bit ones.
 */
export const emitTile = (tile: Tile, relaxed: boolean): FunctionCode => {
  const { order, rows, vectors, lastLanes } = tile;
  const f = new FunctionBuilder(tileName(tile));
  const parameter = (): Local<'i32'> => f.parameter('i32');
  const [a, b, start, c] = [parameter(), parameter(), parameter(), parameter()];
  const [aRow, aStep, bStep, startRow, cRow] = [parameter(), parameter(), parameter(), parameter(), parameter()];
  const [inner, segments, aJump, bJump] = [parameter(), parameter(), parameter(), parameter()];
  const count = f.local('i32');
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
  f.repeatWhile(() => {
    f.add(set(count, get(inner)));
    loop(unroll);
    loop(1);
    for (const pointer of aRows) f.add(set(pointer, i32.add(get(pointer), get(aJump))));
    f.add(set(b, i32.add(get(b), get(bJump))), set(segments, i32.sub(get(segments), i32.const(1))));
    return get(segments);
  });
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
