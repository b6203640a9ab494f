import type { DType } from '../../core/dtype.ts';
import * as g from '../build.ts';
import type { Node } from '../node.ts';
import { patterns as p, variable } from './pattern.ts';
import { type Rule, rule } from './rule.ts';

const x = variable('x');

/** Element types that hold every value of another exactly. */
const widerThan: { readonly [D in DType]: readonly DType[] } = {
  bool: ['uint8', 'int32', 'float16', 'bfloat16', 'float32', 'float64'],
  uint8: ['int32', 'float16', 'bfloat16', 'float32', 'float64'],
  int32: ['float64'],
  float16: ['float32', 'float64'],
  bfloat16: ['float32', 'float64'],
  float32: ['float64'],
  float64: [],
};

/** Gradients have gone their ways when a graph is rewritten: what was said to them is said. Barriers stay. */
const custom: Rule = {
  name: 'custom(x, …) = x',
  pattern: p.custom(x),
  apply: node => (node.inputs.length > 0 ? (node.inputs[0] as Node) : undefined),
};

export const identities: readonly Rule[] = [
  rule('mark x = x', p.mark(x), ({ x }) => x),
  rule('stopGradient x = x', p.stopGradient(x), ({ x }) => x),
  custom,
  rule('cast cast x = cast x, where the first loses nothing', p.cast(p.cast(x)), ({ x }, node) => {
    const between = (node.inputs[0] as Node).dtype;
    return widerThan[x.dtype].includes(between) ? g.cast(x, node.dtype) : undefined;
  }),
];
