import type { Axis, TiledContraction } from '../../compiler/contraction.ts';
import type { Epilogue } from '../../compiler/epilogue.ts';
import type { LoopKernel } from '../../compiler/kernel.ts';
import type { Split } from '../../compiler/split.ts';
import type { Node } from '../../graph/node.ts';
import { call, type Expression, FunctionBuilder, type FunctionCode, get, type Local, set } from './assembler.ts';
import { addConst, i32, select } from './instructions.ts';
import { chunkParameters } from './parallel.ts';
import { type Tile, zeros } from './tile.ts';

type I = Expression<'i32'>;

interface At {
  readonly a: I;
  readonly b: I;
  readonly c: I;
}

/** Steps in elements. */
type Steps = Pick<Axis, 'a' | 'b' | 'c'>;

const moved = (at: At, { a, b, c }: Steps, by: number): At => ({
  a: addConst(at.a, a * by * 4),
  b: addConst(at.b, b * by * 4),
  c: addConst(at.c, c * by * 4),
});

const unit: Axis = { size: 1, a: 0, b: 0, c: 0 };

/** So many tiles of one size. */
interface Run {
  readonly count: number;
  readonly size: number;
}

/** An axis in parts: which one this is, and the tiles of the last one and of the others. */
interface Parted {
  readonly parts: number;
  readonly part: I;
  readonly last: number;
  readonly isLast: I;
  readonly runs: readonly Run[];
  readonly lastRuns: readonly Run[];
  /** How often the first run comes in this part, where other parts consist of it alone. */
  readonly first: number | I;
}

const sameRuns = (a: readonly Run[], b: readonly Run[]): boolean =>
  a.length === b.length && a.every((run, i) => run.count === b[i]?.count && run.size === b[i]?.size);

/** Whole tiles, and one of what is left. */
const withRest = (size: number, tile: number): Run[] => [
  { count: Math.floor(size / tile), size: tile },
  { count: 1, size: size % tile },
];

/** As few tiles, of equal size but for one element: a tile of one row takes about as long as one of four. */
const evenTiles = (size: number, tile: number): Run[] => {
  const count = Math.ceil(size / tile);
  const [least, larger] = [Math.floor(size / count), size % count];
  return [
    { count: larger, size: least + 1 },
    { count: count - larger, size: least },
  ];
};

/** Emits what one block of rows takes: see `TiledContraction`. */
class BlockEmitter {
  private readonly f: FunctionBuilder;
  private readonly plan: TiledContraction;
  private readonly base: At;
  private readonly extra: readonly I[];
  private readonly tileIndex: (tile: Tile) => number;
  private readonly loopsIndex: (kernel: LoopKernel, arrays: readonly Node[], cut: 'rows') => number;
  private readonly tileRows: number;
  /** Rows that one step goes along: one, or a tile's where a is packed in panels of them. */
  private readonly rowsAStep: number;
  private readonly rowSteps: Steps;
  /** 1 from the second stretch on: sums go on from what is in the output. */
  private readonly adds: Local<'i32'>;

  constructor(
    f: FunctionBuilder,
    plan: TiledContraction,
    [a, b, c, ...extra]: readonly I[],
    tileIndex: (tile: Tile) => number,
    loopsIndex: (kernel: LoopKernel, arrays: readonly Node[], cut: 'rows') => number,
  ) {
    this.f = f;
    this.plan = plan;
    this.base = { a: addConst(a as I, plan.aOffset * 4), b: addConst(b as I, plan.bOffset * 4), c: c as I };
    this.extra = extra;
    this.tileIndex = tileIndex;
    this.loopsIndex = loopsIndex;
    this.tileRows = Math.min(plan.tileRows, plan.rows.size);
    const { rows, aPanel } = plan;
    this.rowsAStep = aPanel === undefined ? 1 : this.tileRows;
    this.rowSteps = aPanel === undefined ? rows : { a: aPanel, b: 0, c: rows.c * this.tileRows };
    this.adds = f.local('i32');
  }

  block(index: I): void {
    const { f } = this;
    const { batch, outerRows, rows, columns, tileColumns, panel, blockOuter, blockRows, blockColumns, epilogue } = this.plan;
    let rest = index;
    const digit = (count: number): I => {
      if (count === 1) return i32.const(0);
      const value = f.let(i32.remU(rest, i32.const(count)));
      rest = f.let(i32.divU(rest, i32.const(count)));
      return value;
    };
    const outer = outerRows.at(-1) ?? unit;
    let at = this.base;
    const step = (axis: Steps, by: I): void => {
      const add = (address: I, stride: number): I => (stride === 0 ? address : i32.add(address, i32.mul(by, i32.const(stride * 4))));
      at = { a: add(at.a, axis.a), b: add(at.b, axis.b), c: add(at.c, axis.c) };
    };
    // Packed rows lie in panels of whole tiles.
    const height = this.parted(rows.size, blockRows, this.tileRows, digit, this.plan.aPanel === undefined ? evenTiles : withRest);
    if (height.parts > 1) step(this.rowSteps, i32.mul(height.part, i32.const(blockRows / this.rowsAStep)));
    const firstOuter = f.let(i32.mul(digit(Math.ceil(outer.size / blockOuter)), i32.const(blockOuter)));
    if (outer.size > 1) step(outer, firstOuter);
    // Columns outside of rows: a thread, whose chunks follow each other, stays with columns that it has in its cache.
    const width = this.parted(columns, blockColumns, tileColumns, digit, withRest);
    if (width.parts > 1) step({ a: 0, b: (blockColumns / tileColumns) * panel, c: blockColumns }, width.part);
    for (const axis of [...batch, ...outerRows.slice(0, -1)].reverse()) step(axis, digit(axis.size));
    at = { a: f.let(at.a), b: f.let(at.b), c: f.let(at.c) };
    const outers = this.upTo(outer.size, blockOuter, firstOuter);
    f.add(set(this.adds, i32.const(0)));
    this.stretches(at, (inside, inner, segments) => this.panels(inside, inner, segments, outers, height, width));
    if (epilogue === undefined) return;
    const rowsHere =
      height.parts === 1 ? i32.const(height.last) : f.let(select(i32.const(height.last), i32.const(blockRows), height.isLast));
    const firstColumn = width.parts === 1 ? undefined : i32.mul(width.part, i32.const(blockColumns));
    this.over(outers, outer, at, inside =>
      this.sized(width, blockColumns, widthHere => this.finish(inside, blockRows, rowsHere, widthHere, firstColumn)),
    );
  }

  /** How an axis of so many indices lies in parts of `most`, the last of which may be smaller. */
  private parted(
    size: number,
    most: number,
    tile: number,
    digit: (count: number) => I,
    tilesOf: (size: number, tile: number) => readonly Run[],
  ): Parted {
    const parts = Math.ceil(size / most);
    const part = digit(parts);
    const last = size - (parts - 1) * most;
    const [runs, lastRuns] = [most, last].map(length => tilesOf(length, tile).filter(run => run.count > 0 && run.size > 0)) as [
      Run[],
      Run[],
    ];
    const isLast = i32.eq(part, i32.const(parts - 1));
    const [all, ofLast] = [runs[0]?.count ?? 0, lastRuns[0]?.size === runs[0]?.size ? (lastRuns[0]?.count ?? 0) : 0];
    const first = parts === 1 || all === ofLast ? ofLast : this.f.let(select(i32.const(ofLast), i32.const(all), isLast));
    return { parts, part, last, isLast, runs, lastRuns, first };
  }

  /** The body for the size that a part has. */
  private sized({ parts, last, isLast }: Parted, most: number, body: (size: number) => void): void {
    if (parts === 1 || last === most) body(last);
    else
      this.f.when(
        isLast,
        () => body(last),
        () => body(most),
      );
  }

  /** The body for each tile of a part. */
  private forTiles(
    { parts, runs, lastRuns, first, isLast }: Parted,
    steps: Steps,
    tile: number,
    at: At,
    body: (at: At, size: number) => void,
    by = tile,
  ): void {
    const walk = (list: readonly Run[], begin = 0): void => {
      let from = begin;
      for (const { count, size } of list) {
        this.over(count, steps, moved(at, steps, (from * by) / tile), inside => body(inside, size), (size * by) / tile);
        from += count * size;
      }
    };
    const [run] = runs;
    if (parts === 1 || sameRuns(runs, lastRuns)) walk(lastRuns);
    else if (run === undefined || runs.length > 1)
      this.f.when(
        isLast,
        () => walk(lastRuns),
        () => walk(runs),
      );
    else {
      const shared = lastRuns[0]?.size === run.size ? (lastRuns[0]?.count ?? 0) : 0;
      const rest = lastRuns.slice(shared > 0 ? 1 : 0);
      const common = (): void => this.over(first, steps, at, inside => body(inside, run.size), (run.size * by) / tile);
      if (typeof first === 'number' || shared > 0) common();
      else this.f.when(first, common);
      if (rest.length > 0) this.f.when(isLast, () => walk(rest, shared * run.size));
    }
  }

  /** How many of `most` there are from `first` on. */
  private upTo(size: number, most: number, first: I): number | I {
    if (size % most === 0) return most;
    const left = this.f.let(i32.sub(i32.const(size), first));
    return this.f.let(select(left, i32.const(most), i32.ltS(left, i32.const(most))));
  }

  /** Runs the body so often, at least once, with addresses moved along. */
  private over(count: number | I, steps: Steps, at: At, body: (at: At) => void, by = 1): void {
    if (count === 0) return;
    if (count === 1) {
      body(at);
      return;
    }
    const { f } = this;
    const local = (value: I): Local<'i32'> => {
      const made = f.local('i32');
      f.add(set(made, value));
      return made;
    };
    const keys = ['a', 'b', 'c'] as const;
    const locals = { a: local(at.a), b: local(at.b), c: local(at.c) };
    const left = local(typeof count === 'number' ? i32.const(count) : count);
    f.repeatWhile(() => {
      body({ a: get(locals.a), b: get(locals.b), c: get(locals.c) });
      for (const key of keys) if (steps[key] !== 0) f.add(set(locals[key], i32.add(get(locals[key]), i32.const(steps[key] * by * 4))));
      f.add(set(left, i32.sub(get(left), i32.const(1))));
      return get(left);
    });
  }

  /** All stretches of the contracted axes: the body learns how many inner indices and segments each has. */
  private stretches(at: At, body: (at: At, inner: number, segments: number) => void): void {
    const { segments, inner, stretchInner, stretchSegments } = this.plan;
    const each = (inside: At, innerCount: number, segmentCount: number): void => {
      body(inside, innerCount, segmentCount);
      this.f.add(set(this.adds, i32.const(1)));
    };
    const parted = (axis: Axis, size: number, inside: At, count: (at: At, size: number) => void): void => {
      const [full, rest] = [Math.floor(axis.size / size), axis.size % size];
      this.over(full, axis, inside, within => count(within, size), size);
      if (rest > 0) count(moved(inside, axis, full * size), rest);
    };
    const nested = (axes: readonly Axis[], inside: At): void => {
      const [axis, ...others] = axes;
      if (axis === undefined) parted(inner, stretchInner, inside, (within, count) => each(within, count, 1));
      else if (others.length === 0 && stretchInner === inner.size)
        parted(axis, stretchSegments, inside, (within, count) => each(within, inner.size, count));
      else this.over(axis.size, axis, inside, within => nested(others, within));
    };
    nested(segments, at);
  }

  /** All rows of a block against all of its columns. */
  private panels(at: At, inner: number, segments: number, outers: number | I, height: Parted, width: Parted): void {
    const { tileColumns, panel, outerRows } = this.plan;
    const outer = outerRows.at(-1) ?? unit;
    const column = (inColumn: At, vectors: number): void =>
      this.over(outers, outer, inColumn, inRows =>
        this.forTiles(
          height,
          this.rowSteps,
          this.tileRows,
          inRows,
          (inside, high) => this.tile(inside, high, vectors, inner, segments),
          this.tileRows / this.rowsAStep,
        ),
      );
    this.forTiles(width, { a: 0, b: panel, c: tileColumns }, tileColumns, at, column, 1);
  }

  private tile(at: At, height: number, width: number, count: number, segmentCount: number): void {
    const { order, rows, inner, segments } = this.plan;
    const vectors = Math.ceil(width / 4);
    const shape: Tile = { order, rows: height, vectors, lastLanes: width - (vectors - 1) * 4 };
    const bytes = (elements: number): I => i32.const(elements * 4);
    const adds = get(this.adds);
    const [start, startRow] = [select(at.c, i32.const(zeros), adds), select(bytes(rows.c), i32.const(0), adds)];
    const steps = [bytes(rows.a), bytes(inner.a), bytes(inner.b), startRow, bytes(rows.c)];
    const segment = segments.at(-1) ?? unit;
    const jumps = [segment.a - count * inner.a, segment.b - count * inner.b].map(jump => bytes(segmentCount === 1 ? 0 : jump));
    const counts = [i32.const(count), i32.const(segmentCount), ...jumps];
    this.f.add(call('void', this.tileIndex(shape), [at.a, at.b, start, at.c, ...steps, ...counts]));
  }

  /** The epilogue on a block of the product that begins at an address, from this column on. */
  private finish(at: At, mostRows: number, rows: I, width: number, column: I | undefined): void {
    const { rowBytes, columnBytes, kernelFor, arrays } = this.plan.epilogue as Epilogue;
    const row = this.f.let(i32.divS(i32.sub(at.c, this.base.c), i32.const(this.plan.columns * 4)));
    const addresses = this.extra.map((base, i) => {
      let address = base;
      const [byRow, byColumn] = [rowBytes[i] as number, columnBytes?.[i] ?? 0];
      if (byRow !== 0) address = i32.add(address, i32.mul(row, i32.const(byRow)));
      if (column !== undefined && byColumn !== 0) address = i32.add(address, i32.mul(column, i32.const(byColumn)));
      return address;
    });
    this.f.add(call('void', this.loopsIndex(kernelFor(mostRows, width), arrays, 'rows'), [...addresses, rows]));
  }
}

/**
 * A contraction as a function of the addresses of a, b, the output, and the epilogue's arrays; or, where it is split, of the address
 * of these addresses and the number of a chunk. The epilogue runs on each block of rows as soon as its sums are complete.
 */
export const emitContraction = (
  plan: TiledContraction,
  split: Split | undefined,
  tileIndex: (tile: Tile) => number,
  loopsIndex: (kernel: LoopKernel, arrays: readonly Node[], cut: 'rows') => number,
  name: string,
): FunctionCode => {
  const f = new FunctionBuilder(name);
  const { bases, from, to } = chunkParameters(f, 3 + (plan.epilogue?.arrays.length ?? 0), split, plan.blocks);
  const emitter = new BlockEmitter(f, plan, bases.map(get), tileIndex, loopsIndex);
  if (plan.blocks === 1) emitter.block(i32.const(0));
  else {
    const index = f.local('i32');
    f.add(set(index, from));
    f.repeatWhile(() => {
      emitter.block(get(index));
      f.add(set(index, i32.add(get(index), i32.const(1))));
      return i32.ltS(get(index), to);
    });
  }
  return f.build();
};
