import { ValueError } from '../../core/errors.ts';

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** The modified Bessel function of order 0, by its power series. */
const bessel0 = (x: number): number => {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
};

/** Zero crossings of the sinc on each side, and the window's shape: 80 dB below in the stop band. */
const crossings = 32;
const beta = 9;
/** The pass band ends a little below half the lower rate, where the filter begins to fall. */
const rollOff = 0.945;

/**
 * One channel at another rate, by a windowed sinc filter for each phase.
 *
 *     y(t) = Σ x[n] h(t - n),   h(t) = c sinc(c t) kaiser(t),   c = 0.945 min(1, to / from)
 *
 * samples (frames) -> (⌈frames · to / from⌉). Source: Smith 2002, "Digital audio resampling"; Kaiser 1974 for the window.
 */
export const resample = (samples: Float32Array, from: number, to: number): Float32Array => {
  if (!(from > 0 && to > 0)) throw new ValueError(`resample needs rates above 0, got ${from} and ${to}.`);
  if (from === to) return samples;
  const common = Number.isInteger(from) && Number.isInteger(to) ? divisor(from, to) : 1;
  const [up, down] = [to / common, from / common];
  const cutoff = rollOff * Math.min(1, to / from);
  const reach = Math.ceil(crossings / cutoff);
  const scale = bessel0(beta);
  /** Weights of the samples around a place between two of them. */
  const weights = (phase: number): Float64Array =>
    Float64Array.from({ length: 2 * reach }, (_, index) => {
      const t = index - reach + 1 - phase;
      const at = (t * cutoff) / crossings;
      if (Math.abs(at) >= 1) return 0;
      const angle = Math.PI * cutoff * t;
      return cutoff * (angle === 0 ? 1 : Math.sin(angle) / angle) * (bessel0(beta * Math.sqrt(1 - at * at)) / scale);
    });
  const phases = new Map<number, Float64Array>();
  const result = new Float32Array(Math.ceil((samples.length * up) / down));
  for (let index = 0; index < result.length; index++) {
    const step = (index * down) % up;
    let filter = phases.get(step);
    if (filter === undefined) {
      filter = weights(step / up);
      if (phases.size < 4096) phases.set(step, filter);
    }
    const first = Math.floor((index * down) / up) - reach + 1;
    let sum = 0;
    for (let tap = Math.max(0, -first); tap < filter.length && first + tap < samples.length; tap++)
      sum += (samples[first + tap] as number) * (filter[tap] as number);
    result[index] = sum;
  }
  return result;
};
