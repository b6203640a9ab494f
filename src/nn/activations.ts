import { unknownName, ValueError } from '../core/errors.ts';
import { where } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A function of a tensor that keeps its shape. */
export type Activation = (x: Tensor) => Tensor;

/** x. */
export const linear = (x: Tensor): Tensor => x;
/** max(x, 0). */
export const relu = (x: Tensor): Tensor => x.relu();
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

/** Activations by name. */
export const activationsByName: Readonly<Record<string, Activation>> = {
  ...{ linear, relu, relu6, sigmoid, hardSigmoid, tanh, exponential, softmax, logSoftmax, logSigmoid, softplus, softsign, silu, mish },
  ...{ gelu, leakyRelu, elu, selu },
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
