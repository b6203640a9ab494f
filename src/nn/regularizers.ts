import type { Config } from '../core/config.ts';
import { formatShape, ShapeError, unknownName, ValueError } from '../core/errors.ts';
import { eye } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What a weight or an output costs: a number that is added to the loss. */
export interface Regularizer {
  (x: Tensor): Tensor;
  readonly kind: string;
  readonly config: Config;
}

const factorOf = (kind: string, name: string, value: unknown): number => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw new ValueError(`regularizers.${kind} needs ${name} to be a finite number >= 0, got ${value}.`);
  return value;
};

const regularizer = (kind: string, config: Config, cost: (x: Tensor) => Tensor): Regularizer => Object.assign(cost, { kind, config });

const single =
  (kind: 'l1' | 'l2', cost: (x: Tensor, factor: number) => Tensor) =>
  (options: number | Readonly<Record<string, number>> = {}): Regularizer => {
    if (typeof options === 'object') unknownOptions(`regularizers.${kind}`, options, [kind]);
    const factor = factorOf(kind, kind, typeof options === 'number' ? options : (options[kind] ?? 0.01));
    return regularizer(kind, { [kind]: factor }, x => cost(x, factor));
  };

/** factor · Σ |x|; factor 0.01: `regularizers.l1(0.001)` or `l1({ l1: 0.001 })`. */
export const l1: (options?: number | { readonly l1?: number }) => Regularizer = single('l1', (x, factor) => x.abs().sum().mul(factor));

/** factor · Σ x²; factor 0.01. (PyTorch's `weight_decay` of λ is l2(λ / 2) for plain gradient descent.) */
export const l2: (options?: number | { readonly l2?: number }) => Regularizer = single('l2', (x, factor) => x.square().sum().mul(factor));

export interface L1L2Options {
  /** Default 0. */
  readonly l1?: number;
  /** Default 0. */
  readonly l2?: number;
}

/** l1 · Σ |x| + l2 · Σ x². Source: Zou, Hastie 2005, the elastic net. */
export const l1L2 = (options: L1L2Options = {}): Regularizer => {
  unknownOptions('regularizers.l1L2', options, ['l1', 'l2']);
  const [first, second] = [factorOf('l1L2', 'l1', options.l1 ?? 0), factorOf('l1L2', 'l2', options.l2 ?? 0)];
  return regularizer('l1L2', { l1: first, l2: second }, x => x.abs().sum().mul(first).add(x.square().sum().mul(second)));
};

export interface OrthogonalRegularizerOptions {
  /** Default 0.01. */
  readonly factor?: number;
  /** Which vectors shall be orthogonal. Default 'rows'. */
  readonly mode?: 'rows' | 'columns';
}

/** factor · the mean |cosine| of all pairs of rows (or columns) of a matrix. Source: Keras 3, `OrthogonalRegularizer`. */
export const orthogonalRegularizer = (options: OrthogonalRegularizerOptions = {}): Regularizer => {
  unknownOptions('regularizers.orthogonalRegularizer', options, ['factor', 'mode']);
  const { mode = 'rows' } = options;
  const factor = factorOf('orthogonalRegularizer', 'factor', options.factor ?? 0.01);
  if (mode !== 'rows' && mode !== 'columns') throw unknownName('mode of orthogonalRegularizer', String(mode), ['rows', 'columns']);
  return regularizer('orthogonalRegularizer', { factor, mode }, x => {
    if (x.rank !== 2) throw new ShapeError(`regularizers.orthogonalRegularizer needs a matrix, got shape ${formatShape(x.shape)}.`);
    const rows = mode === 'rows' ? x : x.transpose();
    const count = rows.shape[0] as number;
    const unit = rows.mul(rows.square().sum(1, { keepDims: true }).maximum(1e-12).rsqrt());
    const others = unit.matmul(unit.transpose()).mul(eye(count).neg().add(1));
    return others
      .abs()
      .sum()
      .mul((factor * 0.5) / Math.max(1, (count * (count - 1)) / 2));
  });
};

/** Regularizers by name. */
export const regularizersByName: Readonly<Record<string, (options?: never) => Regularizer>> = { l1, l2, l1L2, orthogonalRegularizer };

/** A regularizer, its name, a function of one's own, or (from a file) its description. */
export type RegularizerOption = string | Regularizer | ((x: Tensor) => Tensor) | { readonly kind: string; readonly config: Config };

/** @throws ValueError for an unknown name, with the nearest known one. */
export const regularizerOf = (option: RegularizerOption): ((x: Tensor) => Tensor) => {
  if (typeof option === 'function') return option;
  const kind = typeof option === 'string' ? option : option?.kind;
  const make = Object.hasOwn(regularizersByName, kind) ? regularizersByName[kind] : undefined;
  if (make === undefined) throw unknownName('regularizer', String(kind), Object.keys(regularizersByName));
  return make((typeof option === 'string' ? undefined : option.config) as never);
};
