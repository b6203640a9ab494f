import { ValueError } from '../../index.ts';
import type { RunReport } from './runReport.ts';

/** Rows kept for the end, checked: what they are and what the model says of them. */
export interface Judged {
  readonly rows: number;
  /** Rows whose answer is no number, which nothing else here counts. */
  readonly broken: number;
  readonly classes: readonly string[];
  /** Labels, numbers, or rows × classes of 0 and 1. */
  readonly truth: Float64Array;
  /** Rows × classes. */
  readonly probabilities: Float64Array | undefined;
  /** Labels or numbers; empty for several labels a row. */
  readonly predictions: Float64Array;
}

/** Rounding may leave a sum of probabilities this far above 1. */
const slack = 1e-5;

const checkedLabel = (value: number, row: number, classes: number, what: string): void => {
  if (!(Number.isInteger(value) && value >= 0 && value < classes))
    throw new ValueError(
      `reportPage: ${what} of row ${row} is ${value}, and labels of ${classes} classes are whole numbers from 0 to ${classes - 1}.`,
    );
};

const bestOf = (values: ArrayLike<number>, from: number, count: number): number => {
  let best = 0;
  for (let place = 1; place < count; place++) if ((values[from + place] as number) > (values[from + best] as number)) best = place;
  return best;
};

const numberJudged = (truth: ArrayLike<number>, predictions: ArrayLike<number> | undefined): Judged | undefined => {
  if (predictions === undefined) return undefined;
  if (predictions.length !== truth.length)
    throw new ValueError(
      `reportPage: ${truth.length} rows have a truth and ${predictions.length} a prediction. Give both of the same rows.`,
    );
  const seen = Array.from(truth, (_, row) => row).filter(row => Number.isFinite(truth[row]) && Number.isFinite(predictions[row]));
  return {
    rows: seen.length,
    broken: truth.length - seen.length,
    classes: [],
    truth: Float64Array.from(seen, row => truth[row] as number),
    probabilities: undefined,
    predictions: Float64Array.from(seen, row => predictions[row] as number),
  };
};

const labelsJudged = (report: RunReport, truth: ArrayLike<number>, predictions: ArrayLike<number>): Judged => {
  if (predictions.length !== truth.length)
    throw new ValueError(
      `reportPage: ${truth.length} rows have a label and ${predictions.length} a predicted one. Give both of the same rows.`,
    );
  let most = 0;
  for (let row = 0; row < truth.length; row++) most = Math.max(most, truth[row] as number, predictions[row] as number);
  const classes = report.classes ?? Array.from({ length: most + 1 }, (_, label) => `class ${label}`);
  for (let row = 0; row < truth.length; row++) {
    checkedLabel(truth[row] as number, row, classes.length, 'the label');
    checkedLabel(predictions[row] as number, row, classes.length, 'the predicted label');
  }
  return {
    rows: truth.length,
    broken: 0,
    classes,
    truth: Float64Array.from(truth),
    probabilities: undefined,
    predictions: Float64Array.from(predictions),
  };
};

/**
 * The rows kept for the end of a report, or nothing if it has none. Rows whose answers are no numbers are counted and left out.
 *
 * @throws ValueError for lists that do not fit each other, labels outside of the classes, and numbers that are no probabilities.
 */
export const judgedOf = (report: RunReport): Judged | undefined => {
  const { task, truth, probabilities, predictions } = report;
  if (truth === undefined) return undefined;
  if (task === 'regression') return numberJudged(truth, predictions);
  if (probabilities === undefined)
    return task === 'classification' && predictions !== undefined ? labelsJudged(report, truth, predictions) : undefined;
  const isMulti = task === 'multiLabel';
  const width = report.classes?.length ?? (isMulti ? 0 : probabilities.length / truth.length);
  if (isMulti && report.classes === undefined) throw new ValueError('reportPage: several labels a row need their names. Give classes.');
  const rows = isMulti ? truth.length / width : truth.length;
  if (!Number.isInteger(rows) || !Number.isInteger(width) || probabilities.length !== rows * width)
    throw new ValueError(
      `reportPage: ${truth.length} truths, ${probabilities.length} probabilities and ${width} classes do not fit. Give rows × classes probabilities${isMulti ? ' and as many truths' : ' and a label for each row'}.`,
    );
  const classes = report.classes ?? Array.from({ length: width }, (_, label) => `class ${label}`);
  const seen: number[] = [];
  for (let row = 0; row < rows; row++) {
    let isWhole = true;
    for (let place = row * width; place < (row + 1) * width; place++) {
      const value = probabilities[place] as number;
      if (Number.isNaN(value)) isWhole = false;
      else if (value < -slack || value > 1 + slack)
        throw new ValueError(`reportPage: row ${row} has a probability of ${value}. Logits become probabilities by sigmoid or softmax.`);
      if (isMulti) checkedLabel(truth[place] as number, row, 2, 'a truth');
    }
    if (!isMulti) checkedLabel(truth[row] as number, row, width, 'the label');
    if (isWhole) seen.push(row);
  }
  const kept = new Float64Array(seen.length * width);
  const truths = new Float64Array(isMulti ? kept.length : seen.length);
  seen.forEach((row, index) => {
    for (let place = 0; place < width; place++) {
      kept[index * width + place] = Math.min(1, Math.max(0, probabilities[row * width + place] as number));
      if (isMulti) truths[index * width + place] = truth[row * width + place] as number;
    }
    if (!isMulti) truths[index] = truth[row] as number;
  });
  return {
    rows: seen.length,
    broken: rows - seen.length,
    classes,
    truth: truths,
    probabilities: kept,
    predictions: isMulti ? new Float64Array() : Float64Array.from(seen, (_, index) => bestOf(kept, index * width, width)),
  };
};

/** Of one class: its probabilities, and 1 where a row is of it. */
export const classColumn = (
  { rows, classes, truth, predictions, probabilities }: Judged,
  label: number,
): { truth: Uint8Array; scores: Float64Array } => {
  const width = classes.length;
  const isMulti = predictions.length === 0;
  return {
    truth: Uint8Array.from({ length: rows }, (_, row) => Number(isMulti ? truth[row * width + label] : truth[row] === label)),
    scores: Float64Array.from({ length: rows }, (_, row) => (probabilities as Float64Array)[row * width + label] as number),
  };
};
