import type { Config } from '../core/config.ts';
import { unknownName, ValueError } from '../core/errors.ts';
import { full, where } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A learning rate that changes with the number of updates done: called with it (from 0), it gives the rate. */
export interface Schedule {
  (step: Tensor | number): Tensor;
  readonly kind: string;
  readonly config: Config;
}

const schedule = (kind: string, config: Config, rate: (step: Tensor) => Tensor): Schedule =>
  Object.assign((step: Tensor | number) => rate(typeof step === 'number' ? full([], step) : step.cast('float32')), { kind, config });

const positive = (kind: string, name: string, value: number): number => {
  if (!(value > 0)) throw new ValueError(`schedules.${kind} needs ${name} > 0, got ${value}.`);
  return value;
};

export interface ConstantOptions {
  readonly learningRate: number;
}

/** The same rate at each step. */
export const constant = (options: ConstantOptions): Schedule => {
  unknownOptions('schedules.constant', options, ['learningRate']);
  return schedule('constant', { ...options }, () => full([], options.learningRate));
};

export interface ExponentialDecayOptions {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly decayRate: number;
  /** The exponent is a whole number: the rate falls in stairs. Default false. */
  readonly staircase?: boolean;
}

/** rate = initial · decayRate^(step / decaySteps). */
export const exponentialDecay = (options: ExponentialDecayOptions): Schedule => {
  unknownOptions('schedules.exponentialDecay', options, ['initialLearningRate', 'decaySteps', 'decayRate', 'staircase']);
  const { initialLearningRate, decaySteps, decayRate, staircase = false } = options;
  positive('exponentialDecay', 'decaySteps', decaySteps);
  positive('exponentialDecay', 'decayRate', decayRate);
  return schedule('exponentialDecay', { ...options }, step => {
    const exponent = step.div(decaySteps);
    return (staircase ? exponent.floor() : exponent).mul(Math.log(decayRate)).exp().mul(initialLearningRate);
  });
};

export interface CosineDecayOptions {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  /** The last rate, as a fraction of the first. Default 0. */
  readonly alpha?: number;
  /** With it the rate first rises from the initial one to this one, and then falls. */
  readonly warmupTarget?: number;
  /** Steps of the rise. Default 0. */
  readonly warmupSteps?: number;
}

/**
 * rate = initial · ((1 - α) (1 + cos(π step / decaySteps)) / 2 + α), and α · initial after `decaySteps`.
 * Source: Loshchilov, Hutter 2017, arXiv:1608.03983; warm-up as in Keras.
 */
export const cosineDecay = (options: CosineDecayOptions): Schedule => {
  unknownOptions('schedules.cosineDecay', options, ['initialLearningRate', 'decaySteps', 'alpha', 'warmupTarget', 'warmupSteps']);
  const { initialLearningRate, decaySteps, alpha = 0, warmupTarget, warmupSteps = 0 } = options;
  positive('cosineDecay', 'decaySteps', decaySteps);
  const peak = warmupTarget ?? initialLearningRate;
  const decay = (step: Tensor): Tensor => {
    const turn = step.minimum(decaySteps).mul(Math.PI / decaySteps);
    return turn
      .cos()
      .add(1)
      .mul(((1 - alpha) / 2) * peak)
      .add(alpha * peak);
  };
  return schedule('cosineDecay', { ...options }, step => {
    if (warmupTarget === undefined || warmupSteps === 0) return decay(step);
    const rise = step
      .div(warmupSteps)
      .mul(warmupTarget - initialLearningRate)
      .add(initialLearningRate);
    return where(step.less(warmupSteps), rise, decay(step.sub(warmupSteps).maximum(0)));
  });
};

export interface PiecewiseConstantDecayOptions {
  /** Steps up to which (included) a value holds, ascending. */
  readonly boundaries: readonly number[];
  /** One more than boundaries. */
  readonly values: readonly number[];
}

/** values[i] up to step boundaries[i], the last value after that. */
export const piecewiseConstantDecay = (options: PiecewiseConstantDecayOptions): Schedule => {
  unknownOptions('schedules.piecewiseConstantDecay', options, ['boundaries', 'values']);
  const { boundaries, values } = options;
  if (values.length !== boundaries.length + 1)
    throw new ValueError(
      `schedules.piecewiseConstantDecay needs one value more than boundaries, got ${values.length} values for ${boundaries.length} boundaries.`,
    );
  return schedule('piecewiseConstantDecay', { ...options }, step =>
    boundaries.reduceRight<Tensor>(
      (later, boundary, index) => where(step.lessEqual(boundary), values[index] as number, later),
      full([], values.at(-1) as number),
    ),
  );
};

export interface InverseTimeDecayOptions {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly decayRate: number;
  /** Default false. */
  readonly staircase?: boolean;
}

/** rate = initial / (1 + decayRate · step / decaySteps). */
export const inverseTimeDecay = (options: InverseTimeDecayOptions): Schedule => {
  unknownOptions('schedules.inverseTimeDecay', options, ['initialLearningRate', 'decaySteps', 'decayRate', 'staircase']);
  const { initialLearningRate, decaySteps, decayRate, staircase = false } = options;
  positive('inverseTimeDecay', 'decaySteps', decaySteps);
  return schedule('inverseTimeDecay', { ...options }, step => {
    const passed = step.div(decaySteps);
    return (staircase ? passed.floor() : passed).mul(decayRate).add(1).reciprocal().mul(initialLearningRate);
  });
};

/** Schedules by name. */
export const schedulesByName: Readonly<Record<string, (options: never) => Schedule>> = {
  ...{ constant, exponentialDecay, cosineDecay, piecewiseConstantDecay, inverseTimeDecay },
};

/** A schedule from the description that a file holds. */
export const scheduleOf = ({ kind, config }: { readonly kind: string; readonly config: Config }): Schedule => {
  const make = Object.hasOwn(schedulesByName, kind) ? schedulesByName[kind] : undefined;
  if (make === undefined) throw unknownName('schedule', String(kind), Object.keys(schedulesByName));
  return make(config as never);
};
