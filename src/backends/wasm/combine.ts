import type { Expr, ReductionOp } from '../../compiler/expression.ts';
import type { Reduction } from '../../compiler/kernel.ts';
import type { Expression, FunctionBuilder } from './assembler.ts';
import { f32x4, f64x2, i32x4, v128 } from './instructions.ts';
import { zero } from './simple.ts';

type V = Expression<'v128'>;

/** The value that changes nothing when combined. */
export const identityOf = ({ op, value }: Reduction): V => {
  const { type } = value;
  const bits = new DataView(new ArrayBuffer(8));
  const float = op === 'prod' ? 1 : op === 'max' || op === 'argMax' ? -Infinity : op === 'min' || op === 'argMin' ? Infinity : 0;
  if (type === 'mask') return op === 'all' || op === 'min' || op === 'argMin' ? v128.const([-1, -1, -1, -1]) : zero;
  if (type === 'f64') {
    bits.setFloat64(0, float, true);
    const [low, high] = [bits.getInt32(0, true), bits.getInt32(4, true)];
    return v128.const([low, high, low, high]);
  }
  if (type === 'f32') bits.setFloat32(0, float, true);
  else bits.setInt32(0, float === Infinity ? 0x7fffffff : float === -Infinity ? -0x80000000 : float, true);
  const lane = bits.getInt32(0, true);
  return v128.const([lane, lane, lane, lane]);
};

/**
 * The larger or smaller one, NaN where one is NaN. `f32x4.max` is eight instructions of the processor, one after the other; `pmax`
 * keeps a NaN of a and is one. b is computed where it is used: a local.
 */
export const extremum = (op: 'max' | 'min', a: V, b: V): V => v128.or((op === 'max' ? f32x4.pmax : f32x4.pmin)(a, b), f32x4.ne(b, b));

/** Two values as one; b: a local. */
export const combine = (op: ReductionOp, type: Expr['type'], a: V, b: V): V => {
  if (type === 'mask') return op === 'all' || op === 'min' ? v128.and(a, b) : v128.or(a, b);
  if (op === 'sum') return type === 'f32' ? f32x4.add(a, b) : type === 'f64' ? f64x2.add(a, b) : i32x4.add(a, b);
  if (op === 'prod') return type === 'f32' ? f32x4.mul(a, b) : type === 'f64' ? f64x2.mul(a, b) : i32x4.mul(a, b);
  if (op === 'max') return type === 'f32' ? extremum('max', a, b) : type === 'f64' ? f64x2.max(a, b) : i32x4.maxS(a, b);
  return type === 'f32' ? extremum('min', a, b) : type === 'f64' ? f64x2.min(a, b) : i32x4.minS(a, b);
};

/** Whether a value replaces the best so far: it is larger (smaller), or the first NaN. */
export const replacesBest = (op: 'argMax' | 'argMin', type: Expr['type'], value: V, best: V): V => {
  const [a, b] = op === 'argMax' ? [best, value] : [value, best];
  if (type === 'i32' || type === 'mask') {
    // A mask is -1 where true, so that order is reversed.
    return type === 'mask' ? i32x4.ltS(b, a) : i32x4.ltS(a, b);
  }
  const family = type === 'f64' ? f64x2 : f32x4;
  const firstNaN = v128.and(family.ne(value, value), family.eq(best, best));
  return v128.or(family.lt(a, b), firstNaN);
};

/**
 * Index of the best of all unrolled vectors and lanes, in every lane: of equal ones the first; lanes that saw nothing have index -1.
 */
export const bestOf = (f: FunctionBuilder, op: 'argMax' | 'argMin', type: Expr['type'], values: readonly V[], indices: readonly V[]): V => {
  type Pair = readonly [value: V, index: V];
  const better = ([a, i]: Pair, [b, j]: Pair): Pair => {
    const same = type === 'f32' ? v128.or(f32x4.eq(a, b), v128.and(f32x4.ne(a, a), f32x4.ne(b, b))) : i32x4.eq(a, b);
    const wins = v128.or(replacesBest(op, type, b, a), v128.and(same, i32x4.ltS(j, i)));
    const take = f.let(v128.andnot(v128.or(i32x4.ltS(i, zero), wins), i32x4.ltS(j, zero)));
    return [f.let(v128.bitselect(b, a, take)), f.let(v128.bitselect(j, i, take))];
  };
  let best = values.map((value, u): Pair => [value, indices[u] as V]).reduce(better);
  for (const by of [
    [2, 3, 0, 1],
    [1, 0, 3, 2],
  ]) {
    const bytes = by.flatMap(lane => [0, 1, 2, 3].map(byte => lane * 4 + byte));
    best = better(best, [f.let(v128.shuffle(best[0], best[0], bytes)), f.let(v128.shuffle(best[1], best[1], bytes))]);
  }
  return best[1];
};
