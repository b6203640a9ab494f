import { ValueError } from '../../core/errors.ts';
import type { Target, Task } from './config.ts';
import { isMissing, listFrom, numberFrom, type RawValue, textFrom } from './values.ts';

interface Moments {
  readonly mean: number;
  readonly deviation: number;
  readonly skew: number;
  readonly least: number;
}

export const momentsOf = (values: readonly number[]): Moments => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  const skew = deviation === 0 ? 0 : values.reduce((sum, value) => sum + ((value - mean) / deviation) ** 3, 0) / values.length;
  return { mean, deviation, skew, least: values.reduce((a, b) => Math.min(a, b), Infinity) };
};

/** A long tail to the right is better seen through a logarithm. */
export const isSkewed = ({ skew, least }: Pick<Moments, 'skew' | 'least'>, limit: number): boolean => skew > limit && least >= 0;

const mostClasses = 1000;

const regression = (name: string, known: readonly RawValue[]): Target => {
  const numbers = known.map(numberFrom);
  const wrong = numbers.findIndex(value => !Number.isFinite(value));
  if (wrong >= 0) throw new ValueError(`the target '${name}' holds '${textFrom(known[wrong])}', which is no number.`);
  const raw = momentsOf(numbers);
  const logarithm = isSkewed(raw, 1);
  const { mean, deviation } = logarithm ? momentsOf(numbers.map(Math.log1p)) : raw;
  const most = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
  const more = (most - raw.least) / 10;
  const least = raw.least >= 0 ? Math.max(0, raw.least - more) : raw.least - more;
  return { task: 'regression', name, mean, deviation: deviation || 1, logarithm, least, most: most + more };
};

const separators = ['|', ';', ','];

/** A value of a column that lists classes. */
export const listedIn = (value: RawValue, separator: string): string[] =>
  (listFrom(value)?.map(textFrom) ?? textFrom(value).split(separator))
    .map(name => name.trim())
    .filter(name => name !== '' && !isMissing(name));

/** Yes or no as people write it; undefined for something else. */
export const yesFrom = (value: RawValue): boolean | undefined => {
  const text = textFrom(value).toLowerCase();
  if (['1', 'true', 'yes', 'y', 't', 'x'].includes(text)) return true;
  return ['0', 'false', 'no', 'n', 'f', ''].includes(text) || isMissing(value) ? false : undefined;
};

/** Several classes at once, from one column that lists them. */
const listed = (name: string, known: readonly RawValue[]): Target => {
  const separator =
    separators.find(
      one => known.filter(value => listFrom(value) === undefined && textFrom(value).includes(one)).length > known.length / 20,
    ) ?? '|';
  const classes = [...new Set(known.flatMap(value => listedIn(value, separator)))].sort();
  if (classes.length < 2 || classes.length > mostClasses)
    throw new ValueError(
      `the target '${name}' lists ${classes.length} classes: 2 to ${mostClasses} can be learned. Between them stands one of ${separators.join(' ')}.`,
    );
  return { task: 'multiLabel', name, classes, columns: [name], separator };
};

/** Several columns of yes and no. @throws ValueError where one of them holds something else. */
export const targetOfColumns = (columns: readonly (readonly [name: string, values: readonly RawValue[]])[]): Target => {
  for (const [name, values] of columns) {
    const wrong = values.find(value => yesFrom(value) === undefined);
    if (wrong !== undefined)
      throw new ValueError(`the target '${name}' holds '${textFrom(wrong)}': several targets at once are columns of yes and no (1, 0).`);
    if (new Set(values.map(yesFrom)).size < 2) throw new ValueError(`the target '${name}' always is the same: there is nothing to learn.`);
  }
  const names = columns.map(([name]) => name);
  return { task: 'multiLabel', name: names.join(', '), classes: names, columns: names };
};

/** What is to be predicted, from a column's values. @throws ValueError where there is nothing to learn. */
export const targetOf = (name: string, values: readonly RawValue[], task: Task | undefined): Target => {
  const known = values.filter(value => !isMissing(value));
  if (known.length === 0) throw new ValueError(`the target '${name}' has no values.`);
  if (task === 'multiLabel' || (task === undefined && known.every(value => listFrom(value) !== undefined))) return listed(name, known);
  const distinct = [...new Set(known.map(textFrom))];
  if (distinct.length < 2) throw new ValueError(`the target '${name}' always is '${distinct[0]}': there is nothing to learn.`);
  const numbers = known.map(numberFrom);
  const isNumber = numbers.every(Number.isFinite) && known.some(value => typeof value !== 'boolean');
  const isContinuous = isNumber && (distinct.length > 20 || numbers.some(value => !Number.isInteger(value)));
  if ((task ?? (isContinuous ? 'regression' : 'classification')) === 'regression') return regression(name, known);
  if (distinct.length > mostClasses || distinct.length > known.length / 2)
    throw new ValueError(
      `the target '${name}' has ${distinct.length} different values in ${known.length} rows: too many for classes. Choose another --target.`,
    );
  return { task: 'classification', name, classes: isNumber ? distinct.sort((a, b) => Number(a) - Number(b)) : distinct.sort() };
};
