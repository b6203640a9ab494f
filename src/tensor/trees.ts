import { GradusError, ValueError } from '../core/errors.ts';
import { flattenTree } from '../core/tree.ts';
import type { Node } from '../graph/node.ts';
import { isTensor, type Tensor, wrap } from './tensor.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function of trees; its own types are kept
export type AnyFunction = (...args: any[]) => unknown;

/** A tensor and its place in a tree. */
export interface Found {
  readonly path: string;
  readonly leaf: Tensor;
}

/** Whether a value holds others: an array or a plain object. */
export const isBranch = (value: unknown): value is object => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
};

/** The tensors of a tree, in order. Anything else in it is an error that names its path. */
export const tensorsIn = (tree: unknown): Found[] => flattenTree<Tensor>(tree, isTensor);

/** Whether a value in an argument is a leaf: a tensor, or whatever else a function may be given. */
export const isLeafOfArgument = (value: unknown): boolean => value !== undefined && value !== null && (isTensor(value) || !isBranch(value));

/** The leaves of an argument: tensors, and whatever else a function may be given. */
export const leavesIn = (argument: unknown): { path: string; leaf: unknown }[] => flattenTree<unknown>(argument, isLeafOfArgument);

/** The tensors of an argument, in order; numbers, texts and functions beside them are not looked at. */
export const tensorsAmong = (argument: unknown): Found[] => leavesIn(argument).filter((found): found is Found => isTensor(found.leaf));

/** What a function that is to be traced or differentiated gave back: tensors in a tree, at once. */
export const resultsIn = (what: string, tree: unknown): Found[] => {
  if (tree instanceof Promise)
    throw new GradusError(`${what} needs a function that returns at once; this one is asynchronous. Read values outside of it.`);
  try {
    return tensorsIn(tree);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new ValueError(`what a function under ${what} returns must be tensors: ${error.message} Make one of a number: tensor(value).`);
  }
};

/** The same tree with each tensor replaced; all else stays. */
export const mapTensors = (tree: unknown, transform: (x: Tensor, index: number) => unknown): unknown => {
  let next = 0;
  const visit = (value: unknown): unknown => {
    if (isTensor(value)) return transform(value, next++);
    if (Array.isArray(value)) return value.map(visit);
    return isBranch(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(item)])) : value;
  };
  return visit(tree);
};

/** The same tree over other nodes, taken in order. */
export const withNodes = <T>(tree: T, nodes: readonly Node[]): T => mapTensors(tree, (_, index) => wrap(nodes[index] as Node)) as T;

/** One tensor, or an error that says what came instead. */
export const oneTensor = (what: string, result: unknown): Tensor => {
  if (isTensor(result)) return result;
  resultsIn(what, result);
  const came = Array.isArray(result) ? 'an array' : result === null ? 'null' : `a ${typeof result}`;
  throw new ValueError(`${what} needs a function that returns one tensor, got ${came}.`);
};
