import { ValueError } from '../../core/errors.ts';
import { platform } from '../../core/platform.ts';
import { unknownOptions } from '../../tensor/options.ts';
import type { Callback } from '../callback.ts';
import type { Json } from '../json.ts';
import { LogFile } from '../logFile.ts';

export interface CsvLoggerOptions {
  /** Default ','. */
  readonly separator?: string;
  /** Goes on with a file that is there, without a second header. Default false. */
  readonly append?: boolean;
}

/** A field as RFC 4180 has it. */
const field = (text: string, separator: string): string =>
  text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/**
 * Writes a line for each epoch: its number, from 0, and the figures in alphabetical order, those of the first epoch; NA where one is
 * missing. Where the first epoch has no validation there are columns for it, as in Keras. Lines end in CR LF (RFC 4180).
 *
 * Source: Keras' CSVLogger. NaN is written so.
 * @throws ValueError without a file name; FileError where the file cannot be written.
 * @example callbacks.csvLogger('training.csv', { append: true })
 */
export const csvLogger = (filename: string, options: CsvLoggerOptions = {}): Callback => {
  const what = 'callbacks.csvLogger';
  unknownOptions(what, options, ['separator', 'append']);
  const { separator = ',', append = false } = options;
  if (typeof filename !== 'string' || filename === '')
    throw new ValueError(`${what} needs a file name: callbacks.csvLogger('training.csv').`);
  if (typeof separator !== 'string' || separator.length !== 1)
    throw new ValueError(`${what} needs a separator of one character, got ${JSON.stringify(separator)}.`);
  const file = new LogFile(filename);
  let columns: readonly string[] | undefined;
  let hasHeader = false;
  const writeLine = (fields: readonly string[]): Promise<void> =>
    file.writeText(`${fields.map(text => field(text, separator)).join(separator)}\r\n`);
  return {
    name: 'csvLogger',
    async onTrainBegin({ resumedAt }) {
      columns = undefined;
      if (resumedAt === undefined || !(await platform().exists(filename))) await file.open({ append });
      hasHeader = file.length > 0;
    },
    async onEpochEnd(epoch, logs) {
      if (columns === undefined) {
        const names = Object.keys(logs).sort();
        const isValidated = names.some(name => /^val[A-Z]/.test(name));
        columns = isValidated ? names : [...names, ...names.map(name => `val${name.charAt(0).toUpperCase()}${name.slice(1)}`)];
        if (!hasHeader) await writeLine(['epoch', ...columns]);
        hasHeader = true;
      }
      await writeLine([String(epoch), ...columns.map(name => (name in logs ? String(logs[name]) : 'NA'))]);
    },
    state: (): Json => ({ length: file.state(), columns: columns ?? null, hasHeader }),
    async restore(state) {
      const { length, columns: names, hasHeader: header } = state as { length: Json; columns: Json; hasHeader: boolean };
      columns = Array.isArray(names) ? (names as string[]) : undefined;
      hasHeader = header;
      await file.restore(length);
    },
  };
};
