import { ValueError } from '../core/errors.ts';
import { formatValue } from './numbers.ts';
import { shortened } from './text.ts';
import { mostSeries } from './theme.ts';

/** A name in an error: short, in quotes. */
export const quoted = (name: string): string => `'${shortened(name, 240, 12)}'`;

/** A name in a sentence: short. */
export const said = (name: string): string => shortened(name, 240, 12);

/** Lists that belong together are as long as each other. */
export const checkLengths = (what: string, first: string, a: ArrayLike<unknown>, second: string, b: ArrayLike<unknown>): void => {
  if (a.length !== b.length)
    throw new ValueError(`${what} has ${a.length} ${first} and ${b.length} ${second}: give one ${second} for each of the ${first}.`);
};

/** More series than have looks of their own would be told apart by nothing. */
export const checkSeries = (chart: string, count: number): void => {
  if (count > mostSeries)
    throw new ValueError(
      `${chart} can tell ${mostSeries} series apart, and ${count} came: draw several pictures, or only the series that matter.`,
    );
};

/** Every number is finite, where one that is not would make all that is computed from them wrong. */
export const checkFinite = (what: string, name: string, values: ArrayLike<number>): void => {
  for (let index = 0; index < values.length; index++)
    if (!Number.isFinite(values[index]))
      throw new ValueError(`${what}: ${name}[${index}] is ${values[index]}. Leave such rows out, and find out where they come from.`);
};

/** Every number is a probability. */
export const checkProbabilities = (what: string, values: ArrayLike<number>): void => {
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (!(value >= 0 && value <= 1))
      throw new ValueError(
        `${what}: probabilities[${index}] is ${value}, and a probability lies from 0 to 1. Logits become probabilities by sigmoid or softmax.`,
      );
  }
};

/** Every truth is 0 or 1. */
export const checkBinary = (what: string, truth: ArrayLike<number | boolean>): void => {
  for (let index = 0; index < truth.length; index++) {
    const value = Number(truth[index]);
    if (value !== 0 && value !== 1)
      throw new ValueError(
        `${what}: truth[${index}] is ${truth[index]}, and only 0 and 1 can be there. For one class of several give label === class.`,
      );
  }
};

/** `2 values without a place (NaN, −∞)`: what a picture had to leave out, or nothing. */
export const leftOut = (count: number, example: number, isLog: boolean): string[] => {
  if (count === 0) return [];
  const shown = Number.isNaN(example) ? 'NaN' : formatValue(example);
  const why = Number.isFinite(example) && isLog ? 'has no logarithm' : 'is no finite number';
  return [count === 1 ? `Left out: 1 value that ${why} (${shown}).` : `Left out: ${count} values without a place, such as ${shown}.`];
};
