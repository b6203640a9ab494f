import { ValueError } from '../../core/errors.ts';

/** A number in one of Python's formats: `03d`, `.2f`, `8.3f`, `.1e`, `.3g`. */
const formatted = (value: number, format: string, fail: () => ValueError): string => {
  const match = /^(0?)(\d*)(?:\.(\d+))?([dfeg]?)$/.exec(format);
  if (match === null) throw fail();
  const [, zero, width = '', digits, type = ''] = match as unknown as [string, string, string, string | undefined, string];
  const python = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2'); // at least two digits of exponent
  const text = ((): string => {
    if (type === 'd') return String(Math.trunc(value));
    if (type === 'f') return value.toFixed(Number(digits ?? 6));
    if (type === 'e') return python(value.toExponential(Number(digits ?? 6)));
    if (type === 'g' || digits !== undefined) return String(Number(value.toPrecision(Math.max(1, Number(digits ?? 6)))));
    return String(value);
  })();
  return text.padStart(Number(width || 0), zero === '0' ? '0' : ' ');
};

/**
 * Puts values into the places `{name}` and `{name:format}` of a path; formats are Python's (`{epoch:02d}`, `{valLoss:.2f}`). Without a
 * format whole numbers stand as they are, others with four digits after the point.
 *
 * @throws ValueError for a name that has no value, and a format that is not known.
 */
export const filledPath = (what: string, pattern: string, values: Readonly<Record<string, number>>): string =>
  pattern.replace(/\{(\w+)(?::([^}]*))?\}/g, (whole, name: string, format: string | undefined) => {
    const value = values[name];
    if (value === undefined)
      throw new ValueError(`${what} cannot fill ${whole} of '${pattern}': there are ${Object.keys(values).join(', ')}.`);
    if (format === undefined) return Number.isInteger(value) ? String(value) : value.toFixed(4);
    return formatted(value, format, () => new ValueError(`${what} does not know the format of ${whole}: use {epoch:03d} or {loss:.2f}.`));
  });
