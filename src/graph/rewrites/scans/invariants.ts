import { input, type Node, topological } from '../../node.ts';
import { ops } from '../../ops.ts';
import { substitute } from '../../substitute.ts';
import { bodyNodes, dependents, type Loop, type Parameter } from './loop.ts';

/**
 * Computes before the loop what is the same in each step: nodes that depend on constants only become constants. Views of them stay
 * inside, and so do nodes made of numbers alone: they cost no memory where they are.
 */
export const hoistInvariants = (loop: Loop): Loop => {
  if (loop.length === 0) return loop; // what no step computes must not be computed, nor fail, before
  const nodes = bodyNodes(loop);
  const varying = dependents(nodes, [...loop.carries, ...loop.sequences]);
  const fixed = dependents(nodes, loop.constants);
  const parameters = new Set(loop.constants.map(({ inside }) => inside));
  const isWork = ({ op, parts }: Node): boolean => parts.length === 0 && ops[op].kind !== 'layout' && ops[op].kind !== 'identity';
  const has = (node: Node): boolean => fixed.has(node) && !varying.has(node) && !parameters.has(node) && isWork(node);
  const outputs = [...loop.carries.map(({ next }) => next), ...loop.items.map(({ node }) => node)];
  const hoisted = topological(outputs, { has }).filter(has);
  if (hoisted.length === 0) return loop;

  const outside = substitute(
    hoisted,
    loop.constants.map(known => known.inside),
    loop.constants.map(known => known.outside),
  );
  const added = hoisted.map(({ shape, dtype }, index): Parameter => ({ inside: input(shape, dtype), outside: outside[index] as Node }));
  const inner = (list: readonly Node[]): Node[] =>
    substitute(
      list,
      hoisted,
      added.map(({ inside }) => inside),
    );
  const nexts = inner(loop.carries.map(({ next }) => next));
  const items = inner(loop.items.map(({ node }) => node));
  return {
    ...loop,
    constants: [...loop.constants, ...added],
    carries: loop.carries.map((carry, index) => ({ ...carry, next: nexts[index] as Node })),
    items: loop.items.map((item, index) => ({ ...item, node: items[index] as Node })),
  };
};
