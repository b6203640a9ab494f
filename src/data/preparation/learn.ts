import { unknownName, ValueError } from '../../core/errors.ts';
import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import { learnTokenizer } from '../text/learn.ts';
import { byFrequency, type Tokenizer } from '../text/tokenizer.ts';
import type { Scale, Step } from './config.ts';
import { type InferredKind, inferKind } from './infer.ts';
import { isSkewed, momentsOf } from './target.ts';
import { dateFrom, isMissing, listFrom, numberFrom, type RawValue, textFrom } from './values.ts';

/** How a column is read, where what it looks like is not what it is. */
export interface ColumnOptions {
  /** Default: what the values look like. `category`: a number of its own for each; `embedded`: a learned vector; `hashed`: without a list. */
  readonly kind?: 'number' | 'category' | 'embedded' | 'hashed' | 'date' | 'text' | 'sequence' | 'ignored';
  /** Of numbers. Default: 'logarithm' where there is a long tail to the right, else 'standard'. */
  readonly scale?: Scale;
  /** Of categories: values that come up less often are one, "other". Default 2. */
  readonly leastCount?: number;
  /** Of categories: how many there are at the most. Default 40, embedded 5000. Of hashed ones: the number of buckets. Default 64. */
  readonly most?: number;
  /** Of texts: which one is learned, or one that is there, such as Hugging Face's. Default words with pairs of neighbours. */
  readonly tokenizer?: 'words' | 'characters' | 'bytePairs' | Tokenizer;
  /** Of texts: codes a row. Default: enough for 95 % of the rows, at most 200. Of sequences: numbers a row, at most 2,000. */
  readonly length?: number;
}

const optionNames = ['kind', 'scale', 'leastCount', 'most', 'tokenizer', 'length'];
const kinds = ['number', 'category', 'embedded', 'hashed', 'date', 'text', 'sequence', 'ignored'] as const;
const scales = ['standard', 'logarithm', 'quantile', 'none'] as const;

const mostOneHot = 40;
const mostEmbedded = 5000;
const mostLength = 200;
const longestSequence = 2000;
const quantileCount = 65;

/** Values at equal shares of the sorted numbers. */
const quantilesOf = (numbers: readonly number[]): number[] => {
  const sorted = Float64Array.from(numbers).sort();
  return Array.from({ length: quantileCount }, (_, index) => {
    const place = (index / (quantileCount - 1)) * (sorted.length - 1);
    const low = Math.floor(place);
    const between = place - low;
    return (sorted[low] as number) * (1 - between) + (sorted[Math.min(sorted.length - 1, low + 1)] as number) * between;
  });
};

const numberStep = (name: string, values: readonly RawValue[], { scale: asked }: ColumnOptions): Step => {
  const numbers = values.map(numberFrom).filter(Number.isFinite);
  if (numbers.length === 0) throw new ValueError(`the column '${name}' holds no number, and is to be read as numbers.`);
  const raw = momentsOf(numbers);
  if (asked === 'logarithm' && raw.least < 0)
    throw new ValueError(`the column '${name}' holds ${raw.least}, and is to be seen through a logarithm: that takes numbers >= 0.`);
  const scale = asked ?? (isSkewed(raw, 3) ? 'logarithm' : 'standard');
  const { mean, deviation } =
    scale === 'none' ? { mean: 0, deviation: 1 } : scale === 'logarithm' ? momentsOf(numbers.map(Math.log1p)) : raw;
  return {
    ...{ kind: 'number', name, scale, mean, deviation: deviation || 1 },
    ...(scale === 'quantile' ? { quantiles: quantilesOf(numbers) } : {}),
    withMissing: numbers.length < values.length,
  };
};

const dateStep = (name: string, values: readonly RawValue[]): Step => {
  const days = values.flatMap(value => (Number.isFinite(dateFrom(value)) ? [dateFrom(value) / 86_400_000] : []));
  if (days.length === 0) throw new ValueError(`the column '${name}' holds no date (2026-11-24), and is to be read as dates.`);
  const { mean, deviation } = momentsOf(days);
  return { kind: 'date', name, mean, deviation: deviation || 1 };
};

/** A length that is enough for 95 % of the rows. */
const usualLength = (lengths: readonly number[], least: number, most: number): number => {
  const sorted = [...lengths].sort((a, b) => a - b);
  return Math.max(least, Math.min(most, sorted[Math.floor(sorted.length * 0.95)] ?? least));
};

const sequenceStep = (name: string, values: readonly RawValue[], options: ColumnOptions): Step => {
  const lists = values.flatMap(value => {
    const list = listFrom(value);
    return list === undefined ? [] : [list.map(numberFrom).filter(Number.isFinite)];
  });
  const numbers = lists.flat();
  if (numbers.length === 0) throw new ValueError(`the column '${name}' holds no list of numbers, and is to be read as sequences.`);
  const { mean, deviation } = momentsOf(numbers);
  return {
    kind: 'sequence',
    name,
    mean,
    deviation: deviation || 1,
    length:
      options.length ??
      usualLength(
        lists.map(list => list.length),
        1,
        longestSequence,
      ),
  };
};

const textStep = (name: string, values: readonly RawValue[], options: ColumnOptions): Step => {
  const texts = values.filter(value => !isMissing(value)).map(textFrom);
  const asked = options.tokenizer ?? 'words';
  const least = options.leastCount ?? (texts.length < 50 ? 1 : 2);
  const tokenizer =
    typeof asked === 'string'
      ? learnTokenizer(texts, { kind: asked, leastCount: least, pairs: asked === 'words', lowercase: true })
      : asked;
  const length =
    options.length ??
    usualLength(
      texts.map(text => tokenizer.encode(text).length),
      4,
      mostLength,
    );
  return { kind: 'text', name, tokenizer: tokenizer.config, length, skipsUnknown: tokenizer.kind === 'words' };
};

const categoryStep = (
  name: string,
  values: readonly RawValue[],
  kind: 'category' | 'embedded' | undefined,
  options: ColumnOptions,
): Step | string => {
  const known = values.filter(value => !isMissing(value)).map(textFrom);
  const all = byFrequency(known, { most: Infinity, least: options.leastCount ?? 2 });
  if (all.length === 0) return 'no value comes up twice';
  const chosen = kind ?? (all.length <= mostOneHot ? 'category' : 'embedded');
  return { kind: chosen, name, values: all.slice(0, options.most ?? (chosen === 'category' ? mostOneHot : mostEmbedded)) };
};

const unused: { readonly [K in InferredKind]?: string } = {
  empty: 'it has no values',
  constant: 'it always is the same',
  identifier: 'each row has another one',
};

/** Learns how a column becomes numbers; a text says why it is not used. @throws ValueError for options that do not fit its values. */
export const learnStep = (name: string, values: readonly RawValue[], options: ColumnOptions = {}): Step | string => {
  const what = `the column '${name}'`;
  unknownOptions(what, options, optionNames);
  const { kind: asked, scale } = options;
  if (asked !== undefined && !kinds.includes(asked)) throw unknownName(`kind of ${what}`, String(asked), kinds);
  if (scale !== undefined && !scales.includes(scale)) throw unknownName(`scale of ${what}`, String(scale), scales);
  for (const count of ['leastCount', 'most', 'length'] as const)
    if (options[count] !== undefined) wholeNumber(what, count, options[count], 1);
  if (asked === 'ignored') return 'asked for';
  const kind = asked ?? inferKind(name, values);
  if (kind === 'empty' || kind === 'constant' || kind === 'identifier') return unused[kind] as string;
  if (kind === 'number') return numberStep(name, values, options);
  if (kind === 'date') return dateStep(name, values);
  if (kind === 'text') return textStep(name, values, options);
  if (kind === 'sequence') return sequenceStep(name, values, options);
  if (kind === 'hashed') return { kind, name, buckets: options.most ?? 64 };
  return categoryStep(name, values, asked === 'category' || asked === 'embedded' ? asked : undefined, options);
};
