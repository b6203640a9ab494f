import { isFloat } from '../../../core/dtype.ts';
import { where } from '../../../tensor/create.ts';
import * as random from '../../../tensor/random.ts';
import { isTensor, type Tensor } from '../../../tensor/tensor.ts';

/** Attempts at a draw of which 95 % or more succeed: all fail once in 10¹⁰, and the mode stands in. */
const attempts = 8;

/**
 * Logarithms of draws from the gamma distribution of a shape α > 0, a number or a scalar tensor: also where the draws themselves are too
 * small for float32. For α < 1, G(α) = G(α + 1) U^(1/α).
 *
 * Source: Marsaglia, Tsang 2000, "A simple method for generating gamma variables".
 */
export const drawLogGamma = (shape: readonly number[], alpha: number | Tensor, key: Tensor, dtype: Tensor['dtype'] = 'float32'): Tensor => {
  const type = isFloat(dtype) ? dtype : 'float32';
  const draw = (index: number, size: readonly number[]): Tensor =>
    random.uniform(size, { key: random.foldIn(key, index), dtype: type }).add(2 ** -25);
  const shifted = isTensor(alpha) ? alpha.add(2 / 3) : alpha + 2 / 3; // α + 1 - 1/3
  const scale = isTensor(shifted) ? shifted.mul(9).rsqrt() : (9 * shifted) ** -0.5;
  const x = random.normal([attempts, ...shape], { key: random.foldIn(key, 0), dtype: type });
  const cube = x.mul(scale).add(1);
  const isPositive = cube.greater(0);
  const logV = where(isPositive, cube, 1).log().mul(3);
  const bound = x.square().mul(0.5).add(logV.exp().neg().add(1).add(logV).mul(shifted));
  const accepted = isPositive.and(
    draw(1, [attempts, ...shape])
      .log()
      .less(bound),
  );
  const chosen = Array.from({ length: attempts }, (_, index) => index).reduceRight<Tensor>(
    (last, index) => where(accepted.at(index), logV.at(index), last),
    logV.at(0).mul(0),
  );
  const logShifted = isTensor(shifted) ? shifted.log() : Math.log(shifted);
  return chosen.add(logShifted).add(draw(2, shape).log().div(alpha));
};

/** Draws from the beta distribution (α, α): G1 / (G1 + G2) of two gamma draws. */
export const drawBeta = (shape: readonly number[], alpha: number | Tensor, key: Tensor, dtype?: Tensor['dtype']): Tensor => {
  const draw = (index: number): Tensor => drawLogGamma(shape, alpha, random.foldIn(key, 10 + index), dtype);
  return draw(0).sub(draw(1)).sigmoid();
};

/** Draws from the symmetric Dirichlet distribution along the last axis: positive, adding up to 1. */
export const drawDirichlet = (shape: readonly number[], alpha: number, key: Tensor, dtype?: Tensor['dtype']): Tensor =>
  drawLogGamma(shape, alpha, key, dtype).softmax(-1);
