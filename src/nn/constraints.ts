import type { Config } from '../core/config.ts';
import { unknownName, ValueError } from '../core/errors.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Where a weight must stay: applied to it after each update. */
export interface Constraint {
  (weight: Tensor): Tensor;
  readonly kind: string;
  readonly config: Config;
}

const constraint = (kind: string, config: Config, project: (weight: Tensor) => Tensor): Constraint =>
  Object.assign(project, { kind, config });

/** Keras' small number. */
const epsilon = 1e-7;

export interface AxisOption {
  /** The axis (or axes) over which a norm is taken: 0, the default, makes one for each unit of a dense kernel. */
  readonly axis?: number | readonly number[];
}

const norms = (weight: Tensor, axis: number | readonly number[]): Tensor => weight.square().sum(axis, { keepDims: true }).sqrt();

const axisConfig = (axis: number | readonly number[]): Config => ({ axis });

export interface MaxNormOptions extends AxisOption {
  /** Default 2. */
  readonly maxValue?: number;
}

/** w · min(‖w‖, max) / (ε + ‖w‖), ‖w‖ along an axis. Source: Srivastava et al. 2014, section 5.1. */
export const maxNorm = (options: MaxNormOptions = {}): Constraint => {
  unknownOptions('constraints.maxNorm', options, ['maxValue', 'axis']);
  const { maxValue = 2, axis = 0 } = options;
  if (!(maxValue >= 0)) throw new ValueError(`constraints.maxNorm needs a maxValue >= 0, got ${maxValue}.`);
  return constraint('maxNorm', { maxValue, ...axisConfig(axis) }, weight => {
    const size = norms(weight, axis);
    return weight.mul(size.clip(0, maxValue).div(size.add(epsilon)));
  });
};

export interface MinMaxNormOptions extends AxisOption {
  /** Default 0. */
  readonly minValue?: number;
  /** Default 1. */
  readonly maxValue?: number;
  /** How far to go: 1, the default, is all the way. */
  readonly rate?: number;
}

/** w · (rate · clip(‖w‖, min, max) + (1 - rate) ‖w‖) / (ε + ‖w‖). */
export const minMaxNorm = (options: MinMaxNormOptions = {}): Constraint => {
  unknownOptions('constraints.minMaxNorm', options, ['minValue', 'maxValue', 'rate', 'axis']);
  const { minValue = 0, maxValue = 1, rate = 1, axis = 0 } = options;
  if (!(minValue <= maxValue)) throw new ValueError(`constraints.minMaxNorm needs minValue <= maxValue, got ${minValue} and ${maxValue}.`);
  return constraint('minMaxNorm', { minValue, maxValue, rate, ...axisConfig(axis) }, weight => {
    const size = norms(weight, axis);
    const desired = size
      .clip(minValue, maxValue)
      .mul(rate)
      .add(size.mul(1 - rate));
    return weight.mul(desired.div(size.add(epsilon)));
  });
};

/** max(w, 0). */
export const nonNeg = (): Constraint => constraint('nonNeg', {}, weight => weight.maximum(0));

/** w / (ε + ‖w‖). */
export const unitNorm = (options: AxisOption = {}): Constraint => {
  unknownOptions('constraints.unitNorm', options, ['axis']);
  const { axis = 0 } = options;
  return constraint('unitNorm', axisConfig(axis), weight => weight.div(norms(weight, axis).add(epsilon)));
};

/** Constraints by name. */
export const constraintsByName: Readonly<Record<string, (options?: never) => Constraint>> = { maxNorm, minMaxNorm, nonNeg, unitNorm };

/** A constraint, its name, a function of one's own, or (from a file) its description. */
export type ConstraintOption = string | Constraint | ((weight: Tensor) => Tensor) | { readonly kind: string; readonly config: Config };

/** @throws ValueError for an unknown name, with the nearest known one. */
export const constraintOf = (option: ConstraintOption): ((weight: Tensor) => Tensor) => {
  if (typeof option === 'function') return option;
  const kind = typeof option === 'string' ? option : option?.kind;
  const make = Object.hasOwn(constraintsByName, kind) ? constraintsByName[kind] : undefined;
  if (make === undefined) throw unknownName('constraint', String(kind), Object.keys(constraintsByName));
  return make((typeof option === 'string' ? undefined : option.config) as never);
};
