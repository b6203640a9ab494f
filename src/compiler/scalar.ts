import type { DType } from '../core/dtype.ts';
import { sameShape } from '../core/shape.ts';
import type { Node } from '../graph/node.ts';
import type { Attributes, Op } from '../graph/ops.ts';
import { type Expr, type Expressions, type Register, registerOf, type ScalarOp } from './expression.ts';
import * as polynomials from './polynomials.ts';

type Lowering = (e: Expressions, args: readonly Expr[], node: Node) => Expr;

const at = (args: readonly Expr[], index: number): Expr => args[index] as Expr;

/** `add` on the register type of the node's element type. */
const arithmetic =
  (name: string): Lowering =>
  (e, args, node) => {
    const type = registerOf[node.dtype];
    return wrap(e, e.apply(`${name}.${type}` as ScalarOp, type, args), node.dtype);
  };

/** uint8 arithmetic keeps the low 8 bits. */
const wrap = (e: Expressions, value: Expr, dtype: DType): Expr =>
  dtype === 'uint8' ? e.apply('and.i32', 'i32', [value, e.constant(255, 'i32')]) : value;

/** A float function: a polynomial for float32, the host's own for float64. */
const elementary =
  (name: string, polynomial: (e: Expressions, x: Expr) => Expr): Lowering =>
  (e, args) => {
    const x = at(args, 0);
    return x.type === 'f64' ? e.apply('host.f64', 'f64', [x], name) : polynomial(e, x);
  };

/** Whether a node is x - max x, as in softmax: never above 0. */
const isBelowMax = (node: Node): boolean => {
  if (node.op !== 'sub') return false;
  const [x, subtracted] = node.inputs as [Node, Node];
  const aligned = subtracted.op === 'broadcast' ? (subtracted.inputs[0] as Node) : subtracted;
  const largest = aligned.op === 'reshape' ? (aligned.inputs[0] as Node) : aligned;
  if (largest.op !== 'max' || largest.inputs[0] !== x) return false;
  const { axes } = largest.attributes as Attributes['max'];
  return sameShape(
    aligned.shape,
    x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
  );
};

const comparison =
  (name: 'eq' | 'lt' | 'le'): Lowering =>
  (e, args) => {
    const { type } = at(args, 0);
    if (type !== 'mask') return e.apply(`${name}.${type}` as ScalarOp, 'mask', args);
    const numbers = args.map(arg => e.apply('i32.mask', 'i32', [arg]));
    return e.apply(`${name}.i32`, 'mask', numbers);
  };

const rounding =
  (name: 'floor' | 'ceil' | 'nearest'): Lowering =>
  (e, args) => {
    const x = at(args, 0);
    return x.type === 'f32' || x.type === 'f64' ? e.apply(`${name}.${x.type}`, x.type, [x]) : x;
  };

const sign: Lowering = (e, args) => {
  const x = at(args, 0);
  const number = (value: number): Expr => e.constant(value, x.type);
  const less = `lt.${x.type}` as ScalarOp;
  const positive = e.apply('select', x.type, [e.apply(less, 'mask', [number(0), x]), number(1), x]);
  return e.apply('select', x.type, [e.apply(less, 'mask', [x, number(0)]), number(-1), positive]);
};

/** x - y ⌊x / y⌋ with the sign of y; the remainder of an exact quotient is 0 with the sign of y. */
const mod: Lowering = (e, args, node) => {
  const [x, y] = args as [Expr, Expr];
  const { type } = x;
  if (type === 'i32') return wrap(e, e.apply('mod.i32', 'i32', [x, y]), node.dtype);
  if (type === 'f64') return e.apply('host.f64', 'f64', [x, y], 'mod');
  const wide = args.map(arg => e.apply('f64.f32', 'f64', [arg]));
  return e.apply('f32.f64', 'f32', [e.apply('host.f64', 'f64', wide, 'mod')]);
};

const pow: Lowering = (e, args, node) => {
  const [x, y] = args as [Expr, Expr];
  if (x.type === 'f64') return e.apply('host.f64', 'f64', [x, y], 'pow');
  if (x.type === 'i32') {
    const wide = args.map(arg => e.apply('f64.i32', 'f64', [arg]));
    return wrap(e, e.apply('i32.f64', 'i32', [e.apply('host.f64', 'f64', wide, 'integerPow')]), node.dtype);
  }
  return polynomials.pow(e, x, y);
};

/** min and max of booleans are `and` and `or`. */
const extremum =
  (name: 'min' | 'max'): Lowering =>
  (e, args) => {
    const { type } = at(args, 0);
    return type === 'mask' ? e.apply(name === 'min' ? 'and.mask' : 'or.mask', 'mask', args) : e.apply(`${name}.${type}`, type, args);
  };

const halfFloats: readonly DType[] = ['float16', 'bfloat16'];

/** Converts between element types as `cast` promises: floats to integers truncate, uint8 keeps the low 8 bits, bool is x ≠ 0. */
export const convert = (e: Expressions, value: Expr, dtype: DType): Expr => {
  const to = registerOf[dtype];
  const from: Register = value.type;
  if (halfFloats.includes(dtype) && from !== 'mask') return narrow(e, convert(e, value, 'float32'), dtype);
  if (from === to) return from === 'i32' ? wrap(e, value, dtype) : value;
  if (to === 'mask') {
    const zero = e.apply(`eq.${from}` as ScalarOp, 'mask', [value, e.constant(0, from)]);
    return from === 'i32' ? e.apply('mask.i32', 'mask', [value]) : e.apply('not.mask', 'mask', [zero]);
  }
  if (from === 'mask') {
    const bit = e.apply('i32.mask', 'i32', [value]);
    return to === 'i32' ? bit : e.apply(`${to}.i32` as ScalarOp, to, [bit]);
  }
  return wrap(e, e.apply(`${to}.${from}` as ScalarOp, to, [value]), dtype);
};

/** Rounds a float32 to the values that a half float has. */
const narrow = (e: Expressions, value: Expr, dtype: DType): Expr => widen(e, halfBits(e, value, dtype), dtype);

const i = (e: Expressions, value: number): Expr => e.constant(value, 'i32');
const integer = (e: Expressions, op: ScalarOp, a: Expr, b: Expr | number): Expr =>
  e.apply(op, 'i32', [a, typeof b === 'number' ? i(e, b) : b]);

/** float32 -> the 16 bits of a half float, rounded to nearest even. */
export const halfBits = (e: Expressions, value: Expr, dtype: DType): Expr => {
  const bits = e.apply('bits.i32.f32', 'i32', [value]);
  const invalid = e.apply('not.mask', 'mask', [e.apply('eq.f32', 'mask', [value, value])]);
  const choose = (mask: Expr, a: Expr, b: Expr): Expr => e.apply('select', 'i32', [mask, a, b]);
  const odd = (by: number): Expr => integer(e, 'and.i32', integer(e, 'shrU.i32', bits, by), 1);
  if (dtype === 'bfloat16') {
    const rounded = integer(e, 'shrU.i32', integer(e, 'add.i32', integer(e, 'add.i32', bits, 0x7fff), odd(16)), 16);
    return choose(invalid, integer(e, 'or.i32', integer(e, 'shrU.i32', bits, 16), 0x40), rounded);
  }
  const sign = integer(e, 'and.i32', integer(e, 'shrU.i32', bits, 16), 0x8000);
  const magnitude = integer(e, 'and.i32', bits, 0x7fffffff);
  const normal = integer(e, 'shrU.i32', integer(e, 'add.i32', integer(e, 'add.i32', magnitude, odd(13)), 0xfff - 0x38000000), 13);
  // Below 2⁻¹⁴ a half is a multiple of 2⁻²⁴: scaling by a power of two is exact, so one rounding remains.
  const size = e.apply('bits.f32.i32', 'f32', [magnitude]);
  const scaled = e.apply('mul.f32', 'f32', [size, e.constant(16777216, 'f32')]);
  const subnormal = e.apply('i32.f32', 'i32', [e.apply('nearest.f32', 'f32', [scaled])]);
  const small = e.apply('lt.i32', 'mask', [magnitude, i(e, 0x38800000)]);
  const overflow = e.apply('le.i32', 'mask', [i(e, 0x477ff000), magnitude]);
  const finite = choose(overflow, i(e, 0x7c00), choose(small, subnormal, normal));
  return integer(e, 'or.i32', sign, choose(invalid, i(e, 0x7e00), finite));
};

/** The 16 bits of a half float -> float32. */
export const widen = (e: Expressions, half: Expr, dtype: DType): Expr => {
  if (dtype === 'bfloat16') return e.apply('bits.f32.i32', 'f32', [integer(e, 'shl.i32', half, 16)]);
  const sign = integer(e, 'shl.i32', integer(e, 'and.i32', half, 0x8000), 16);
  const magnitude = integer(e, 'shl.i32', integer(e, 'and.i32', half, 0x7fff), 13);
  // Multiplying by 2¹¹² moves the exponent from float16's bias to float32's, for subnormal numbers too.
  const scaled = e.apply('mul.f32', 'f32', [e.apply('bits.f32.i32', 'f32', [magnitude]), e.constant(2 ** 112, 'f32')]);
  const special = e.apply('le.i32', 'mask', [i(e, 0x7c00 << 13), magnitude]);
  const bits = e.apply('select', 'i32', [special, integer(e, 'or.i32', magnitude, 0x7f800000), e.apply('bits.i32.f32', 'i32', [scaled])]);
  return e.apply('bits.f32.i32', 'f32', [integer(e, 'or.i32', sign, bits)]);
};

type MapOp = {
  // biome-ignore format: a line a family
  [O in Op]: O extends
    | 'neg' | 'abs' | 'sign' | 'exp' | 'expm1' | 'log' | 'log1p' | 'sqrt' | 'sin' | 'cos' | 'tanh' | 'erf' | 'sigmoid' | 'floor' | 'ceil' | 'round' | 'not' | 'cast'
    | 'add' | 'sub' | 'mul' | 'div' | 'mod' | 'pow' | 'maximum' | 'minimum' | 'equal' | 'less' | 'lessEqual' | 'and' | 'or' | 'where'
    ? O
    : never;
}[Op];

/** From a map's arguments to its value, in the loop IR. */
export const mapLowerings: { readonly [O in MapOp]: Lowering } = {
  neg: arithmetic('neg'),
  abs: arithmetic('abs'),
  sign,
  exp: (e, args, node) => elementary('exp', isBelowMax(node.inputs[0] as Node) ? polynomials.expOfSmall : polynomials.exp)(e, args, node),
  expm1: elementary('expm1', polynomials.expm1),
  log: elementary('log', polynomials.log),
  log1p: elementary('log1p', polynomials.log1p),
  sqrt: arithmetic('sqrt'),
  sin: elementary('sin', polynomials.sin),
  cos: elementary('cos', polynomials.cos),
  tanh: elementary('tanh', polynomials.tanh),
  erf: elementary('erf', polynomials.erf),
  sigmoid: elementary('sigmoid', polynomials.sigmoid),
  floor: rounding('floor'),
  ceil: rounding('ceil'),
  round: rounding('nearest'),
  not: (e, args) => e.apply('not.mask', 'mask', args),
  cast: (e, args, node) => convert(e, at(args, 0), (node.attributes as Attributes['cast']).dtype),
  add: arithmetic('add'),
  sub: arithmetic('sub'),
  mul: arithmetic('mul'),
  div: arithmetic('div'),
  mod,
  pow,
  maximum: extremum('max'),
  minimum: extremum('min'),
  equal: comparison('eq'),
  less: comparison('lt'),
  lessEqual: comparison('le'),
  and: (e, args) => e.apply('and.mask', 'mask', args),
  or: (e, args) => e.apply('or.mask', 'mask', args),
  where: (e, args) => e.apply('select', at(args, 1).type, args),
};

export const isMap = (op: Op): op is MapOp => op in mapLowerings;

/** How costly an operation is, in about as many simple instructions. */
export const costOf = (node: Node): number => costs[node.op] ?? 1;

// biome-ignore format: a line a family
const costs: Partial<Record<Op, number>> = {
  exp: 14,
  expm1: 16,
  log: 22,
  log1p: 26,
  sin: 22,
  cos: 22,
  tanh: 24,
  erf: 40,
  sigmoid: 20,
  pow: 90,
  div: 4,
  sqrt: 4,
  mod: 30,
  randomBits: 100,
};
