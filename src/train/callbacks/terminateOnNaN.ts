import { unknownOptions } from '../../tensor/options.ts';
import type { Callback } from '../callback.ts';

export interface TerminateOnNaNOptions {
  /** Fails with an error instead: what `fit` does without this callback. Default false. */
  readonly raiseError?: boolean;
}

/**
 * Ends the training quietly at a loss that is NaN or infinite, where `fit` otherwise fails with an error. The loss of that epoch in the
 * history is NaN or infinite. The weights are those from before the step: in Keras they are spoiled by it.
 *
 * Source: Keras' TerminateOnNaN.
 * @example net.fit(x, y, { callbacks: [callbacks.terminateOnNaN()] })
 */
export const terminateOnNaN = (options: TerminateOnNaNOptions = {}): Callback => {
  unknownOptions('callbacks.terminateOnNaN', options, ['raiseError']);
  return {
    onNonFinite(steps, _, { say }) {
      if (options.raiseError === true) return false;
      say(`Step ${steps + 1}: the loss is not a finite number, the training ends.`);
      return true;
    },
  };
};
