import type { Expr } from '../../compiler/expression.ts';
import { call, type Expression, type FunctionBuilder, get, set } from './assembler.ts';
import { f32x4, f64x2, i32, i32x4, v128 } from './instructions.ts';
import { zero } from './simple.ts';

type V = Expression<'v128'>;
type I = Expression<'i32'>;

const bitsOf = new DataView(new ArrayBuffer(8));

/** Zero costs one instruction wherever it is wanted. */
export const isZero = ({ name, code }: V): boolean => name === 'v128.const' && code.slice(2).every(byte => byte === 0);

/** All lanes of one value. */
export const splatConstant = (value: number, type: Expr['type']): V => {
  if (type === 'f64') {
    bitsOf.setFloat64(0, value, true);
    const [low, high] = [bitsOf.getInt32(0, true), bitsOf.getInt32(4, true)];
    return v128.const([low, high, low, high]);
  }
  if (type === 'f32') bitsOf.setFloat32(0, value, true);
  else bitsOf.setInt32(0, type === 'mask' ? -Number(value !== 0) : value, true);
  const lane = bitsOf.getInt32(0, true);
  return v128.const([lane, lane, lane, lane]);
};

/** The host's function in the lanes of a mask, which is rarely set. */
export const hostLanes = (f: FunctionBuilder, [mask, x, value]: readonly [V, V, V], index: number): V => {
  const local = f.local('v128');
  f.add(set(local, value));
  f.when(v128.anyTrue(mask), () => {
    for (let lane = 0; lane < 4; lane++) {
      f.when(i32x4.extract(mask, lane), () => {
        const wide = f64x2.extract(f64x2.promoteLowF32(f32x4.splat(f32x4.extract(x, lane))), 0);
        const single = f32x4.demoteF64(f64x2.splat(call('f64', index, [wide])));
        f.add(set(local, i32x4.replace(get(local), lane, i32x4.extract(single, 0))));
      });
    }
  });
  return get(local);
};

/** Integer division rounds down, by 0 it is 0; the remainder has the sign of the divisor. There is no vector instruction for it. */
export const divideLanes = (f: FunctionBuilder, op: 'div.i32' | 'mod.i32', [a, b]: readonly [V, V, V]): V => {
  const local = f.local('v128');
  f.add(set(local, zero));
  for (let lane = 0; lane < 4; lane++) {
    const x = f.let(i32x4.extract(a, lane));
    const y = f.let(i32x4.extract(b, lane));
    f.when(y, () => {
      const remainder = f.let(i32.remS(x, y));
      const opposite = i32.and(i32.ne(remainder, i32.const(0)), i32.ltS(i32.xor(remainder, y), i32.const(0)));
      // -2³¹ / -1 does not fit and would trap: it wraps, as negation does.
      const quotient = (): I => {
        const result = f.local('i32');
        f.when(
          i32.eq(y, i32.const(-1)),
          () => f.add(set(result, i32.sub(i32.const(0), x))),
          () => f.add(set(result, i32.sub(i32.divS(x, y), opposite))),
        );
        return get(result);
      };
      const result = op === 'div.i32' ? quotient() : i32.add(remainder, i32.mul(y, opposite));
      f.add(set(local, i32x4.replace(get(local), lane, result)));
    });
  }
  return get(local);
};
