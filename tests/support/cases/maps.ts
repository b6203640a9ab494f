import * as g from '../../../src/graph/build.ts';
import type { Node } from '../../../src/graph/node.ts';
import { type Builds, of1, of2, of3 } from './case.ts';

const shapes = ['[0, 3]', '[1]', '[7]', '[3, 1, 3]', '[2, 9]', '[17]', '[31]'];
const unary = { neg: g.neg, abs: g.abs, sign: g.sign, exp: g.exp, expm1: g.expm1, log: g.log, log1p: g.log1p, sqrt: g.sqrt, sin: g.sin };
const more = { cos: g.cos, tanh: g.tanh, erf: g.erf, sigmoid: g.sigmoid };
const rounding = { floor: g.floor, ceil: g.ceil, round: g.round };
const special = ['abs', 'sign', 'exp', 'log', 'log1p', 'sqrt', 'sin', 'tanh', 'erf', 'sigmoid', 'expm1'];
const allUnary: Readonly<Record<string, (x: Node) => Node>> = { ...unary, ...more };

const binary = { add: g.add, sub: g.sub, mul: g.mul, div: g.div, maximum: g.maximum, minimum: g.minimum };
const broadcasts = ['[3, 1, 7] [8, 1]', '[9] []', '[1, 3] [17, 1]', '[2, 3, 4] [3, 4]', '[0, 3] [1, 3]', '[31] [31]'];
const comparisons = { equal: g.equal, less: g.less, lessEqual: g.lessEqual };

const named = <T>(table: Readonly<Record<string, T>>, entries: (name: string, value: T, index: number) => Builds): Builds =>
  Object.assign({}, ...Object.entries(table).map(([name, value], index) => entries(name, value, index)));

/** Maps of floats and booleans. */
export const mapCases: Builds = {
  ...named(allUnary, (op, apply, k) => ({
    [`${op} ${shapes[k % 7]}`]: of1(apply),
    [`${op} ${shapes[(k + 3) % 7]}`]: of1(apply),
  })),
  ...named(rounding, (op, apply) => ({ [`${op} of halves`]: of1(apply) })),
  ...Object.fromEntries(special.map(op => [`${op} of special values`, of1(allUnary[op] as (x: Node) => Node)])),
  ...named(binary, (op, apply, k) => ({
    [`${op} ${broadcasts[k % 6]}`]: of2(apply),
    [`${op} ${broadcasts[(k + 1) % 6]}`]: of2(apply),
  })),
  'maximum of ties': of2(g.maximum),
  'minimum of ties': of2(g.minimum),
  'maximum of special values': of2(g.maximum),
  'minimum of special values': of2(g.minimum),
  'mod of both signs': of2(g.mod),
  pow: of2(g.pow),
  'pow of negative bases': of2(g.pow),
  'pow 2 at zero': of1(x => g.pow(x, 2)),
  'pow 3': of1(x => g.pow(x, 3)),
  'pow 0.5': of1(x => g.pow(x, 0.5)),
  'pow of special values': of2(g.pow),
  ...named(comparisons, (op, apply) => ({
    [`${op} floats`]: of2(apply),
    [`${op} integers`]: of2(apply),
    [`${op} special values`]: of2(apply),
  })),
  'and or not': ([x, y]) => [g.and(x as Node, y as Node), g.or(x as Node, y as Node), g.not(x as Node)],
  where: of3(g.where),
  'where bool': of3(g.where),
};

/** Arithmetic on integers, and casts. */
export const integerCases: Builds = {
  'int32 arithmetic': inputs => {
    const [x, y] = inputs as [Node, Node];
    return [g.add(x, y), g.sub(x, y), g.mul(x, y), g.neg(x), g.abs(x), g.sign(x)];
  },
  'int32 arithmetic wraps': inputs => {
    const [x, y] = inputs as [Node, Node];
    return [g.add(x, y), g.sub(x, y), g.mul(x, y)];
  },
  'int32 division': inputs => {
    const [x, y, z] = inputs as [Node, Node, Node];
    return [g.div(x, y), g.div(x, z), g.mod(x, y), g.mod(x, z)];
  },
  'int32 division by zero': ([x]) => [g.div(x as Node, 0), g.mod(x as Node, 0)],
  'int32 power': of2(g.pow),
  'uint8 arithmetic wraps': inputs => {
    const [x, y] = inputs as [Node, Node];
    return [g.add(x, y), g.sub(x, y), g.mul(x, y), g.div(x, y)];
  },
  'cast float to integers': ([x]) => [g.cast(x as Node, 'int32'), g.cast(x as Node, 'uint8'), g.cast(x as Node, 'bool')],
  'cast integers': ([x]) => [g.cast(x as Node, 'float32'), g.cast(x as Node, 'uint8'), g.cast(x as Node, 'bool')],
  'cast through half precision': ([x]) =>
    (['float16', 'bfloat16'] as const).map(half => g.cast(g.cast(x as Node, half), (x as Node).dtype)),
};
