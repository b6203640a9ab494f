import { isFloat, promote } from '../core/dtype.ts';
import { formatShape, ShapeError, ValueError } from '../core/errors.ts';
import { checkShape, normalizeAxes, normalizeAxis, resolveReshape, type Shape, sizeOf } from '../core/shape.ts';
import * as g from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { wholeNumber } from './options.ts';
import type { Axes } from './reductions.ts';

export const reshape = (x: Node, shape: Shape): Node => g.reshape(x, resolveReshape(x.shape, shape));

export const flatten = (x: Node): Node => g.reshape(x, [sizeOf(x.shape)]);

/** The axes in the given order; reversed where none is given. */
export const permute = (x: Node, order?: readonly number[]): Node => {
  const rank = x.shape.length;
  const axes = order?.map(axis => normalizeAxis('permute', axis, rank)) ?? x.shape.map((_, axis) => rank - 1 - axis);
  if (axes.length !== rank || new Set(axes).size !== rank)
    throw new ShapeError(`permute cannot order the axes of ${formatShape(x.shape)} by (${order}): name each of its ${rank} axes once.`);
  return g.permute(x, axes);
};

export const swapAxes = (x: Node, first: number, second: number): Node => {
  const axes = x.shape.map((_, axis) => axis);
  const [a, b] = [normalizeAxis('swapAxes', first, axes.length), normalizeAxis('swapAxes', second, axes.length)];
  [axes[a], axes[b]] = [b, a];
  return g.permute(x, axes);
};

/** New axes of size 1 at the given places of the result. */
export const expandDims = (x: Node, axis: number | readonly number[]): Node => {
  const count = typeof axis === 'number' ? 1 : axis.length;
  return g.expandDims(x, normalizeAxes('expandDims', axis, x.shape.length + count));
};

/** Without axes of size 1: those given, or all. */
export const squeeze = (x: Node, axes?: Axes): Node => {
  const list =
    axes === undefined ? x.shape.flatMap((size, axis) => (size === 1 ? [axis] : [])) : normalizeAxes('squeeze', axes, x.shape.length);
  const wide = list.find(axis => x.shape[axis] !== 1);
  if (wide !== undefined)
    throw new ShapeError(
      `squeeze cannot drop axis ${wide} of ${formatShape(x.shape)}: it has size ${x.shape[wide]}, and only size 1 can go.`,
    );
  return g.reshape(
    x,
    x.shape.filter((_, axis) => !list.includes(axis)),
  );
};

/** The block of a size from a start on. A start < 0 counts from the end; a size of -1 goes to the end, and so does one left out. */
export const slice = (x: Node, start: number | readonly number[], size?: number | readonly number[]): Node => {
  const starts = typeof start === 'number' ? [start] : start;
  const sizes = size === undefined ? [] : typeof size === 'number' ? [size] : size;
  const rank = x.shape.length;
  if (starts.length > rank || sizes.length > rank)
    throw new ShapeError(
      `slice got (${starts}), (${sizes}) for a tensor of shape ${formatShape(x.shape)}: at most a number for each axis.`,
    );
  const from = x.shape.map((length, axis) => {
    const asked = starts[axis] ?? 0;
    return asked < 0 ? asked + length : asked;
  });
  const count = x.shape.map((length, axis) => {
    const asked = sizes[axis] ?? -1;
    return asked === -1 ? length - (from[axis] as number) : asked;
  });
  const wrong = x.shape.findIndex((length, axis) => {
    const [first, many] = [from[axis] as number, count[axis] as number];
    return !Number.isInteger(first) || !Number.isInteger(many) || first < 0 || many < 0 || first + many > length;
  });
  if (wrong >= 0)
    throw new ShapeError(
      `slice cannot take ${sizes[wrong] ?? 'all'} elements from ${starts[wrong] ?? 0} on along axis ${wrong} of size ${x.shape[wrong]}: stay inside of it (a size of -1 goes to the end).`,
    );
  return g.slice(x, from, count);
};

/** Equal parts along an axis, or parts of the given sizes. */
export const split = (x: Node, parts: number | readonly number[], axis = 0): Node[] => {
  const place = normalizeAxis('split', axis, x.shape.length);
  const length = x.shape[place] as number;
  if (typeof parts === 'number' && wholeNumber('split', 'the number of parts', parts, 1) && length % parts !== 0)
    throw new ShapeError(
      `split cannot cut axis ${place} of size ${length} into ${parts} equal parts. Give their sizes: split([…], ${place}).`,
    );
  const sizes = typeof parts === 'number' ? Array.from({ length: parts }, () => length / parts) : parts;
  if (sizes.reduce((total, size) => total + size, 0) !== length || sizes.some(size => !Number.isInteger(size) || size < 0))
    throw new ShapeError(
      `split cannot cut axis ${place} of size ${length} into parts of (${sizes}): sizes must be whole numbers that add up to it.`,
    );
  let start = 0;
  return sizes.map(size => {
    start += size;
    return g.sliceAxis(x, place, start - size, size);
  });
};

export const flip = (x: Node, axes?: Axes): Node => g.flip(x, normalizeAxes('flip', axes, x.shape.length));

/** Moves elements along an axis; those that leave at one end come in at the other. Without an axis: of the flattened tensor. */
export const roll = (x: Node, shift: number | readonly number[], axes?: number | readonly number[]): Node => {
  if (axes === undefined) {
    if (typeof shift !== 'number') throw new ValueError(`roll by (${shift}) needs axes: as many as shifts.`);
    return g.reshape(rollAxis(flatten(x), shift, 0), x.shape);
  }
  const shifts = typeof shift === 'number' ? [shift] : shift;
  const list = (typeof axes === 'number' ? [axes] : axes).map(axis => normalizeAxis('roll', axis, x.shape.length));
  if (shifts.length !== list.length && shifts.length !== 1)
    throw new ValueError(`roll got ${shifts.length} shifts for ${list.length} axes: give one for each.`);
  return list.reduce((rolled, axis, index) => rollAxis(rolled, (shifts[index] ?? shifts[0]) as number, axis), x);
};

const rollAxis = (x: Node, shift: number, axis: number): Node => {
  if (!Number.isInteger(shift)) throw new ValueError(`roll needs whole numbers, got ${shift}.`);
  const length = x.shape[axis] as number;
  const by = length === 0 ? 0 : ((shift % length) + length) % length;
  if (by === 0) return x;
  return g.concat([g.sliceAxis(x, axis, length - by, by), g.sliceAxis(x, axis, 0, length - by)], axis);
};

/** `widths`: [before, after] for each axis, or one pair for all. */
export const pad = (x: Node, widths: readonly (readonly [number, number])[], value = 0): Node => {
  const pairs = widths.length === 1 ? x.shape.map(() => widths[0] as readonly [number, number]) : widths;
  if (pairs.length !== x.shape.length)
    throw new ShapeError(
      `pad got ${widths.length} pairs for a tensor of shape ${formatShape(x.shape)}: give [before, after] for each axis.`,
    );
  for (const pair of pairs) for (const width of pair) wholeNumber('pad', 'each width', width);
  if (!isFloat(x.dtype) && !Number.isInteger(value))
    throw new ValueError(`pad cannot fill ${x.dtype} with ${value}: give a whole number, or cast first: x.cast('float32').`);
  return g.pad(
    x,
    pairs.map(([low]) => low),
    pairs.map(([, high]) => high),
    { value },
  );
};

/** The whole tensor so many times along each axis. */
export const tile = (x: Node, counts: number | readonly number[]): Node => {
  const given = typeof counts === 'number' ? [counts] : counts;
  for (const count of given) wholeNumber('tile', 'each count', count);
  const rank = Math.max(given.length, x.shape.length);
  const shape = [...Array.from({ length: rank - x.shape.length }, () => 1), ...x.shape];
  const times = [...Array.from({ length: rank - given.length }, () => 1), ...given];
  const apart = g.reshape(
    x,
    shape.flatMap(size => [1, size]),
  );
  const repeated = g.broadcast(
    apart,
    shape.flatMap((size, axis) => [times[axis] as number, size]),
  );
  return g.reshape(
    repeated,
    shape.map((size, axis) => size * (times[axis] as number)),
  );
};

/** Each element so many times in a row, along an axis or of the flattened tensor. */
export const repeat = (input: Node, count: number, axis?: number): Node => {
  wholeNumber('repeat', 'the count', count);
  const x = axis === undefined ? flatten(input) : input;
  const place = normalizeAxis('repeat', axis ?? 0, x.shape.length);
  const apart = g.expandDims(x, [place + 1]);
  const repeated = g.broadcast(apart, [...x.shape.slice(0, place + 1), count, ...x.shape.slice(place + 1)]);
  return g.reshape(
    repeated,
    x.shape.map((size, other) => (other === place ? size * count : size)),
  );
};

export const broadcastTo = (x: Node, shape: Shape): Node => g.broadcast(x, checkShape('broadcastTo', shape));

const inOneType = (what: string, parts: readonly Node[]): readonly Node[] => {
  if (parts.length === 0) throw new ValueError(`${what} needs at least one tensor.`);
  const dtype = parts.map(part => part.dtype).reduce(promote);
  return parts.map(part => g.cast(part, dtype));
};

/** Joins along an axis that there is. */
export const concat = (parts: readonly Node[], axis = 0): Node => {
  const nodes = inOneType('concat', parts);
  return g.concat(nodes, normalizeAxis('concat', axis, (nodes[0] as Node).shape.length));
};

/** Joins along a new axis. */
export const stack = (parts: readonly Node[], axis = 0): Node => {
  const nodes = inOneType('stack', parts);
  const { shape } = nodes[0] as Node;
  const place = normalizeAxis('stack', axis, shape.length + 1);
  const other = nodes.find(node => node.shape.length !== shape.length || node.shape.some((size, i) => size !== shape[i]));
  if (other !== undefined)
    throw new ShapeError(`stack needs tensors of one shape, got ${formatShape(shape)} and ${formatShape(other.shape)}.`);
  return g.concat(
    nodes.map(node => g.expandDims(node, [place])),
    place,
  );
};
