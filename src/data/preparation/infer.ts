import { dateFrom, isMissing, listFrom, numberFrom, type RawValue, textFrom } from './values.ts';

/** What a column seems to hold. */
export type InferredKind = 'number' | 'category' | 'date' | 'text' | 'sequence' | 'constant' | 'identifier' | 'empty';

/** A share of the values that may be something else: slips. */
const slips = 0.01;
/** Names that fewer rows share than this, on average, are no classes. */
const manyTexts = 0.9;

/** What the values of a column are, by what most of them can be read as. */
export const inferKind = (name: string, values: readonly RawValue[]): InferredKind => {
  const known = values.filter(value => !isMissing(value));
  if (known.length === 0) return 'empty';
  const texts = known.map(textFrom);
  const distinct = new Set(texts).size;
  if (distinct === 1) return 'constant';
  if (known.every(value => listFrom(value)?.every(one => Number.isFinite(numberFrom(one))) === true)) return 'sequence';
  const share = (test: (value: RawValue) => boolean): number => known.filter(test).length / known.length;
  if (known.every(value => typeof value === 'boolean')) return 'category';
  if (share(value => Number.isFinite(numberFrom(value))) >= 1 - slips) {
    const isCount =
      distinct === known.length &&
      /(^|_|\b)(id|index|row|unnamed.*)$/i.test(name) &&
      known.every(value => Number.isInteger(numberFrom(value)));
    return isCount || name === '' ? 'identifier' : 'number';
  }
  if (share(value => Number.isFinite(dateFrom(value))) >= 1 - slips) return 'date';
  const words = texts.reduce((sum, text) => sum + text.split(/\s+/).length, 0) / texts.length;
  if (words >= 3 && distinct > Math.min(50, known.length / 4)) return 'text';
  if (distinct > 20 && distinct > manyTexts * known.length) return words >= 2 ? 'text' : 'identifier';
  return 'category';
};
