import type { Affine } from '../../compiler/affine.ts';
import type { Expr } from '../../compiler/expression.ts';
import type { LoopKernel, Store } from '../../compiler/kernel.ts';
import type { Node } from '../../graph/node.ts';

/**
 * A text that is equal for loop nests that compile to the same code: arrays and expressions are numbered in the order of their use.
 * Twelve equal blocks of a network then cost the code generation of one.
 */
export const kernelKey = (kernel: LoopKernel, arrays: readonly Node[], flush: (store: Store) => boolean): string => {
  const numbers = new Map<Expr, number>();
  const reductions = new Map<Node, number>();
  let key = `${kernel.sizes}|${kernel.parallel}|${kernel.vector}`;
  const array = (node: Node): string => `${arrays.indexOf(node)}${node.dtype}`;
  const affine = ({ offset, strides }: Affine): string => `${offset}:${strides}`;
  const number = (expr: Expr): number => {
    const known = numbers.get(expr);
    if (known !== undefined) return known;
    let text: string = expr.type;
    if (expr.kind === 'constant') text += Object.is(expr.value, -0) ? '-0' : String(expr.value);
    else if (expr.kind === 'index') text += `i${affine(expr.affine)}`;
    else if (expr.kind === 'reduced') text += `r${reductions.get(expr.node) ?? -1}`;
    else if (expr.kind === 'load') {
      text += `l${array(expr.access.node)}@${affine(expr.access.affine)}`;
      for (const { index, stride, size } of expr.access.indirect) text += `[${number(index)}*${stride}<${size}`;
    } else {
      text += `${expr.op}${expr.name ?? ''}`;
      for (const arg of expr.args) text += `,${number(arg)}`;
    }
    key += `;${text}`;
    numbers.set(expr, numbers.size);
    return numbers.size - 1;
  };
  const store = (item: Store): void => {
    const value = number(item.value);
    const indirect = item.indirect.map(({ index, stride, size }) => `[${number(index)}*${stride}<${size}`).join('');
    key += `;s${array(item.node)}@${affine(item.affine)}${indirect}=${value}${item.mode}${item.storage}${flush(item) ? 'f' : ''}`;
  };
  for (const stage of kernel.stages) {
    key += '/';
    for (const { node, op, value } of stage.reductions) {
      const from = number(value);
      reductions.set(node, reductions.size);
      key += `;${op}${from}`;
    }
    stage.stores.forEach(store);
  }
  kernel.rowStores.forEach(store);
  return key;
};
