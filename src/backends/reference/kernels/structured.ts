import { isFloat } from '../../../core/dtype.ts';
import { IndexError } from '../../../core/errors.ts';
import { type Shape, sizeOf, stridesOf } from '../../../core/shape.ts';
import { threefry2x32 } from '../../../core/threefry.ts';
import type { GatherAttributes } from '../../../graph/ops.ts';
import { offsetsAlong } from '../strided.ts';
import { build, type Value } from '../value.ts';
import type { Kernel, Kernels } from './rule.ts';

/** x as (batch, outer, length, inner) and indices as (batch, places): calls back with the flat place of each element in y and in x. */
const eachLookup = (
  what: string,
  shape: Shape,
  indices: Value,
  { axis, batchDims }: GatherAttributes,
  visit: (inY: number, inX: number) => void,
): void => {
  const batch = sizeOf(shape.slice(0, batchDims));
  const outer = sizeOf(shape.slice(batchDims, axis));
  const length = shape[axis] as number;
  const inner = sizeOf(shape.slice(axis + 1));
  const places = sizeOf(indices.shape.slice(batchDims));
  for (const index of indices.data)
    if (index < 0 || index >= length)
      throw new IndexError(
        `${what} cannot look up index ${index} along axis ${axis} of size ${length}: ${length === 0 ? 'it is empty' : `indices go from 0 to ${length - 1}`}.`,
      );
  let inY = 0;
  for (let b = 0; b < batch; b++)
    for (let o = 0; o < outer; o++)
      for (let p = 0; p < places; p++) {
        const index = indices.data[b * places + p] as number;
        for (let i = 0; i < inner; i++) visit(inY++, ((b * outer + o) * length + index) * inner + i);
      }
};

const gather: Kernel<'gather'> = ({ shape, dtype, attributes }, inputs) => {
  const [x, indices] = inputs as [Value, Value];
  const y = build(shape, dtype, () => 0);
  eachLookup('gather', x.shape, indices, attributes, (inY, inX) => {
    y.data[inY] = x.data[inX] as number;
  });
  return y;
};

const scatter: Kernel<'scatter'> = ({ shape, dtype, attributes }, inputs) => {
  const [operand, indices, updates] = inputs as [Value, Value, Value];
  const combine = {
    add: isFloat(dtype) ? (a: number, b: number) => a + b : (a: number, b: number) => (a + b) | 0,
    max: (a: number, b: number) => Math.max(a, b),
    replace: (_: number, b: number) => b,
  }[attributes.mode];
  const totals = Float64Array.from(operand.data);
  eachLookup('scatter', shape, indices, attributes, (inY, inX) => {
    totals[inX] = combine(totals[inX] as number, updates.data[inY] as number);
  });
  return build(shape, dtype, i => totals[i] as number);
};

/** Where the runs along an axis begin, and the places of a run's elements from there. */
const runsAlong = (shape: Shape, axis: number): { starts: Int32Array; steps: Int32Array } => {
  const strides = stridesOf(shape);
  const others = shape.map((_, other) => other).filter(other => other !== axis);
  return { starts: offsetsAlong(others, shape, strides), steps: offsetsAlong([axis], shape, strides) };
};

const cumSum: Kernel<'cumSum'> = ({ shape, dtype, attributes: { axis, reverse, exclusive } }, [input]) => {
  const x = input as Value;
  const wrap = isFloat(dtype) ? (value: number) => value : (value: number) => value | 0;
  const sums = new Float64Array(x.data.length);
  const { starts, steps } = runsAlong(shape, axis);
  const order = reverse ? steps.toReversed() : steps;
  for (const start of starts) {
    let total = 0;
    for (const step of order) {
      const next = wrap(total + (x.data[start + step] as number));
      sums[start + step] = exclusive ? total : next;
      total = next;
    }
  }
  return build(shape, dtype, i => sums[i] as number);
};

const argSort: Kernel<'argSort'> = ({ shape, dtype, attributes: { axis, descending } }, [input]) => {
  const x = input as Value;
  const order = build(shape, dtype, () => 0);
  const { starts, steps } = runsAlong(shape, axis);
  for (const start of starts) {
    const at = (place: number): number => x.data[start + (steps[place] as number)] as number;
    const compare = (a: number, b: number): number => {
      const [nanA, nanB] = [Number.isNaN(at(a)), Number.isNaN(at(b))];
      if (nanA || nanB) return Number(nanA) - Number(nanB);
      return at(a) === at(b) ? 0 : at(a) < at(b) === descending ? 1 : -1;
    };
    const sorted = Array.from(steps, (_, place) => place).sort(compare); // sort is stable
    sorted.forEach((place, rank) => {
      order.data[start + (steps[rank] as number)] = place;
    });
  }
  return order;
};

const randomBits: Kernel<'randomBits'> = ({ shape, dtype, attributes: { width } }, [key]) => {
  const [first, second] = (key as Value).data as unknown as [number, number];
  return build(shape, dtype, i => threefry2x32(first, second, 0, i)[0] >>> (32 - width));
};

/** Lookups, running sums, order and random numbers. */
export const structured: Kernels<'gather' | 'scatter' | 'cumSum' | 'argSort' | 'randomBits'> = {
  gather,
  scatter,
  cumSum,
  argSort,
  randomBits,
};
