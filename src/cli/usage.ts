import { parseArgs } from 'node:util';
import { unknownName, ValueError } from '../index.ts';

/** The command was used wrongly: exit code 2. */
export class UsageError extends ValueError {
  override readonly name: string = 'UsageError';
}

export const usage = `Gradus trains neural networks.

  gradus train DATA       train a network, and leave it in a run folder
      --target COLUMN     of a table: what to predict; default: one called target, label, class …, or the last
      --task NAME         of a table: classification or regression; default: what the target looks like
      --model NAME        of images: cnn (default), mlp
      --epochs N          default 3 for images, at most 60 for tables
      --batch-size N      default 64 for images, by the number of rows for tables
      --optimizer NAME    of images: default adam
      --learning-rate X   at the start, default 0.002 for images, found for tables; it falls to 0 along a cosine
      --seed N            default 0
      --threads N         default: all cores
      --reproducible      the same weights bit for bit, on every machine
      --out DIR           the run folder; default runs/DATA-DATE
      --resume DIR        go on with a run on images that was interrupted, to the same weights
      --json              one JSON object a line, and nothing else
  gradus evaluate MODEL DATA    loss and accuracy on the test part of DATA, or figures on all rows of a table
  gradus predict MODEL TABLE    the table with the model's answers
      --out FILE          a CSV file; default: standard output
  gradus compare RUN …          figures of run folders side by side
  gradus summary MODEL          layers, shapes, parameters
  gradus doctor                 what this machine offers, measured

DATA is a table (.csv, .tsv, .jsonl, .json, .parquet, .arrow), a folder of images with a folder for
each class, or one of: mnist, fashion-mnist.`;

const options = {
  target: { type: 'string' },
  task: { type: 'string' },
  model: { type: 'string', default: 'cnn' },
  epochs: { type: 'string' },
  'batch-size': { type: 'string' },
  optimizer: { type: 'string', default: 'adam' },
  'learning-rate': { type: 'string' },
  seed: { type: 'string', default: '0' },
  threads: { type: 'string' },
  reproducible: { type: 'boolean', default: false },
  out: { type: 'string' },
  resume: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false, short: 'h' },
} as const;

export interface Command {
  readonly name: string;
  readonly operands: readonly string[];
  readonly target: string | undefined;
  readonly task: 'classification' | 'regression' | undefined;
  /** What was given, where each kind of data has a default of its own. */
  readonly given: { readonly epochs?: number; readonly batchSize?: number; readonly learningRate?: number };
  readonly model: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: string;
  readonly learningRate: number;
  readonly seed: number;
  readonly threads: number | undefined;
  readonly reproducible: boolean;
  readonly out: string | undefined;
  readonly resume: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

const wholeNumber = (name: string, text: string, least: number): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new UsageError(`--${name} needs a whole number >= ${least}, got '${text}'.`);
  return value;
};

const positiveNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new UsageError(`--${name} needs a number > 0, got '${text}'.`);
  return value;
};

/** The command line as a record. */
export const parseCommand = (args: readonly string[]): Command => {
  for (const arg of args) {
    const name = /^--([^=]+)/.exec(arg)?.[1];
    if (name !== undefined && !(name in options))
      throw new UsageError(
        unknownName(
          'option',
          `--${name}`,
          Object.keys(options).map(known => `--${known}`),
        ).message,
      );
  }
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new UsageError(`${(error as Error).message} See gradus --help.`);
  }
  const { values, positionals } = parsed;
  const [name = '', ...operands] = positionals;
  const given = {
    ...(values.epochs === undefined ? {} : { epochs: wholeNumber('epochs', values.epochs, 1) }),
    ...(values['batch-size'] === undefined ? {} : { batchSize: wholeNumber('batch-size', values['batch-size'], 1) }),
    ...(values['learning-rate'] === undefined ? {} : { learningRate: positiveNumber('learning-rate', values['learning-rate']) }),
  };
  const { task } = values;
  if (task !== undefined && task !== 'classification' && task !== 'regression')
    throw new UsageError(unknownName('task', task, ['classification', 'regression']).message);
  return {
    name,
    operands,
    ...{ given, target: values.target, task },
    model: values.model,
    epochs: given.epochs ?? 3,
    batchSize: given.batchSize ?? 64,
    optimizer: values.optimizer,
    learningRate: given.learningRate ?? 0.002,
    seed: wholeNumber('seed', values.seed, 0),
    threads: values.threads === undefined ? undefined : wholeNumber('threads', values.threads, 1),
    reproducible: values.reproducible,
    out: values.out,
    resume: values.resume,
    json: values.json,
    help: values.help,
  };
};

const parse = (args: readonly string[]) => parseArgs({ args: [...args], options, allowPositionals: true });
