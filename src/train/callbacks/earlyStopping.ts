import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Callback } from '../callback.ts';
import { copyOfWeights } from '../model.ts';
import { type MonitorOptions, monitorOf, monitorOptions } from './monitor.ts';

export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without progress before the training ends. Default 0. */
  readonly patience?: number;
  /** Less is no progress. Default 0. */
  readonly minDelta?: number;
  /** The figure must at least get better than this. */
  readonly baseline?: number;
  /** At the end the weights of the best epoch are put back. Default false. */
  readonly restoreBestWeights?: boolean;
  /** Epochs before that are not looked at. Default 0. */
  readonly startFromEpoch?: number;
}

/**
 * Ends the training when a figure has stopped getting better.
 * @example net.fit(x, y, { epochs: 100, validationSplit: 0.1, callbacks: [callbacks.earlyStopping({ patience: 3 })] })
 */
export const earlyStopping = (options: EarlyStoppingOptions = {}): Callback => {
  const own = ['patience', 'minDelta', 'baseline', 'restoreBestWeights', 'startFromEpoch'];
  unknownOptions('callbacks.earlyStopping', options, [...monitorOptions, ...own]);
  const monitor = monitorOf('earlyStopping', options);
  const patience = wholeNumber('callbacks.earlyStopping', 'patience', options.patience ?? 0);
  const { minDelta = 0, baseline, restoreBestWeights = false, startFromEpoch = 0 } = options;
  let best = monitor.worst;
  let bestWeights: readonly Tensor[] | undefined;
  let waited = 0;
  return {
    onTrainBegin() {
      best = monitor.worst;
      bestWeights = undefined;
      waited = 0;
    },
    onEpochEnd(epoch, logs, { model, stop, say }) {
      const value = monitor.read(logs);
      if (epoch < startFromEpoch) return;
      waited++;
      if (monitor.isBetter(value, best, best === monitor.worst ? 0 : minDelta)) {
        best = value;
        if (restoreBestWeights) bestWeights = copyOfWeights(model);
        if (baseline === undefined || monitor.isBetter(value, baseline, minDelta)) waited = 0;
        return;
      }
      if (waited < Math.max(1, patience) || epoch === 0) return;
      stop();
      say(`Stopped after epoch ${epoch + 1}: ${monitor.name} has not become better for ${waited} epochs.`);
    },
    onTrainEnd(_, { model }) {
      if (bestWeights !== undefined) model.setWeights(bestWeights);
    },
  };
};
