import type { ScalarOp } from '../../compiler/expression.ts';
import type { Expression } from './assembler.ts';
import { f32x4, f64x2, i32x4, v128 } from './instructions.ts';

type V = Expression<'v128'>;

export const zero: V = v128.const([0, 0, 0, 0]);

export type SimpleOp = Exclude<
  ScalarOp,
  'select' | 'madd.f32' | 'min.f32' | 'max.f32' | 'host.f64' | 'host.f32' | 'div.i32' | 'mod.i32' | 'shl.i32' | 'shrS.i32' | 'shrU.i32'
>;

/** Comparisons of float64 leave 64-bit masks, whose low halves are the 32-bit ones of lane 0. */
export const simpleInstructions: { readonly [O in SimpleOp]: (a: V, b: V, c: V) => V } = {
  'add.f32': f32x4.add,
  'sub.f32': f32x4.sub,
  'mul.f32': f32x4.mul,
  'div.f32': f32x4.div,
  'pmin.f32': f32x4.pmin,
  'pmax.f32': f32x4.pmax,
  'sqrt.f32': f32x4.sqrt,
  'abs.f32': f32x4.abs,
  'neg.f32': f32x4.neg,
  'floor.f32': f32x4.floor,
  'ceil.f32': f32x4.ceil,
  'nearest.f32': f32x4.nearest,
  'trunc.f32': f32x4.trunc,
  'eq.f32': f32x4.eq,
  'lt.f32': f32x4.lt,
  'le.f32': f32x4.le,
  'add.f64': f64x2.add,
  'sub.f64': f64x2.sub,
  'mul.f64': f64x2.mul,
  'div.f64': f64x2.div,
  'min.f64': f64x2.min,
  'max.f64': f64x2.max,
  'sqrt.f64': f64x2.sqrt,
  'abs.f64': f64x2.abs,
  'neg.f64': f64x2.neg,
  'floor.f64': f64x2.floor,
  'ceil.f64': f64x2.ceil,
  'nearest.f64': f64x2.nearest,
  'trunc.f64': f64x2.trunc,
  'eq.f64': f64x2.eq,
  'lt.f64': f64x2.lt,
  'le.f64': f64x2.le,
  'add.i32': i32x4.add,
  'sub.i32': i32x4.sub,
  'mul.i32': i32x4.mul,
  'min.i32': i32x4.minS,
  'max.i32': i32x4.maxS,
  'abs.i32': i32x4.abs,
  'neg.i32': i32x4.neg,
  'and.i32': v128.and,
  'or.i32': v128.or,
  'xor.i32': v128.xor,
  'eq.i32': i32x4.eq,
  'lt.i32': i32x4.ltS,
  'le.i32': i32x4.leS,
  'and.mask': v128.and,
  'or.mask': v128.or,
  'not.mask': v128.not,
  'f32.i32': f32x4.convertI32,
  'i32.f32': i32x4.truncSatF32,
  'f64.i32': f64x2.convertLowI32,
  'i32.f64': i32x4.truncSatF64,
  'f64.f32': f64x2.promoteLowF32,
  'f32.f64': f32x4.demoteF64,
  'i32.mask': a => v128.and(a, v128.const([1, 1, 1, 1])),
  'mask.i32': a => i32x4.ne(a, zero),
  'bits.i32.f32': a => a,
  'bits.f32.i32': a => a,
};
