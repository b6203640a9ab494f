import { ValueError } from '../../index.ts';
import { type Column, columnOf, dateFrom, isMissing, numberFrom } from './columns.ts';
import { tokensOf } from './words.ts';

/** A table of texts, by columns. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** How one column becomes numbers; plain data, kept inside of the model. */
export type Step =
  | {
      readonly kind: 'number';
      readonly name: string;
      readonly mean: number;
      readonly deviation: number;
      readonly logarithm: boolean;
      readonly withMissing: boolean;
    }
  | { readonly kind: 'category'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'embedded'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'date'; readonly name: string; readonly mean: number; readonly deviation: number }
  | { readonly kind: 'text'; readonly name: string; readonly words: readonly string[]; readonly length: number };

/** What is predicted. Answers of a regression stay between `least` and `most`: what training saw, and a tenth more. */
export type Target =
  | { readonly task: 'classification'; readonly name: string; readonly classes: readonly string[] }
  | {
      readonly task: 'regression';
      readonly name: string;
      readonly mean: number;
      readonly deviation: number;
      readonly logarithm: boolean;
      readonly least: number;
      readonly most: number;
    };

/** Everything that turns rows of a table into a model's inputs, and its outputs into answers. */
export interface Recipe {
  readonly version: 1;
  readonly steps: readonly Step[];
  readonly target: Target;
  /** Columns that are not used, and why. */
  readonly ignored: readonly { readonly name: string; readonly why: string }[];
}

/** A category that is rarer than this in training counts as "other". */
const rare = 2;
/** Up to so many categories each gets a number of its own; more are embedded. */
const mostOneHot = 40;
const mostCategories = 5000;
const mostWords = 20_000;
const mostTokens = 200;

const targetNames = ['target', 'label', 'class', 'outcome', 'intent', 'sentiment', 'species', 'diagnosis', 'survived', 'price', 'quality'];

/** The column to predict: the one that was asked for, one with a usual name, or the last. */
export const targetColumn = (columns: readonly string[], asked: string | undefined): { readonly name: string; readonly why: string } => {
  if (asked !== undefined) {
    if (!columns.includes(asked)) throw new ValueError(`there is no column '${asked}': they are ${columns.slice(0, 30).join(', ')}.`);
    return { name: asked, why: '--target' };
  }
  const usual = targetNames.map(name => columns.find(column => column.toLowerCase() === name)).find(column => column !== undefined);
  return usual === undefined ? { name: columns.at(-1) as string, why: 'the last column' } : { name: usual, why: 'its name' };
};

const momentsOf = (values: readonly number[]): { mean: number; deviation: number; skew: number; least: number } => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  const skew = deviation === 0 ? 0 : values.reduce((sum, value) => sum + ((value - mean) / deviation) ** 3, 0) / values.length;
  return { mean, deviation, skew, least: values.reduce((a, b) => Math.min(a, b), Infinity) };
};

/** A long tail to the right is better seen through a logarithm. */
const isSkewed = ({ skew, least }: { readonly skew: number; readonly least: number }, limit: number): boolean => skew > limit && least >= 0;

const byFrequency = (values: Iterable<string>): string[] => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= rare)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([value]) => value);
};

const stepFor = (column: Column, values: readonly string[]): Step | string => {
  const { name, kind } = column;
  const known = values.filter(value => !isMissing(value));
  if (kind === 'empty') return 'it has no values';
  if (kind === 'constant') return 'it always is the same';
  if (kind === 'identifier') return 'each row has another one';
  if (kind === 'number') {
    const numbers = known.map(numberFrom).filter(Number.isFinite);
    const raw = momentsOf(numbers);
    const logarithm = isSkewed(raw, 3);
    const { mean, deviation } = logarithm ? momentsOf(numbers.map(Math.log1p)) : raw;
    return { kind: 'number', name, mean, deviation: deviation || 1, logarithm, withMissing: numbers.length < values.length };
  }
  if (kind === 'date') {
    const days = known
      .map(dateFrom)
      .filter(Number.isFinite)
      .map(time => time / 86_400_000);
    const { mean, deviation } = momentsOf(days);
    return { kind: 'date', name, mean, deviation: deviation || 1 };
  }
  if (kind === 'text') {
    const tokens = known.map(tokensOf);
    const lengths = tokens.map(list => list.length).sort((a, b) => a - b);
    const length = Math.max(4, Math.min(mostTokens, lengths[Math.floor(lengths.length * 0.95)] as number));
    return { kind: 'text', name, words: byFrequency(tokens.flat()).slice(0, mostWords), length };
  }
  const all = byFrequency(known.map(value => value.trim()));
  if (all.length === 0) return 'no value comes up twice';
  return { kind: all.length <= mostOneHot ? 'category' : 'embedded', name, values: all.slice(0, mostCategories) };
};

/** Learns from the rows to train on how each column becomes numbers. */
export const recipeFor = (table: Table, rows: readonly number[], target: Target): Recipe => {
  const steps: Step[] = [];
  const ignored: { name: string; why: string }[] = [];
  table.columns.forEach((name, place) => {
    if (name === target.name) return;
    const values = rows.map(row => (table.rows[row] as readonly string[])[place] as string);
    const step = stepFor(columnOf(name, values), values);
    if (typeof step === 'string') ignored.push({ name, why: step });
    else steps.push(step);
  });
  if (steps.length === 0)
    throw new ValueError(
      `no column is left to predict '${target.name}' from: ${ignored.map(({ name, why }) => `'${name}': ${why}`).join('; ')}.`,
    );
  return { version: 1, steps, target, ignored };
};

/** What is to be predicted, from the column's values. @throws ValueError where there is nothing to learn. */
export const targetFor = (name: string, values: readonly string[], task: 'classification' | 'regression' | undefined): Target => {
  const known = values.filter(value => !isMissing(value)).map(value => value.trim());
  if (known.length === 0) throw new ValueError(`the target '${name}' has no values.`);
  const distinct = [...new Set(known)];
  if (distinct.length < 2) throw new ValueError(`the target '${name}' always is '${distinct[0]}': there is nothing to learn.`);
  const numbers = known.map(numberFrom);
  const isNumber = numbers.every(Number.isFinite);
  const isContinuous = isNumber && (distinct.length > 20 || numbers.some(value => !Number.isInteger(value)));
  const chosen = task ?? (isContinuous ? 'regression' : 'classification');
  if (chosen === 'regression') {
    if (!isNumber)
      throw new ValueError(
        `the target '${name}' holds '${known[numbers.findIndex(value => !Number.isFinite(value))]}', which is no number.`,
      );
    const raw = momentsOf(numbers);
    const logarithm = isSkewed(raw, 1);
    const { mean, deviation } = logarithm ? momentsOf(numbers.map(Math.log1p)) : raw;
    const most = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
    const more = (most - raw.least) / 10;
    const least = raw.least >= 0 ? Math.max(0, raw.least - more) : raw.least - more;
    return { task: 'regression', name, mean, deviation: deviation || 1, logarithm, least, most: most + more };
  }
  if (distinct.length > 1000 || distinct.length > known.length / 2)
    throw new ValueError(
      `the target '${name}' has ${distinct.length} different values in ${known.length} rows: too many for classes. Choose another --target.`,
    );
  const classes = isNumber ? distinct.sort((a, b) => Number(a) - Number(b)) : distinct.sort();
  return { task: 'classification', name, classes };
};
