import { ValueError } from '../../core/errors.ts';
import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import type { Callback } from '../callback.ts';
import { type MonitorOptions, monitorOf, monitorOptions } from './monitor.ts';

export interface ReduceLrOnPlateauOptions extends MonitorOptions {
  /** The rate is multiplied by it. Default 0.1. */
  readonly factor?: number;
  /** Epochs without progress before that. Default 10. */
  readonly patience?: number;
  /** Less is no progress. Default 1e-4. */
  readonly minDelta?: number;
  /** Epochs after a reduction that do not count. Default 0. */
  readonly cooldown?: number;
  /** The rate does not go below. Default 0. */
  readonly minLr?: number;
}

/** Makes the learning rate smaller when a figure has stopped getting better. */
export const reduceLrOnPlateau = (options: ReduceLrOnPlateauOptions = {}): Callback => {
  unknownOptions('callbacks.reduceLrOnPlateau', options, [...monitorOptions, 'factor', 'patience', 'minDelta', 'cooldown', 'minLr']);
  const monitor = monitorOf('reduceLrOnPlateau', options);
  const { factor = 0.1, minDelta = 1e-4, cooldown = 0, minLr = 0 } = options;
  const patience = wholeNumber('callbacks.reduceLrOnPlateau', 'patience', options.patience ?? 10);
  if (!(factor > 0 && factor < 1)) throw new ValueError(`callbacks.reduceLrOnPlateau needs a factor between 0 and 1, got ${factor}.`);
  let best = monitor.worst;
  let waited = 0;
  let resting = 0;
  return {
    onTrainBegin() {
      best = monitor.worst;
      waited = resting = 0;
    },
    onEpochEnd(epoch, logs, { model, say }) {
      const value = monitor.read(logs);
      if (resting > 0) {
        resting--;
        waited = 0;
      }
      if (monitor.isBetter(value, best, best === monitor.worst ? 0 : minDelta)) {
        best = value;
        waited = 0;
        return;
      }
      if (resting > 0 || ++waited < patience) return;
      const rate = model.learningRate;
      if (rate === undefined)
        throw new ValueError('reduceLrOnPlateau needs a learning rate that is a number: this one follows a schedule.');
      const next = Math.max(rate * factor, minLr);
      if (next < rate) {
        model.learningRate = next;
        say(`Epoch ${epoch + 1}: the learning rate is now ${next}.`);
      }
      resting = cooldown;
      waited = 0;
    },
  };
};
