import * as g from '../build.ts';
import type { Node } from '../node.ts';
import type { ContractionAttributes } from '../ops.ts';
import { attributesOf, named, patterns as p, variable } from './pattern.ts';
import { type Rule, rule } from './rule.ts';

const [a, b] = [variable('a'), variable('b')];

const freeAxes = (x: Node, batch: readonly number[], contract: readonly number[]): number[] =>
  x.shape.map((_, axis) => axis).filter(axis => !batch.includes(axis) && !contract.includes(axis));

/** The same product of what was transposed before; only while the free axes come out in the same order. */
const withoutPermute = (node: Node, permuted: Node, side: 0 | 1): Node | undefined => {
  const { batch, contract } = attributesOf(node, 'contraction');
  const { order } = attributesOf(permuted, 'permute');
  const original = (axes: readonly number[]): number[] => axes.map(axis => order[axis] as number);
  const free = original(freeAxes(permuted, batch[side], contract[side]));
  if (free.some((axis, index) => index > 0 && axis < (free[index - 1] as number))) return undefined;
  const inputs = node.inputs.map((input, index) => (index === side ? (permuted.inputs[0] as Node) : input)) as [Node, Node];
  const replaced = (pair: ContractionAttributes['batch']): ContractionAttributes['batch'] =>
    side === 0 ? [original(pair[0]), pair[1]] : [pair[0], original(pair[1])];
  return g.contraction(...inputs, { batch: replaced(batch), contract: replaced(contract) });
};

const swapped = ([first, second]: ContractionAttributes['batch']): ContractionAttributes['batch'] => [second, first];

/** A permutation of a product that puts the free axes of the second factor first. */
const transposedProduct = rule('(A B)ᵀ = Bᵀ Aᵀ', p.permute(named('product', p.contraction(a, b))), ({ product, a, b }, node) => {
  const { batch, contract } = attributesOf(product, 'contraction');
  const paired = batch[0].length;
  const [first, second] = [freeAxes(a, batch[0], contract[0]).length, freeAxes(b, batch[1], contract[1]).length];
  const exchanged = product.shape.map((_, axis) => (axis < paired ? axis : axis < paired + second ? axis + first : axis - second));
  if (!attributesOf(node, 'permute').order.every((axis, index) => axis === exchanged[index])) return undefined;
  return g.contraction(b, a, { batch: swapped(batch), contract: swapped(contract) });
});

export const products: readonly Rule[] = [
  rule('Aᵀ B, transposed as it is read', p.contraction(named('left', p.permute(a)), b), ({ left }, node) => withoutPermute(node, left, 0)),
  rule('A Bᵀ, transposed as it is read', p.contraction(a, named('right', p.permute(b))), ({ right }, node) =>
    withoutPermute(node, right, 1),
  ),
  transposedProduct,
];
