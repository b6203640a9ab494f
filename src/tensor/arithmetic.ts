import { type DType, dtypes, isFloat } from '../core/dtype.ts';
import { ValueError } from '../core/errors.ts';
import * as g from '../graph/build.ts';
import type { Node } from '../graph/node.ts';

/** Functions that integers have no answer for take them as float32. */
export const floating = (x: Node): Node => (isFloat(x.dtype) ? x : g.cast(x, 'float32'));

/** bool and uint8 count in int32. */
export const counting = (x: Node): Node => (isFloat(x.dtype) ? x : g.cast(x, 'int32'));

/** Whether each element is not 0. */
export const truth = (x: Node): Node => (x.dtype === 'bool' ? x : notEqual(x, 0));

const onFloats =
  (f: (x: Node) => Node) =>
  (x: Node): Node =>
    f(floating(x));

type Unary = (x: Node) => Node;
type Binary = (x: g.Operand, y: g.Operand) => Node;

export const exp: Unary = onFloats(g.exp);
export const expm1: Unary = onFloats(g.expm1);
export const log: Unary = onFloats(g.log);
export const log1p: Unary = onFloats(g.log1p);
export const sqrt: Unary = onFloats(g.sqrt);
export const sin: Unary = onFloats(g.sin);
export const cos: Unary = onFloats(g.cos);
export const tan: Unary = onFloats(x => g.div(g.sin(x), g.cos(x)));
export const tanh: Unary = onFloats(g.tanh);
export const erf: Unary = onFloats(g.erf);
export const sigmoid: Unary = onFloats(g.sigmoid);

/** 1 / √x. */
export const rsqrt: Unary = onFloats(x => g.div(1, g.sqrt(x)));
/** 1 / x. */
export const reciprocal: Unary = onFloats(x => g.div(1, x));
export const square: Unary = x => g.mul(x, x);

const ofFractions =
  (f: (x: Node) => Node) =>
  (x: Node): Node =>
    isFloat(x.dtype) ? f(x) : x;

export const floor: Unary = ofFractions(g.floor);
export const ceil: Unary = ofFractions(g.ceil);
export const round: Unary = ofFractions(g.round);

const isWhole = (x: g.Operand): boolean => typeof x !== 'number' && !isFloat(x.dtype);

/** x / y; of integers too, in float32. */
export const div: Binary = (x, y) => {
  const bothWhole = (isWhole(x) || typeof x === 'number') && (isWhole(y) || typeof y === 'number');
  const float = (z: g.Operand): g.Operand => (typeof z === 'number' || !bothWhole ? z : floating(z));
  return g.div(float(x), float(y));
};

/** ⌊x / y⌋; of integers in integers, where x / 0 is 0. */
export const floorDivide: Binary = (x, y) => {
  const [a, b] = g.unify('floorDivide', x, y);
  return isFloat(a.dtype) ? g.floor(g.div(a, b)) : g.div(a, b);
};

export const notEqual: Binary = (x, y) => g.not(g.equal(x, y));
export const greater: Binary = (x, y) => g.less(y, x);
export const greaterEqual: Binary = (x, y) => g.lessEqual(y, x);
export const xor: Binary = (x, y) => notEqual(x, y);

export const notANumber: Unary = x => (isFloat(x.dtype) ? notEqual(x, x) : g.full(0, x.shape, 'bool'));
/** Neither NaN nor ±∞. */
export const finite: Unary = x => (isFloat(x.dtype) ? g.less(g.abs(x), Infinity) : g.full(1, x.shape, 'bool'));

/** min(max(x, low), high); either bound may be left out. */
export const clip = (x: Node, low?: g.Operand, high?: g.Operand): Node => {
  if (typeof low === 'number' && typeof high === 'number' && low > high)
    throw new ValueError(`clip cannot keep values between ${low} and ${high}: the first bound must not be above the second.`);
  const raised = low === undefined ? x : g.maximum(x, low);
  return high === undefined ? raised : g.minimum(raised, high);
};

/** c ? x : y; a condition that is not bool counts as true where it is not 0. */
export const where = (condition: Node, x: g.Operand, y: g.Operand): Node => g.where(truth(condition), x, y);

export const cast = (x: Node, dtype: DType): Node => {
  if (!(dtype in dtypes)) throw new ValueError(`cast cannot make '${dtype}': element types are ${Object.keys(dtypes).join(', ')}.`);
  return g.cast(x, dtype);
};
