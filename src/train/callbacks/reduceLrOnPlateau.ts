import { ValueError } from '../../core/errors.ts';
import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import type { Callback } from '../callback.ts';
import { numberRate } from './learningRateScheduler.ts';
import { type MonitorOptions, monitorOf, monitorOptions } from './monitor.ts';
import { numberFrom, numbersToJson } from './remember.ts';

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

/**
 * Makes the learning rate smaller when a figure has stopped getting better. The rate of each epoch stands in the history as `learningRate`.
 *
 * Source: Keras' ReduceLROnPlateau.
 * @throws ValueError for a factor that is not between 0 and 1, and at the first epoch for an optimizer whose rate follows a schedule.
 * @example callbacks.reduceLrOnPlateau({ monitor: 'valLoss', factor: 0.2, patience: 5, minLr: 1e-5 })
 */
export const reduceLrOnPlateau = (options: ReduceLrOnPlateauOptions = {}): Callback => {
  const what = 'callbacks.reduceLrOnPlateau';
  unknownOptions(what, options, [...monitorOptions, 'factor', 'patience', 'minDelta', 'cooldown', 'minLr']);
  const monitor = monitorOf('reduceLrOnPlateau', options);
  const { factor = 0.1, minDelta = 1e-4, minLr = 0 } = options;
  const patience = wholeNumber(what, 'patience', options.patience ?? 10);
  const cooldown = wholeNumber(what, 'cooldown', options.cooldown ?? 0);
  if (!(factor > 0 && factor < 1)) throw new ValueError(`${what} needs a factor between 0 and 1, got ${factor}.`);
  let best: number | undefined;
  let waited = 0;
  let resting = 0;
  return {
    name: 'reduceLrOnPlateau',
    onTrainBegin(context) {
      monitor.begin(context);
      best = undefined;
      waited = resting = 0;
    },
    onEpochEnd(epoch, logs, context) {
      const rate = numberRate('reduceLrOnPlateau', context.model);
      logs.learningRate = rate;
      const value = monitor.read(logs, context);
      if (value === undefined) return;
      if (resting > 0) {
        resting--;
        waited = 0;
      }
      if (monitor.isBetter(value, best, minDelta)) {
        best = value;
        waited = 0;
        return;
      }
      if (resting > 0 || ++waited < patience || Math.fround(rate) <= Math.fround(minLr)) return;
      context.model.learningRate = Math.max(rate * factor, minLr);
      context.say(`Epoch ${epoch + 1}: the learning rate is now ${context.model.learningRate}.`);
      resting = cooldown;
      waited = 0;
    },
    state: () => numbersToJson({ best, waited, resting }),
    restore(state) {
      best = numberFrom(state, 'best');
      waited = numberFrom(state, 'waited') ?? 0;
      resting = numberFrom(state, 'resting') ?? 0;
    },
  };
};
