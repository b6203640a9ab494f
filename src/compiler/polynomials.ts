import type { Expr, Expressions } from './expression.ts';

// Elementary functions of float32 as polynomials in the loop IR, so that they vectorise and give the same bits everywhere.
// Maximum errors in units in the last place are measured over the whole range in polynomials.test.ts.

/** Arithmetic on float32 expressions, as short as mathematics. */
const float32 = (e: Expressions) => {
  const f = (value: number): Expr => e.constant(Math.fround(value), 'f32');
  const i = (value: number): Expr => e.constant(value, 'i32');
  const operand = (value: Expr | number): Expr => (typeof value === 'number' ? f(value) : value);
  type O = Expr | number;
  return {
    f,
    i,
    add: (a: O, b: O): Expr => e.apply('add.f32', 'f32', [operand(a), operand(b)]),
    sub: (a: O, b: O): Expr => e.apply('sub.f32', 'f32', [operand(a), operand(b)]),
    mul: (a: O, b: O): Expr => e.apply('mul.f32', 'f32', [operand(a), operand(b)]),
    div: (a: O, b: O): Expr => e.apply('div.f32', 'f32', [operand(a), operand(b)]),
    madd: (a: O, b: O, c: O): Expr => e.apply('madd.f32', 'f32', [operand(a), operand(b), operand(c)]),
    abs: (a: Expr): Expr => e.apply('abs.f32', 'f32', [a]),
    neg: (a: Expr): Expr => e.apply('neg.f32', 'f32', [a]),
    /** The smaller, larger one; a NaN in the first argument stays. */
    atMost: (a: Expr, b: number): Expr => e.apply('pmin.f32', 'f32', [a, f(b)]),
    atLeast: (a: Expr, b: number): Expr => e.apply('pmax.f32', 'f32', [a, f(b)]),
    less: (a: O, b: O): Expr => e.apply('lt.f32', 'mask', [operand(a), operand(b)]),
    equal: (a: O, b: O): Expr => e.apply('eq.f32', 'mask', [operand(a), operand(b)]),
    or: (a: Expr, b: Expr): Expr => e.apply('or.mask', 'mask', [a, b]),
    select: (c: Expr, a: O, b: O): Expr => e.apply('select', 'f32', [c, operand(a), operand(b)]),
    selectInteger: (c: Expr, a: Expr, b: Expr): Expr => e.apply('select', 'i32', [c, a, b]),
    bits: (a: Expr): Expr => e.apply('bits.i32.f32', 'i32', [a]),
    fromBits: (a: Expr): Expr => e.apply('bits.f32.i32', 'f32', [a]),
    fromInteger: (a: Expr): Expr => e.apply('f32.i32', 'f32', [a]),
    addInteger: (a: Expr, b: Expr): Expr => e.apply('add.i32', 'i32', [a, b]),
    subInteger: (a: Expr, b: Expr): Expr => e.apply('sub.i32', 'i32', [a, b]),
    andInteger: (a: Expr, b: number): Expr => e.apply('and.i32', 'i32', [a, i(b)]),
    orInteger: (a: Expr, b: Expr): Expr => e.apply('or.i32', 'i32', [a, b]),
    equalInteger: (a: Expr, b: number): Expr => e.apply('eq.i32', 'mask', [a, i(b)]),
    shiftLeft: (a: Expr, by: number): Expr => e.apply('shl.i32', 'i32', [a, i(by)]),
    shiftRight: (a: Expr, by: number): Expr => e.apply('shrS.i32', 'i32', [a, i(by)]),
  };
};

type Float32 = ReturnType<typeof float32>;

/** c[0] xⁿ + c[1] xⁿ⁻¹ + … + c[n], by Horner's rule. */
const horner = (m: Float32, x: Expr, [first, ...rest]: readonly number[]): Expr =>
  rest.reduce<Expr>((sum, c) => m.madd(sum, x, c), m.f(first as number));

/** x 2ⁿ for an integer n between -252 and 252, in two steps so that subnormal results and infinity come out right. */
const scaleByPower = (m: Float32, x: Expr, n: Expr): Expr => {
  const half = m.shiftRight(n, 1);
  return m.mul(m.mul(x, powerOf(m, half)), powerOf(m, m.subInteger(n, half)));
};

/** 2ⁿ⁺ᵐᵒʳᵉ; of n only the low nine bits count. */
const powerOf = (m: Float32, n: Expr, more = 0): Expr => m.fromBits(m.addInteger(m.shiftLeft(n, 23), m.i((127 + more) << 23)));

/**
 * The nearest integer n, as a float and in the low bits of an integer, for |x| < 2²²: in 1.5 · 2²³ + x no bit is left for a fraction.
 */
const roundSmall = (m: Float32, x: Expr): { n: Expr; low: Expr } => {
  const shifted = m.add(x, 12582912);
  return { n: m.sub(shifted, 12582912), low: m.bits(shifted) };
};

/** What is left of x beside n ln 2, by two parts of ln 2 (Cody, Waite 1980), and (eʳ - 1 - r) / r². */
const reduced = (m: Float32, x: Expr): { low: Expr; r: Expr; tail: Expr } => {
  const { n, low } = roundSmall(m, m.mul(x, Math.LOG2E));
  const r = m.madd(n, 2.1219444e-4, m.madd(n, -0.693359375, x));
  const tail = horner(m, r, [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1]);
  return { low, r, tail };
};

/** eʳ for a reduced r. */
const powerOfRest = (m: Float32, { r, tail }: { r: Expr; tail: Expr }): Expr => m.add(m.madd(tail, m.mul(r, r), r), 1);

/** eˣ = 2ⁿ eʳ with r = x - n ln 2, |r| ≤ ln 2 / 2; eʳ by its Taylor polynomial with a minimax tail. */
export const exp = (e: Expressions, x: Expr): Expr => {
  const m = float32(e);
  // Where the result is 0 it is not computed: an operation that underflows takes a hundred times as long, and masks are made of such x.
  const vanishes = m.less(x, -104);
  const rest = reduced(m, m.atMost(m.select(vanishes, 0, x), 89));
  const n = m.subInteger(rest.low, m.i(0x4b400000));
  return m.select(vanishes, 0, scaleByPower(m, powerOfRest(m, rest), n));
};

/** eˣ for x ≤ 43: by one power of 2, which is 2⁶⁴ too large, so that subnormal results come out right. */
export const expOfSmall = (e: Expressions, x: Expr): Expr => {
  const m = float32(e);
  const vanishes = m.less(x, -104);
  const rest = reduced(m, m.select(vanishes, 0, x));
  return m.select(vanishes, 0, m.mul(m.mul(powerOfRest(m, rest), powerOf(m, rest.low, 64)), 2 ** -64));
};

/** x = k 2ⁿ with √½ ≤ k < √2, for positive finite x: [n as a float, k]. Subnormal numbers are scaled up first. */
const mantissa = (e: Expressions, x: Expr): readonly [Expr, Expr] => {
  const m = float32(e);
  const tiny = m.less(x, 1.17549435e-38);
  const bits = m.bits(m.select(tiny, m.mul(x, 8388608), x));
  // Adding the distance from √½ to 1 makes the exponent field round as wanted.
  const shifted = m.addInteger(bits, m.i(0x3f800000 - 0x3f3504f3));
  const exponent = m.subInteger(m.shiftRight(shifted, 23), m.i(127));
  const n = m.sub(m.fromInteger(exponent), m.select(tiny, 23, 0));
  const k = m.fromBits(m.addInteger(m.andInteger(shifted, 0x007fffff), m.i(0x3f3504f3)));
  return [n, k];
};

/** What ln x is where the polynomial does not hold: NaN below 0, -∞ at 0, ∞ at ∞. */
const logOutside = (m: Float32, x: Expr, y: Expr): Expr =>
  m.select(m.less(x, Infinity), m.select(m.less(0, x), y, m.select(m.equal(x, 0), -Infinity, NaN)), x);

/** ln x = n ln 2 + ln k, with ln(1 + f) = f - f²/2 + f³ P(f) (Cephes logf, Moshier 1989). */
export const log = (e: Expressions, x: Expr): Expr => {
  const m = float32(e);
  const [n, k] = mantissa(e, x);
  const f = m.sub(k, 1);
  // biome-ignore format: coefficients
  const p = horner(m, f, [7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1]);
  const square = m.mul(f, f);
  const small = m.madd(n, -2.1219444e-4, m.mul(m.mul(p, f), square));
  const y = m.madd(n, 0.693359375, m.add(f, m.madd(square, -0.5, small)));
  return logOutside(m, x, y);
};

/** ln(1 + x) = x ln u / (u - 1) with u = 1 + x rounded: the error of u cancels (Kahan; Goldberg 1991, theorem 4). */
export const log1p = (e: Expressions, x: Expr): Expr => {
  const m = float32(e);
  const u = m.add(x, 1);
  const scaled = m.mul(log(e, u), m.div(x, m.sub(u, 1)));
  return m.select(m.or(m.equal(u, 1), m.equal(x, Infinity)), x, m.select(m.equal(u, 0), -Infinity, scaled));
};

/**
 * eˣ - 1 = 2ⁿ (eʳ - 1) + (2ⁿ - 1), with eʳ - 1 from the same polynomial as `exp`, which does not pass through 1.
 */
export const expm1 = (e: Expressions, x: Expr): Expr => {
  const m = float32(e);
  const { low, r, tail } = reduced(m, m.atMost(m.atLeast(x, -25), 89));
  // 2ⁿ overflows at n = 128 though the result may not: scale by half of it, and double.
  const half = powerOf(m, low, -1);
  const sum = m.madd(m.madd(tail, m.mul(r, r), r), half, m.sub(half, 0.5));
  return m.select(m.equal(x, 0), x, m.add(sum, sum));
};

/** tanh x = p / (p + 2) with p = e²ˣ - 1, for |x|; from 10 on it is 1. */
export const tanh = (e: Expressions, x: Expr): Expr => {
  const m = float32(e);
  const size = m.abs(x);
  const { low, r, tail } = reduced(m, m.atMost(m.add(size, size), 20));
  const power = powerOf(m, low);
  const p = m.madd(m.madd(tail, m.mul(r, r), r), power, m.sub(power, 1));
  return copySign(m, m.div(p, m.add(p, 2)), x);
};

const copySign = (m: Float32, size: Expr, sign: Expr): Expr =>
  m.fromBits(m.orInteger(m.bits(size), m.andInteger(m.bits(sign), -2147483648)));

/** 1 / (1 + e⁻ˣ), by the exponential that does not overflow: e⁻ˣ or eˣ. */
export const sigmoid = (e: Expressions, x: Expr): Expr => {
  const m = float32(e);
  const power = expOfSmall(e, m.neg(m.abs(x)));
  return m.div(m.select(m.less(x, 0), power, 1), m.add(power, 1));
};

/** erf x: x P(x²) near 0, else 1 - exp(Q(|x|)) (minimax polynomials of N. Juffa, 2015, "erff" with less than 1 ulp). */
export const erf = (e: Expressions, x: Expr): Expr => {
  const m = float32(e);
  const t = m.abs(x);
  const s = m.mul(x, x);
  const high = m.madd(-1.7285347e-5, t, 3.83197126e-4);
  const low = m.madd(-3.88396438e-3, t, 2.42546219e-2);
  const q = [-1.06777877e-1, -6.34846687e-1, -1.28717512e-1].reduce<Expr>((sum, c) => m.madd(sum, t, c), m.madd(high, s, low));
  const far = copySign(m, m.sub(1, expOfSmall(e, m.madd(q, t, m.neg(t)))), x);
  const p = horner(m, s, [-5.96761703e-4, 4.99119423e-3, -2.67681349e-2, 1.12819925e-1, -3.76125336e-1, 1.28379166e-1]);
  const near = m.madd(p, x, x);
  // Past 4 the result is 1 to the last bit; the polynomial in the exponent would overflow for huge arguments.
  const bounded = m.select(m.less(4, t), copySign(m, m.f(1), x), far);
  return m.select(m.less(t, 0.927734375), near, bounded);
};

/** Beyond this the reduction loses bits, and the host's function takes over. */
const largestAngle = 8192;

/**
 * sin x or cos x: x = n π/2 + r by Cody and Waite's four-part π/2, |r| ≤ π/4; the quadrant n chooses the polynomial and the sign
 * (Cephes sinf, cosf).
 */
const sinCos = (e: Expressions, x: Expr, name: 'sin' | 'cos'): Expr => {
  const m = float32(e);
  const { n, low } = roundSmall(m, m.mul(x, 2 / Math.PI));
  // Eleven bits each, so that the products with n are exact even without fused multiply-add.
  const parts = [1.5703125, 4.837512969970703e-4, 7.549533620476723e-8, 2.563344151594519e-12];
  const r = parts.reduce<Expr>((rest, part) => m.madd(n, -part, rest), x);
  const s = m.mul(r, r);
  const sine = m.madd(m.mul(horner(m, s, [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1]), s), r, r);
  const cosine = m.madd(m.mul(s, s), horner(m, s, [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2]), m.madd(s, -0.5, 1));
  const quadrant = name === 'sin' ? low : m.addInteger(low, m.i(1));
  const even = m.equalInteger(m.andInteger(quadrant, 1), 0);
  const value = m.select(even, sine, cosine);
  const flip = m.shiftLeft(m.andInteger(quadrant, 2), 30);
  const near = m.fromBits(e.apply('xor.i32', 'i32', [m.bits(value), flip]));
  return e.apply('host.f32', 'f32', [m.less(largestAngle, m.abs(x)), x, near], name);
};

export const sin = (e: Expressions, x: Expr): Expr => sinCos(e, x, 'sin');
export const cos = (e: Expressions, x: Expr): Expr => sinCos(e, x, 'cos');

type F64 = (a: Expr, b: Expr) => Expr;

/** xʸ = exp(y ln |x|) in float64, rounded once; signs and special values as C's pow has them. */
export const pow = (e: Expressions, x: Expr, y: Expr): Expr => {
  const m = float32(e);
  const d = (value: number): Expr => e.constant(value, 'f64');
  const wide = (a: Expr): Expr => e.apply('f64.f32', 'f64', [a]);
  const [add, sub, mul, div] = (['add', 'sub', 'mul', 'div'] as const).map(
    op => (a: Expr, b: Expr) => e.apply(`${op}.f64`, 'f64', [a, b]),
  ) as [F64, F64, F64, F64];
  const size = m.abs(x);
  const [n, k] = mantissa(e, size);
  // ln k = 2 artanh s with s = (k - 1) / (k + 1), |s| ≤ 0.172: nine odd terms leave 1e-15.
  const s = div(sub(wide(k), d(1)), add(wide(k), d(1)));
  const s2 = mul(s, s);
  let series = d(1 / 19);
  for (let term = 17; term >= 1; term -= 2) series = add(mul(series, s2), d(1 / term));
  const logarithm = add(mul(wide(n), d(Math.LN2)), mul(mul(s, d(2)), series));
  const exponent = e.apply('max.f64', 'f64', [e.apply('min.f64', 'f64', [mul(wide(y), logarithm), d(90)]), d(-105)]);
  const whole = e.apply('nearest.f64', 'f64', [mul(exponent, d(Math.LOG2E))]);
  const r = sub(exponent, mul(whole, d(Math.LN2)));
  let power = d(1 / 39916800);
  for (let factorial = 3628800, term = 10; term >= 0; term--) {
    power = add(mul(power, r), d(1 / factorial));
    factorial /= Math.max(1, term);
  }
  const ordinary = scaleByPower(m, e.apply('f32.f64', 'f32', [power]), e.apply('i32.f64', 'i32', [whole]));
  const floorOf = (a: Expr): Expr => e.apply('floor.f32', 'f32', [a]);
  const negative = m.less(y, 0);
  // |x| = 0 and ∞ have no mantissa.
  const edge = m.select(m.equal(size, 0), m.select(negative, Infinity, 0), m.select(negative, 0, Infinity));
  const isEdge = m.or(m.equal(size, 0), m.equal(size, Infinity));
  const integer = m.equal(floorOf(y), y);
  const half = m.mul(y, 0.5);
  const odd = e.apply('and.mask', 'mask', [integer, e.apply('not.mask', 'mask', [m.equal(floorOf(half), half)])]);
  const positive = m.select(m.equal(size, 1), 1, m.select(isEdge, edge, ordinary));
  const signed = m.select(odd, copySign(m, positive, x), positive);
  // A negative base has a power only for whole exponents; infinite exponents are even.
  const real = m.select(e.apply('and.mask', 'mask', [m.less(x, 0), e.apply('not.mask', 'mask', [m.or(integer, isEdge)])]), NaN, signed);
  const invalid = (a: Expr): Expr => e.apply('not.mask', 'mask', [m.equal(a, a)]);
  const checked = m.select(m.or(invalid(x), invalid(y)), NaN, real);
  return m.select(m.or(m.equal(y, 0), m.equal(x, 1)), 1, checked);
};
