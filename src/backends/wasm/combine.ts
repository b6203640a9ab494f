import type { Expr, ReductionOp } from '../../compiler/expression.ts';
import type { Reduction } from '../../compiler/kernel.ts';
import type { Expression } from './assembler.ts';
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

export const combine = (op: ReductionOp, type: Expr['type'], a: V, b: V): V => {
  if (type === 'mask') return op === 'all' || op === 'min' ? v128.and(a, b) : v128.or(a, b);
  if (op === 'sum') return type === 'f32' ? f32x4.add(a, b) : type === 'f64' ? f64x2.add(a, b) : i32x4.add(a, b);
  if (op === 'prod') return type === 'f32' ? f32x4.mul(a, b) : type === 'f64' ? f64x2.mul(a, b) : i32x4.mul(a, b);
  if (op === 'max') return type === 'f32' ? f32x4.max(a, b) : type === 'f64' ? f64x2.max(a, b) : i32x4.maxS(a, b);
  return type === 'f32' ? f32x4.min(a, b) : type === 'f64' ? f64x2.min(a, b) : i32x4.minS(a, b);
};
