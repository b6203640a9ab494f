import * as g from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import type { Pullback, Pullbacks } from './rule.ts';

const inputOf = ({ inputs }: { readonly inputs: readonly Node[] }): Node => inputs[0] as Node;

const reshape: Pullback<'reshape'> = (y, dy) => [g.reshape(dy, inputOf(y).shape)];

/** The inverse permutation. */
const permute: Pullback<'permute'> = ({ attributes: { order } }, dy) => [
  g.permute(
    dy,
    order.map((_, axis) => order.indexOf(axis)),
  ),
];

/** What was repeated adds up. */
const broadcast: Pullback<'broadcast'> = (y, dy) => [g.unbroadcast(dy, inputOf(y).shape)];

/** Back to its place, with zeros around it and in the steps. */
const slice: Pullback<'slice'> = (y, dy) => {
  const { start, size, step } = y.attributes;
  const high = inputOf(y).shape.map((length, axis) => {
    const [from, count, by] = [start[axis] as number, size[axis] as number, step[axis] as number];
    return count === 0 ? length - from : length - from - (count - 1) * by - 1;
  });
  return [g.pad(dy, start, high, { interior: step.map((by, axis) => (size[axis] === 0 ? 0 : by - 1)) })];
};

const flip: Pullback<'flip'> = ({ attributes: { axes } }, dy) => [g.flip(dy, axes)];

/** Windows that overlap add up. */
const window: Pullback<'window'> = (y, dy) => {
  const { axes } = y.attributes;
  return [g.fold(dy, { ...y.attributes, lengths: axes.map(axis => inputOf(y).shape[axis] as number) })];
};

const fold: Pullback<'fold'> = ({ attributes: { axes, sizes, strides, dilations } }, dy) => [
  g.window(dy, { axes, sizes, strides, dilations }),
];

/** The elements that are not padding. */
const pad: Pullback<'pad'> = (y, dy) => {
  const { low, interior } = y.attributes;
  return [
    g.slice(
      dy,
      low,
      inputOf(y).shape,
      interior.map(zeros => zeros + 1),
    ),
  ];
};

/** To each part its run. */
const concat: Pullback<'concat'> = ({ inputs, attributes: { axis } }, dy) => {
  let start = 0;
  return inputs.map(({ shape }) => {
    const size = shape[axis] as number;
    start += size;
    return g.sliceAxis(dy, axis, start - size, size);
  });
};

/** Operations that move elements and leave them as they are, and their adjoints, which add what was repeated. */
export const layout: Pullbacks<'reshape' | 'permute' | 'broadcast' | 'slice' | 'flip' | 'window' | 'fold' | 'pad' | 'concat'> = {
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
