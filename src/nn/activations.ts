import { unknownName, ValueError } from '../core/errors.ts';
import { arange, where } from '../tensor/create.ts';
import { stopGradient } from '../tensor/gradientRules.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A function of a tensor. */
export type Activation = (x: Tensor) => Tensor;

/** x. */
export const linear = (x: Tensor): Tensor => x;

export interface ReluOptions {
  /** Slope below the threshold. Default 0. */
  readonly negativeSlope?: number;
  /** Where it ends to grow. Default: nowhere. */
  readonly maxValue?: number | null;
  /** What counts as 0: x from here on stay. Default 0. */
  readonly threshold?: number;
}

/** max(x, 0); with options x for threshold ≤ x < maxValue, maxValue above, negativeSlope (x - threshold) below. */
export const relu = (x: Tensor, options: ReluOptions = {}): Tensor => {
  unknownOptions('relu', options, ['negativeSlope', 'maxValue', 'threshold']);
  const { negativeSlope = 0, maxValue = null, threshold: start = 0 } = options;
  if (start === 0 && negativeSlope === 0) return maxValue === null ? x.relu() : x.relu().minimum(maxValue);
  const below = negativeSlope === 0 ? 0 : x.sub(start).mul(negativeSlope);
  const y = where(start === 0 ? x.greater(0) : x.greaterEqual(start), x, below);
  return maxValue === null ? y : y.minimum(maxValue);
};
/** min(max(x, 0), 6). Source: Krizhevsky 2010. */
export const relu6 = (x: Tensor): Tensor => x.clip(0, 6);
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = (x: Tensor): Tensor => x.sigmoid();
/** min(max(x / 6 + 1/2, 0), 1), as in Keras. */
export const hardSigmoid = (x: Tensor): Tensor => x.div(6).add(0.5).clip(0, 1);
/** (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ). */
export const tanh = (x: Tensor): Tensor => x.tanh();
/** eˣ. */
export const exponential = (x: Tensor): Tensor => x.exp();
/** eˣ / Σ eˣ along the last axis. */
export const softmax = (x: Tensor, options: { readonly axis?: number } = {}): Tensor => x.softmax(options.axis ?? -1);
/** ln softmax x along the last axis. */
export const logSoftmax = (x: Tensor, options: { readonly axis?: number } = {}): Tensor => x.logSoftmax(options.axis ?? -1);
/** ln σ(x), for any x. */
export const logSigmoid = (x: Tensor): Tensor => x.neg().softplus().neg();
/** ln(1 + eˣ). */
export const softplus = (x: Tensor): Tensor => x.softplus();
/** x / (1 + |x|). */
export const softsign = (x: Tensor): Tensor => x.div(x.abs().add(1));
/** x σ(x), also called swish. Source: Elfwing, Uchibe, Doya 2017, arXiv:1702.03118. */
export const silu = (x: Tensor): Tensor => x.silu();
/** x tanh(ln(1 + eˣ)). Source: Misra 2019, arXiv:1908.08681. */
export const mish = (x: Tensor): Tensor => x.mul(x.softplus().tanh());

/** x Φ(x), exact by erf; `approximate`: by tanh. Source: Hendrycks, Gimpel 2016, arXiv:1606.08415. */
export const gelu = (x: Tensor, options: { readonly approximate?: boolean } = {}): Tensor => x.gelu(options);

/** x for x > 0, else slope · x. Keras' slope is 0.2 for the activation (0.3 for the layer). */
export const leakyRelu = (x: Tensor, options: { readonly negativeSlope?: number } = {}): Tensor => {
  unknownOptions('leakyRelu', options, ['negativeSlope']);
  return where(x.greater(0), x, x.mul(options.negativeSlope ?? 0.2));
};

/** x for x > 0, else α (eˣ - 1). Source: Clevert, Unterthiner, Hochreiter 2015, arXiv:1511.07289. */
export const elu = (x: Tensor, options: { readonly alpha?: number } = {}): Tensor => {
  unknownOptions('elu', options, ['alpha']);
  // The branch not taken must stay finite, or its derivative would be ∞ · 0.
  return where(
    x.greater(0),
    x,
    x
      .minimum(0)
      .expm1()
      .mul(options.alpha ?? 1),
  );
};

const seluScale = 1.0507009873554805;
const seluAlpha = 1.6732632423543772;
/** 1.0507 elu(x, α = 1.6733). Source: Klambauer et al. 2017, arXiv:1706.02515. */
export const selu = (x: Tensor): Tensor => elu(x, { alpha: seluAlpha }).mul(seluScale);

/** max(x, 0) + min(0, α (e^(x / α) - 1)); α 1. Source: Barron 2017, arXiv:1704.07483. */
export const celu = (x: Tensor, options: { readonly alpha?: number } = {}): Tensor => {
  unknownOptions('celu', options, ['alpha']);
  const { alpha = 1 } = options;
  return where(x.greater(0), x, x.minimum(0).div(alpha).expm1().mul(alpha));
};

/** a σ(b), a and b the halves of x along an axis (-1), which becomes half as long. Source: Dauphin et al. 2017, arXiv:1612.08083. */
export const glu = (x: Tensor, options: { readonly axis?: number } = {}): Tensor => {
  unknownOptions('glu', options, ['axis']);
  const [value, gate] = x.split(2, options.axis ?? -1) as [Tensor, Tensor];
  return value.mul(gate.sigmoid());
};

/** min(max(x, -1), 1). */
export const hardTanh = (x: Tensor): Tensor => x.clip(-1, 1);
/** x hardSigmoid(x), also called hardSwish. Source: Howard et al. 2019, arXiv:1905.02244. */
export const hardSilu = (x: Tensor): Tensor => x.mul(hardSigmoid(x));

/** x for |x| > threshold (0.5), else 0. */
export const hardShrink = (x: Tensor, options: { readonly threshold?: number } = {}): Tensor => {
  unknownOptions('hardShrink', options, ['threshold']);
  return where(x.abs().greater(options.threshold ?? 0.5), x, 0);
};

/** x - threshold (0.5) above it, x + threshold below its negative, else 0. */
export const softShrink = (x: Tensor, options: { readonly threshold?: number } = {}): Tensor => {
  unknownOptions('softShrink', options, ['threshold']);
  const { threshold: limit = 0.5 } = options;
  return where(x.greater(limit), x.sub(limit), where(x.less(-limit), x.add(limit), 0));
};

/** x - tanh x. */
export const tanhShrink = (x: Tensor): Tensor => x.sub(x.tanh());

/** x for x > threshold, else `defaultValue`; both are 0 unless told otherwise. */
export const threshold = (x: Tensor, options: { readonly threshold?: number; readonly defaultValue?: number } = {}): Tensor => {
  unknownOptions('threshold', options, ['threshold', 'defaultValue']);
  return where(x.greater(options.threshold ?? 0), x, options.defaultValue ?? 0);
};

/** (x + √(x² + b)) / 2; b 4. Source: Barron 2021, arXiv:2112.11687. */
export const squareplus = (x: Tensor, options: { readonly b?: number } = {}): Tensor => {
  unknownOptions('squareplus', options, ['b']);
  return x
    .square()
    .add(options.b ?? 4)
    .sqrt()
    .add(x)
    .mul(0.5);
};

/** 0 for x ≤ -1, (x + 1)² / 4 up to 1, x above. Source: Keras 3. */
export const sparsePlus = (x: Tensor): Tensor => where(x.lessEqual(-1), 0, where(x.less(1), x.add(1).square().mul(0.25), x));
/** 0 for x ≤ -1, (x + 1) / 2 up to 1, 1 above. */
export const sparseSigmoid = (x: Tensor): Tensor => x.add(1).mul(0.5).clip(0, 1);

/**
 * The point of the simplex that is nearest to x along an axis (-1): max(x - τ, 0) with τ such that the sum is 1; many are 0.
 * Source: Martins, Astudillo 2016, arXiv:1602.02068.
 */
export const sparsemax = (x: Tensor, options: { readonly axis?: number } = {}): Tensor => {
  unknownOptions('sparsemax', options, ['axis']);
  const axis = (options.axis ?? -1) < 0 ? (options.axis ?? -1) + x.rank : (options.axis as number);
  const fixed = stopGradient(x);
  const sorted = fixed.sort(axis, { descending: true });
  const counts = arange(1, (x.shape[axis] as number) + 1)
    .cast(x.dtype)
    .reshape(x.shape.map((size, other) => (other === axis ? size : 1)));
  const inside = sorted.mul(counts).add(1).greater(sorted.cumSum(axis));
  const size = inside.cast(x.dtype).sum(axis, { keepDims: true });
  const limit = where(inside, sorted, 0).sum(axis, { keepDims: true }).sub(1).div(size);
  // τ once more from those inside, as a function of x: its derivative needs no derivative of the order.
  const tau = where(fixed.greater(limit), x, 0).sum(axis, { keepDims: true }).sub(1).div(size);
  return x.sub(tau).maximum(0);
};

/** Activations by name. */
export const activationsByName: Readonly<Record<string, Activation>> = {
  ...{ linear, relu, relu6, sigmoid, hardSigmoid, tanh, exponential, softmax, logSoftmax, logSigmoid, softplus, softsign, silu, mish },
  ...{ gelu, leakyRelu, elu, selu, celu, glu, hardTanh, hardSilu, hardShrink, softShrink, tanhShrink, threshold, squareplus },
  ...{ sparsePlus, sparseSigmoid, sparsemax, swish: silu, hardSwish: hardSilu },
};

/** What a layer's option says: a name or a function, also one of the user's own. */
export type ActivationOption = string | Activation;

/** @throws ValueError for an unknown name, with the nearest known one. */
export const activationOf = (option: ActivationOption | undefined | null): Activation => {
  if (option === undefined || option === null) return linear;
  if (typeof option === 'function') return option;
  const known = Object.hasOwn(activationsByName, option) ? activationsByName[option] : undefined;
  if (known === undefined) throw unknownName('activation', String(option), Object.keys(activationsByName));
  return known;
};

/** The name under which an activation can be saved; undefined for a function of the user's own. */
export const activationName = (option: ActivationOption | undefined | null): string | undefined => {
  const activation = activationOf(option);
  return Object.keys(activationsByName).find(name => activationsByName[name] === activation);
};

/** The name of an activation, or the mark of one that cannot be saved. */
export const describeActivation = (option: ActivationOption | undefined | null): string => activationName(option) ?? ownFunction;

/** Stands in a configuration for a function of the user's own. */
export const ownFunction = '(a function)';

/** @throws ValueError where a configuration that came from a file needs a function that no file holds. */
export const refuseOwnFunction = (what: string): never => {
  throw new ValueError(
    `${what} has an activation of its own, which a file cannot hold. Make it a layer by defineLayer('name', …), and use that.`,
  );
};
