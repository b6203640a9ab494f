import { ValueError } from '../../core/errors.ts';
import { tensor, where } from '../../tensor/create.ts';
import { unknownOptions } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { finite, makeSchedule, positive, type Schedule } from './schedule.ts';

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
  return makeSchedule('cosineDecay', { ...options }, step => {
    if (warmupTarget === undefined || warmupSteps === 0) return decay(step);
    const rise = step
      .div(warmupSteps)
      .mul(warmupTarget - initialLearningRate)
      .add(initialLearningRate);
    return where(step.less(warmupSteps), rise, decay(step.sub(warmupSteps).maximum(0)));
  });
};

export interface CosineDecayRestartsOptions {
  readonly initialLearningRate: number;
  /** Steps of the first cycle. */
  readonly firstDecaySteps: number;
  /** Each cycle is so many times as long as the one before. Default 2. */
  readonly tMul?: number;
  /** Each cycle starts at so many times the rate of the one before. Default 1. */
  readonly mMul?: number;
  /** The lowest rate, as a fraction of the first. Default 0. */
  readonly alpha?: number;
}

/** Steps that float32 counts exactly: cycles that start later are not told apart. */
const countable = 2 ** 24;

/** Where the cycles after the first start, for cycles that grow. */
const laterStarts = (first: number, growth: number): number[] => {
  const starts: number[] = [];
  for (let [start, length] = [first, first * growth]; start < countable; start += length, length *= growth) starts.push(start);
  return starts;
};

/**
 * cosineDecay again and again: cycle i has firstDecaySteps · tMulⁱ steps and falls from mMulⁱ · initial.
 *
 * Source: Loshchilov, Hutter 2017 (SGDR), arXiv:1608.03983. Keras' CosineDecayRestarts; PyTorch's CosineAnnealingWarmRestarts is this with
 * `tMul: T_mult` (there 1 by default) and `alpha: eta_min / lr`.
 * @throws ValueError for firstDecaySteps or mMul that are not > 0 and for a tMul < 1.
 */
export const cosineDecayRestarts = (options: CosineDecayRestartsOptions): Schedule => {
  const kind = 'cosineDecayRestarts';
  unknownOptions(`schedules.${kind}`, options, ['initialLearningRate', 'firstDecaySteps', 'tMul', 'mMul', 'alpha']);
  const { initialLearningRate, firstDecaySteps, tMul = 2, mMul = 1, alpha = 0 } = options;
  finite(kind, 'initialLearningRate', initialLearningRate);
  positive(kind, 'firstDecaySteps', firstDecaySteps);
  positive(kind, 'mMul', mMul);
  if (!(tMul >= 1)) throw new ValueError(`schedules.${kind} needs tMul >= 1, got ${tMul}.`);
  // Comparing with the starts is exact; a logarithm in float32 would be off by one cycle at some of them.
  const starts = tMul === 1 ? [] : laterStarts(firstDecaySteps, tMul);
  const cycleOf = (step: Tensor): { cycle: Tensor; part: Tensor } => {
    if (starts.length === 0) {
      const cycle = step.div(firstDecaySteps).floor();
      return { cycle, part: step.sub(cycle.mul(firstDecaySteps)).div(firstDecaySteps) };
    }
    const isPast = step.greaterEqual(tensor(starts)).cast('float32');
    const lengths = starts.map((start, index) => start - (starts[index - 1] ?? 0));
    const next = [...lengths.slice(1), (lengths.at(-1) as number) * tMul];
    const length = isPast.mul(tensor(next.map((value, index) => value - (lengths[index] as number)))).sum();
    return {
      cycle: isPast.sum(),
      part: step.sub(isPast.mul(tensor(lengths)).sum()).div(length.add(firstDecaySteps)),
    };
  };
  return makeSchedule(kind, { ...options }, step => {
    const { cycle, part } = cycleOf(step);
    const wave = part.mul(Math.PI).cos().add(1);
    const height = mMul === 1 ? wave : wave.mul(cycle.mul(Math.log(mMul)).exp());
    return height.mul(((1 - alpha) / 2) * initialLearningRate).add(alpha * initialLearningRate);
  });
};
