import { sameShape, sizeOf } from '../../core/shape.ts';
import * as g from '../build.ts';
import type { Node } from '../node.ts';
import type { Op } from '../ops.ts';
import { attributesOf, named, patterns as p, repeatedScalar, variable } from './pattern.ts';
import { type Rule, rule } from './rule.ts';

const x = variable('x');

const longAxes = (shape: readonly number[], order: readonly number[]): number[] => order.filter(axis => shape[axis] !== 1);
const ascending = (list: readonly number[]): boolean => list.every((value, index) => index === 0 || (list[index - 1] as number) < value);

/** Two moves in one. */
const composed: readonly Rule[] = [
  rule('reshape reshape x = reshape x', p.reshape(p.reshape(x)), ({ x }, { shape }) => g.reshape(x, shape)),
  rule('broadcast broadcast x = broadcast x', p.broadcast(p.broadcast(x)), ({ x }, { shape }) => g.broadcast(x, shape)),
  rule('(xᵖ)ᑫ = xᵖᑫ', p.permute(named('inner', p.permute(x))), ({ x, inner }, node) => {
    const { order } = attributesOf(inner, 'permute');
    return g.permute(
      x,
      attributesOf(node, 'permute').order.map(axis => order[axis] as number),
    );
  }),
  rule('xᵖ = reshape x, where only axes of size 1 move', p.permute(x), ({ x }, { shape }) => g.reshape(x, shape), {
    where: ({ x }, node) => ascending(longAxes(x.shape, attributesOf(node, 'permute').order)),
  }),
  rule('slice slice x = slice x', p.slice(named('inner', p.slice(x))), ({ x, inner }, node) => {
    const [outer, first] = [attributesOf(node, 'slice'), attributesOf(inner, 'slice')];
    return g.slice(
      x,
      outer.start.map((start, axis) => (first.start[axis] as number) + start * (first.step[axis] as number)),
      outer.size,
      outer.step.map((step, axis) => step * (first.step[axis] as number)),
    );
  }),
  rule('flip flip x = flip x', p.flip(named('inner', p.flip(x))), ({ x, inner }, node) => {
    const [outer, first] = [attributesOf(node, 'flip').axes, attributesOf(inner, 'flip').axes];
    return g.flip(x, [...outer.filter(axis => !first.includes(axis)), ...first.filter(axis => !outer.includes(axis))]);
  }),
  rule('flip x = x along axes of size 1', p.flip(x), ({ x }, node) => {
    const { axes } = attributesOf(node, 'flip');
    const long = longAxes(x.shape, axes);
    return long.length === axes.length ? undefined : g.flip(x, long);
  }),
  rule('slice pad x = x, where it takes the padding away', p.slice(named('padded', p.pad(x))), ({ x, padded }, node) => {
    const [{ start, size, step }, { low, interior }] = [attributesOf(node, 'slice'), attributesOf(padded, 'pad')];
    const back = sameShape(start, low) && sameShape(size, x.shape) && step.every((by, axis) => by === (interior[axis] as number) + 1);
    return back ? x : undefined;
  }),
];

/** The part of a concatenation that a slice lies in, sliced. */
const sliceOfConcat: Rule = {
  name: 'slice (x ‖ y) = slice x, where it lies in x',
  pattern: p.slice(x),
  apply: node => {
    const joined = node.inputs[0];
    if (joined?.op !== 'concat' || joined.inputs.length === 0) return undefined;
    const { axis } = attributesOf(joined, 'concat');
    const { start, size, step } = attributesOf(node, 'slice');
    const [from, count] = [start[axis] as number, size[axis] as number];
    let begin = 0;
    for (const part of joined.inputs) {
      const end = begin + (part.shape[axis] as number);
      if (count > 0 && from >= begin && from + (count - 1) * (step[axis] as number) < end) {
        const moved = start.map((value, other) => (other === axis ? value - begin : value));
        return g.slice(part, moved, size, step);
      }
      begin = end;
    }
    return undefined;
  },
};

/** The only axis along which a pad with zeros makes x longer, and by how much. */
const paddedAxis = (node: Node): { axis: number; low: number; high: number } | undefined => {
  const { low, high, interior, value } = attributesOf(node, 'pad');
  const axes = low.flatMap((before, axis) => (before !== 0 || high[axis] !== 0 ? [axis] : []));
  const [axis] = axes;
  if (value !== 0 || axis === undefined || axes.length > 1 || interior.some(zeros => zeros !== 0)) return undefined;
  return { axis, low: low[axis] as number, high: high[axis] as number };
};

/** pad x + pad y as one, where x and y are neighbours along the only padded axis. */
const joined = (left: Node, right: Node): Node | undefined => {
  if (left.op !== 'pad' || right.op !== 'pad') return undefined;
  const [a, b] = [paddedAxis(left), paddedAxis(right)];
  if (a === undefined || b === undefined || a.axis !== b.axis) return undefined;
  const { axis } = a;
  const [first, second] = a.low < b.low ? [left, right] : [right, left];
  const [before, after] = a.low < b.low ? [a, b] : [b, a];
  const [u, v] = [first.inputs[0] as Node, second.inputs[0] as Node];
  if (before.low + (u.shape[axis] as number) !== after.low) return undefined;
  const around = (size: number): number[] => u.shape.map((_, other) => (other === axis ? size : 0));
  const parts = [u, v].flatMap(part => (part.op === 'concat' && attributesOf(part, 'concat').axis === axis ? part.inputs : [part]));
  return g.pad(g.concat(parts, axis), around(before.low), around(after.high));
};

/** What a sum of sums adds up, from left to right. */
const terms = (node: Node): readonly Node[] => (node.op === 'add' && node.value === undefined ? node.inputs.flatMap(terms) : [node]);
const mostTerms = 16;

/** Adjoints of neighbouring slices: each with zeros in the other's place. They stand in a sum in any order. */
const joinedPads: Rule = {
  name: '… + pad x + … + pad y + … = … + pad (x ‖ y) + …, where they are neighbours',
  pattern: p.add(x, variable('y')),
  apply: node => {
    if (!node.inputs.some(({ op }) => op === 'pad')) return undefined;
    const all = terms(node);
    if (all.length > mostTerms) return undefined;
    for (const [i, left] of all.entries())
      for (const [j, right] of all.entries()) {
        const both = j > i ? joined(left, right) : undefined;
        if (both === undefined) continue;
        const others = all.filter((_, index) => index !== i && index !== j);
        return [...others, both].reduce((sum, term) => g.add(sum, term));
      }
    return undefined;
  },
};

/** Of what is the same everywhere only the shape changes. */
const ofScalar = (op: Op): Rule =>
  rule(`${op}(c…) = c…`, p[op](x), ({ x }, node) => {
    const repeated = x.shape.length > 0 ? repeatedScalar(x) : undefined;
    return repeated && g.broadcast(repeated, node.shape);
  });

const ofRepeated: readonly Rule[] = [
  ...(['reshape', 'permute', 'slice', 'flip', 'window'] as const).map(ofScalar),
  rule('broadcast x = c…, where x has one element', p.broadcast(x), ({ x }, { shape }) => g.broadcast(g.reshape(x, []), shape), {
    where: ({ x }) => x.shape.length > 0 && sizeOf(x.shape) === 1,
  }),
  rule('concat x = x', p.concat(x), ({ x }) => x),
];

/** Operations that move elements and leave them as they are. */
export const moves: readonly Rule[] = [...composed, ...ofRepeated, sliceOfConcat, joinedPads];
