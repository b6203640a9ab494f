import type { Cell } from '../table/column.ts';

const missingTexts = new Set(['', 'na', 'n/a', '#n/a', 'nan', 'null', 'none', '?', '-', 'missing']);

/** A value as rows hold it: from a table, or from JSON. */
export type RawValue = Cell | bigint | undefined | object;

/** Whether a value stands for none. */
export const isMissing = (value: RawValue): boolean =>
  value === null ||
  value === undefined ||
  (typeof value === 'number' && Number.isNaN(value)) ||
  (typeof value === 'string' && missingTexts.has(value.trim().toLowerCase())) ||
  (value instanceof Date && Number.isNaN(value.getTime()));

/** The number that people wrote: also with thousands in groups, a sign of a currency or of percent. NaN for other texts. */
const numberInText = (text: string): number => {
  const trimmed = text.trim();
  const direct = Number(trimmed);
  if (trimmed !== '' && Number.isFinite(direct)) return direct;
  const plain = trimmed.replace(/^[$€£]\s*/, '').replace(/\s*%$/, '');
  if (/^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain)) return Number(plain.replaceAll(',', ''));
  return /^[+-]?\d+(\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN;
};

/** A value as a number; NaN where it is none, or not finite. */
export const numberFrom = (value: RawValue): number => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : Number.NaN;
  if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value);
  return typeof value === 'string' ? numberInText(value) : Number.NaN;
};

const datePattern = /^\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Milliseconds of a date, given as such or in ISO form; NaN for others. */
export const dateFrom = (value: RawValue): number => {
  if (value instanceof Date) return value.getTime();
  if (typeof value !== 'string' || !datePattern.test(value.trim())) return Number.NaN;
  const iso = value.trim().replace(' ', 'T');
  return Date.parse(/T\d/.test(iso) && !/(Z|[+-]\d{2}:?\d{2})$/.test(iso) ? `${iso}Z` : iso);
};

/** A list, as such or as a table holds it: in JSON. */
export const listFrom = (value: RawValue): readonly RawValue[] | undefined => {
  if (Array.isArray(value)) return value as readonly RawValue[];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Float32Array);
  if (typeof value !== 'string' || !/^\s*\[.*\]\s*$/s.test(value)) return undefined;
  try {
    return JSON.parse(value) as readonly RawValue[];
  } catch {
    return undefined;
  }
};

/** A value as the name of a class, or as a text. */
export const textFrom = (value: RawValue): string => {
  if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value).trim();
};
