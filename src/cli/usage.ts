import { parseArgs } from 'node:util';
import { unknownName, ValueError } from '../index.ts';

/** The command was used wrongly: exit code 2. */
export class UsageError extends ValueError {
  override readonly name: string = 'UsageError';
}

export const usage = `Gradus trains neural networks.

  gradus train DATA       train a network, and leave it in a run folder
      --target COLUMN     of a table: what to predict; several of yes and no: A,B,C
                          default: one called target, label, class …, or the last
      --task NAME         of a table: classification, multi-label or regression
      --group COLUMN      of a table: rows of one group stay in one part (patients, speakers)
      --time COLUMN       of a table: learn from the past, be judged by the future
      --column NAME=KIND  of a table: what a column is, where it is not what it looks like: number,
                          category, embedded, hashed, date, text, sequence, ignored; may come again
      --encoding NAME     of a table or texts: latin1, utf-16le, …; default utf-8
      --model FILE.ts     a network of your own: export const network = ({ inputs, outputs, … }) =>
                          or, of mnist and fashion-mnist: cnn (default), mlp
      --tune N            try N networks by successive halving, and train the best
      --epochs N          at the most
      --batch-size N      default: by the number of rows
      --optimizer NAME    adamW (default), adam, sgd
      --learning-rate X   at the start; default: found; it falls to 0 along a cosine
      --mixed-precision T float16 or bfloat16: half the memory
      --seed N            default 0
      --threads N         default: all cores
      --reproducible      the same weights bit for bit, on every machine
      --out DIR           the run folder; default runs/DATA-DATE
      --resume DIR        go on with a run that was interrupted, to the same weights
      --json              one JSON object a line, and nothing else
  gradus evaluate MODEL DATA    figures on all rows of DATA, or on the test part of a named data set
  gradus predict MODEL DATA     DATA with the model's answers, as CSV
      --out FILE          default: standard output
  gradus generate MODEL         text from a model that was trained on one
      --prompt TEXT       what it begins with
      --length N          tokens at the most, default 300
      --temperature X     below 1 bolder, above 1 more varied; default 0.8
  gradus compare RUN …          figures of run folders side by side
  gradus summary MODEL          layers, shapes, parameters
  gradus export MODEL           the weights, by their names, for NumPy (.npz)
      --out FILE          default: the model's name with that ending
  gradus doctor                 what this machine offers, measured
  gradus completion SHELL       a script for bash, zsh or fish

DATA is a table (.csv, .tsv, .jsonl, .json, .parquet, .arrow, also .gz), a folder of images, sounds
(.wav, .flac) or texts (.txt) with a folder for each class, one text to learn to write like (.txt),
or a named data set: mnist, fashion-mnist, kmnist, emnist, cifar10, cifar100, digits, iris,
penguins, diamonds, concrete, wdbc, california-housing, tissue-gene-expression, foods, clinc150,
imdb, fsdd, ecg, tiny-shakespeare.`;

export const options = {
  target: { type: 'string' },
  task: { type: 'string' },
  group: { type: 'string' },
  time: { type: 'string' },
  encoding: { type: 'string' },
  column: { type: 'string', multiple: true },
  model: { type: 'string' },
  tune: { type: 'string' },
  epochs: { type: 'string' },
  'batch-size': { type: 'string' },
  optimizer: { type: 'string' },
  'learning-rate': { type: 'string' },
  'mixed-precision': { type: 'string' },
  seed: { type: 'string', default: '0' },
  threads: { type: 'string' },
  reproducible: { type: 'boolean', default: false },
  out: { type: 'string' },
  prompt: { type: 'string' },
  length: { type: 'string' },
  temperature: { type: 'string' },
  resume: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false, short: 'h' },
} as const;

const tasks = { classification: 'classification', 'multi-label': 'multiLabel', regression: 'regression' } as const;
const columnKinds = ['number', 'category', 'embedded', 'hashed', 'date', 'text', 'sequence', 'ignored'] as const;
const precisions = ['float32', 'float16', 'bfloat16'] as const;
export const optimizerNames = ['adamW', 'adam', 'sgd'] as const;

export interface Command {
  readonly name: string;
  readonly operands: readonly string[];
  readonly target: string | undefined;
  readonly task: (typeof tasks)[keyof typeof tasks] | undefined;
  readonly group: string | undefined;
  readonly time: string | undefined;
  readonly encoding: string | undefined;
  readonly columns: Readonly<Record<string, (typeof columnKinds)[number]>> | undefined;
  /** What was given, where each kind of data has a default of its own. */
  readonly given: { readonly epochs?: number; readonly batchSize?: number; readonly learningRate?: number };
  readonly model: string | undefined;
  readonly tune: number | undefined;
  readonly optimizer: (typeof optimizerNames)[number] | undefined;
  readonly mixedPrecision: (typeof precisions)[number] | undefined;
  readonly seed: number;
  readonly threads: number | undefined;
  readonly reproducible: boolean;
  readonly out: string | undefined;
  readonly prompt: string | undefined;
  readonly length: number | undefined;
  readonly temperature: number | undefined;
  readonly resume: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

/** One of some names. @throws UsageError for another. */
const oneOf = <T extends string>(what: string, value: string | undefined, names: readonly T[]): T | undefined => {
  if (value === undefined || names.includes(value as T)) return value as T | undefined;
  throw new UsageError(unknownName(what, value, names).message);
};

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

/** `NAME=KIND`, any number of times. */
const columnsFrom = (list: readonly string[] | undefined): Command['columns'] => {
  if (list === undefined) return undefined;
  return Object.fromEntries(
    list.map(text => {
      const place = text.lastIndexOf('=');
      if (place < 1) throw new UsageError(`--column needs NAME=KIND, got '${text}'.`);
      return [text.slice(0, place), oneOf('kind of column', text.slice(place + 1), columnKinds) as (typeof columnKinds)[number]];
    }),
  );
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
  const task = oneOf('task', values.task, Object.keys(tasks) as (keyof typeof tasks)[]);
  if (values.group !== undefined && values.time !== undefined)
    throw new UsageError('--group and --time exclude each other: rows are split by one of them.');
  const { target, group, time, encoding, model, reproducible, out, prompt, resume, json, help } = values;
  return {
    ...{ name, operands, given, target, group, time, encoding, model, reproducible, out, prompt, resume, json, help },
    task: task === undefined ? undefined : tasks[task],
    columns: columnsFrom(values.column),
    tune: values.tune === undefined ? undefined : wholeNumber('tune', values.tune, 2),
    optimizer: oneOf('optimizer', values.optimizer, optimizerNames),
    mixedPrecision: oneOf('mixed-precision', values['mixed-precision'], precisions),
    length: values.length === undefined ? undefined : wholeNumber('length', values.length, 1),
    temperature: values.temperature === undefined ? undefined : positiveNumber('temperature', values.temperature),
    seed: wholeNumber('seed', values.seed, 0),
    threads: values.threads === undefined ? undefined : wholeNumber('threads', values.threads, 1),
  };
};

const parse = (args: readonly string[]) => parseArgs({ args: [...args], options, allowPositionals: true });
