import { type Shape, stridesOf } from '../../../core/shape.ts';
import type { Node } from '../../../graph/node.ts';
import type { WindowAttributes } from '../../../graph/ops.ts';
import { offsets } from '../strided.ts';
import { build, type Value } from '../value.ts';
import type { Kernel, Kernels } from './rule.ts';

/** The elements of x at start + Σ index · stride. */
const view = ({ shape, dtype }: Node, x: Value, strides: readonly number[], start = 0): Value => {
  const places = offsets(shape, strides, start);
  return build(shape, dtype, i => x.data[places[i] as number] as number);
};

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

const reshape: Kernel<'reshape'> = ({ shape }, [x]) => ({ ...(x as Value), shape });

const permute: Kernel<'permute'> = (node, [input]) => {
  const x = input as Value;
  const strides = stridesOf(x.shape);
  return view(
    node,
    x,
    node.attributes.order.map(axis => strides[axis] as number),
  );
};

const broadcast: Kernel<'broadcast'> = (node, [input]) => {
  const x = input as Value;
  const strides = stridesOf(x.shape);
  const added = node.shape.length - x.shape.length;
  return view(
    node,
    x,
    node.shape.map((_, axis) => (axis < added || x.shape[axis - added] === 1 ? 0 : (strides[axis - added] as number))),
  );
};

const slice: Kernel<'slice'> = (node, [input]) => {
  const x = input as Value;
  const strides = stridesOf(x.shape);
  const { start, step } = node.attributes;
  return view(
    node,
    x,
    strides.map((stride, axis) => stride * (step[axis] as number)),
    dot(start, strides),
  );
};

const flip: Kernel<'flip'> = (node, [input]) => {
  const x = input as Value;
  const { axes } = node.attributes;
  const strides = stridesOf(x.shape);
  const last = axes.reduce((sum, axis) => sum + ((x.shape[axis] as number) - 1) * (strides[axis] as number), 0);
  return view(
    node,
    x,
    strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
    last,
  );
};

/** Steps of the windowed view of an array: from window to window, then inside of one. */
const windowStrides = (shape: Shape, { axes, strides, dilations }: WindowAttributes): number[] => {
  const steps = stridesOf(shape);
  return [
    ...steps.map((step, axis) => (axes.includes(axis) ? step * (strides[axes.indexOf(axis)] as number) : step)),
    ...axes.map((axis, i) => (steps[axis] as number) * (dilations[i] as number)),
  ];
};

const window: Kernel<'window'> = (node, [x]) => view(node, x as Value, windowStrides((x as Value).shape, node.attributes));

const fold: Kernel<'fold'> = ({ shape, dtype, attributes }, [input]) => {
  const x = input as Value;
  const places = offsets(x.shape, windowStrides(shape, attributes));
  const sums = build(shape, 'float64', () => 0).data;
  for (let i = 0; i < places.length; i++) sums[places[i] as number]! += x.data[i] as number;
  return build(shape, dtype, i => sums[i] as number);
};

/** Puts the elements of x at start + Σ index · stride. */
const place = (target: Float64Array, x: Value, strides: readonly number[], start: number): void => {
  const places = offsets(x.shape, strides, start);
  for (let i = 0; i < places.length; i++) target[places[i] as number] = x.data[i] as number;
};

const pad: Kernel<'pad'> = ({ shape, dtype, attributes: { low, interior, value } }, [x]) => {
  const padded = build(shape, dtype, () => value);
  const strides = stridesOf(shape);
  place(
    padded.data,
    x as Value,
    strides.map((stride, axis) => stride * ((interior[axis] as number) + 1)),
    dot(low, strides),
  );
  return padded;
};

const concat: Kernel<'concat'> = ({ shape, dtype, attributes: { axis } }, parts) => {
  const joined = build(shape, dtype, () => 0);
  const strides = stridesOf(shape);
  let start = 0;
  for (const part of parts) {
    place(joined.data, part, strides, start * (strides[axis] as number));
    start += part.shape[axis] as number;
  }
  return joined;
};

/** Operations that move elements and leave them as they are (`fold` adds those that meet). */
export const layout: Kernels<'reshape' | 'permute' | 'broadcast' | 'slice' | 'flip' | 'window' | 'fold' | 'pad' | 'concat'> = {
  reshape,
  permute,
  broadcast,
  slice,
  flip,
  window,
  fold,
  pad,
  concat,
};
