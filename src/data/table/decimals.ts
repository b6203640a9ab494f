/** 10⁰ … 10²²: the powers of ten that doubles hold exactly. */
export const powersOfTen: Float64Array = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

const splitter = 134217729; // 2²⁷ + 1

/**
 * The double nearest to the decimal number of `bytes` from `start` to `end`, which has digits and at most one decimal point, nothing
 * else; NaN where it cannot be told this way (more than 19 digits, more than 22 after the point, all but a tie): ask `Number`.
 *
 * The first 15 digits and the rest are exact; they are joined and divided in double-double arithmetic, and the result is taken where
 * its error cannot change the rounding. Source: Dekker 1971, "A floating-point technique for extending the available precision";
 * Clinger 1990 for the exact cases.
 */
export const longDecimal = (bytes: Uint8Array, start: number, end: number): number => {
  let high = 0;
  let low = 0;
  let at = start;
  let pointAt = end;
  let digits = 0;
  for (; at < end && digits < 15; at++) {
    const digit = (bytes[at] as number) ^ 48;
    if (digit > 9) pointAt = at;
    else {
      high = high * 10 + digit;
      if (high !== 0) digits++; // zeros in front do not count
    }
  }
  for (; at < end && digits < 20; at++) {
    const digit = (bytes[at] as number) ^ 48;
    if (digit > 9) pointAt = at;
    else {
      low = low * 10 + digit;
      digits++;
    }
  }
  const fraction = pointAt === end ? 0 : end - pointAt - 1;
  const lowDigits = Math.max(0, digits - 15);
  if (digits > 19 || fraction > 22) return NaN;
  // x = high · 10^lowDigits + low, as sum + rest without error
  const scale = powersOfTen[lowDigits] as number;
  const product = high * scale;
  const rest = productError(high, scale, product) + low;
  const sum = product + rest;
  const left = rest - (sum - product);
  if (fraction === 0) return sum;
  const divisor = powersOfTen[fraction] as number;
  const quotient = sum / divisor;
  const back = quotient * divisor;
  const correction = (sum - back - productError(quotient, divisor, back) + left) / divisor;
  const margin = correction * 2 ** -40;
  const result = quotient + correction;
  return quotient + (correction - margin) === quotient + (correction + margin) ? result : NaN;
};

/** a b - product without error. */
const productError = (a: number, b: number, product: number): number => {
  const ah = splitter * a - (splitter * a - a);
  const bh = splitter * b - (splitter * b - b);
  const al = a - ah;
  const bl = b - bh;
  return al * bl - (product - ah * bh - al * bh - ah * bl);
};

/** Texts that are numbers: `-1.5e3`, `.5`, `inf`; with `,` as the decimal point where that is said. */
const numeric = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)$/i;

/** A text as a number; undefined for one that is none. */
export const parseNumber = (text: string, decimal = '.'): number | undefined => {
  const plain = decimal === '.' ? text : text.replace(decimal, '.');
  if (!numeric.test(plain)) return undefined;
  return /inf/i.test(plain) ? (plain.startsWith('-') ? -Infinity : Infinity) : Number(plain);
};

const isoDate = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** An ISO 8601 date, with or without a time, as milliseconds since 1970; without a zone it is UTC. Undefined for another text. */
export const parseDate = (text: string): number | undefined => {
  if (!isoDate.test(text)) return undefined;
  const withT = text.replace(' ', 'T').replace(/([+-]\d{2})(\d{2})$/, '$1:$2');
  const time = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(withT) || /(Z|[+-]\d{2}:\d{2})$/.test(withT) ? withT : `${withT}Z`);
  if (Number.isNaN(time)) return undefined;
  // 2023-02-31 would quietly become March 3.
  return new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() === Number(text.slice(8, 10)) ? time : undefined;
};

/** Yes and no, as files write them. */
export const parseBoolean = (text: string): boolean | undefined => {
  const lower = text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
};
