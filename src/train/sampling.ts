import { ValueError } from '../core/errors.ts';
import type { HostRandom } from '../nn/hostRandom.ts';
import { unknownOptions, wholeNumber } from '../tensor/options.ts';

/** How the next token follows from the logits. */
export interface SamplingOptions {
  /** Logits are divided by it: below 1 bolder, above 1 more varied, 0 always the likeliest. Default 1. */
  readonly temperature?: number;
  /** Only the k likeliest. Default: all. */
  readonly topK?: number;
  /** Only the likeliest whose probabilities add up to p. Default 1: all. Source: Holtzman et al. 2019, arXiv:1904.09751. */
  readonly topP?: number;
  /** Logits of tokens that were there are divided by it (multiplied where < 0). Default 1. Source: Keskar et al. 2019, arXiv:1909.05858. */
  readonly repetitionPenalty?: number;
}

export const samplingNames: readonly string[] = ['temperature', 'topK', 'topP', 'repetitionPenalty'];

/** Checks options of sampling. */
export const checkSampling = (what: string, options: SamplingOptions): void => {
  const { temperature = 1, topK, topP = 1, repetitionPenalty = 1 } = options;
  if (!(temperature >= 0)) throw new ValueError(`${what} needs a temperature >= 0, got ${temperature}.`);
  if (topK !== undefined) wholeNumber(what, 'topK', topK, 1);
  if (!(topP > 0 && topP <= 1)) throw new ValueError(`${what} needs a topP above 0 and up to 1, got ${topP}.`);
  if (!(repetitionPenalty > 0)) throw new ValueError(`${what} needs a repetitionPenalty > 0, got ${repetitionPenalty}.`);
};

/** The largest of some numbers: its place, the first of equal ones. */
export const argMax = (values: ArrayLike<number>): number => {
  let best = 0;
  for (let index = 1; index < values.length; index++) if ((values[index] as number) > (values[best] as number)) best = index;
  return best;
};

/** ln softmax, in double precision. */
export const logSoftmax = (logits: ArrayLike<number>): Float64Array => {
  const largest = logits[argMax(logits)] as number;
  let total = 0;
  for (let index = 0; index < logits.length; index++) total += Math.exp((logits[index] as number) - largest);
  return Float64Array.from(logits, value => value - largest - Math.log(total));
};

/** The probabilities that a token is drawn by; 0 for those that topK and topP leave out. */
export const samplingProbabilities = (given: ArrayLike<number>, options: SamplingOptions, before: Iterable<number> = []): Float64Array => {
  const { temperature = 1, topK = Infinity, topP = 1, repetitionPenalty = 1 } = options;
  const logits = Float64Array.from(given);
  if (repetitionPenalty !== 1)
    for (const token of new Set(before)) {
      const value = logits[token];
      if (value !== undefined) logits[token] = value > 0 ? value / repetitionPenalty : value * repetitionPenalty;
    }
  const probabilities = new Float64Array(logits.length);
  if (temperature === 0) {
    probabilities[argMax(logits)] = 1;
    return probabilities;
  }
  const logs = logSoftmax(logits.map(value => value / temperature));
  const order = Array.from(logs.keys()).sort((a, b) => (logs[b] as number) - (logs[a] as number) || a - b);
  const kept: number[] = [];
  let mass = 0;
  for (const token of order) {
    if (kept.length >= topK || (mass >= topP && kept.length > 0)) break;
    kept.push(token);
    mass += Math.exp(logs[token] as number);
  }
  for (const token of kept) probabilities[token] = Math.exp(logs[token] as number) / mass;
  return probabilities;
};

/** A token drawn by the probabilities. */
export const draw = (probabilities: Float64Array, random: HostRandom): number => {
  let left = random.uniform();
  let last = 0;
  for (let token = 0; token < probabilities.length; token++) {
    const chance = probabilities[token] as number;
    if (chance === 0) continue;
    last = token;
    left -= chance;
    if (left < 0) return token;
  }
  return last; // rounding left a crumb
};

export const checkUnknown = (what: string, options: object, known: readonly string[]): void =>
  unknownOptions(what, options, [...samplingNames, ...known]);
