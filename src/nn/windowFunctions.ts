import { unknownName } from '../core/errors.ts';

/** Window functions of signal processing. */
export type WindowName = 'hann' | 'hamming' | 'blackman' | 'bartlett' | 'boxcar';

const cosines: Readonly<Record<string, readonly number[]>> = {
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  boxcar: [1],
};

/** A window of a length: one period of it, or symmetric. Values as SciPy's `get_window`. */
export const windowOf = (name: WindowName, length: number, periodic: boolean): Float64Array => {
  if (name !== 'bartlett' && !Object.hasOwn(cosines, name))
    throw unknownName('window', String(name), [...Object.keys(cosines), 'bartlett']);
  if (length === 1) return Float64Array.of(1);
  const last = periodic ? length : length - 1;
  return Float64Array.from({ length }, (_, index) => {
    if (name === 'bartlett') return 1 - Math.abs((2 * index) / last - 1);
    const terms = cosines[name] as readonly number[];
    return terms.reduce(
      (sum, factor, order) => sum + (order % 2 === 0 ? 1 : -1) * factor * Math.cos((2 * Math.PI * order * index) / last),
      0,
    );
  });
};
