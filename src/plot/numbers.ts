const raised = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** `10⁻⁶` */
const powerOfTen = (exponent: number): string =>
  `10${exponent < 0 ? '⁻' : ''}${String(Math.abs(exponent)).replace(/\d/g, digit => raised.charAt(Number(digit)))}`;

/** `−12,345.60`: thousands apart, a minus that is as wide as a plus. */
export const grouped = (value: number, decimals = 0): string => {
  const [whole, rest] = Math.abs(value).toFixed(decimals).split('.') as [string, string | undefined];
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ',') + (rest === undefined ? '' : `.${rest}`);
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
};

/** Beyond these a number is written with a power of ten. */
const isPlain = (size: number): boolean => size === 0 || (size >= 1e-4 && size < 1e7);

const withPower = (value: number, decimals: number): string => {
  const [mantissa, exponent] = value.toExponential(decimals).split('e') as [string, string];
  const sign = value < 0 ? '−' : '';
  const digits = mantissa.replace('-', '');
  return Number(digits) === 1 ? sign + powerOfTen(Number(exponent)) : `${sign}${digits}×${powerOfTen(Number(exponent))}`;
};

const decimalsOf = (text: string): number => (text.split('e')[0] as string).split('.')[1]?.length ?? 0;

/** A number for reading, with as many digits as matter: `1,234`, `0.0412`, `3.1×10⁻⁵`, `not a number`. */
export const formatValue = (value: number, digits = 4): string => {
  if (Number.isNaN(value)) return 'not a number';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e7) return grouped(value);
  const rounded = Number(value.toPrecision(digits));
  if (!isPlain(Math.abs(rounded))) return withPower(rounded, decimalsOf(String(rounded.toExponential())));
  return grouped(rounded, decimalsOf(String(rounded)));
};

/** The label of a mark on a logarithmic axis; over many decades all are powers of ten. */
export const formatDecade = (value: number, isLong: boolean): string => (isLong ? withPower(value, 0) : formatValue(value));

/** `93.4 %` */
export const formatShare = (share: number): string => `${grouped(share * 100, 1)} %`;

/** The label of a mark on an axis whose marks lie `step` apart: all have the same number of decimals. */
export const formatTick = (value: number, step: number, largest: number): string => {
  const digitsAfter = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  if (value === 0) return '0';
  if (isPlain(largest) && digitsAfter <= 6) return grouped(value, digitsAfter);
  const exponent = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  const decimals = Math.min(15, Math.max(0, exponent - Math.floor(Math.log10(step) + 1e-9)));
  // Fewer zeros where the step has more digits than this mark needs.
  return withPower(value, Math.min(decimals, decimalsOf(Number(value.toPrecision(15)).toExponential())));
};

/** `1 row`, `12,345 rows`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${grouped(count)} ${count === 1 ? one : many}`;
