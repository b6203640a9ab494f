import { erf, floorMod, integerPower, power } from '../reference/scalar.ts';

/** Functions of float64 that programs call by name: float64 has no polynomials of its own here, and huge angles need the host's reduction. */
export const hostFunctions: Readonly<Record<string, (a: number, b: number) => number>> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  erf,
  sigmoid: x => 1 / (1 + Math.exp(-x)),
  pow: power,
  integerPow: integerPower,
  mod: floorMod,
};
