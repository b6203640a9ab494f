import { isFloat } from '../core/dtype.ts';
import { DTypeError, formatShape, IndexError, ShapeError, ValueError } from '../core/errors.ts';
import { broadcastShapes, normalizeAxis, sizeOf } from '../core/shape.ts';
import * as g from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { unknownOptions, wholeNumber } from './options.ts';

const asIndices = (what: string, indices: Node): Node => {
  if (indices.dtype === 'int32') return indices;
  if (indices.dtype === 'uint8') return g.cast(indices, 'int32');
  throw new DTypeError(`${what} needs whole numbers as indices, got ${indices.dtype}. Cast them first: indices.cast('int32').`);
};

/** y[o…, i…, r…] = x[o…, indices[i…], r…]: the axis is replaced by the axes of the indices. */
export const gather = (x: Node, indices: Node, axis = 0): Node =>
  g.gather(x, asIndices('gather', indices), { axis: normalizeAxis('gather', axis, x.shape.length), batchDims: 0 });

const order = (rank: number, from: number, to: number): number[] => {
  const axes = Array.from({ length: rank }, (_, axis) => axis).filter(axis => axis !== from);
  axes.splice(to, 0, from);
  return axes;
};

/** y[…, i, …] = x[…, indices[…, i, …], …]: an index for each element; all other axes broadcast. */
export const takeAlongAxis = (x: Node, indices: Node, axis = -1): Node => {
  const rank = x.shape.length;
  const place = normalizeAxis('takeAlongAxis', axis, rank);
  if (indices.shape.length !== rank)
    throw new ShapeError(
      `takeAlongAxis needs as many axes in the indices as in the tensor: got ${formatShape(indices.shape)} for ${formatShape(x.shape)}.`,
    );
  const without = (shape: readonly number[]): number[] => shape.filter((_, other) => other !== place);
  const shared = broadcastShapes('takeAlongAxis', without(x.shape), without(indices.shape));
  const last = order(rank, place, rank - 1);
  const spread = (node: Node): Node => g.broadcast(g.permute(node, last), [...shared, node.shape[place] as number]);
  const taken = g.gather(spread(x), spread(asIndices('takeAlongAxis', indices)), { axis: rank - 1, batchDims: rank - 1 });
  return g.permute(taken, order(rank, rank - 1, place));
};

/** The tensor with updates added to, maximised with or put at the places that gather reads. */
export const scatter = (mode: 'add' | 'max' | 'replace', x: Node, indices: Node, updates: g.Operand, axis = 0): Node => {
  const what = { add: 'scatterAdd', max: 'scatterMax', replace: 'scatterReplace' }[mode];
  const place = normalizeAxis(what, axis, x.shape.length);
  const places = asIndices(what, indices);
  const shape = [...x.shape.slice(0, place), ...places.shape, ...x.shape.slice(place + 1)];
  const from = typeof updates === 'number' ? (Number.isInteger(updates) ? x.dtype : 'float32') : updates.dtype;
  if (isFloat(from) && !isFloat(x.dtype))
    throw new DTypeError(`${what} puts ${from} into ${x.dtype}, which would lose the fractions. Cast one of them: x.cast('float32').`);
  const given = typeof updates === 'number' ? g.constant(updates, x.dtype) : g.cast(updates, x.dtype);
  const all = broadcastShapes(what, given.shape, shape);
  if (all.length !== shape.length || sizeOf(all) !== sizeOf(shape))
    throw new ShapeError(
      `${what} needs updates of shape ${formatShape(shape)} for these indices, got ${formatShape(given.shape)}: what gather(indices, ${axis}) would give.`,
    );
  return g.scatter(x, places, g.broadcast(given, shape), { axis: place, batchDims: 0, mode });
};

/** 1 at the index, 0 elsewhere, along a new last axis; float32 unless told otherwise. */
export const oneHot = (indices: Node, depth: number, options: { readonly dtype?: Node['dtype']; readonly axis?: number } = {}): Node => {
  unknownOptions('oneHot', options, ['dtype', 'axis']);
  wholeNumber('oneHot', 'its depth', depth);
  const places = asIndices('oneHot', indices);
  const rank = places.shape.length + 1;
  const axis = normalizeAxis('oneHot', options.axis ?? -1, rank);
  const expanded = g.expandDims(places, [axis]);
  const shape = expanded.shape.map((size, other) => (other === axis ? depth : size));
  return g.cast(g.equal(expanded, g.iota(shape, axis, 'int32')), options.dtype ?? 'float32');
};

export interface SortOptions {
  /** The largest first. Default false. */
  readonly descending?: boolean;
}

/** Places along an axis in order; equal elements stay in theirs, NaN comes last. */
export const argSort = (x: Node, axis = -1, options: SortOptions = {}): Node => {
  unknownOptions('argSort', options, ['descending']);
  return g.argSort(x, normalizeAxis('argSort', axis, x.shape.length), options.descending === true);
};

export const sort = (x: Node, axis = -1, options: SortOptions = {}): Node => takeAlongAxis(x, argSort(x, axis, options), axis);

/** The k largest along an axis, the largest first, and their places. */
export const topK = (x: Node, k: number, axis = -1): { readonly values: Node; readonly indices: Node } => {
  const place = normalizeAxis('topK', axis, x.shape.length);
  const length = x.shape[place] as number;
  if (wholeNumber('topK', 'k', k) > length)
    throw new ValueError(`topK cannot take ${k} of ${length} elements along axis ${place}: k must not be larger.`);
  const indices = g.sliceAxis(g.argSort(x, place, true), place, 0, k);
  return { values: takeAlongAxis(x, indices, place), indices };
};

/** The part at an index of an axis, which goes; -1 is the last. An index that is a tensor is looked up. */
export const at = (x: Node, index: number | Node, axis = 0): Node => {
  const place = normalizeAxis('at', axis, x.shape.length);
  if (typeof index !== 'number') return gather(x, index, place);
  const length = x.shape[place] as number;
  if (!Number.isInteger(index) || index < -length || index >= length)
    throw new IndexError(
      `at cannot use index ${index} along axis ${place} of size ${length}: ${length === 0 ? 'it is empty' : `indices go from ${-length} to ${length - 1}`}.`,
    );
  const part = g.sliceAxis(x, place, index < 0 ? index + length : index, 1);
  return g.reshape(
    part,
    x.shape.filter((_, other) => other !== place),
  );
};
