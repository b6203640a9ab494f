import { full } from '../../tensor/create.ts';
import { unknownOptions } from '../../tensor/options.ts';
import { between, finite, makeSchedule, positive, type Schedule } from './schedule.ts';

export interface ConstantOptions {
  readonly learningRate: number;
}

/** The same rate at each step. */
export const constant = (options: ConstantOptions): Schedule => {
  unknownOptions('schedules.constant', options, ['learningRate']);
  return makeSchedule('constant', { ...options }, () => full([], options.learningRate));
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
  return makeSchedule('exponentialDecay', { ...options }, step => {
    const exponent = step.div(decaySteps);
    return (staircase ? exponent.floor() : exponent).mul(Math.log(decayRate)).exp().mul(initialLearningRate);
  });
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
  return makeSchedule('inverseTimeDecay', { ...options }, step => {
    const passed = step.div(decaySteps);
    return (staircase ? passed.floor() : passed).mul(decayRate).add(1).reciprocal().mul(initialLearningRate);
  });
};

export interface PolynomialDecayOptions {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  /** Default 0.0001, as in Keras. */
  readonly endLearningRate?: number;
  /** Default 1: a straight line. */
  readonly power?: number;
  /** Starts anew from the rate that it has come down to, over longer and longer stretches, once `decaySteps` are over. Default false. */
  readonly cycle?: boolean;
}

/**
 * rate = end + (initial - end) (1 - step / decaySteps)^power, and `end` after `decaySteps`. With `cycle` decaySteps is replaced by its
 * smallest multiple that is not below step.
 *
 * Keras' PolynomialDecay; PyTorch's PolynomialLR is this with `endLearningRate: 0`.
 * @throws ValueError for decaySteps or a power that is not > 0.
 */
export const polynomialDecay = (options: PolynomialDecayOptions): Schedule => {
  unknownOptions('schedules.polynomialDecay', options, ['initialLearningRate', 'decaySteps', 'endLearningRate', 'power', 'cycle']);
  const { initialLearningRate, decaySteps, endLearningRate = 1e-4, power = 1, cycle = false } = options;
  finite('polynomialDecay', 'initialLearningRate', initialLearningRate);
  positive('polynomialDecay', 'decaySteps', decaySteps);
  positive('polynomialDecay', 'power', power);
  return makeSchedule('polynomialDecay', { ...options }, step => {
    const rounds = step.div(decaySteps).ceil().maximum(1); // before the first update, too, the first round is on
    const part = cycle ? step.div(rounds.mul(decaySteps)) : step.minimum(decaySteps).div(decaySteps);
    const left = part.neg().add(1);
    return between(endLearningRate, initialLearningRate, power === 1 ? left : left.pow(power));
  });
};
