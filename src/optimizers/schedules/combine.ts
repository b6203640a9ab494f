import type { ConfigValue } from '../../core/config.ts';
import { ValueError } from '../../core/errors.ts';
import { where } from '../../tensor/create.ts';
import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import { ascending, between, finite, makeSchedule, type Schedule } from './schedule.ts';

const described = ({ kind, config }: Schedule): ConfigValue => ({ kind, config });

const schedulesIn = (kind: string, schedules: readonly Schedule[], least: number): readonly Schedule[] => {
  if (!Array.isArray(schedules) || schedules.length < least || schedules.some(schedule => typeof schedule !== 'function'))
    throw new ValueError(
      `schedules.${kind} needs at least ${least} schedules in an array, such as schedules.constant({ learningRate: 0.1 }).`,
    );
  return schedules;
};

export interface LinearOptions {
  readonly initialLearningRate: number;
  /** The rate at step 0, as a fraction of the initial one. Default 1/3. */
  readonly startFactor?: number;
  /** The rate from `totalSteps` on, as a fraction. Default 1. */
  readonly endFactor?: number;
  /** Default 5. */
  readonly totalSteps?: number;
}

/** rate = initial · (start + (end - start) · min(step, total) / total). PyTorch's LinearLR. */
export const linear = (options: LinearOptions): Schedule => {
  unknownOptions('schedules.linear', options, ['initialLearningRate', 'startFactor', 'endFactor', 'totalSteps']);
  const { initialLearningRate, startFactor = 1 / 3, endFactor = 1, totalSteps = 5 } = options;
  finite('linear', 'initialLearningRate', initialLearningRate);
  finite('linear', 'startFactor', startFactor);
  finite('linear', 'endFactor', endFactor);
  wholeNumber('schedules.linear', 'totalSteps', totalSteps, 1);
  return makeSchedule('linear', { ...options }, step =>
    between(startFactor * initialLearningRate, endFactor * initialLearningRate, step.minimum(totalSteps).div(totalSteps)),
  );
};

export interface WarmupOptions {
  /** What comes after the rise, from its step 0 on. */
  readonly schedule: Schedule;
  /** Steps of the rise. */
  readonly warmupSteps: number;
  /** The rate at step 0. Default 0. */
  readonly startLearningRate?: number;
}

/**
 * Rises in a straight line to the first rate of another schedule, which then begins.
 *
 * @example schedules.warmup({ warmupSteps: 100, schedule: schedules.cosineDecay({ initialLearningRate: 1e-3, decaySteps: 900 }) })
 */
export const warmup = (options: WarmupOptions): Schedule => {
  unknownOptions('schedules.warmup', options, ['schedule', 'warmupSteps', 'startLearningRate']);
  const { schedule, warmupSteps, startLearningRate = 0 } = options;
  schedulesIn('warmup', [schedule], 1);
  wholeNumber('schedules.warmup', 'warmupSteps', warmupSteps, 1);
  finite('warmup', 'startLearningRate', startLearningRate);
  return makeSchedule('warmup', { ...options, schedule: described(schedule) }, step => {
    const rise = schedule(0).sub(startLearningRate).mul(step.div(warmupSteps)).add(startLearningRate);
    return where(step.less(warmupSteps), rise, schedule(step.sub(warmupSteps).maximum(0)));
  });
};

export interface SequentialOptions {
  readonly schedules: readonly Schedule[];
  /** The steps at which the next schedule begins, at its own step 0; one fewer than schedules, ascending. */
  readonly milestones: readonly number[];
}

/** One schedule after the other. PyTorch's SequentialLR. */
export const sequential = (options: SequentialOptions): Schedule => {
  unknownOptions('schedules.sequential', options, ['schedules', 'milestones']);
  const { schedules, milestones } = options;
  schedulesIn('sequential', schedules, 1);
  ascending('sequential', 'milestones', milestones);
  if (milestones.length !== schedules.length - 1)
    throw new ValueError(
      `schedules.sequential needs one milestone between two schedules, got ${milestones.length} for ${schedules.length} schedules.`,
    );
  return makeSchedule('sequential', { milestones, schedules: schedules.map(described) }, step => {
    const rates = schedules.map((schedule, index) => schedule(index === 0 ? step : step.sub(milestones[index - 1] as number).maximum(0)));
    return milestones.reduceRight<Tensor>(
      (later, milestone, index) => where(step.less(milestone), rates[index] as Tensor, later),
      rates.at(-1) as Tensor,
    );
  });
};

export interface ChainOptions {
  /** The first one gives the rate, the others what it is multiplied by: let theirs start from 1. */
  readonly schedules: readonly Schedule[];
}

/** The product of schedules that all run from step 0 on. PyTorch's ChainedScheduler. */
export const chain = (options: ChainOptions): Schedule => {
  unknownOptions('schedules.chain', options, ['schedules']);
  const schedules = schedulesIn('chain', options.schedules, 1);
  return makeSchedule('chain', { schedules: schedules.map(described) }, step =>
    schedules.map(schedule => schedule(step)).reduce((rate, factor) => rate.mul(factor)),
  );
};

/** What stands in a description for a function of the user's own, here as in layers and losses. */
const ownFunction = '(a function)';

/**
 * A schedule of your own: a function from the step (float32, a scalar) to the rate. PyTorch's LambdaLR. A file cannot hold the function: a
 * model that was compiled with it is saved without its optimizer.
 *
 * @example schedules.of(step => step.add(1).rsqrt().mul(0.1))
 * @throws ValueError where the function gives no scalar tensor.
 */
export const of = (rate: (step: Tensor) => Tensor): Schedule => {
  if (typeof rate !== 'function')
    throw new ValueError(
      `schedules.of takes a function from the step to the rate, got ${JSON.stringify(rate)}: a file holds no functions. Give it again: schedules.of(step => step.add(1).rsqrt()).`,
    );
  return makeSchedule('of', { rate: ownFunction }, step => {
    const value = rate(step);
    if (!isTensor(value) || value.shape.length > 0)
      throw new ValueError(
        'schedules.of needs a function whose result is a scalar tensor: compute with the step, or schedules.constant for a number.',
      );
    return value;
  });
};
