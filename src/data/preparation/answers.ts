import { ValueError } from '../../core/errors.ts';
import { type Tensor, tensor } from '../../tensor/index.ts';
import type { Target } from './config.ts';
import { listedIn, yesFrom } from './target.ts';
import { isMissing, numberFrom, type RawValue, textFrom } from './values.ts';

type Regression = Extract<Target, { task: 'regression' }>;

const scaledTarget = ({ mean, deviation, logarithm }: Regression, value: number): number =>
  ((logarithm ? Math.log1p(Math.max(0, value)) : value) - mean) / deviation;

/** An answer in the target's own unit, not far outside of what training saw. */
export const unscaledTarget = ({ mean, deviation, logarithm, least, most }: Regression, value: number): number => {
  const seen = value * deviation + mean;
  return Math.max(least, Math.min(most, logarithm ? Math.expm1(seen) : seen));
};

/** Outputs that a model of this target has: one a class, or one number. */
export const outputsOf = (target: Target): number => (target.task === 'regression' ? 1 : target.classes.length);

/** Columns that a target is read from. */
export const targetColumns = (target: Target): readonly string[] => (target.task === 'multiLabel' ? target.columns : [target.name]);

const unknownClass = (target: Target & { readonly classes: readonly string[] }, value: string): ValueError =>
  new ValueError(
    `the target '${target.name}' holds '${value}', which training did not see: it knows ${target.classes.slice(0, 20).join(', ')}${target.classes.length > 20 ? ', …' : ''}.`,
  );

const encodeLabels = (target: Extract<Target, { task: 'multiLabel' }>, columns: readonly (readonly RawValue[])[], rows: number): Tensor => {
  const { classes, separator } = target;
  const labels = new Float32Array(rows * classes.length);
  const places = new Map(classes.map((name, index) => [name, index]));
  for (let row = 0; row < rows; row++) {
    if (separator === undefined) {
      columns.forEach((values, place) => {
        const yes = yesFrom(values[row]);
        if (yes === undefined)
          throw new ValueError(`the target '${classes[place]}' holds '${textFrom(values[row])}', which is neither yes nor no.`);
        labels[row * classes.length + place] = yes ? 1 : 0;
      });
      continue;
    }
    for (const name of listedIn(columns[0]?.[row], separator)) {
      const place = places.get(name);
      if (place === undefined) throw unknownClass(target, name);
      labels[row * classes.length + place] = 1;
    }
  }
  return tensor(labels, { shape: [rows, classes.length] });
};

/** Targets for training: classes as int32 (rows), several as (rows, classes) of 0 and 1, numbers as (rows, 1). @throws ValueError for missing ones. */
export const encodeTarget = (target: Target, columns: readonly (readonly RawValue[])[], rows: number): Tensor => {
  if (target.task === 'multiLabel') return encodeLabels(target, columns, rows);
  const values = columns[0] as readonly RawValue[];
  const missing = values.slice(0, rows).findIndex(isMissing);
  if (missing >= 0) throw new ValueError(`the target '${target.name}' is missing in row ${missing + 1}: leave out rows without one.`);
  if (target.task === 'regression') {
    const scaled = Float32Array.from({ length: rows }, (_, row) => {
      const value = numberFrom(values[row]);
      if (!Number.isFinite(value))
        throw new ValueError(`the target '${target.name}' holds '${textFrom(values[row])}', which is no number.`);
      return scaledTarget(target, value);
    });
    return tensor(scaled, { shape: [rows, 1] });
  }
  const places = new Map(target.classes.map((name, index) => [name, index]));
  return tensor(
    Int32Array.from({ length: rows }, (_, row) => {
      const name = textFrom(values[row]);
      const place = places.get(name);
      if (place === undefined) throw unknownClass(target, name);
      return place;
    }),
  );
};

/** A model's answer for one row. */
export interface Answer {
  /** The likeliest class, the classes that are likelier than not, or the number. */
  readonly value: string | number | readonly string[];
  /** Of classes: how likely each is. */
  readonly probabilities?: Readonly<Record<string, number>>;
}

/** Probabilities (rows, classes), or numbers in the target's own unit, from a model's outputs. */
export const answerNumbers = async (target: Target, output: Tensor): Promise<Float64Array> => {
  if (target.task === 'classification') return Float64Array.from(await output.softmax(-1).data());
  if (target.task === 'multiLabel') return Float64Array.from(await output.sigmoid().data());
  return Float64Array.from(await output.data(), value => unscaledTarget(target, value));
};

/** A row's answer, from its numbers. */
export const answerFrom = (target: Target, numbers: Float64Array): Answer => {
  if (target.task === 'regression') return { value: numbers[0] as number };
  const probabilities = Object.fromEntries(target.classes.map((name, place) => [name, numbers[place] as number]));
  if (target.task === 'multiLabel') return { value: target.classes.filter((_, place) => (numbers[place] as number) > 0.5), probabilities };
  const best = numbers.reduce((top, value, place) => (value > (numbers[top] as number) ? place : top), 0);
  return { value: target.classes[best] as string, probabilities };
};
