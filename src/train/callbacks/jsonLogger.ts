import { ValueError } from '../../core/errors.ts';
import { platform } from '../../core/platform.ts';
import { unknownOptions } from '../../tensor/options.ts';
import type { Callback } from '../callback.ts';
import { LogFile } from '../logFile.ts';

export interface JsonLoggerOptions {
  /** Goes on with a file that is there. Default false. */
  readonly append?: boolean;
}

/**
 * Writes a JSON object and a line feed for each epoch (JSON Lines): `{"epoch":0,"loss":0.5,"valLoss":0.6}`. Numbers have all their
 * digits; null stands for NaN and infinities.
 *
 * @throws ValueError without a file name; FileError where the file cannot be written.
 * @example callbacks.jsonLogger('training.jsonl')
 */
export const jsonLogger = (filename: string, options: JsonLoggerOptions = {}): Callback => {
  const what = 'callbacks.jsonLogger';
  unknownOptions(what, options, ['append']);
  if (typeof filename !== 'string' || filename === '')
    throw new ValueError(`${what} needs a file name: callbacks.jsonLogger('training.jsonl').`);
  const file = new LogFile(filename);
  return {
    name: 'jsonLogger',
    async onTrainBegin({ resumedAt }) {
      if (resumedAt === undefined || !(await platform().exists(filename))) await file.open(options);
    },
    async onEpochEnd(epoch, logs) {
      await file.writeText(`${JSON.stringify({ epoch, ...logs })}\n`);
    },
    state: () => file.state(),
    restore: state => file.restore(state),
  };
};
