import { ValueError } from '../core/errors.ts';
import { unknownOptions, wholeNumber } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { rowRange, rowsOf, tensorsOf, type Values } from './arrays.ts';
import type { BatchSource } from './batchSource.ts';
import type { Callback } from './callback.ts';
import type { Finding } from './debugging/finding.ts';
import type { Verbosity } from './progress.ts';
import type { Moment } from './resume.ts';

export interface FitOptions {
  /** Default 1. */
  readonly epochs?: number;
  /** Rows of a step. Default 32. */
  readonly batchSize?: number;
  /** The last part of the rows is not trained on but evaluated after each epoch: 0.1 is a tenth. Default 0. */
  readonly validationSplit?: number;
  /** [x, y] or [x, y, sampleWeight], or batches of them as a data set or an iterable gives them; evaluated after each epoch. */
  readonly validationData?: readonly [Values, Values] | readonly [Values, Values, Values] | BatchSource;
  readonly validationBatchSize?: number;
  /** Validates after every so many epochs, or after those of a list, counted from 1. Default 1. */
  readonly validationFreq?: number | readonly number[];
  /** Batches of a validation; the first ones. Default: all. */
  readonly validationSteps?: number;
  /** Rows in another order each epoch. Default true. */
  readonly shuffle?: boolean;
  /** For shuffling and dropout; the model's by default. */
  readonly seed?: number;
  /** How much the rows of each class count. */
  readonly classWeight?: Readonly<Record<number, number>>;
  /** How much each row counts. */
  readonly sampleWeight?: Values;
  /** The epoch to begin with, from 0: to go on with a training. */
  readonly initialEpoch?: number;
  /**
   * Ends each epoch after so many steps. Of rows each epoch takes the first in its order; batches of an iterable go on in the next
   * epoch where they stopped, as in Keras, and begin anew when they are used up.
   */
  readonly stepsPerEpoch?: number;
  /**
   * Goes on with a training that was broken off, from the latest checkpoint in a folder (see `callbacks.checkpoints` and
   * `callbacks.backupAndRestore`), or from a moment that `rewind` gives. A folder without checkpoints begins the training.
   */
  readonly resume?: string | Moment;
  /**
   * Looks at every layer's output, gradient and weights at each step: at the first NaN or infinity `fit` fails with an error that says
   * in which layer, step and tensor it arose and by what; dead units and exploding or vanishing gradients are told with advice, or given to
   * the function. Several times slower. Default false.
   */
  readonly debug?: boolean | ((finding: Finding) => void);
  readonly callbacks?: readonly Callback[];
  /** Stops between two slices; `fit` then fails with the signal's reason, and the weights stay as they are. */
  readonly signal?: AbortSignal;
  /** Default 'auto': a bar on a terminal, lines elsewhere. */
  readonly verbose?: Verbosity;
}

const optionNames = [
  ...['epochs', 'batchSize', 'validationSplit', 'validationData', 'validationBatchSize', 'shuffle', 'seed', 'classWeight'],
  ...['sampleWeight', 'initialEpoch', 'stepsPerEpoch', 'callbacks', 'signal', 'verbose', 'validationFreq', 'validationSteps'],
  ...['resume', 'debug'],
];

export interface FitSettings {
  readonly epochs: number;
  readonly batchSize: number;
  readonly initialEpoch: number;
  readonly shuffle: boolean;
  readonly validationSplit: number;
}

/** Checks the options and fills in the defaults. */
export const fitSettings = (options: FitOptions): FitSettings => {
  unknownOptions('fit', options, optionNames);
  const { validationSplit = 0, validationData, shuffle = true } = options;
  if (!(validationSplit >= 0 && validationSplit < 1))
    throw new ValueError(`fit needs a validationSplit from 0 up to but not 1, got ${validationSplit}.`);
  if (validationSplit > 0 && validationData !== undefined) throw new ValueError('fit takes validationSplit or validationData, not both.');
  if (options.stepsPerEpoch !== undefined) wholeNumber('fit', 'stepsPerEpoch', options.stepsPerEpoch, 1);
  if (options.validationSteps !== undefined) wholeNumber('fit', 'validationSteps', options.validationSteps, 1);
  for (const frequency of [options.validationFreq ?? []].flat()) wholeNumber('fit', 'validationFreq', frequency, 1);
  if (options.callbacks !== undefined && !Array.isArray(options.callbacks))
    throw new ValueError('fit takes a list of callbacks: callbacks: [callbacks.earlyStopping()].');
  if (options.verbose !== undefined && !['auto', 'bar', 'lines', 'silent'].includes(options.verbose))
    throw new ValueError(`fit needs verbose to be 'auto', 'bar', 'lines' or 'silent', got ${options.verbose}.`);
  return {
    epochs: wholeNumber('fit', 'epochs', options.epochs ?? 1, 0),
    batchSize: wholeNumber('fit', 'batchSize', options.batchSize ?? 32, 1),
    initialEpoch: wholeNumber('fit', 'initialEpoch', options.initialEpoch ?? 0, 0),
    ...{ shuffle, validationSplit },
  };
};

/** Rows with their targets and weights. */
export interface Rows {
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  readonly sampleWeight?: Tensor;
  readonly count: number;
}

/** Rows from what the user gave, equally many of each. */
export const rowsFrom = (method: string, inputs: number, outputs: number, x: Values, y: Values, sampleWeight: Values | undefined): Rows => {
  const [xs, ys] = [tensorsOf('x', x, inputs), tensorsOf('y', y, outputs)];
  const weights = sampleWeight === undefined ? [] : tensorsOf('sampleWeight', sampleWeight, 1);
  const count = rowsOf(method, [
    ['x', xs],
    ['y', ys],
    ['sampleWeight', weights],
  ]);
  return { x: xs, y: ys, count, ...(weights[0] === undefined ? {} : { sampleWeight: weights[0] }) };
};

/** The first rows to train on, and the last ones to validate with. */
export const splitRows = (rows: Rows, fraction: number): readonly [Rows, Rows | undefined] => {
  if (fraction === 0) return [rows, undefined];
  const at = Math.floor(rows.count * (1 - fraction));
  if (at === 0 || at === rows.count)
    throw new ValueError(`fit cannot split ${rows.count} rows by validationSplit ${fraction}: one part would be empty.`);
  const part = (from: number, to: number): Rows => ({
    x: rows.x.map(values => rowRange(values, from, to)),
    y: rows.y.map(values => rowRange(values, from, to)),
    count: to - from,
    ...(rows.sampleWeight === undefined ? {} : { sampleWeight: rowRange(rows.sampleWeight, from, to) }),
  });
  return [part(0, at), part(at, rows.count)];
};
