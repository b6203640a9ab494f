import type { Affine } from '../../compiler/affine.ts';
import { type Access, closure, type Expr, type Storage, storageBytes } from '../../compiler/expression.ts';
import { expressionsOf, type LoopKernel, type Reduction, type Stage, type Store } from '../../compiler/kernel.ts';
import type { Split } from '../../compiler/split.ts';
import { sizeOf } from '../../core/shape.ts';
import type { Node } from '../../graph/node.ts';
import { type Expression, FunctionBuilder, type FunctionCode, get, type Local, set } from './assembler.ts';
import { bestOf, combine, identityOf, replacesBest } from './combine.ts';
import { f32x4, i32, i32x4, select, v128 } from './instructions.ts';
import { chunkParameters } from './parallel.ts';
import { zero } from './simple.ts';
import { type Surroundings, storageFor, Values } from './values.ts';

type V = Expression<'v128'>;

/** For threads; or `rows`: how many indices of the first axis it does, at least one, is a parameter behind the addresses. */
export type Cut = Split | 'rows';

/** Elements of an array with equal strides share a pointer that moves with the loops. */
interface Pointer {
  readonly affine: Affine;
  readonly bytes: number;
  local: Local<'i32'>;
}

interface Accumulator {
  readonly reduction: Reduction;
  /** One for each unrolled vector; for argMax and argMin with the index beside the value. */
  readonly values: readonly Local<'v128'>[];
  readonly indices: readonly Local<'v128'>[];
}

const repeatLane = (lane: number): number[] => Array.from({ length: 16 }, (_, byte) => lane * 4 + (byte % 4));

/** Emits one loop nest as a function of the addresses of its arrays. */
class NestEmitter {
  private readonly f: FunctionBuilder;
  private readonly kernel: LoopKernel;
  private readonly parameters = new Map<Node, Local<'i32'>>();
  private readonly pointers = new Map<string, Pointer>();
  private readonly counters: Local<'i32'>[];
  private readonly values: Values;
  private readonly widest: number;
  private readonly expressions: readonly Expr[];
  /** The axis that is cut for threads, and which of its indices to do. */
  private readonly cut: { readonly axis: number; readonly from: Expression<'i32'>; readonly to: Expression<'i32'> } | undefined;

  constructor(kernel: LoopKernel, arrays: readonly Node[], around: Surroundings, split: Cut | undefined, name: string) {
    this.kernel = kernel;
    this.f = new FunctionBuilder(name);
    const chunk = split === 'rows' ? undefined : split;
    const { bases, from, to } = chunkParameters(
      this.f,
      arrays.length,
      chunk,
      chunk === undefined ? 0 : (kernel.sizes[chunk.axis] as number),
    );
    if (split === 'rows') this.cut = { axis: 0, from: i32.const(0), to: get(this.f.parameter('i32')) };
    else this.cut = split === undefined ? undefined : { axis: split.axis, from, to };
    arrays.forEach((node, index) => this.parameters.set(node, bases[index] as Local<'i32'>));
    this.expressions = expressionsOf(kernel);
    this.counters = kernel.sizes.map(() => this.f.local('i32'));
    this.values = new Values(
      this.f,
      around,
      (access, storage) => this.pointerTo(access, storage),
      axis => get(this.counters[axis] as Local<'i32'>),
    );
    this.values.uses = usesOf(kernel, this.expressions);
    this.values.rowAxes = (1 << kernel.parallel) - 1;
    this.widest = this.expressions.some(({ type }) => type === 'f64') || kernel.vector < 0 ? 1 : 4;
  }

  emit(): FunctionCode {
    const { sizes, stages, rowStores } = this.kernel;
    if (sizes.some((size, axis) => size === 0 && axis < this.kernel.parallel)) return this.f.build();
    for (const store of [...stages.flatMap(stage => stage.stores), ...rowStores]) this.addPointer(store, storageFor(store));
    for (const expr of this.expressions) if (expr.kind === 'load') this.addPointer(expr.access, storageFor(expr.access));
    for (const pointer of this.pointers.values()) {
      const base = get(pointer.local);
      pointer.local = this.f.local('i32');
      this.f.add(set(pointer.local, pointer.affine.offset === 0 ? base : i32.add(base, i32.const(pointer.affine.offset * pointer.bytes))));
    }
    this.hoist(0);
    this.loop(0);
    return this.f.build();
  }

  private addPointer({ node, affine }: Pick<Access, 'node' | 'affine'>, storage: Storage): void {
    const key = `${node.id}:${affine.strides}`;
    const known = this.pointers.get(key);
    if (known !== undefined && known.affine.offset <= affine.offset) return;
    this.pointers.set(key, { affine, bytes: storageBytes[storage], local: this.parameters.get(node) as Local<'i32'> });
  }

  private pointerTo({ node, affine }: Pick<Access, 'node' | 'affine'>, storage: Storage): readonly [Expression<'i32'>, number] {
    const pointer = this.pointers.get(`${node.id}:${affine.strides}`) as Pointer;
    return [get(pointer.local), (affine.offset - pointer.affine.offset) * storageBytes[storage]];
  }

  /** Computes what depends on axes above `depth` only, before the loop at that depth begins; results of passes come later. */
  private hoist(depth: number, among: readonly Expr[] = this.expressions): void {
    const inner = (expr: Expr): boolean => this.values.axesOf(expr) >> depth !== 0;
    const parts = (expr: Expr): readonly Expr[] =>
      expr.kind === 'apply' ? expr.args : expr.kind === 'load' ? expr.access.indirect.map(({ index }) => index) : [];
    const hoisted = new Set<Expr>();
    for (const expr of among) if (inner(expr)) for (const part of parts(expr)) if (!inner(part)) hoisted.add(part);
    for (const expr of this.entry(among)) if (!inner(expr)) hoisted.add(expr);
    for (const expr of hoisted) if (this.isReady(expr)) this.values.value(expr);
  }

  /** Expressions that stores and reductions want themselves. */
  private entry(among: readonly Expr[]): Expr[] {
    const wanted = new Set(among);
    const { stages, rowStores } = this.kernel;
    const all = [...stages.flatMap(stage => [...stage.reductions, ...stage.stores]), ...rowStores].map(({ value }) => value);
    return all.filter(expr => wanted.has(expr));
  }

  private readonly ready = new Map<Expr, boolean>();
  private isReady(expr: Expr): boolean {
    if (expr.kind === 'reduced') return this.values.isKnown(expr);
    const known = this.ready.get(expr);
    if (known !== undefined) return known;
    const parts = expr.kind === 'apply' ? expr.args : expr.kind === 'load' ? expr.access.indirect.map(({ index }) => index) : [];
    const result = parts.every(part => this.isReady(part));
    if (result) this.ready.set(expr, true);
    return result;
  }

  /** The loop over the parallel axis at `depth` and all inside of it. */
  private loop(depth: number): void {
    const { parallel, vector } = this.kernel;
    if (depth === parallel) this.row();
    else if (depth === vector)
      this.vectorLoop(depth, this.unroll(depth), unrolled => {
        this.hoist(depth + 1);
        this.row(unrolled);
      });
    else
      this.repeat(depth, this.kernel.sizes[depth] as number, 1, () => {
        this.hoist(depth + 1);
        this.loop(depth + 1);
      });
  }

  /** How many vectors a round takes: enough to hide latencies, few enough for the registers. */
  private unroll(axis: number): number {
    const size = this.kernel.sizes[axis] as number;
    // Long code for few elements takes longer to compile than it ever runs.
    const isLong = this.expressions.length > 24;
    if (this.widest === 1 || (isLong && sizeOf(this.kernel.sizes) < 4096)) return 1;
    const reduces = this.kernel.stages.length > 0;
    if (reduces && size >= 16)
      return size >= 64 && axis >= this.kernel.parallel ? 4 : axis < this.kernel.parallel ? Math.min(4, size >> 2) : 1;
    return size >= 32 ? 2 : 1;
  }

  private inRest = false;

  /** Runs `body` for the elements along an axis: in rounds of several vectors, single vectors, and what is left. */
  private vectorLoop(axis: number, unroll: number, body: (unrolled: number) => void): void {
    const size = this.kernel.sizes[axis] as number;
    this.axisScope(axis, () => {
      const part = (count: number, lanes: number, unrolled: number): void => {
        if (count === 0) return;
        const outer = this.values.lanes;
        this.values.lanes = { axis, count: lanes };
        this.rounds(axis, count, lanes * unrolled, () => body(unrolled));
        this.values.lanes = outer;
      };
      if (this.widest === 1) part(size, 1, 1);
      else {
        const perRound = 4 * unroll;
        const rounds = Math.floor(size / perRound);
        part(rounds, 4, unroll);
        const rest = (): void => {
          this.inRest = true;
          if (unroll > 1) part(Math.floor((size - rounds * perRound) / 4), 4, 1);
          if (size % 4 > 0) part(1, size % 4, 1);
          this.inRest = false;
        };
        // The last chunk does what is left; until there chunks are whole rounds.
        if (axis !== this.cut?.axis) rest();
        else if (size % perRound > 0) this.f.when(i32.eq(this.cut.to, i32.const(size)), rest);
      }
    });
  }

  private repeat(axis: number, count: number, step: number, body: () => void): void {
    if (count > 0) this.axisScope(axis, () => this.rounds(axis, count, step, body));
  }

  /** Pointers that move along an axis start where they stand, and stand there again afterwards. */
  private axisScope(axis: number, emit: () => void): void {
    const moved: [Pointer, Local<'i32'>][] = [];
    const from = axis === this.cut?.axis ? this.cut.from : undefined;
    for (const pointer of this.pointers.values()) {
      const stride = pointer.affine.strides[axis] as number;
      if (stride === 0) continue;
      moved.push([pointer, pointer.local]);
      const own = this.f.local('i32');
      const start = get(pointer.local);
      this.f.add(set(own, from === undefined ? start : i32.add(start, i32.mul(from, i32.const(stride * pointer.bytes)))));
      pointer.local = own;
    }
    this.f.add(set(this.counters[axis] as Local<'i32'>, from ?? i32.const(0)));
    emit();
    for (const [pointer, local] of moved) pointer.local = local;
  }

  private rounds(axis: number, count: number, step: number, body: () => void): void {
    const counter = this.counters[axis] as Local<'i32'>;
    const advance = (): void => {
      for (const pointer of this.pointers.values()) {
        const stride = pointer.affine.strides[axis] as number;
        if (stride !== 0) this.f.add(set(pointer.local, i32.add(get(pointer.local), i32.const(stride * step * pointer.bytes))));
      }
      this.f.add(set(counter, i32.add(get(counter), i32.const(step))));
    };
    const scoped = (): void => {
      this.values.open();
      const before = new Map(this.ready);
      body();
      this.ready.clear();
      for (const [expr, ready] of before) this.ready.set(expr, ready);
      this.values.close();
      advance();
    };
    const { cut } = this;
    const loop = (end: Expression<'i32'>): void =>
      this.f.repeatWhile(() => {
        scoped();
        return i32.ltS(get(counter), end);
      });
    // What is left behind whole rounds belongs to one chunk.
    if (cut?.axis === axis && !this.inRest) {
      const whole = i32.const(count * step);
      const end = this.f.let(select(cut.to, whole, i32.ltS(cut.to, whole)));
      this.f.when(i32.ltS(get(counter), end), () => loop(end));
    } else if (count === 1) scoped();
    else loop(this.f.let(i32.add(get(counter), i32.const(count * step))));
  }

  /** One element of the row space: its passes, then its stores. */
  private row(unrolled = 1): void {
    this.kernel.stages.forEach((stage, index) => {
      if (index > 0) this.hoistForStage(stage);
      this.pass(stage, unrolled);
    });
    this.storeAll(this.kernel.rowStores, unrolled);
  }

  /** All values first: a store may overwrite what another value is computed from. Backwards: else V8, when it pairs two stores, keeps the first, too. */
  private storeAll(stores: readonly Store[], vectors: number): void {
    for (const { value } of stores) for (let u = 0; u < vectors; u++) this.values.value(value, u);
    for (const store of stores) for (let u = vectors - 1; u >= 0; u--) this.values.store(store, u);
  }

  private hoistForStage({ reductions, stores }: Stage): void {
    const among = closure([...reductions, ...stores].map(({ value }) => value));
    this.hoist(this.kernel.parallel, among);
  }

  private pass(stage: Stage, unrolled: number): void {
    const { sizes, parallel, vector } = this.kernel;
    const alongRow = vector >= parallel;
    const last = sizes.length - 1;
    const unroll = alongRow ? this.unroll(vector) : unrolled;
    const accumulators = stage.reductions.map(reduction => this.accumulator(reduction, unroll));
    const among = closure([...stage.reductions, ...stage.stores].map(({ value }) => value));
    const body = (vectors: number): void => {
      for (const accumulator of accumulators) for (let u = 0; u < vectors; u++) this.accumulate(accumulator, u);
      this.storeAll(stage.stores, vectors);
    };
    const nested = (axis: number): void => {
      if (axis > last) body(unrolled);
      else if (axis === last && alongRow) this.vectorLoop(axis, unroll, body);
      else
        this.repeat(axis, sizes[axis] as number, 1, () => {
          this.hoist(axis + 1, among);
          nested(axis + 1);
        });
    };
    nested(parallel);
    for (const accumulator of accumulators) {
      const { node } = accumulator.reduction;
      const expr = this.expressions.find(other => other.kind === 'reduced' && other.node === node);
      if (expr === undefined) continue;
      if (alongRow) this.values.define(expr, 0, this.f.let(this.combineAll(accumulator)));
      else for (let u = 0; u < unrolled; u++) this.values.define(expr, u, this.f.let(get(this.result(accumulator, u))));
    }
  }

  private result({ reduction, values, indices }: Accumulator, u: number): Local<'v128'> {
    return (reduction.op === 'argMax' || reduction.op === 'argMin' ? indices[u] : values[u]) as Local<'v128'>;
  }

  private accumulator(reduction: Reduction, count: number): Accumulator {
    const indexed = reduction.op === 'argMax' || reduction.op === 'argMin';
    const make = (start: V): Local<'v128'>[] =>
      Array.from({ length: count }, () => {
        const local = this.f.local('v128');
        this.f.add(set(local, start));
        return local;
      });
    return { reduction, values: make(identityOf(reduction)), indices: indexed ? make(v128.const([-1, -1, -1, -1])) : [] };
  }

  private accumulate({ reduction, values, indices }: Accumulator, u: number): void {
    const { op, value: expr } = reduction;
    const into = values[u] as Local<'v128'>;
    let value = this.values.value(expr, u);
    const { axis, count } = this.values.lanes;
    if (op === 'argMax' || op === 'argMin') {
      const index = indices[u] as Local<'v128'>;
      const last = this.kernel.sizes.length - 1;
      const better = replacesBest(op, expr.type, value, get(into));
      const first = i32x4.ltS(get(index), zero);
      const isTail = axis === last && count < 4 && this.widest === 4;
      const replaces = v128.or(first, v128.andnot(better, first));
      const take = this.f.let(isTail ? v128.and(replaces, v128.const([0, 1, 2, 3].map(lane => (lane < count ? -1 : 0)))) : replaces);
      const place = i32x4.splat(get(this.counters[last] as Local<'i32'>));
      const counter = axis === last ? i32x4.add(place, v128.const([0, 1, 2, 3].map(lane => u * 4 + lane))) : place;
      // With float64 the value is 64 bits wide, the index 32: the mask serves both in lane 0.
      this.f.add(set(index, v128.bitselect(counter, get(index), take)));
      const wide = expr.type === 'f64' ? v128.shuffle(take, take, [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]) : take;
      this.f.add(set(into, v128.bitselect(value, get(into), wide)));
      return;
    }
    if (axis >= this.kernel.parallel && count < 4 && this.widest === 4) {
      const mask = v128.const([0, 1, 2, 3].map(lane => (lane < count ? -1 : 0)));
      value = this.f.let(v128.bitselect(value, identityOf(reduction), mask));
    }
    this.f.add(set(into, combine(op, expr.type, get(into), value)));
  }

  /** All unrolled vectors, then all lanes, into one value in every lane. */
  private combineAll(accumulator: Accumulator): V {
    const { reduction, values } = accumulator;
    const { type } = reduction.value;
    if (reduction.op === 'argMax' || reduction.op === 'argMin') {
      const index =
        this.widest === 4
          ? bestOf(this.f, reduction.op, type, values.map(get), accumulator.indices.map(get))
          : get(this.result(accumulator, 0));
      return this.widest === 4 ? i32x4.splat(i32x4.extract(index, 0)) : v128.shuffle(index, index, repeatLane(0));
    }
    let locals = values.map(get);
    while (locals.length > 1) {
      const half = locals.length / 2;
      locals = locals.slice(0, half).map((value, i) => this.f.let(combine(reduction.op, type, value, locals[half + i] as V)));
    }
    let total = locals[0] as V;
    if (this.widest === 4) {
      const swap = (by: readonly number[]): void => {
        const bytes = by.flatMap(lane => [0, 1, 2, 3].map(byte => lane * 4 + byte));
        const shuffled = this.f.let(v128.shuffle(total, total, bytes));
        total = this.f.let(combine(reduction.op, type, total, shuffled));
      };
      swap([2, 3, 0, 1]);
      swap([1, 0, 3, 2]);
      // As a splat it is a leaf for the pass that pairs vectors, which else would follow it back into the loop that made it.
      if (type === 'f32') return f32x4.splat(f32x4.extract(total, 0));
      return i32x4.splat(i32x4.extract(total, 0));
    }
    return type === 'f64' ? total : v128.shuffle(total, total, repeatLane(0));
  }
}

/** How often each expression is wanted, by others, by stores and by reductions. */
const usesOf = ({ stages, rowStores }: LoopKernel, expressions: readonly Expr[]): ReadonlyMap<Expr, number> => {
  const uses = new Map<Expr, number>();
  const use = (expr: Expr): void => void uses.set(expr, (uses.get(expr) ?? 0) + 1);
  for (const expr of expressions) {
    if (expr.kind === 'apply') expr.args.forEach(use);
    if (expr.kind === 'load') for (const { index } of expr.access.indirect) use(index);
  }
  for (const { value } of [...stages.flatMap(stage => [...stage.reductions, ...stage.stores]), ...rowStores]) use(value);
  return uses;
};

/** A loop nest as a function; its parameters are the addresses of `arrays`, in this order, or, where it is split, those of a chunk. */
export const emitLoops = (
  kernel: LoopKernel,
  arrays: readonly Node[],
  around: Surroundings,
  split: Cut | undefined,
  name: string,
): FunctionCode => new NestEmitter(kernel, arrays, around, split, name).emit();
