import { promote } from '../core/dtype.ts';
import { formatShape, ShapeError } from '../core/errors.ts';
import { broadcastShapes } from '../core/shape.ts';
import * as g from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { counting } from './arithmetic.ts';

/** Both in one element type; bool counts in int32. */
const inOneType = (x: Node, y: Node): readonly [Node, Node] => {
  const dtype = promote(x.dtype, y.dtype);
  return dtype === 'bool' ? [counting(x), counting(y)] : [g.cast(x, dtype), g.cast(y, dtype)];
};

/**
 * (…, m, k) x (…, k, n) -> (…, m, n), leading axes broadcast. A tensor of one axis is a row at the left, a column at the right,
 * and that axis is not in the result: NumPy's rules.
 */
export const matmul = (left: Node, right: Node): Node => {
  const [x, y] = inOneType(left, right);
  const [rankX, rankY] = [x.shape.length, y.shape.length];
  const inner = y.shape[Math.max(0, rankY - 2)];
  if (rankX === 0 || rankY === 0 || x.shape[rankX - 1] !== inner)
    throw new ShapeError(
      `matmul cannot multiply ${formatShape(x.shape)} with ${formatShape(y.shape)}: the last axis of the first must be as long as the last but one of the second (its only one, if it has one axis).`,
    );
  if (rankX === 1 || rankY <= 2) {
    const product = g.contraction(x, y, { batch: [[], []], contract: [[rankX - 1], [Math.max(0, rankY - 2)]] });
    return product; // free axes of x, then those of y: nothing to arrange
  }
  const leading = broadcastShapes('matmul', x.shape.slice(0, -2), y.shape.slice(0, -2));
  const spread = (z: Node): Node => g.broadcast(z, [...leading, ...z.shape.slice(-2)]);
  return g.matmul(spread(x), spread(y));
};

/** x_i y_j for all i and j; of the flattened tensors. */
export const outer = (x: Node, y: Node): Node => {
  const flat = ({ shape }: Node): number => shape.reduce((product, size) => product * size, 1);
  const [a, b] = inOneType(x, y);
  return g.mul(g.reshape(a, [flat(x), 1]), g.reshape(b, [1, flat(y)]));
};

/** The diagonal of two equally long axes, as a new last axis. */
export const diagonal = (x: Node, first: number, second: number): Node => {
  const size = x.shape[first] as number;
  const rest = x.shape.map((_, axis) => axis).filter(axis => axis !== first && axis !== second);
  const moved = g.permute(x, [...rest, first, second]);
  const flat = g.reshape(moved, [...rest.map(axis => x.shape[axis] as number), size * size]);
  return g.sliceAxis(flat, rest.length, 0, size, size + 1);
};
