import { ValueError } from '../../core/errors.ts';
import { full, where } from '../../tensor/create.ts';
import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { ascending, finite, makeSchedule, positive, type Schedule } from './schedule.ts';

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
  return makeSchedule('piecewiseConstantDecay', { ...options }, step =>
    boundaries.reduceRight<Tensor>(
      (later, boundary, index) => where(step.lessEqual(boundary), values[index] as number, later),
      full([], values.at(-1) as number),
    ),
  );
};

export interface StepOptions {
  readonly initialLearningRate: number;
  /** Steps between one fall and the next. */
  readonly stepSize: number;
  /** What the rate is multiplied by at each fall. Default 0.1. */
  readonly gamma?: number;
}

/** rate = initial · gamma^⌊step / stepSize⌋. PyTorch's StepLR. */
export const step = (options: StepOptions): Schedule => {
  unknownOptions('schedules.step', options, ['initialLearningRate', 'stepSize', 'gamma']);
  const { initialLearningRate, stepSize, gamma = 0.1 } = options;
  finite('step', 'initialLearningRate', initialLearningRate);
  wholeNumber('schedules.step', 'stepSize', stepSize, 1);
  positive('step', 'gamma', gamma);
  return makeSchedule('step', { ...options }, now => now.div(stepSize).floor().mul(Math.log(gamma)).exp().mul(initialLearningRate));
};

export interface MultiStepOptions {
  readonly initialLearningRate: number;
  /** Steps at which the rate falls, ascending. */
  readonly milestones: readonly number[];
  /** What the rate is multiplied by at each milestone. Default 0.1. */
  readonly gamma?: number;
}

/** rate = initial · gamma^(how many milestones are ≤ step). PyTorch's MultiStepLR. */
export const multiStep = (options: MultiStepOptions): Schedule => {
  unknownOptions('schedules.multiStep', options, ['initialLearningRate', 'milestones', 'gamma']);
  const { initialLearningRate, milestones, gamma = 0.1 } = options;
  finite('multiStep', 'initialLearningRate', initialLearningRate);
  ascending('multiStep', 'milestones', milestones);
  positive('multiStep', 'gamma', gamma);
  const rates = [...milestones, 0].map((_, index) => initialLearningRate * gamma ** index);
  return makeSchedule('multiStep', { ...options }, now =>
    milestones.reduceRight<Tensor>(
      (later, milestone, index) => where(now.less(milestone), rates[index] as number, later),
      full([], rates.at(-1) as number),
    ),
  );
};
