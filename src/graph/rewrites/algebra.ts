import { isFloat } from '../../core/dtype.ts';
import { broadcastShapes, type Shape, sizeOf } from '../../core/shape.ts';
import * as g from '../build.ts';
import { intern, type Node } from '../node.ts';
import { type Op, ops } from '../ops.ts';
import { attributesOf, knownNumber, patterns as p, variable } from './pattern.ts';
import { type Rule, rule } from './rule.ts';

const [c, x, y] = [variable('c'), variable('x'), variable('y')];

/** Zeros may change their sign: x + 0 = x where x is -0. Nothing else may change. x · 0 = 0 is missing on purpose: NaN and infinity. */
export const arithmetic: readonly Rule[] = [
  rule('x + 0 = x', p.add(x, 0), ({ x }) => x),
  rule('x - 0 = x', p.sub(x, 0), ({ x }) => x),
  rule('0 - x = -x', p.sub(0, x), ({ x }) => g.neg(x)),
  rule('x · 1 = x', p.mul(x, 1), ({ x }) => x),
  rule('x · -1 = -x', p.mul(x, -1), ({ x }) => g.neg(x)),
  rule('x / 1 = x', p.div(x, 1), ({ x }) => x),
  rule('x / -1 = -x', p.div(x, -1), ({ x }) => g.neg(x)),
  rule('-(-x) = x', p.neg(p.neg(x)), ({ x }) => x),
  rule('x + (-y) = x - y', p.add(x, p.neg(y)), ({ x, y }) => g.sub(x, y)),
  rule('x - (-y) = x + y', p.sub(x, p.neg(y)), ({ x, y }) => g.add(x, y)),
  rule('-(x - y) = y - x', p.neg(p.sub(x, y)), ({ x, y }) => g.sub(y, x)),
  rule('|-x| = |x|', p.abs(p.neg(x)), ({ x }) => g.abs(x)),
  rule('||x|| = |x|', p.abs(p.abs(x)), ({ x }) => g.abs(x)),
  rule('max(x, x) = x', p.maximum(x, x), ({ x }) => x),
  rule('min(x, x) = x', p.minimum(x, x), ({ x }) => x),
];

/** Powers that are cheaper, and no less accurate, without logarithm and exponential; PyTorch's pow has the same cases. */
export const powers: readonly Rule[] = [
  rule('x⁰ = 1', p.pow(x, 0), ({ x }) => g.full(1, x.shape, x.dtype)),
  rule('x¹ = x', p.pow(x, 1), ({ x }) => x),
  rule('x² = x x', p.pow(x, 2), ({ x }) => g.mul(x, x)),
  rule('x³ = x x x', p.pow(x, 3), ({ x }) => g.mul(g.mul(x, x), x)),
  rule('x^½ = √x', p.pow(x, 0.5), ({ x }) => g.sqrt(x)),
  rule('x⁻¹ = 1 / x', p.pow(x, -1), ({ x }) => g.div(1, x), { where: ({ x }) => isFloat(x.dtype) }),
  rule('x⁻² = 1 / (x x)', p.pow(x, -2), ({ x }) => g.div(1, g.mul(x, x)), { where: ({ x }) => isFloat(x.dtype) }),
  rule('x^-½ = 1 / √x', p.pow(x, -0.5), ({ x }) => g.div(1, g.sqrt(x))),
];

const logSigmoid = (x: Node): Node => g.sub(g.minimum(x, 0), g.log1p(g.exp(g.neg(g.abs(x)))));

/** Forms that keep digits which the other side loses: in a difference of nearly equal numbers, in an underflow. */
export const stableForms: readonly Rule[] = [
  rule('log(1 + x) = log1p x', p.log(p.add(x, 1)), ({ x }) => g.log1p(x)),
  rule('eˣ - 1 = expm1 x', p.sub(p.exp(x), 1), ({ x }) => g.expm1(x)),
  rule('log(eˣ / y) = x - log y', p.log(p.div(p.exp(x), y)), ({ x, y }) => g.sub(x, g.log(y))), // log(softmax)
  rule('log σ(x) = min(x, 0) - log1p e^-|x|', p.log(p.sigmoid(x)), ({ x }) => logSigmoid(x)),
  rule('log(1 - σ(x)) = min(-x, 0) - log1p e^-|x|', p.log(p.sub(1, p.sigmoid(x))), ({ x }) => logSigmoid(g.neg(x))),
];

export const logic: readonly Rule[] = [
  rule('¬¬x = x', p.not(p.not(x)), ({ x }) => x),
  rule('x ∧ x = x', p.and(x, x), ({ x }) => x),
  rule('x ∨ x = x', p.or(x, x), ({ x }) => x),
  rule('c ? x : x = x', p.where(c, x, x), ({ x }) => x),
  rule('¬c ? x : y = c ? y : x', p.where(p.not(c), x, y), ({ c, x, y }) => g.where(c, y, x)),
  rule('true ? x : y = x', p.where(c, x, y), ({ x }) => x, { where: ({ c }) => knownNumber(c) === 1 }),
  rule('false ? x : y = y', p.where(c, x, y), ({ y }) => y, { where: ({ c }) => knownNumber(c) === 0 }),
];

/** What a broadcast or a constant repeats, with its own shape; undefined for anything else. */
const repeated = (node: Node): Node | undefined => {
  if (node.op === 'broadcast' && node.inputs.length === 1) return node.inputs[0];
  return node.op === 'constant' ? node : undefined;
};

/** Computes on what is repeated, once, if all inputs repeat something smaller than the result. */
const beforeRepeating = (node: Node): Node | undefined => {
  const sources = node.inputs.map(repeated);
  if (!sources.every(source => source !== undefined)) return undefined;
  const shape = sources.reduce<Shape>((known, source) => broadcastShapes(node.op, known, source.shape), []);
  if (sizeOf(shape) >= sizeOf(node.shape)) return undefined;
  const inputs = sources.map(source => g.broadcast(source, shape));
  return g.broadcast(intern(node.op, inputs, node.attributes) as Node, node.shape);
};

const mapsOf = (arity: number): Op[] => (Object.keys(ops) as Op[]).filter(op => ops[op].kind === 'map' && ops[op].arity === arity);

/** One rule for each map. */
export const repetition: readonly Rule[] = [
  ...mapsOf(1).map(op => rule(`${op}(x…) = ${op}(x)…`, p[op](x), (_, node) => beforeRepeating(node))),
  ...mapsOf(2).map(op => rule(`${op}(x…, y…) = ${op}(x, y)…`, p[op](x, y), (_, node) => beforeRepeating(node))),
  rule('where(c…, x…, y…) = where(c, x, y)…', p.where(c, x, y), (_, node) => beforeRepeating(node)),
];

const round: { readonly [dtype: string]: (value: number) => number } = { float32: Math.fround, float64: value => value };

/** Arithmetic on two known numbers of shape (), rounded as their element type rounds. */
const folded = (op: 'add' | 'sub' | 'mul' | 'div', compute: (a: number, b: number) => number): Rule =>
  rule(`${op} of two numbers`, p[op](x, y), ({ x, y }, node) => {
    if (x.op !== 'constant' || y.op !== 'constant') return undefined;
    const rounding = round[node.dtype];
    const [a, b] = [attributesOf(x, 'constant').value, attributesOf(y, 'constant').value];
    return rounding && g.constant(rounding(compute(rounding(a), rounding(b))), node.dtype);
  });

export const numbers: readonly Rule[] = [
  folded('add', (a, b) => a + b),
  folded('sub', (a, b) => a - b),
  folded('mul', (a, b) => a * b),
  folded('div', (a, b) => a / b),
  rule('-(number)', p.neg(x), ({ x }, node) =>
    x.op === 'constant' && isFloat(node.dtype) ? g.constant(-attributesOf(x, 'constant').value, node.dtype) : undefined,
  ),
];
