/** What a column of texts holds. */
export type ColumnKind = 'number' | 'category' | 'date' | 'text' | 'constant' | 'identifier' | 'empty';

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Values that are there. */
  readonly known: number;
  readonly distinct: number;
}

const missingTexts = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?', '-', 'missing']);

export const isMissing = (text: string): boolean => missingTexts.has(text.trim().toLowerCase());

/** A number as people write it: also with thousands in groups, a sign of a currency or of percent. NaN for other texts. */
export const numberFrom = (text: string): number => {
  const trimmed = text.trim();
  const direct = Number(trimmed);
  if (trimmed !== '' && Number.isFinite(direct)) return direct;
  const plain = trimmed.replace(/^[$€£]\s*/, '').replace(/\s*%$/, '');
  return /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain)
    ? Number(plain.replaceAll(',', ''))
    : /^[+-]?\d+(\.\d+)?$/.test(plain)
      ? Number(plain)
      : Number.NaN;
};

const datePattern = /^\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Milliseconds of a date in ISO form; NaN for other texts. */
export const dateFrom = (text: string): number => (datePattern.test(text.trim()) ? Date.parse(text.trim().replace(' ', 'T')) : Number.NaN);

/** A share of the values that may be something else: slips. */
const slips = 0.01;

/** What a column seems to hold. */
export const columnOf = (name: string, values: readonly string[]): Column => {
  const known = values.filter(value => !isMissing(value));
  const distinct = new Set(known.map(value => value.trim()));
  const about = { name, known: known.length, distinct: distinct.size };
  if (known.length === 0) return { ...about, kind: 'empty' };
  if (distinct.size === 1) return { ...about, kind: 'constant' };
  const share = (test: (value: string) => boolean): number => known.filter(test).length / known.length;
  if (share(value => Number.isFinite(numberFrom(value))) >= 1 - slips) {
    const isCount =
      distinct.size === known.length &&
      /(^|_|\b)(id|index|row|unnamed.*)$/i.test(name) &&
      known.every(value => Number.isInteger(Number(value)));
    return { ...about, kind: isCount || name === '' ? 'identifier' : 'number' };
  }
  if (share(value => Number.isFinite(dateFrom(value))) >= 1 - slips) return { ...about, kind: 'date' };
  const words = known.reduce((sum, value) => sum + value.trim().split(/\s+/).length, 0) / known.length;
  if (words >= 3 && distinct.size > Math.min(50, known.length / 4)) return { ...about, kind: 'text' };
  if (distinct.size > 20 && distinct.size > 0.9 * known.length) return { ...about, kind: words >= 2 ? 'text' : 'identifier' };
  return { ...about, kind: 'category' };
};
