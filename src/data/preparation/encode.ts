import { type Tensor, tensor } from '../../tensor/index.ts';
import { firstCode, type Tokenizer, unknownCode } from '../text/tokenizer.ts';
import type { Step } from './config.ts';
import { dateFrom, isMissing, listFrom, numberFrom, type RawValue, textFrom } from './values.ts';

/** How many numbers a step makes for the matrix of numbers; 0 for those with an input of their own. */
export const widthOf = (step: Step): number => {
  if (step.kind === 'number') return step.withMissing ? 2 : 1;
  if (step.kind === 'category') return step.values.length + 1;
  return step.kind === 'date' ? 6 : 0;
};

/** A column with an input of its own: a list of codes, which are embedded. */
export type CodeStep = Extract<Step, { kind: 'embedded' | 'hashed' | 'text' }>;

export const isCodeStep = (step: Step): step is CodeStep => step.kind === 'embedded' || step.kind === 'hashed' || step.kind === 'text';

/** How many codes a row has, and how many different ones there are. */
export const codesIn = (step: CodeStep, tokenizer: Tokenizer | undefined): { readonly length: number; readonly vocabulary: number } => {
  if (step.kind === 'text') return { length: step.length, vocabulary: (tokenizer as Tokenizer).size };
  return { length: 1, vocabulary: step.kind === 'hashed' ? step.buckets + 1 : step.values.length + firstCode };
};

/** No number is further than so many deviations from the mean: what training did not see does not run away with the answer. */
const furthest = 8;
/** Quantiles are spread over this range, whose variance is 1. */
const spread = Math.sqrt(3);

/** Where a number lies among quantiles, from 0 to 1. */
const rankIn = (quantiles: readonly number[], value: number): number => {
  let [low, high] = [0, quantiles.length - 1];
  if (value <= (quantiles[0] as number)) return 0;
  if (value >= (quantiles[high] as number)) return 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((quantiles[middle] as number) <= value) low = middle;
    else high = middle;
  }
  const [from, to] = [quantiles[low] as number, quantiles[high] as number];
  return (low + (value - from) / (to - from)) / (quantiles.length - 1);
};

const scaledNumber = (step: Extract<Step, { kind: 'number' }>, value: number): number => {
  if (step.scale === 'quantile') return (2 * rankIn(step.quantiles as readonly number[], value) - 1) * spread;
  const seen = step.scale === 'logarithm' ? Math.log1p(Math.max(0, value)) : value;
  const scaled = (seen - step.mean) / step.deviation;
  return step.scale === 'none' ? scaled : Math.max(-furthest, Math.min(furthest, scaled));
};

/** What is missing becomes the mean. */
const fromNumber = (step: Extract<Step, { kind: 'number' }>, raw: RawValue): number[] => {
  const value = isMissing(raw) ? Number.NaN : numberFrom(raw);
  const scaled = Number.isFinite(value) ? scaledNumber(step, value) : 0;
  return step.withMissing ? [scaled, Number.isFinite(value) ? 0 : 1] : [scaled];
};

/** Trend, time of year, weekday, hour; 0 where it is missing. */
const fromDate = (step: Extract<Step, { kind: 'date' }>, raw: RawValue): number[] => {
  const time = isMissing(raw) ? Number.NaN : dateFrom(raw);
  if (!Number.isFinite(time)) return [0, 0, 0, 0, 0, 0];
  const date = new Date(time);
  const [year, week] = [(2 * Math.PI * (date.getUTCMonth() + date.getUTCDate() / 31)) / 12, (2 * Math.PI * date.getUTCDay()) / 7];
  const trend = (time / 86_400_000 - step.mean) / step.deviation;
  return [trend, Math.sin(year), Math.cos(year), Math.sin(week), Math.cos(week), date.getUTCHours() / 12 - 1];
};

/** FNV-1a of the text's bytes: the same bucket everywhere, for ever. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
};

const placesIn = (values: readonly string[]): ReadonlyMap<string, number> => new Map(values.map((value, index) => [value, index]));

/** The numbers of some columns, side by side: (rows, Σ widths). */
export const encodeNumbers = (steps: readonly Step[], columns: readonly (readonly RawValue[])[], rows: number): Tensor => {
  const width = steps.reduce((sum, step) => sum + widthOf(step), 0);
  const matrix = new Float32Array(rows * width);
  let first = 0;
  steps.forEach((step, index) => {
    const values = columns[index] as readonly RawValue[];
    const places = step.kind === 'category' ? placesIn(step.values) : undefined;
    for (let row = 0; row < rows; row++) {
      const [raw, start] = [values[row], row * width + first];
      if (step.kind === 'category') {
        const place = isMissing(raw) ? undefined : places?.get(textFrom(raw));
        matrix[start + (place ?? step.values.length)] = 1;
      } else if (step.kind === 'number') matrix.set(fromNumber(step, raw), start);
      else if (step.kind === 'date') matrix.set(fromDate(step, raw), start);
    }
    first += widthOf(step);
  });
  return tensor(matrix, { shape: [rows, width] });
};

const codesOfText = (step: Extract<Step, { kind: 'text' }>, tokenizer: Tokenizer, raw: RawValue): number[] => {
  const codes = isMissing(raw) ? [] : tokenizer.encode(textFrom(raw));
  return step.skipsUnknown ? codes.filter(code => code !== unknownCode) : codes;
};

/** The codes of a column: (rows, codes a row) of int32. 0 is padding; of embedded columns a missing value, 1 what training did not see. */
export const encodeCodes = (step: CodeStep, values: readonly RawValue[], rows: number, tokenizer: Tokenizer | undefined): Tensor => {
  const { length } = codesIn(step, tokenizer);
  const codes = new Int32Array(rows * length);
  const places = step.kind === 'embedded' ? placesIn(step.values) : undefined;
  for (let row = 0; row < rows; row++) {
    const raw = values[row];
    if (step.kind === 'text') codes.set(codesOfText(step, tokenizer as Tokenizer, raw).slice(0, length), row * length);
    else if (isMissing(raw)) continue;
    else if (step.kind === 'hashed') codes[row] = 1 + (hashOf(textFrom(raw)) % step.buckets);
    else codes[row] = firstCode + (places?.get(textFrom(raw)) ?? unknownCode - firstCode);
  }
  return tensor(codes, { shape: [rows, length] });
};

/** The numbers of a column's lists: (rows, length) of float32; the mean is 0, and stands where a list is over. */
export const encodeSequence = (
  { mean, deviation, length }: Extract<Step, { kind: 'sequence' }>,
  values: readonly RawValue[],
  rows: number,
): Tensor => {
  const numbers = new Float32Array(rows * length);
  for (let row = 0; row < rows; row++)
    (listFrom(values[row]) ?? []).slice(0, length).forEach((raw, place) => {
      const value = numberFrom(raw);
      numbers[row * length + place] = Number.isFinite(value) ? (value - mean) / deviation : 0;
    });
  return tensor(numbers, { shape: [rows, length] });
};
