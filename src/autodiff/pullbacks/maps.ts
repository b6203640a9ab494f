import * as g from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import type { Attributes } from '../../graph/ops.ts';
import { binary, none, type Pullbacks, unary } from './rule.ts';

/** The number that a node holds everywhere, if it is a constant or one broadcast. */
const constantValue = (node: Node): number | undefined => {
  if (node.op === 'broadcast' || node.op === 'reshape') return constantValue(node.inputs[0] as Node);
  return node.op === 'constant' ? (node.attributes as Attributes['constant']).value : undefined;
};

/** 1 where a < b, ½ where they tie, else 0 (also beside NaN), times dy. */
const shareIfLess = (a: Node, b: Node, dy: Node): Node => g.where(g.equal(a, b), g.mul(dy, 0.5), g.where(g.less(a, b), dy, 0));

/**
 * d xʸ / dx = y xʸ⁻¹. Where y = 0 the power is x⁰, so that 0 · 0⁻¹ is never met, here and in higher derivatives.
 */
const powBase = (x: Node, y: Node, dz: Node): Node | null => {
  const exponent = constantValue(y);
  if (exponent === 0) return null;
  if (exponent === 1) return dz;
  if (exponent === 2) return g.mul(dz, g.mul(x, 2));
  if (exponent !== undefined) return g.mul(dz, g.mul(g.pow(x, exponent - 1), exponent));
  return g.mul(dz, g.mul(y, g.pow(x, g.sub(g.where(g.equal(y, 0), 1, y), 1))));
};

/** d xʸ / dy = xʸ ln x, and 0 where x ≤ 0, where the power is no function of y. */
const powExponent = (x: Node, dz: Node, z: Node): Node => {
  const positive = g.less(g.constant(0, x.dtype), x);
  return g.mul(dz, g.where(positive, g.mul(z, g.log(g.where(positive, x, 1))), 0));
};

// biome-ignore format: a line a family
type MapOp =
  | 'neg' | 'abs' | 'sign' | 'exp' | 'expm1' | 'log' | 'log1p' | 'sqrt' | 'sin' | 'cos' | 'tanh' | 'erf' | 'sigmoid'
  | 'floor' | 'ceil' | 'round' | 'not' | 'cast' | 'add' | 'sub' | 'mul' | 'div' | 'mod' | 'pow' | 'maximum' | 'minimum'
  | 'equal' | 'less' | 'lessEqual' | 'and' | 'or' | 'where';

/** Operations that act on each element alone. */
export const maps: Pullbacks<MapOp> = {
  neg: unary((_, dy) => g.neg(dy)), // d(-x) = -dx
  abs: unary((x, dy) => g.mul(dy, g.sign(x))), // d|x| = sign x dx, 0 at 0
  sign: none,
  exp: unary((_, dy, y) => g.mul(dy, y)), // d eˣ = eˣ dx
  expm1: unary((_, dy, y) => g.mul(dy, g.add(y, 1))), // d(eˣ - 1) = eˣ dx
  log: unary((x, dy) => g.div(dy, x)), // d ln x = dx / x
  log1p: unary((x, dy) => g.div(dy, g.add(x, 1))), // d ln(1 + x) = dx / (1 + x)
  sqrt: unary((_, dy, y) => g.div(dy, g.mul(y, 2))), // d√x = dx / (2√x)
  sin: unary((x, dy) => g.mul(dy, g.cos(x))), // d sin x = cos x dx
  cos: unary((x, dy) => g.neg(g.mul(dy, g.sin(x)))), // d cos x = -sin x dx
  tanh: unary((_, dy, y) => g.mul(dy, g.sub(1, g.mul(y, y)))), // d tanh x = (1 - tanh² x) dx
  erf: unary((x, dy) => g.mul(dy, g.mul(g.exp(g.neg(g.mul(x, x))), 2 / Math.sqrt(Math.PI)))), // d erf x = 2/√π exp(-x²) dx
  sigmoid: unary((_, dy, y) => g.mul(dy, g.mul(y, g.sub(1, y)))), // d σ(x) = σ (1 - σ) dx
  floor: none,
  ceil: none,
  round: none,
  not: none,
  cast: unary((x, dy) => g.cast(dy, x.dtype)), // asked for between floats only
  add: (_, dz) => [dz, dz], // d(x + y) = dx + dy
  sub: binary(
    (_x, _y, dz) => dz,
    (_x, _y, dz) => g.neg(dz),
  ), // d(x - y) = dx - dy
  mul: binary(
    (_, y, dz) => g.mul(dz, y),
    (x, _, dz) => g.mul(dz, x),
  ), // d(x y) = y dx + x dy
  div: binary(
    (_, y, dz) => g.div(dz, y),
    (_, y, dz, z) => g.neg(g.div(g.mul(dz, z), y)),
  ), // d(x / y) = dx / y - (x / y) dy / y
  mod: binary(
    (_x, _y, dz) => dz,
    (x, y, dz) => g.neg(g.mul(dz, g.floor(g.div(x, y)))),
  ), // d(x - y ⌊x / y⌋) = dx - ⌊x / y⌋ dy
  pow: binary(
    (x, y, dz) => powBase(x, y, dz),
    (x, _, dz, z) => powExponent(x, dz, z),
  ),
  maximum: binary(
    (x, y, dz) => shareIfLess(y, x, dz),
    (x, y, dz) => shareIfLess(x, y, dz),
  ), // ties share evenly
  minimum: binary(
    (x, y, dz) => shareIfLess(x, y, dz),
    (x, y, dz) => shareIfLess(y, x, dz),
  ),
  equal: none,
  less: none,
  lessEqual: none,
  and: none,
  or: none,
  where: ({ inputs }, dy, needs) => {
    const condition = inputs[0] as Node;
    return [null, needs[1] ? g.where(condition, dy, 0) : null, needs[2] ? g.where(condition, 0, dy) : null];
  },
};
