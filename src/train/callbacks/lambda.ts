import { unknownOptions } from '../../tensor/options.ts';
import type { Callback } from '../callback.ts';

const names = [
  ...['name', 'onTrainBegin', 'onTrainEnd', 'onEpochBegin', 'onEpochEnd', 'onBatchBegin', 'onBatchEnd', 'onTestBegin', 'onTestEnd'],
  ...['onNonFinite', 'everyStep', 'everySteps', 'isLast', 'state', 'tensors', 'restore', 'resumeFrom'],
];

/**
 * A callback from functions, checked for slips of the pen in their names. A plain object does the same.
 *
 * Source: Keras' LambdaCallback.
 * @throws ValueError for a function of an unknown name.
 * @example callbacks.lambda({ onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) })
 */
export const lambda = (functions: Callback): Callback => {
  unknownOptions('callbacks.lambda', functions, names);
  return { ...functions };
};
