import { normalizeAxis } from '../core/shape.ts';
import * as g from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { floating } from './arithmetic.ts';
import { unknownOptions } from './options.ts';

/** max(x, 0), with the derivative 0 at 0. */
export const relu = (x: Node): Node => g.where(g.less(0, x), x, 0);

/** ln(1 + eˣ), for any x. Its derivative is σ(x), said so that it holds at 0 and at every order. */
export const softplus = (input: Node): Node => {
  const x = floating(input);
  const y = g.add(g.maximum(x, 0), g.log1p(g.exp(g.neg(g.abs(x)))));
  return g.custom(y, [x], dy => [g.mul(dy, g.sigmoid(x))]);
};

/** x σ(x). */
export const silu = (input: Node): Node => {
  const x = floating(input);
  return g.mul(x, g.sigmoid(x));
};

export interface GeluOptions {
  /** By tanh instead of erf. Default false. */
  readonly approximate?: boolean;
}

/**
 * x Φ(x) = x (1 + erf(x / √2)) / 2; approximately x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.
 * Source: Hendrycks, Gimpel 2016, arXiv:1606.08415.
 */
export const gelu = (input: Node, options: GeluOptions = {}): Node => {
  unknownOptions('gelu', options, ['approximate']);
  const x = floating(input);
  if (options.approximate === true) {
    // (1 + tanh u) / 2 = sigmoid 2u, which does not cancel for negative u.
    const u = g.mul(g.add(x, g.mul(g.mul(g.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
    return g.mul(x, g.sigmoid(g.mul(u, 2)));
  }
  return g.mul(g.mul(x, 0.5), g.add(g.erf(g.mul(x, Math.SQRT1_2)), 1));
};

/** The largest along an axis, as a constant: subtracting it changes no softmax, and keeps exp in range. */
const shifted = (what: string, input: Node, axis: number): { readonly x: Node; readonly axes: readonly number[] } => {
  const x = floating(input);
  const axes = [normalizeAxis(what, axis, x.shape.length)];
  if (x.shape[axes[0] as number] === 0) return { x, axes };
  return { x: g.sub(x, g.stopGradient(g.max(x, axes, { keepDims: true }))), axes };
};

/** eˣ / Σ eˣ along an axis. */
export const softmax = (input: Node, axis = -1): Node => {
  const { x, axes } = shifted('softmax', input, axis);
  const powers = g.exp(x);
  return g.div(powers, g.sum(powers, axes, { keepDims: true }));
};

/** x - ln Σ eˣ along an axis. */
export const logSoftmax = (input: Node, axis = -1): Node => {
  const { x, axes } = shifted('logSoftmax', input, axis);
  return g.sub(x, g.log(g.sum(g.exp(x), axes, { keepDims: true })));
};
