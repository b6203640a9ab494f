import { ValueError } from '../../core/errors.ts';
import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import type { Callback, TrainingContext } from '../callback.ts';
import { checkpointFolder } from '../checkpointFolder.ts';
import { checkSaveFreq } from './modelCheckpoint.ts';

export interface CheckpointsOptions {
  /** Where checkpoints are written, a file each, named after the steps done. It is made. */
  readonly directory: string;
  /** After so many steps. Default: after each epoch. */
  readonly everySteps?: number;
  /** How many are kept. Default: all. */
  readonly keepLast?: number;
}

const checkDirectory = (what: string, name: string, directory: unknown): string => {
  if (typeof directory === 'string' && directory !== '') return directory;
  throw new ValueError(`${what} needs a folder: ${what}({ ${name}: 'runs/a' }).`);
};

/**
 * Keeps moments of the training: weights, optimizer, random keys, place in the data, sums and history so far, and what the other
 * callbacks remember. `fit({ resume: directory })` goes on from the last one to bit for bit what an unbroken run gives; `rewind` goes
 * back to any step. The first checkpoint is of the beginning. Files are there whole or not at all, however the process ends.
 *
 * @throws ValueError without a folder; FileError where a file cannot be written.
 * @example net.fit(x, y, { resume: 'runs/a', callbacks: [callbacks.checkpoints({ directory: 'runs/a', everySteps: 1000 })] })
 */
export const checkpoints = (options: CheckpointsOptions): Callback => {
  const what = 'callbacks.checkpoints';
  unknownOptions(what, options ?? {}, ['directory', 'everySteps', 'keepLast']);
  const folder = checkpointFolder(checkDirectory(what, 'directory', options?.directory));
  const everySteps = options.everySteps === undefined ? undefined : wholeNumber(what, 'everySteps', options.everySteps, 1);
  const keepLast = options.keepLast === undefined ? undefined : wholeNumber(what, 'keepLast', options.keepLast, 1);
  const write = async (context: TrainingContext): Promise<void> => {
    await folder.write(context.step, await context.checkpoint());
    if (keepLast !== undefined) await folder.keep(keepLast);
  };
  return {
    isLast: true,
    ...(everySteps === undefined ? {} : { everySteps }),
    async onTrainBegin(context) {
      if (context.resumedAt === undefined) await write(context);
    },
    async onBatchEnd(_, __, context) {
      if (everySteps !== undefined && context.step % everySteps === 0) await write(context);
    },
    async onEpochEnd(_, __, context) {
      if (everySteps === undefined) await write(context);
    },
  };
};

export interface BackupAndRestoreOptions {
  /** Where the backup is written. */
  readonly directory: string;
  /** After each epoch, or after so many steps. Default 'epoch'. */
  readonly saveFreq?: 'epoch' | number;
  /** Whether the backup before the last one is kept as well. Default false: files are there whole or not at all, so one is enough. */
  readonly doubleCheckpoint?: boolean;
  /** Whether the backup goes when the training has ended. Default true. */
  readonly deleteCheckpoint?: boolean;
}

/**
 * Lets a training that is broken off, by whatever, go on when the same program is started again: to bit for bit the weights, history and
 * logs of an unbroken run (on another machine in `reproducible` mode), also in the middle of an epoch.
 *
 * Source: Keras' BackupAndRestore (`backup_dir` is `directory`), which goes on at the epoch, without the state of other callbacks.
 * @throws ValueError without a folder, and for data and options other than those of the backup.
 * @example net.fit(x, y, { epochs: 100, callbacks: [callbacks.backupAndRestore({ directory: 'backup', saveFreq: 500 })] })
 */
export const backupAndRestore = (given: string | BackupAndRestoreOptions): Callback => {
  const what = 'callbacks.backupAndRestore';
  const options: BackupAndRestoreOptions = typeof given === 'string' ? { directory: given } : given;
  unknownOptions(what, options ?? {}, ['directory', 'saveFreq', 'doubleCheckpoint', 'deleteCheckpoint']);
  const directory = checkDirectory(what, 'directory', options?.directory);
  const folder = checkpointFolder(directory);
  const saveFreq = checkSaveFreq(what, options.saveFreq ?? 'epoch');
  const { doubleCheckpoint = false, deleteCheckpoint = true } = options;
  const write = async (context: TrainingContext): Promise<void> => {
    await folder.write(context.step, await context.checkpoint());
    await folder.keep(doubleCheckpoint ? 2 : 1);
  };
  return {
    ...{ isLast: true, resumeFrom: directory },
    ...(saveFreq === 'epoch' ? {} : { everySteps: saveFreq }),
    async onBatchEnd(_, __, context) {
      if (saveFreq !== 'epoch' && context.step % saveFreq === 0) await write(context);
    },
    async onEpochEnd(_, __, context) {
      if (saveFreq === 'epoch') await write(context);
    },
    async onTrainEnd() {
      if (deleteCheckpoint) await folder.clear();
    },
  };
};
