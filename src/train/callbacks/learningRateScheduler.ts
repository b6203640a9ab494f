import { ValueError } from '../../core/errors.ts';
import type { Callback } from '../callback.ts';
import type { Model } from '../model.ts';

/** @throws ValueError where a schedule decides the rate. */
export const numberRate = (what: string, { learningRate }: Model): number => {
  if (learningRate !== undefined) return learningRate;
  throw new ValueError(`${what} needs a learning rate that is a number: this one follows a schedule.`);
};

/**
 * Sets the learning rate at the beginning of each epoch: from the epoch (from 0) and the rate so far. The rate of each epoch stands in the
 * history as `learningRate`.
 *
 * Source: Keras' LearningRateScheduler.
 * @throws ValueError for anything but a function, and for a rate that is no finite number >= 0.
 * @example callbacks.learningRateScheduler((epoch, rate) => (epoch < 10 ? rate : rate * 0.9))
 */
export const learningRateScheduler = (schedule: (epoch: number, learningRate: number) => number): Callback => {
  if (typeof schedule !== 'function')
    throw new ValueError(`callbacks.learningRateScheduler takes a function (epoch, rate) => rate, got a ${typeof schedule}.`);
  return {
    name: 'learningRateScheduler',
    onEpochBegin(epoch, { model }) {
      const rate = schedule(epoch, numberRate('learningRateScheduler', model));
      if (typeof rate !== 'number')
        throw new ValueError(`learningRateScheduler needs a function that gives a number, got a ${typeof rate} for epoch ${epoch}.`);
      model.learningRate = rate;
    },
    onEpochEnd(_, logs, { model }) {
      logs.learningRate = numberRate('learningRateScheduler', model);
    },
  };
};
