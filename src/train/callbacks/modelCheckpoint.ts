import { ValueError } from '../../core/errors.ts';
import { platform } from '../../core/platform.ts';
import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import type { Callback, TrainingContext } from '../callback.ts';
import type { Json } from '../json.ts';
import type { Logs } from '../logs.ts';
import { filledPath } from './filePattern.ts';
import { type MonitorOptions, monitorOf, monitorOptions } from './monitor.ts';
import { numberFrom, numbersToJson } from './remember.ts';

export interface ModelCheckpointOptions extends MonitorOptions {
  /**
   * Where to save. `{epoch}` becomes the epoch, from 1, `{batch}` the step, and `{loss}`, `{valLoss}`, … the figures, in Python's formats:
   * `best-{epoch:02d}-{valLoss:.2f}.gradus`. Folders are made.
   */
  readonly filepath: string;
  /** Only when the figure is better than ever before. Default false. */
  readonly saveBestOnly?: boolean;
  /** Without the optimizer: smaller, and training begins anew from it. Default false. */
  readonly saveWeightsOnly?: boolean;
  /** After each epoch, or after so many steps. Default 'epoch'. */
  readonly saveFreq?: 'epoch' | number;
  /** The best value so far, for a training that goes on. */
  readonly initialValueThreshold?: number;
  /** Only the last files are kept, and with `monitor` in the logs the best one. Default: all. */
  readonly keepLast?: number;
}

const optionNames = ['filepath', 'saveBestOnly', 'saveWeightsOnly', 'saveFreq', 'initialValueThreshold', 'keepLast'];

/** 'epoch', or a whole number of steps. @throws ValueError. */
export const checkSaveFreq = (what: string, saveFreq: unknown): 'epoch' | number => {
  if (saveFreq === 'epoch') return saveFreq;
  if (typeof saveFreq !== 'number')
    throw new ValueError(`${what} needs saveFreq to be 'epoch' or a number of steps, got ${JSON.stringify(saveFreq)}.`);
  return wholeNumber(what, 'saveFreq', saveFreq, 1);
};

/**
 * Saves the model after each epoch or every so many steps, with the state of the optimizer: `loadModel` gives it back. A file is there
 * whole or not at all. For going on with a training exactly where it was see `backupAndRestore` and `checkpoints`.
 *
 * Source: Keras' ModelCheckpoint; `keepLast` is ours.
 * @throws ValueError for an empty path and unknown options; FileError where a file cannot be written.
 * @example callbacks.modelCheckpoint('best-{epoch:02d}-{valLoss:.2f}.gradus', { saveBestOnly: true, keepLast: 3 })
 */
export const modelCheckpoint = (
  filepath: string | ModelCheckpointOptions,
  more: Omit<ModelCheckpointOptions, 'filepath'> = {},
): Callback => {
  const what = 'callbacks.modelCheckpoint';
  const options: ModelCheckpointOptions = typeof filepath === 'string' ? { ...more, filepath } : filepath;
  unknownOptions(what, options, [...monitorOptions, ...optionNames]);
  if (typeof options.filepath !== 'string' || options.filepath === '')
    throw new ValueError(`${what} needs a path: callbacks.modelCheckpoint('best.gradus').`);
  const monitor = monitorOf('modelCheckpoint', options);
  const saveFreq = checkSaveFreq(what, options.saveFreq ?? 'epoch');
  const { saveBestOnly = false, saveWeightsOnly = false } = options;
  const keepLast = options.keepLast === undefined ? Infinity : wholeNumber(what, 'keepLast', options.keepLast, 1);
  let best = options.initialValueThreshold;
  let bestFile: string | undefined;
  let files: string[] = [];

  /** Removes what is neither among the last files nor the best one. */
  const tidy = async (): Promise<void> => {
    while (files.length > keepLast) {
      const [oldest, ...rest] = files as [string, ...string[]];
      files = rest;
      if (oldest !== bestFile && !files.includes(oldest)) await platform().removeFile(oldest);
    }
  };
  const save = async (epoch: number, batch: number | undefined, logs: Logs, context: TrainingContext): Promise<void> => {
    const value = saveBestOnly ? monitor.read(logs, context) : logs[monitor.name];
    const isBetter = value !== undefined && monitor.isBetter(value, best);
    if (saveBestOnly && !isBetter) return;
    const place = filledPath('modelCheckpoint', options.filepath, {
      ...{ epoch: epoch + 1, ...logs },
      ...(batch === undefined ? {} : { batch }),
    });
    const folder = /^(.*)[/\\][^/\\]*$/.exec(place)?.[1];
    if (folder !== undefined && folder !== '') await platform().makeFolder(folder);
    await context.model.save(place, { optimizer: !saveWeightsOnly });
    if (isBetter) {
      const before = bestFile;
      best = value;
      bestFile = place;
      if (before !== undefined && Number.isFinite(keepLast) && !files.includes(before) && before !== place)
        await platform().removeFile(before);
    }
    files = [...files.filter(file => file !== place), place];
    await tidy();
  };
  let epochNow = 0;
  return {
    name: 'modelCheckpoint',
    ...(saveFreq === 'epoch' ? {} : { everySteps: saveFreq }),
    onTrainBegin(context) {
      if (saveBestOnly || Number.isFinite(keepLast)) monitor.begin(context);
    },
    onEpochBegin(epoch) {
      epochNow = epoch;
    },
    async onBatchEnd(steps, logs, context) {
      if (saveFreq !== 'epoch' && context.step % saveFreq === 0) await save(epochNow, steps, logs, context);
    },
    async onEpochEnd(epoch, logs, context) {
      if (saveFreq === 'epoch') await save(epoch, undefined, logs, context);
    },
    state: (): Json => ({ numbers: numbersToJson({ best }), bestFile: bestFile ?? null, files, epochNow }),
    restore(state) {
      const {
        numbers,
        bestFile: file,
        files: known,
        epochNow: epoch,
      } = state as { numbers: Json; bestFile: Json; files: string[]; epochNow: number };
      best = numberFrom(numbers, 'best');
      bestFile = typeof file === 'string' ? file : undefined;
      files = [...known];
      epochNow = epoch;
    },
  };
};
