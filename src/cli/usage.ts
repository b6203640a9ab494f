import { parseArgs } from 'node:util';
import { unknownName, ValueError } from '../index.ts';

/** The command was used wrongly: exit code 2. */
export class UsageError extends ValueError {
  override readonly name: string = 'UsageError';
}

export const usage = `Gradus trains neural networks.

  gradus train DATA       train a network, and leave it in a run folder
      --model NAME        cnn (default), mlp
      --epochs N          default 3
      --batch-size N      default 64
      --optimizer NAME    default adam
      --learning-rate X   at the start, default 0.002; it falls to 0 along a cosine
      --seed N            default 0
      --threads N         default: all cores
      --reproducible      the same weights bit for bit, on every machine
      --out DIR           the run folder; default runs/DATA-DATE
      --json              one JSON object a line, and nothing else
  gradus evaluate MODEL DATA    loss and accuracy on the test part of DATA
  gradus summary MODEL          layers, shapes, parameters
  gradus doctor                 what this machine offers, measured

DATA is one of: mnist, fashion-mnist.`;

const options = {
  model: { type: 'string', default: 'cnn' },
  epochs: { type: 'string', default: '3' },
  'batch-size': { type: 'string', default: '64' },
  optimizer: { type: 'string', default: 'adam' },
  'learning-rate': { type: 'string', default: '0.002' },
  seed: { type: 'string', default: '0' },
  threads: { type: 'string' },
  reproducible: { type: 'boolean', default: false },
  out: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false, short: 'h' },
} as const;

export interface Command {
  readonly name: string;
  readonly operands: readonly string[];
  readonly model: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: string;
  readonly learningRate: number;
  readonly seed: number;
  readonly threads: number | undefined;
  readonly reproducible: boolean;
  readonly out: string | undefined;
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
  return {
    name,
    operands,
    model: values.model,
    epochs: wholeNumber('epochs', values.epochs, 1),
    batchSize: wholeNumber('batch-size', values['batch-size'], 1),
    optimizer: values.optimizer,
    learningRate: positiveNumber('learning-rate', values['learning-rate']),
    seed: wholeNumber('seed', values.seed, 0),
    threads: values.threads === undefined ? undefined : wholeNumber('threads', values.threads, 1),
    reproducible: values.reproducible,
    out: values.out,
    json: values.json,
    help: values.help,
  };
};

const parse = (args: readonly string[]) => parseArgs({ args: [...args], options, allowPositionals: true });
