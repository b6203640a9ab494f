import { ValueError } from '../../core/errors.ts';
import type { Callback } from '../callback.ts';

/** Sets the learning rate at the beginning of each epoch: from the epoch (from 0) and the rate so far. */
export const learningRateScheduler = (schedule: (epoch: number, learningRate: number) => number): Callback => {
  if (typeof schedule !== 'function')
    throw new ValueError(`callbacks.learningRateScheduler takes a function (epoch, rate) => rate, got a ${typeof schedule}.`);
  return {
    onEpochBegin(epoch, { model }) {
      const rate = model.learningRate;
      if (rate === undefined)
        throw new ValueError('learningRateScheduler needs a learning rate that is a number: this one follows a schedule.');
      model.learningRate = schedule(epoch, rate);
    },
  };
};
