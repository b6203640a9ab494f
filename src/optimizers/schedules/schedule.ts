import type { Config } from '../../core/config.ts';
import { ValueError } from '../../core/errors.ts';
import { full } from '../../tensor/create.ts';
import { wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/** A learning rate that changes with the number of updates done: called with it (from 0), it gives the rate. */
export interface Schedule {
  (step: Tensor | number): Tensor;
  readonly kind: string;
  readonly config: Config;
}

/** A schedule from its description and its equation in the step, float32. */
export const makeSchedule = (kind: string, config: Config, rate: (step: Tensor) => Tensor): Schedule =>
  Object.assign((step: Tensor | number) => rate(typeof step === 'number' ? full([], step) : step.cast('float32')), { kind, config });

export const positive = (kind: string, name: string, value: number): number => {
  if (!(value > 0)) throw new ValueError(`schedules.${kind} needs ${name} > 0, got ${value}.`);
  return value;
};

export const finite = (kind: string, name: string, value: number): number => {
  if (!Number.isFinite(value)) throw new ValueError(`schedules.${kind} needs ${name} to be a number, got ${value}.`);
  return value;
};

/** Numbers of steps that grow from one to the next. */
export const ascending = (kind: string, name: string, steps: readonly number[]): readonly number[] => {
  if (!Array.isArray(steps)) throw new ValueError(`schedules.${kind} needs ${name} as an array of steps, got ${steps}.`);
  for (const [index, step] of steps.entries()) {
    wholeNumber(`schedules.${kind}`, `${name}[${index}]`, step);
    if (index > 0 && step <= (steps[index - 1] as number))
      throw new ValueError(`schedules.${kind} needs ${name} in ascending order, got ${steps.join(', ')}.`);
  }
  return steps;
};

/** from + (to - from) · part, for a part of 0 to 1. */
export const between = (from: number, to: number, part: Tensor): Tensor => part.mul(to - from).add(from);
