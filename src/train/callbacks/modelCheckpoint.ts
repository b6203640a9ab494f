import { ValueError } from '../../core/errors.ts';
import { unknownOptions } from '../../tensor/options.ts';
import type { Callback } from '../callback.ts';
import { type MonitorOptions, monitorOf, monitorOptions } from './monitor.ts';

export interface ModelCheckpointOptions extends MonitorOptions {
  /** Where to save. `{epoch}` becomes the epoch, from 1, and `{loss}`, `{valLoss}`, … the figures. */
  readonly path: string;
  /** Only when the figure is better than ever before. Default false. */
  readonly saveBestOnly?: boolean;
}

/** Saves the model after each epoch, with the state of the optimizer: training can go on from there. */
export const modelCheckpoint = (path: string | ModelCheckpointOptions, more: Omit<ModelCheckpointOptions, 'path'> = {}): Callback => {
  const options: ModelCheckpointOptions = typeof path === 'string' ? { ...more, path } : path;
  unknownOptions('callbacks.modelCheckpoint', options, [...monitorOptions, 'path', 'saveBestOnly']);
  if (typeof options.path !== 'string' || options.path === '')
    throw new ValueError("callbacks.modelCheckpoint needs a path: callbacks.modelCheckpoint('best.gradus').");
  const monitor = monitorOf('modelCheckpoint', options);
  let best = monitor.worst;
  return {
    async onEpochEnd(epoch, logs, { model }) {
      if (options.saveBestOnly === true) {
        const value = monitor.read(logs);
        if (!monitor.isBetter(value, best)) return;
        best = value;
      }
      const place = options.path.replace(/\{(\w+)\}/g, (whole, name: string) =>
        name === 'epoch' ? String(epoch + 1) : name in logs ? (logs[name] as number).toFixed(4) : whole,
      );
      await model.save(place);
    },
  };
};
