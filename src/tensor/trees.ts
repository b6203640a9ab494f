import { GradusError, ValueError } from '../core/errors.ts';
import { flattenTree, mapTree } from '../core/tree.ts';
import type { Node } from '../graph/node.ts';
import { isTensor, type Tensor, wrap } from './tensor.ts';

/** The tensors of a tree, in order, each with its path. */
export const tensorsIn = (tree: unknown): { path: string; leaf: Tensor }[] => flattenTree<Tensor>(tree, isTensor);

/** What a function that is to be traced or differentiated gave back: tensors in a tree, at once. */
export const resultsIn = (what: string, tree: unknown): { path: string; leaf: Tensor }[] => {
  if (tree instanceof Promise)
    throw new GradusError(`${what} needs a function that returns at once; this one is asynchronous. Read values outside of it.`);
  return flattenTree<Tensor>(tree, isTensor, '');
};

/** The same tree with other tensors, taken from a list in order. */
export const withTensors = <T>(tree: T, tensors: readonly Tensor[]): T => {
  let next = 0;
  return mapTree(tree, isTensor, () => tensors[next++]) as T;
};

/** The same tree over other nodes. */
export const withNodes = <T>(tree: T, nodes: readonly Node[]): T => withTensors(tree, nodes.map(wrap));

/** One tensor, or an error that says what came instead. */
export const oneTensor = (what: string, result: unknown): Tensor => {
  if (isTensor(result)) return result;
  resultsIn(what, result);
  const came = Array.isArray(result) ? 'an array' : result === null ? 'null' : `a ${typeof result}`;
  throw new ValueError(`${what} needs a function that returns one tensor, got ${came}.`);
};
