import { sizeOf } from '../../core/shape.ts';
import * as g from '../build.ts';
import { intern, type Node } from '../node.ts';
import type { Op } from '../ops.ts';
import { attributesOf, named, patterns as p, variable } from './pattern.ts';
import { type Rule, rule } from './rule.ts';

const x = variable('x');

type Reduction = 'sum' | 'prod' | 'max' | 'min' | 'any' | 'all';
const all: readonly Reduction[] = ['sum', 'prod', 'max', 'min', 'any', 'all'];

const axesOf = (node: Node): readonly number[] => attributesOf(node, 'sum').axes;

/** The axes that both reductions remove together, as the first input calls them. */
const joined = (op: Reduction): Rule =>
  rule(`${op} ${op} x = ${op} x`, p[op](named('inner', p[op](x))), ({ x, inner }, node) => {
    const left = x.shape.map((_, axis) => axis).filter(axis => !axesOf(inner).includes(axis));
    const axes = [...axesOf(inner), ...axesOf(node).map(axis => left[axis] as number)].sort((a, b) => a - b);
    return intern(op, [x], { axes });
  });

/** Axes of size 1 need no reduction. */
const short = (op: Reduction): Rule =>
  rule(`${op} x = reshape x along axes of size 1`, p[op](x), ({ x }, node) => {
    const axes = axesOf(node);
    const long = axes.filter(axis => x.shape[axis] !== 1);
    if (long.length === axes.length) return undefined;
    return g.reshape(long.length === 0 ? x : (intern(op, [x], { axes: long }) as Node), node.shape);
  });

/** Axes along which a broadcast repeats, among those that are reduced. */
const repeatedAxes = (node: Node, x: Node): number[] => {
  const whole = (node.inputs[0] as Node).shape;
  const added = whole.length - x.shape.length;
  return axesOf(node).filter(axis => whole[axis] !== 1 && (axis < added || x.shape[axis - added] === 1));
};

/** The reduction along the other axes, of one of the repeated copies. */
const ofOneCopy = (node: Node, x: Node, repeated: readonly number[]): Node => {
  const whole = (node.inputs[0] as Node).shape;
  const kept = whole.map((size, axis) => (repeated.includes(axis) ? 1 : size));
  const narrow = g.broadcast(x, kept);
  const rest = axesOf(node).filter(axis => !repeated.includes(axis));
  return g.reshape(rest.length === 0 ? narrow : (intern(node.op as Op, [narrow], { axes: rest }) as Node), node.shape);
};

const overRepeated = (op: Reduction): Rule =>
  rule(`${op}(x…) = ${op === 'sum' ? 'n · sum' : op}(x)`, p[op](p.broadcast(x)), ({ x }, node) => {
    const whole = (node.inputs[0] as Node).shape;
    const repeated = repeatedAxes(node, x);
    // n must be a number of the element type: 300 is none of uint8, nor 70,000 of float16.
    const holds = op !== 'sum' || ['float32', 'float64', 'int32'].includes(node.dtype);
    if (repeated.length === 0 || sizeOf(whole) === 0 || !holds) return undefined;
    const once = ofOneCopy(node, x, repeated);
    return op === 'sum'
      ? g.mul(
          once,
          repeated.reduce((n, axis) => n * (whole[axis] as number), 1),
        )
      : once;
  });

export const reductions: readonly Rule[] = [
  ...all.map(joined),
  ...all.map(short),
  ...(['sum', 'max', 'min', 'any', 'all'] as const).map(overRepeated),
];
