import type { DType } from '../core/dtype.ts';
import type { Node } from '../graph/node.ts';
import type { Affine } from './affine.ts';

/** How a scalar lives in a register. `mask`: all bits of a 32-bit lane, or none. */
export type Register = 'f32' | 'f64' | 'i32' | 'mask';

/** How an element lies in memory. */
export type Storage = 'f32' | 'f64' | 'i32' | 'u8' | 'u16';

export const storageOf: Readonly<Record<DType, Storage>> = {
  float32: 'f32',
  float64: 'f64',
  float16: 'u16',
  bfloat16: 'u16',
  int32: 'i32',
  uint8: 'u8',
  bool: 'u8',
};

export const storageBytes: Readonly<Record<Storage, number>> = { f32: 4, f64: 8, i32: 4, u8: 1, u16: 2 };

export const registerOf: Readonly<Record<DType, Register>> = {
  float32: 'f32',
  float64: 'f64',
  float16: 'f32',
  bfloat16: 'f32',
  int32: 'i32',
  uint8: 'i32',
  bool: 'mask',
};

/** Operations of the loop IR: each is one instruction of a processor, or a few. Arguments have the register type of the name's second half. */
export type ScalarOp =
  // biome-ignore format: a line a family
  | 'add.f32'
  | 'sub.f32'
  | 'mul.f32'
  | 'div.f32'
  | 'min.f32'
  | 'max.f32'
  | 'pmin.f32'
  | 'pmax.f32'
  | 'madd.f32'
  | 'sqrt.f32'
  | 'abs.f32'
  | 'neg.f32'
  | 'floor.f32'
  | 'ceil.f32'
  | 'nearest.f32'
  | 'trunc.f32'
  | 'eq.f32'
  | 'lt.f32'
  | 'le.f32'
  | 'add.f64'
  | 'sub.f64'
  | 'mul.f64'
  | 'div.f64'
  | 'min.f64'
  | 'max.f64'
  | 'sqrt.f64'
  | 'abs.f64'
  | 'neg.f64'
  | 'floor.f64'
  | 'ceil.f64'
  | 'nearest.f64'
  | 'trunc.f64'
  | 'eq.f64'
  | 'lt.f64'
  | 'le.f64'
  | 'add.i32'
  | 'sub.i32'
  | 'mul.i32'
  | 'div.i32'
  | 'mod.i32'
  | 'min.i32'
  | 'max.i32'
  | 'abs.i32'
  | 'neg.i32'
  | 'and.i32'
  | 'or.i32'
  | 'xor.i32'
  | 'shl.i32'
  | 'shrS.i32'
  | 'shrU.i32'
  | 'eq.i32'
  | 'lt.i32'
  | 'le.i32'
  | 'and.mask'
  | 'or.mask'
  | 'not.mask'
  | 'select' // (mask, a, b)
  | 'f32.i32'
  | 'i32.f32'
  | 'f64.i32'
  | 'i32.f64'
  | 'f64.f32'
  | 'f32.f64' // conversions: result.argument; floats to integers truncate and saturate
  | 'i32.mask'
  | 'mask.i32'
  | 'bits.i32.f32'
  | 'bits.f32.i32' // the same bits
  | 'host.f64' // a function of the host, named by `name`
  | 'host.f32'; // (mask, x, value): the host's function of x in the lanes of the mask, else value

export interface Indirect {
  readonly index: Expr;
  /** Elements from one index to the next. */
  readonly stride: number;
  /** Indices are 0 ≤ index < size; others are reported and read as 0. */
  readonly size: number;
}

/** An element of an array at a place that depends on the loop indices, and on looked-up indices. */
export interface Access {
  readonly node: Node;
  readonly affine: Affine;
  readonly indirect: readonly Indirect[];
}

export type Expr = { readonly id: number; readonly type: Register } & (
  | { readonly kind: 'load'; readonly access: Access }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'index'; readonly affine: Affine }
  | { readonly kind: 'apply'; readonly op: ScalarOp; readonly args: readonly Expr[]; readonly name?: string }
  | { readonly kind: 'reduced'; readonly node: Node }
);

export type ReductionOp = 'sum' | 'prod' | 'max' | 'min' | 'any' | 'all' | 'argMax' | 'argMin';

/** Expressions of one kernel, each once. */
export class Expressions {
  private readonly known = new Map<string, Expr>();
  private next: number;

  /** `first`: number of the first expression, past those that it will stand beside. */
  constructor(first = 0) {
    this.next = first;
  }

  private intern(key: string, make: (id: number) => Expr): Expr {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const made = make(this.next++);
    this.known.set(key, made);
    return made;
  }

  load(access: Access, type: Register): Expr {
    const { node, affine, indirect } = access;
    const key = `l${node.id}@${affine.offset}:${affine.strides}${indirect.map(({ index, stride, size }) => `[${index.id}*${stride}<${size}`)}`;
    return this.intern(key, id => ({ id, type, kind: 'load', access }));
  }

  constant(value: number, type: Register): Expr {
    return this.intern(`c${type}${Object.is(value, -0) ? '-0' : value}`, id => ({ id, type, kind: 'constant', value }));
  }

  index(affine: Affine): Expr {
    return this.intern(`i${affine.offset}:${affine.strides}`, id => ({ id, type: 'i32', kind: 'index', affine }));
  }

  apply(op: ScalarOp, type: Register, args: readonly Expr[], name?: string): Expr {
    let key = `a${op}${type}`;
    for (const arg of args) key += `,${arg.id}`;
    if (name !== undefined) key += name;
    return this.intern(key, id => ({
      id,
      type,
      kind: 'apply',
      op,
      args,
      ...(name === undefined ? {} : { name }),
    }));
  }

  reduced(node: Node, type: Register): Expr {
    return this.intern(`r${node.id}`, id => ({ id, type, kind: 'reduced', node }));
  }
}

/** Expressions that the given ones are made of, each after its parts. */
export const closure = (roots: readonly Expr[]): Expr[] => {
  const seen = new Set<Expr>();
  const found: Expr[] = [];
  const visit = (expr: Expr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    if (expr.kind === 'apply') expr.args.forEach(visit);
    else if (expr.kind === 'load') for (const { index } of expr.access.indirect) visit(index);
    found.push(expr);
  };
  roots.forEach(visit);
  return found;
};

/** All loads in expressions, those inside of looked-up indices included. */
export const loadsOf = (roots: readonly Expr[]): Access[] => closure(roots).flatMap(expr => (expr.kind === 'load' ? [expr.access] : []));
