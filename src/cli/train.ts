import { configure } from '../index.ts';
import { isLanguage, trainLanguage } from './language.ts';
import { trainDigits } from './namedImages.ts';
import type { Output } from './output.ts';
import { settingsFrom, settingsIn } from './settings.ts';
import { isFolder, isPrepared, open } from './tasks/open.ts';
import { trainPrepared } from './training/run.ts';
import { type Command, UsageError } from './usage.ts';

/** Trains a network on data of any kind, and leaves a run folder; or goes on with a run that was interrupted. */
export const train = async (command: Command, output: Output, signal: AbortSignal): Promise<void> => {
  const { resume, out, threads } = command;
  if (resume !== undefined && command.operands.length > 0)
    throw new UsageError('gradus train --resume DIR takes no data set: the run knows its own.');
  const settings = resume === undefined ? settingsFrom(command) : await settingsIn(resume);
  const { reproducible, data } = settings;
  await configure({
    ...{ wideSimd: !reproducible, numerics: reproducible ? 'reproducible' : 'fast' },
    ...(threads === undefined ? {} : { threads }),
  });
  const folder = resume ?? out;
  if (isLanguage(data) && !(await isFolder(data))) await trainLanguage(settings, output, signal, folder);
  else if (await isPrepared(data)) await trainPrepared(await open(settings), settings, output, signal, folder);
  else await trainDigits(settings, output, signal, folder);
};
