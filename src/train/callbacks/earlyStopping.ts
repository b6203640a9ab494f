import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Callback } from '../callback.ts';
import { copyOfWeights } from '../model.ts';
import { type MonitorOptions, monitorOf, monitorOptions } from './monitor.ts';
import { numberFrom, numbersToJson } from './remember.ts';

export interface EarlyStoppingOptions extends MonitorOptions {
  /** Less is no progress. Default 0. */
  readonly minDelta?: number;
  /** Epochs without progress before the training ends. Default 0. */
  readonly patience?: number;
  /** The figure must at least get better than this. */
  readonly baseline?: number;
  /** At the end the weights of the best epoch are put back. Default false. */
  readonly restoreBestWeights?: boolean;
  /** Epochs before that are not looked at. Default 0. */
  readonly startFromEpoch?: number;
}

/**
 * Ends the training when a figure has stopped getting better. After an epoch that was not validated nothing is counted.
 *
 * Source: Keras' EarlyStopping. There a figure that is missing is a warning, here an error.
 * @throws ValueError for unknown options; at the first epoch's end for a figure that is not there.
 * @example net.fit(x, y, { epochs: 100, validationSplit: 0.1, callbacks: [callbacks.earlyStopping({ patience: 3 })] })
 */
export const earlyStopping = (options: EarlyStoppingOptions = {}): Callback => {
  const own = ['minDelta', 'patience', 'baseline', 'restoreBestWeights', 'startFromEpoch'];
  unknownOptions('callbacks.earlyStopping', options, [...monitorOptions, ...own]);
  const monitor = monitorOf('earlyStopping', options);
  const patience = wholeNumber('callbacks.earlyStopping', 'patience', options.patience ?? 0);
  const startFromEpoch = wholeNumber('callbacks.earlyStopping', 'startFromEpoch', options.startFromEpoch ?? 0);
  const { minDelta = 0, baseline, restoreBestWeights = false } = options;
  let best: number | undefined;
  let bestEpoch = 0;
  let bestWeights: readonly Tensor[] | undefined;
  let waited = 0;
  return {
    name: 'earlyStopping',
    onTrainBegin(context) {
      monitor.begin(context);
      best = bestWeights = undefined;
      waited = bestEpoch = 0;
    },
    onEpochEnd(epoch, logs, context) {
      const value = monitor.read(logs, context);
      if (value === undefined || epoch < startFromEpoch) return;
      if (restoreBestWeights && bestWeights === undefined) {
        bestWeights = copyOfWeights(context.model); // also where the figure is NaN
        bestEpoch = epoch;
      }
      waited++;
      if (monitor.isBetter(value, best, minDelta)) {
        best = value;
        bestEpoch = epoch;
        if (restoreBestWeights) bestWeights = copyOfWeights(context.model);
        if (baseline === undefined || monitor.isBetter(value, baseline, minDelta)) waited = 0;
        return;
      }
      if (waited < patience || epoch === 0) return;
      context.stop();
      context.say(`Stopped after epoch ${epoch + 1}: ${monitor.name} has not become better for ${waited} epochs.`);
    },
    onTrainEnd(_, { model, say }) {
      if (bestWeights === undefined) return;
      model.setWeights(bestWeights);
      say(`The weights are those of epoch ${bestEpoch + 1}, the best one.`);
    },
    state: () => numbersToJson({ best, bestEpoch, waited }),
    tensors: () => bestWeights ?? [],
    restore(state, tensors) {
      best = numberFrom(state, 'best');
      bestEpoch = numberFrom(state, 'bestEpoch') ?? 0;
      waited = numberFrom(state, 'waited') ?? 0;
      bestWeights = tensors.length > 0 ? tensors : undefined;
    },
  };
};
