import { unknownName, ValueError } from '../../core/errors.ts';
import { where } from '../../tensor/create.ts';
import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { between, finite, makeSchedule, positive, type Schedule } from './schedule.ts';

const modes = ['triangular', 'triangular2', 'expRange'] as const;

export interface CyclicOptions {
  /** The rate at the bottom of each cycle. */
  readonly baseLearningRate: number;
  /** The rate at the top of the first cycle. */
  readonly maxLearningRate: number;
  /** Steps from the bottom to the top. Default 2000. */
  readonly stepSizeUp?: number;
  /** Steps from the top to the bottom. Default: as many as upwards. */
  readonly stepSizeDown?: number;
  /** 'triangular': all cycles alike; 'triangular2': each half as high as the one before; 'expRange': heights fall by gammaˢᵗᵉᵖ. Default 'triangular'. */
  readonly mode?: (typeof modes)[number];
  /** For 'expRange'. Default 1. */
  readonly gamma?: number;
}

/**
 * Up and down between two rates, in straight lines.
 *
 * Source: Smith 2017, arXiv:1506.01186. PyTorch's CyclicLR, without its cycles of the momentum.
 * @throws ValueError for sizes that are no whole numbers ≥ 1 and for an unknown mode.
 */
export const cyclic = (options: CyclicOptions): Schedule => {
  const names = ['baseLearningRate', 'maxLearningRate', 'stepSizeUp', 'stepSizeDown', 'mode', 'gamma'];
  unknownOptions('schedules.cyclic', options, names);
  const { baseLearningRate, maxLearningRate, stepSizeUp = 2000, stepSizeDown = stepSizeUp, mode = 'triangular', gamma = 1 } = options;
  finite('cyclic', 'baseLearningRate', baseLearningRate);
  finite('cyclic', 'maxLearningRate', maxLearningRate);
  wholeNumber('schedules.cyclic', 'stepSizeUp', stepSizeUp, 1);
  wholeNumber('schedules.cyclic', 'stepSizeDown', stepSizeDown, 1);
  if (!modes.includes(mode)) throw unknownName('mode of schedules.cyclic', String(mode), modes);
  positive('cyclic', 'gamma', gamma);
  const size = stepSizeUp + stepSizeDown;
  return makeSchedule('cyclic', { ...options }, step => {
    const cycle = step.div(size).floor();
    const place = step.sub(cycle.mul(size));
    const height = place.div(stepSizeUp).minimum(place.neg().add(size).div(stepSizeDown));
    const shrink = mode === 'triangular2' ? cycle.mul(-Math.LN2).exp() : mode === 'expRange' ? step.mul(Math.log(gamma)).exp() : undefined;
    return between(baseLearningRate, maxLearningRate, shrink === undefined ? height : height.mul(shrink));
  });
};

const strategies = ['cos', 'linear'] as const;

export interface OneCycleOptions {
  /** The rate at the top. */
  readonly maxLearningRate: number;
  /** Steps of the whole. */
  readonly totalSteps: number;
  /** Fraction of the steps for the rise. Default 0.3. */
  readonly pctStart?: number;
  /** How the rate moves: along half a wave ('cos') or a straight line. Default 'cos'. */
  readonly annealStrategy?: (typeof strategies)[number];
  /** The first rate is max / divFactor. Default 25. */
  readonly divFactor?: number;
  /** The last rate is the first / finalDivFactor. Default 10000. */
  readonly finalDivFactor?: number;
  /** Falls back to the first rate as slowly as it rose, and only then to the last. Default false. */
  readonly threePhase?: boolean;
}

/**
 * One rise to a high rate and a fall far below the first one. After `totalSteps` the last rate stays (PyTorch stops with an error).
 *
 * Source: Smith, Topin 2018, arXiv:1708.07120. PyTorch's OneCycleLR, without its cycle of the momentum.
 * @throws ValueError for totalSteps that is no whole number ≥ 2 or leaves the rise less than a step, for a fraction outside of (0, 1).
 */
export const oneCycle = (options: OneCycleOptions): Schedule => {
  const names = ['maxLearningRate', 'totalSteps', 'pctStart', 'annealStrategy', 'divFactor', 'finalDivFactor', 'threePhase'];
  unknownOptions('schedules.oneCycle', options, names);
  const { maxLearningRate, totalSteps, pctStart = 0.3, annealStrategy = 'cos', divFactor = 25, finalDivFactor = 1e4 } = options;
  const { threePhase = false } = options;
  finite('oneCycle', 'maxLearningRate', maxLearningRate);
  wholeNumber('schedules.oneCycle', 'totalSteps', totalSteps, 2);
  if (!strategies.includes(annealStrategy)) throw unknownName('annealStrategy of schedules.oneCycle', String(annealStrategy), strategies);
  positive('oneCycle', 'divFactor', divFactor);
  positive('oneCycle', 'finalDivFactor', finalDivFactor);
  const top = pctStart * totalSteps - 1;
  const last = totalSteps - 1;
  const back = 2 * top;
  if (!(top > 0 && (threePhase ? back : top) < last))
    throw new ValueError(
      `schedules.oneCycle cannot rise over ${pctStart} of ${totalSteps} steps${threePhase ? ' and fall back as slowly' : ''}: choose pctStart so that both rise and fall have steps.`,
    );
  const first = maxLearningRate / divFactor;
  const phases = [
    { end: top, from: first, to: maxLearningRate },
    ...(threePhase ? [{ end: back, from: maxLearningRate, to: first }] : []),
    { end: last, from: threePhase ? first : maxLearningRate, to: first / finalDivFactor },
  ];
  return makeSchedule('oneCycle', { ...options }, step => {
    const rates = phases.map(({ end, from, to }, index) => {
      const start = phases[index - 1]?.end ?? 0;
      const part = step
        .minimum(end)
        .sub(start)
        .div(end - start);
      return annealStrategy === 'linear' ? between(from, to, part) : between(to, from, part.mul(Math.PI).cos().add(1).mul(0.5));
    });
    return phases
      .slice(0, -1)
      .reduceRight<Tensor>((later, { end }, index) => where(step.lessEqual(end), rates[index] as Tensor, later), rates.at(-1) as Tensor);
  });
};
