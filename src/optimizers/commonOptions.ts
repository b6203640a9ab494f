import { type Config, compact } from '../core/config.ts';
import { ValueError } from '../core/errors.ts';
import { wholeNumber } from '../tensor/options.ts';
import { describePatterns, type PathPattern, pathMatcher } from './patterns.ts';
import type { Schedule } from './schedules/schedule.ts';

/** A number, a schedule, or (from a file) a schedule's description. */
export type LearningRate = number | Schedule | { readonly kind: string; readonly config: Config };

/** What every optimizer can do besides its rule, as in Keras. */
export interface CommonOptions {
  readonly learningRate?: LearningRate;
  /** λ: w ← w - η λ w before the rule, which does not see it. */
  readonly weightDecay?: number;
  /** Whether weightDecay stays out of the rule (Keras, AdamW). `false`: g ← g + λ w, as `weight_decay` of PyTorch's SGD, Adam, … Default true. */
  readonly decoupledWeightDecay?: boolean;
  /** Weights that do not decay, by their paths: texts that the path holds, or patterns. */
  readonly excludeFromWeightDecay?: readonly PathPattern[];
  /** Each gradient is scaled down to this norm. */
  readonly clipNorm?: number;
  /** Each element of a gradient stays within ± this. */
  readonly clipValue?: number;
  /** All gradients together are scaled down to this norm. */
  readonly globalClipNorm?: number;
  /** Keeps a moving average of the weights, which `evaluationWeights` gives. Default false. */
  readonly useEma?: boolean;
  /** average ← momentum · average + (1 - momentum) w. Default 0.99. */
  readonly emaMomentum?: number;
  /** Every so many updates the weights become their average. Default: never. */
  readonly emaOverwriteFrequency?: number;
  /** `scaleLoss` multiplies the loss by this, and `update` divides the gradients by it. */
  readonly lossScaleFactor?: number;
  /** Weights move at every so many calls only, by the mean of the gradients since. At least 2. */
  readonly gradientAccumulationSteps?: number;
}

/** Names of options that every optimizer has. */
export const commonOptions: readonly (keyof CommonOptions)[] = [
  ...(['learningRate', 'weightDecay', 'decoupledWeightDecay', 'excludeFromWeightDecay'] as const),
  ...(['clipNorm', 'clipValue', 'globalClipNorm', 'useEma', 'emaMomentum', 'emaOverwriteFrequency'] as const),
  ...(['lossScaleFactor', 'gradientAccumulationSteps'] as const),
];

const clipConfig = (what: string, options: CommonOptions): Config => {
  const given = (['clipNorm', 'clipValue', 'globalClipNorm'] as const).filter(name => options[name] !== undefined);
  if (given.length > 1) throw new ValueError(`${what} takes one of clipNorm, clipValue and globalClipNorm, got ${given.join(' and ')}.`);
  for (const name of given) if (!((options[name] as number) > 0)) throw new ValueError(`${what} needs ${name} > 0, got ${options[name]}.`);
  return Object.fromEntries(given.map(name => [name, options[name] as number]));
};

const emaConfig = (what: string, { useEma, emaMomentum, emaOverwriteFrequency }: CommonOptions): Config => {
  for (const [name, value] of Object.entries({ emaMomentum, emaOverwriteFrequency }))
    if (value !== undefined && useEma !== true)
      throw new ValueError(`${what} has ${name} but no average of weights: give useEma: true, too.`);
  if (emaMomentum !== undefined && !(emaMomentum >= 0 && emaMomentum <= 1))
    throw new ValueError(`${what} needs an emaMomentum from 0 to 1, got ${emaMomentum}.`);
  if (emaOverwriteFrequency !== undefined) wholeNumber(what, 'emaOverwriteFrequency', emaOverwriteFrequency, 1);
  return compact({ useEma: useEma === true ? true : undefined, emaMomentum, emaOverwriteFrequency });
};

const decayConfig = (what: string, options: CommonOptions): Config => {
  const { weightDecay, decoupledWeightDecay, excludeFromWeightDecay } = options;
  if (weightDecay !== undefined && !(weightDecay >= 0)) throw new ValueError(`${what} needs a weightDecay >= 0, got ${weightDecay}.`);
  if (excludeFromWeightDecay !== undefined) pathMatcher(`excludeFromWeightDecay of ${what}`, excludeFromWeightDecay);
  return compact({
    ...{ weightDecay, decoupledWeightDecay: decoupledWeightDecay === false ? false : undefined },
    excludeFromWeightDecay: excludeFromWeightDecay === undefined ? undefined : describePatterns(excludeFromWeightDecay),
  });
};

/** The options that were given, checked, as plain data. @throws ValueError that says what was asked. */
export const commonConfig = (what: string, options: CommonOptions): Config => {
  const { lossScaleFactor, gradientAccumulationSteps } = options;
  if (lossScaleFactor !== undefined && !(lossScaleFactor > 0 && Number.isFinite(lossScaleFactor)))
    throw new ValueError(`${what} needs a lossScaleFactor > 0, got ${lossScaleFactor}.`);
  if (gradientAccumulationSteps !== undefined) wholeNumber(what, 'gradientAccumulationSteps', gradientAccumulationSteps, 2);
  return {
    ...decayConfig(what, options),
    ...clipConfig(what, options),
    ...emaConfig(what, options),
    ...compact({ lossScaleFactor, gradientAccumulationSteps }),
  };
};
