import { unknownName, ValueError } from '../core/errors.ts';

/** Refuses options that the operation does not have, before a slip of the pen is silently ignored. */
export const unknownOptions = (what: string, options: object, known: readonly string[]): void => {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new ValueError(`${what} takes its options as an object { ${known.join(', ')} }, got ${JSON.stringify(options)}.`);
  for (const name in options) if (!known.includes(name)) throw unknownName(`option of ${what}`, name, known);
};

/** What a transform is given, or an error that says that it takes a function. */
export const functionFor = <F>(what: string, f: F): F => {
  if (typeof f !== 'function')
    throw new ValueError(`${what} takes a function of tensors, got ${f === null ? 'null' : typeof f}: ${what}(x => …).`);
  return f;
};

/** A whole number of at least `least`, or an error that says what was asked. */
export const wholeNumber = (what: string, name: string, value: unknown, least = 0): number => {
  if (!Number.isInteger(value) || (value as number) < least)
    throw new ValueError(`${what} needs ${name} to be a whole number >= ${least}, got ${value}.`);
  return value as number;
};
