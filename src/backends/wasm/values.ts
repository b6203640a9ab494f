import type { Affine } from '../../compiler/affine.ts';
import { type Access, type Expr, type ScalarOp, type Storage, storageBytes, storageOf } from '../../compiler/expression.ts';
import type { Store } from '../../compiler/kernel.ts';
import { call, type Expression, type FunctionBuilder, get, type Local, set } from './assembler.ts';
import { combine, extremum } from './combine.ts';
import { addConst, extendLow8, extendLow16, extendLow32, f32x4, f64x2, i32, i32x4, v128 } from './instructions.ts';
import { divideLanes, hostLanes, isZero, splatConstant } from './lanes.ts';
import { type SimpleOp, simpleInstructions, zero } from './simple.ts';

type V = Expression<'v128'>;
type I = Expression<'i32'>;

/** What the module around a kernel offers. */
export interface Surroundings {
  /** Fused multiply-add where the processor has it; else two roundings. */
  readonly relaxed: boolean;
  /** Index of an imported function of float64 arguments. */
  readonly host: (name: string, arity: number) => number;
  /** Flush subnormal results of this store: they would slow down every later step. */
  readonly flush: (store: Store) => boolean;
}

/** Address of the record of the first error: [flag, index, size]. */
export const errorRecord = 16;

/** How the vector axis runs at this place of the code. */
export interface Lanes {
  /** The axis that runs in vectors, -1 outside of its loop. */
  readonly axis: number;
  /** Elements at once, 1 to 4. */
  readonly count: number;
}

const signBit = -0x80000000;
const smallestNormal = 1.1754943508222875e-38;

/** Emits expressions of the loop IR as 128-bit instructions. Every value is a vector; what does not vary along the vector axis has equal lanes. */
export class Values {
  readonly f: FunctionBuilder;
  private readonly around: Surroundings;
  /** The pointer to an access' element at the current indices, and the byte offset to add. */
  private readonly pointer: (access: Pick<Access, 'node' | 'affine'>, storage: Storage) => readonly [I, number];
  private readonly counter: (axis: number) => I;
  lanes: Lanes = { axis: -1, count: 1 };
  private scopes: Map<string, V>[] = [new Map()];

  constructor(
    f: FunctionBuilder,
    around: Surroundings,
    pointer: (access: Pick<Access, 'node' | 'affine'>, storage: Storage) => readonly [I, number],
    counter: (axis: number) => I,
  ) {
    this.f = f;
    this.around = around;
    this.pointer = pointer;
    this.counter = counter;
  }

  /** How often other expressions and the kernel itself want a value. */
  uses: ReadonlyMap<Expr, number> = new Map();

  open(): void {
    this.scopes.push(new Map());
  }

  close(): void {
    this.scopes.pop();
  }

  /** Makes a value known to what follows in this scope. */
  define(expr: Expr, unrolled: number, value: V): void {
    (this.scopes[this.scopes.length - 1] as Map<string, V>).set(this.key(expr, unrolled), value);
  }

  private key(expr: Expr, unrolled: number): string {
    return `${expr.id}.${this.lanes.axis >= 0 && this.varies(expr) ? unrolled : 0}`;
  }

  private readonly varying = new Map<Expr, number>();
  /** Bit a is set where the expression depends on axis a. */
  axesOf(expr: Expr): number {
    const known = this.varying.get(expr);
    if (known !== undefined) return known;
    const bits = ({ strides }: Affine): number => strides.reduce((sum, stride, axis) => (stride === 0 ? sum : sum | (1 << axis)), 0);
    let result = 0;
    if (expr.kind === 'apply') for (const arg of expr.args) result |= this.axesOf(arg);
    else if (expr.kind === 'index') result = bits(expr.affine);
    else if (expr.kind === 'reduced') result = this.rowAxes;
    else if (expr.kind === 'load') {
      result = bits(expr.access.affine);
      for (const { index } of expr.access.indirect) result |= this.axesOf(index);
    }
    this.varying.set(expr, result);
    return result;
  }

  /** Axes on which the result of a reduction depends: the parallel ones. */
  rowAxes = 0;

  private varies(expr: Expr): boolean {
    return this.lanes.axis >= 0 && (this.axesOf(expr) & (1 << this.lanes.axis)) !== 0;
  }

  isKnown(expr: Expr, unrolled = 0): boolean {
    const key = this.key(expr, unrolled);
    return this.scopes.some(scope => scope.has(key));
  }

  /** The value of an expression in the `unrolled`-th vector of this round. */
  value(expr: Expr, unrolled = 0): V {
    if (expr.kind === 'constant') return this.make(expr, unrolled);
    const key = this.key(expr, unrolled);
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const known = (this.scopes[i] as Map<string, V>).get(key);
      if (known !== undefined) return known;
    }
    const made = this.f.let(this.make(expr, unrolled));
    (this.scopes[this.scopes.length - 1] as Map<string, V>).set(key, made);
    return made;
  }

  /**
   * A value as part of another one. What is wanted once needs no name: names are what makes code slow to compile, and V8 carries each of
   * them through all loops around it, which keeps it from pairing vectors.
   */
  private operand(expr: Expr, unrolled: number): V {
    const once = this.uses.get(expr) === 1 && this.varies(expr) && expr.kind !== 'reduced';
    return once && !this.isKnown(expr, unrolled) ? this.make(expr, unrolled) : this.value(expr, unrolled);
  }

  private make(expr: Expr, unrolled: number): V {
    switch (expr.kind) {
      case 'constant':
        return this.constant(splatConstant(expr.value, expr.type));
      case 'index':
        return this.index(expr.affine, unrolled);
      case 'load':
        return this.load(expr.access, expr.type, unrolled);
      case 'apply':
        return this.apply(expr.op, expr.args, unrolled, expr.name);
      default:
        throw new Error('a reduction is read before it is computed');
    }
  }

  private constant(value: V): V {
    return isZero(value) ? value : this.f.constant(value);
  }

  private stride(affine: Affine): number {
    return this.lanes.axis < 0 ? 0 : (affine.strides[this.lanes.axis] as number);
  }

  private index(affine: Affine, unrolled: number): V {
    let sum: I = i32.const(affine.offset);
    affine.strides.forEach((stride, axis) => {
      if (stride !== 0) sum = i32.add(sum, i32.mul(this.counter(axis), i32.const(stride)));
    });
    const step = this.stride(affine);
    if (step === 0) return i32x4.splat(sum);
    return i32x4.add(i32x4.splat(sum), this.constant(v128.const([0, 1, 2, 3].map(lane => (unrolled * 4 + lane) * step))));
  }

  /** Address and offset of lane 0; looked-up indices must not vary between the lanes. */
  private address(access: Access, storage: Storage, unrolled: number, lane = 0): readonly [I, number] {
    const bytes = storageBytes[storage];
    let [address, offset] = this.pointer(access, storage);
    for (const { index, stride, size } of access.indirect) {
      const at = this.checked(i32x4.extract(this.value(index, unrolled), this.varies(index) ? lane : 0), size);
      address = i32.add(address, i32.mul(at, i32.const(stride * bytes)));
    }
    offset += (unrolled * 4 + lane) * this.stride(access.affine) * bytes;
    return offset < 0 ? [addConst(address, offset), 0] : [address, offset];
  }

  /** An index that is inside of 0 ≤ index < size: another one is recorded and becomes 0. */
  private checked(index: I, size: number): I {
    const local: Local<'i32'> = this.f.local('i32');
    this.f.add(set(local, index));
    this.f.when(i32.geU(get(local), i32.const(size)), () => {
      this.recordError(get(local), size);
      this.f.add(set(local, i32.const(0)));
    });
    return get(local);
  }

  private recordError(index: I, size: number): void {
    const record = i32.const(errorRecord);
    this.f.when(i32.eqz(i32.load(record)), () => {
      this.f.add(i32.store(record, i32.const(1)), i32.store(record, index, 4), i32.store(record, i32.const(size), 8));
    });
  }

  private load(access: Access, type: Expr['type'], unrolled: number): V {
    const storage = storageFor(access);
    const lookedUp = access.indirect.some(({ index }) => this.varies(index));
    const step = this.stride(access.affine);
    const raw =
      lookedUp || (step !== 0 && step !== 1)
        ? this.loadLanes(access, storage, unrolled)
        : this.loadRun(this.address(access, storage, unrolled), storage, step === 0);
    return type === 'mask' ? i32x4.ne(raw, zero) : raw;
  }

  /** Neighbours in memory, or one element in all lanes. */
  private loadRun([address, offset]: readonly [I, number], storage: Storage, splat: boolean): V {
    const { count } = this.lanes;
    if (storage === 'f64') return splat ? v128.load64Splat(address, offset) : v128.load64Zero(address, offset);
    if (splat) {
      if (storage === 'u8') return i32x4.splat(i32.load8u(address, offset));
      return storage === 'u16' ? i32x4.splat(i32.load16u(address, offset)) : v128.load32Splat(address, offset);
    }
    const at = count === 4 ? address : this.f.let(address);
    if (storage === 'u8' || storage === 'u16') {
      const [loadLane, bytes] = storage === 'u8' ? [v128.load8Lane, 1] : [v128.load16Lane, 2];
      let packed: V = zero;
      if (count === 4) packed = storage === 'u8' ? v128.load32Zero(at, offset) : v128.load64Zero(at, offset);
      else for (let lane = 0; lane < count; lane++) packed = loadLane(at, packed, lane, offset + lane * bytes);
      return storage === 'u8' ? extendLow16(extendLow8(packed)) : extendLow16(packed);
    }
    if (count === 4) return v128.load(at, offset);
    if (count === 1) return v128.load32Zero(at, offset);
    const pair = v128.load64Zero(at, offset);
    return count === 2 ? pair : v128.load32Lane(at, pair, 2, offset + 8);
  }

  /** Elements that lie apart, one by one. */
  private loadLanes(access: Access, storage: Storage, unrolled: number): V {
    if (storage === 'f64') return v128.load64Zero(...this.address(access, storage, unrolled));
    let vector: V = zero;
    for (let lane = 0; lane < this.lanes.count; lane++) {
      const [address, offset] = this.address(access, storage, unrolled, lane);
      if (storage === 'u8') vector = i32x4.replace(vector, lane, i32.load8u(address, offset));
      else if (storage === 'u16') vector = i32x4.replace(vector, lane, i32.load16u(address, offset));
      else vector = v128.load32Lane(address, vector, lane, offset);
    }
    return vector;
  }

  /** Writes the lanes of a value to where the store puts them. */
  store(store: Store, unrolled: number): void {
    const { storage, value: expr, mode } = store;
    const access: Access = { node: store.node, affine: store.affine, indirect: [] };
    let value = this.value(expr, unrolled);
    if (expr.type === 'mask') value = v128.and(value, this.constant(v128.const([1, 1, 1, 1])));
    if (expr.type === 'f32' && this.around.flush(store)) {
      const once = this.f.let(value);
      value = v128.andnot(once, f32x4.lt(this.magnitude(once), this.constant(splatConstant(smallestNormal, 'f32'))));
    }
    const emit = (at: (lane: number) => readonly [I, number]): void =>
      this.write(at, this.f.let(value), storage, this.stride(store.affine), mode, expr.type);
    if (store.indirect.length === 0) {
      emit(lane => this.address(access, storage, unrolled, lane));
      return;
    }
    // A wrong index is recorded, and nothing is written.
    let wrong: I = i32.const(0);
    let shift: I = i32.const(0);
    for (const { index, stride, size } of store.indirect) {
      const at = this.f.let(i32x4.extract(this.value(index, unrolled), 0));
      const outside = this.f.let(i32.geU(at, i32.const(size)));
      this.f.when(outside, () => this.recordError(at, size));
      wrong = i32.or(wrong, outside);
      shift = i32.add(shift, i32.mul(at, i32.const(stride * storageBytes[storage])));
    }
    const moved = this.f.let(shift);
    this.f.when(i32.eqz(wrong), () =>
      emit(lane => {
        const [address, offset] = this.address(access, storage, unrolled, lane);
        return [i32.add(address, moved), offset];
      }),
    );
  }

  private write(
    at: (lane: number) => readonly [I, number],
    value: V,
    storage: Storage,
    step: number,
    mode: Store['mode'],
    type: Expr['type'],
  ): void {
    const count = step === 0 ? 1 : this.lanes.count;
    const [address, offset] = at(0);
    const together = (old: V): V => (mode === 'set' ? value : combine(mode === 'add' ? 'sum' : 'max', type, old, value));
    if (storage === 'f64') {
      const result = mode === 'set' ? value : together(v128.load64Zero(address, offset));
      this.f.add(v128.store64Lane(address, result, 0, offset));
      return;
    }
    if (step === 1 && count === 4 && (storage === 'f32' || storage === 'i32')) {
      this.f.add(v128.store(address, mode === 'set' ? value : together(v128.load(address, offset)), offset));
      return;
    }
    if (step === 1 && count === 4 && mode === 'set') {
      const bytes = storage === 'u8' ? [0, 4, 8, 12] : [0, 1, 4, 5, 8, 9, 12, 13];
      const packed = v128.shuffle(value, value, [...bytes, ...new Array<number>(16 - bytes.length).fill(0)]);
      this.f.add(storage === 'u8' ? v128.store32Lane(address, packed, 0, offset) : v128.store64Lane(address, packed, 0, offset));
      return;
    }
    for (let lane = 0; lane < count; lane++) {
      const [to, by] = at(lane);
      const old = (): V =>
        storage === 'u8'
          ? i32x4.splat(i32.load8u(to, by))
          : storage === 'u16'
            ? i32x4.splat(i32.load16u(to, by))
            : v128.load32Splat(to, by);
      const result = mode === 'set' ? value : together(type === 'mask' ? v128.and(old(), v128.const([1, 1, 1, 1])) : old());
      if (storage === 'u8') this.f.add(v128.store8Lane(to, result, 4 * lane, by));
      else if (storage === 'u16') this.f.add(v128.store16Lane(to, result, 2 * lane, by));
      else this.f.add(v128.store32Lane(to, result, lane, by));
    }
  }

  private apply(op: ScalarOp, args: readonly Expr[], unrolled: number, name: string | undefined): V {
    if (op === 'shl.i32' || op === 'shrS.i32' || op === 'shrU.i32') {
      const by = args[1] as Expr;
      const distance = by.kind === 'constant' ? i32.const(by.value) : i32x4.extract(this.value(by, unrolled), 0);
      return i32x4[op.slice(0, -4) as 'shl' | 'shrS' | 'shrU'](this.operand(args[0] as Expr, unrolled), distance);
    }
    if (op === 'max.f32' || op === 'min.f32') return this.extremum(op === 'max.f32' ? 'max' : 'min', args as [Expr, Expr], unrolled);
    const named = op === 'host.f64' || op === 'host.f32' || op === 'div.i32' || op === 'mod.i32';
    const values = args.map(arg => (named ? this.value(arg, unrolled) : this.operand(arg, unrolled))) as [V, V, V];
    if (op === 'select') return this.select(values, (args[1] as Expr).type);
    if (op === 'madd.f32') return this.madd(...values);
    if (op === 'abs.f32') return this.magnitude(values[0]);
    if (op === 'neg.f32') return v128.xor(values[0], this.constant(v128.const([signBit, signBit, signBit, signBit])));
    if (op === 'host.f64') {
      const index = this.around.host(name as string, args.length);
      return f64x2.splat(
        call(
          'f64',
          index,
          values.map(value => f64x2.extract(value, 0)),
        ),
      );
    }
    if (op === 'host.f32') return hostLanes(this.f, values, this.around.host(name as string, 1));
    if (op === 'div.i32' || op === 'mod.i32') return divideLanes(this.f, op, values);
    return simpleInstructions[op as SimpleOp](...values);
  }

  /** a where the mask is set, else b. `bitselect` is three instructions of the processor. */
  private select([mask, a, b]: readonly [V, V, V], type: Expr['type']): V {
    if (isZero(a)) return v128.andnot(b, type === 'f64' ? extendLow32(mask) : mask);
    if (isZero(b)) return v128.and(a, type === 'f64' ? extendLow32(mask) : mask);
    if (type === 'f64') return v128.bitselect(a, b, extendLow32(mask));
    return this.around.relaxed ? i32x4.relaxedLaneselect(a, b, mask) : v128.bitselect(a, b, mask);
  }

  /** The larger or smaller one, or NaN: a constant is none. */
  private extremum(op: 'max' | 'min', [a, b]: readonly [Expr, Expr], unrolled: number): V {
    const isNumber = (expr: Expr): boolean => expr.kind === 'constant' && !Number.isNaN(expr.value);
    const [x, y] = isNumber(a) ? [b, a] : [a, b];
    const [left, right] = [this.operand(x, unrolled), this.value(y, unrolled)];
    return isNumber(y) ? f32x4[`p${op}`](left, right) : extremum(op, left, right);
  }

  /** |x|, by a mask that is there: V8 makes one for each `f32x4.abs`. */
  private magnitude(x: V): V {
    return v128.and(x, this.constant(v128.const([~signBit, ~signBit, ~signBit, ~signBit])));
  }

  madd(a: V, b: V, c: V): V {
    return this.around.relaxed ? f32x4.relaxedMadd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
  }
}

export const storageFor = ({ node }: Pick<Access, 'node'>): Storage => storageOf[node.dtype];
