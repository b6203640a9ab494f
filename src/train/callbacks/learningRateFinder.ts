import type { Buffer } from '../../backends/device.ts';
import { ValueError } from '../../core/errors.ts';
import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import { currentDevice } from '../../tensor/runtime.ts';
import type { Callback } from '../callback.ts';
import { Model } from '../model.ts';
import { numberRate } from './learningRateScheduler.ts';

export interface LearningRateFinderOptions {
  /** The first rate. Default 1e-7. */
  readonly minLr?: number;
  /** The last one. Default 10. */
  readonly maxLr?: number;
  /** Steps from one to the other. Default 100. */
  readonly steps?: number;
  /** How much of the smoothed loss stays at each step. Default 0.9. */
  readonly smoothing?: number;
  /** Ends early where the smoothed loss is so many times the smallest one. Default 4. */
  readonly divergence?: number;
}

/** What a search found; empty before it has run. */
export interface LearningRateFinder extends Callback {
  readonly rates: readonly number[];
  /** The loss of the step with each rate. */
  readonly losses: readonly number[];
  /** The same, smoothed: an exponential mean without the bias of its beginning. */
  readonly smoothed: readonly number[];
  /** The rate at which the smoothed loss falls fastest; undefined where it never falls. */
  readonly suggestion: number | undefined;
}

/** Rates at the two ends of a search that are not suggested, where the mean has seen little or the loss already rises. */
const ends = { first: 10, last: 2 } as const;

/** The rate with the steepest fall of the loss over the logarithm of the rate, by central differences. */
const steepest = (rates: readonly number[], losses: readonly number[]): number | undefined => {
  let best: number | undefined;
  let slope = 0;
  const first = Math.min(ends.first, Math.max(1, Math.floor(losses.length / 4)));
  for (let place = first; place < losses.length - ends.last; place++) {
    const fall = ((losses[place + 1] as number) - (losses[place - 1] as number)) / 2;
    if (fall < slope) [slope, best] = [fall, rates[place]];
  }
  return best;
};

/**
 * Finds a learning rate: trains some steps at rates that grow from step to step by the same factor, and suggests the one at which the
 * smoothed loss falls fastest. Then the training ends, and weights, optimizer and rate are bit for bit what they were. Give `fit` enough
 * epochs for the steps.
 *
 * Source: Smith 2017, arXiv:1506.01186, section 3.3; the smoothing and the suggestion are those of PyTorch Lightning's lr_find.
 * @throws ValueError for rates that do not grow, and an optimizer whose rate follows a schedule.
 * @example
 * const finder = callbacks.learningRateFinder();
 * await net.fit(x, y, { epochs: 10, callbacks: [finder] });
 * net.learningRate = finder.suggestion ?? net.learningRate;
 */
export const learningRateFinder = (options: LearningRateFinderOptions = {}): LearningRateFinder => {
  const what = 'callbacks.learningRateFinder';
  unknownOptions(what, options, ['minLr', 'maxLr', 'steps', 'smoothing', 'divergence']);
  const { minLr = 1e-7, maxLr = 10, smoothing = 0.9, divergence = 4 } = options;
  const steps = wholeNumber(what, 'steps', options.steps ?? 100, 10);
  if (!(minLr > 0 && maxLr > minLr && Number.isFinite(maxLr)))
    throw new ValueError(`${what} needs 0 < minLr < maxLr, got ${minLr} and ${maxLr}.`);
  if (!(smoothing >= 0 && smoothing < 1)) throw new ValueError(`${what} needs a smoothing from 0 up to but not 1, got ${smoothing}.`);
  const rates: number[] = [];
  const losses: number[] = [];
  const smoothed: number[] = [];
  let suggestion: number | undefined;
  let before:
    | { readonly weights: readonly Buffer[]; readonly optimizer: readonly Buffer[]; readonly rate: number; readonly updates: number }
    | undefined;
  let mean = 0; // of the losses, biased to 0
  let last = { samples: 0, loss: 0 }; // of the epoch: its mean so far
  const rateOf = (step: number): number => minLr * (maxLr / minLr) ** (step / (steps - 1));
  return {
    ...{ rates, losses, smoothed, everyStep: true },
    get suggestion() {
      return suggestion;
    },
    onTrainBegin({ model }) {
      const core = Model.core(model);
      core.optimizerTemplate();
      const copies = (buffers: readonly Buffer[]): Buffer[] => buffers.map(buffer => currentDevice().copy(buffer));
      const rate = numberRate('learningRateFinder', model);
      before = { weights: copies(core.memory.buffers), optimizer: copies(core.optimizerBuffers), rate, updates: core.updates };
      rates.length = losses.length = smoothed.length = mean = 0;
      suggestion = undefined;
    },
    onEpochBegin() {
      last = { samples: 0, loss: 0 };
    },
    onBatchBegin(_, { model }) {
      if (rates.length >= steps) return;
      rates.push(rateOf(rates.length));
      model.learningRate = rates.at(-1) as number;
    },
    onBatchEnd(_, { loss }, { stop, samples }) {
      const own = ((loss as number) * samples - last.loss * last.samples) / (samples - last.samples);
      last = { samples, loss: loss as number };
      losses.push(own);
      mean = smoothing * mean + (1 - smoothing) * own;
      smoothed.push(mean / (1 - smoothing ** losses.length));
      if (losses.length >= steps || (smoothed.at(-1) as number) > divergence * Math.min(...smoothed)) stop();
    },
    onNonFinite: () => true,
    onTrainEnd(_, { model, say }) {
      if (before === undefined) return;
      suggestion = steepest(rates, smoothed);
      const core = Model.core(model);
      core.memory.buffers = before.weights;
      core.optimizerBuffers = before.optimizer;
      core.updates = before.updates;
      core.learningRate = before.rate;
      before = undefined;
      say(
        suggestion === undefined ? 'No learning rate made the loss fall.' : `A learning rate to begin with: ${suggestion.toPrecision(2)}.`,
      );
    },
  };
};
