import { roundTo, type Value } from '../../src/backends/reference/value.ts';
import type { DType } from '../../src/core/dtype.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';

/** An array described by a range and a seed, or by its values; tests/golden/common.py makes the same from it. */
export interface InputDescription {
  readonly shape: Shape;
  readonly dtype: 'float32' | 'int32' | 'uint8' | 'bool';
  readonly low?: number;
  readonly high?: number;
  readonly seed?: number;
  /** Floats are rounded down to multiples, so that some are equal. */
  readonly step?: number;
  readonly values?: readonly (number | string)[];
}

/** Numbers in [0, 1): mulberry32, a generator small enough to be the same in two languages. */
export const mulberry32 = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};

/** The array that a description stands for. Its floats are float32 numbers in every element type asked for. */
export const fill = (description: InputDescription, floats: DType = 'float32'): Value => {
  const { shape, low = -1, high = 1, seed = 1, step, values } = description;
  const random = mulberry32(seed);
  const element = (index: number): number => {
    if (values !== undefined) return Number(values[index]);
    const value = low + (high - low) * random();
    return step === undefined ? value : Math.floor(value / step) * step;
  };
  const isFloat = description.dtype === 'float32';
  const dtype = isFloat ? floats : description.dtype;
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, index) =>
    isFloat ? roundTo[dtype](Math.fround(element(index))) : Math.floor(element(index)),
  );
  return { shape, dtype, data };
};

export const floats = (shape: Shape, seed: number, low = -1, high = 1): InputDescription => ({ shape, dtype: 'float32', low, high, seed });

export const integers = (shape: Shape, seed: number, low: number, high: number): InputDescription => ({
  shape,
  dtype: 'int32',
  low,
  high,
  seed,
});
