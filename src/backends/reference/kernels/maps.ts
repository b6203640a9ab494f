import { isFloat } from '../../../core/dtype.ts';
import type { Op } from '../../../graph/ops.ts';
import { erf, floorMod, integerPower, power, roundHalfEven, truncateToInt32 } from '../scalar.ts';
import { build, type Value } from '../value.ts';
import type { Kernel, Kernels } from './rule.ts';

type Scalar = (...args: number[]) => number;

/** The same function of each element; integers may have their own. */
const map =
  (float: Scalar, integer: Scalar = float): Kernel<Op> =>
  ({ shape, dtype }, inputs) => {
    const apply = isFloat((inputs[0] as Value).dtype) ? float : integer;
    const [a, b, c] = inputs.map(({ data }) => data) as [Float64Array, Float64Array?, Float64Array?];
    return build(shape, dtype, i => apply(a[i] as number, b?.[i] as number, c?.[i] as number));
  };

const cast: Kernel<'cast'> = ({ shape, dtype }, [x]) => {
  const { data, dtype: from } = x as Value;
  const truncates = isFloat(from) && (dtype === 'int32' || dtype === 'uint8');
  const truth = dtype === 'bool';
  return build(shape, dtype, i => {
    const value = data[i] as number;
    return truncates ? truncateToInt32(value) : truth ? Number(value !== 0) : value;
  });
};

// biome-ignore format: a line a family
type MapOp =
  | 'neg' | 'abs' | 'sign' | 'exp' | 'expm1' | 'log' | 'log1p' | 'sqrt' | 'sin' | 'cos' | 'tanh' | 'erf' | 'sigmoid'
  | 'floor' | 'ceil' | 'round' | 'not' | 'cast' | 'add' | 'sub' | 'mul' | 'div' | 'mod' | 'pow' | 'maximum' | 'minimum'
  | 'equal' | 'less' | 'lessEqual' | 'and' | 'or' | 'where';

/** Operations on each element alone. */
export const maps: Kernels<MapOp> = {
  neg: map(x => -x),
  abs: map(Math.abs),
  sign: map(Math.sign),
  exp: map(Math.exp),
  expm1: map(Math.expm1),
  log: map(Math.log),
  log1p: map(Math.log1p),
  sqrt: map(Math.sqrt),
  sin: map(Math.sin),
  cos: map(Math.cos),
  tanh: map(Math.tanh),
  erf: map(erf),
  sigmoid: map(x => 1 / (1 + Math.exp(-x))),
  floor: map(Math.floor),
  ceil: map(Math.ceil),
  round: map(roundHalfEven),
  not: map(x => 1 - x),
  cast,
  add: map((x, y) => x + y),
  sub: map((x, y) => x - y),
  mul: map((x, y) => x * y, Math.imul),
  div: map(
    (x, y) => x / y,
    (x, y) => (y === 0 ? 0 : Math.floor(x / y)),
  ),
  mod: map(floorMod, (x, y) => (y === 0 ? 0 : floorMod(x, y))),
  pow: map(power, integerPower),
  maximum: map((x, y) => Math.max(x, y)),
  minimum: map((x, y) => Math.min(x, y)),
  equal: map((x, y) => Number(x === y)),
  less: map((x, y) => Number(x < y)),
  lessEqual: map((x, y) => Number(x <= y)),
  and: map((x, y) => x & y),
  or: map((x, y) => x | y),
  where: ({ shape, dtype }, [condition, x, y]) =>
    build(shape, dtype, i => ((condition as Value).data[i] ? (x as Value) : (y as Value)).data[i] as number),
};
