// What each map computes on one element, in float64 or on whole numbers. Integers wrap where the result is rounded to its type.

/** Σ cᵢ xⁱ by Horner's rule. */
const polynomial = (x: number, coefficients: readonly number[]): number => coefficients.reduceRight((sum, c) => sum * x + c, 0);

// Coefficients of fdlibm's s_erf.c (Sun Microsystems 1993), as float64 has them: numerators p and denominators q by range of |x|.
// biome-ignore format: rows of a table
const erfTable = {
  // |x| < 0.84375: erf x = x + x p(x²) / q(x²)
  small: {
    p: [0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442, -2.3763016656650163e-05],
    q: [1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164, -3.960228278775368e-06],
  },
  // |x| < 1.25: erf x = c + p(|x| - 1) / q(|x| - 1)
  nearOne: {
    p: [-0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175, -0.11089469428239668, 0.035478304325618236, -0.002166375594868791],
    q: [1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164, 0.01363708391202905, 0.011984499846799107],
  },
  // |x| < 1/0.35: erfc x = exp(-x² - 0.5625 + p(1/x²) / q(1/x²)) / x
  middle: {
    p: [-0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006, -162.39666946257347, -184.60509290671104, -81.2874355063066, -9.814329344169145],
    q: [1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679, 429.00814002756783, 108.63500554177944, 6.570249770319282, -0.0604244152148581],
  },
  // |x| < 6: the same with other coefficients
  large: {
    p: [-0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192, -637.5664433683896, -1025.0951316110772, -483.5191916086514],
    q: [1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955, 2553.0504064331644, 474.52854120695537, -22.44095244658582],
  },
} as const;

const ratio = (x: number, { p, q }: { readonly p: readonly number[]; readonly q: readonly number[] }): number =>
  polynomial(x, p) / polynomial(x, q);

/** 2/√π ∫₀ˣ exp(-t²) dt, within 1 unit in the last place of float64. Source: fdlibm, s_erf.c. */
export const erf = (x: number): number => {
  if (Number.isNaN(x)) return NaN;
  const a = Math.abs(x);
  if (a < 0.84375) return x + x * ratio(x * x, erfTable.small);
  let y: number;
  if (a < 1.25) y = 0.8450629115104675 + ratio(a - 1, erfTable.nearOne);
  else if (a >= 6) y = 1;
  else y = 1 - Math.exp(-a * a - 0.5625 + ratio(1 / (a * a), a < 1 / 0.35 ? erfTable.middle : erfTable.large)) / a;
  return x < 0 ? -y : y;
};

/** The nearest whole number, ties to the even one; -0 stays. */
export const roundHalfEven = (x: number): number => {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest === 0 || Number.isNaN(rest)) return x;
  const rounded = rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
  return rounded === 0 && x < 0 ? -0 : rounded;
};

/** The rest of x / y with the sign of y, exact (the rest of C's fmod moved by y). */
export const floorMod = (x: number, y: number): number => {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
};

/** C's pow: 1ʸ = 1 and (-1)^±∞ = 1, where JavaScript says NaN. */
export const power = (x: number, y: number): number => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y);

/** xʸ of whole numbers, wrapping; what is no whole number (y < 0, |x| > 1) is 0, and so is 0 to a negative power. */
export const integerPower = (x: number, y: number): number => {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
  let [result, base] = [1, x];
  for (let rest = y; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
};

/** A float without its fraction, within the range of int32; NaN is 0. */
export const truncateToInt32 = (x: number): number => (Number.isNaN(x) ? 0 : Math.trunc(Math.min(2147483647, Math.max(-2147483648, x))));
