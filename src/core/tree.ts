import { ValueError } from './errors.ts';

/** A tree: a leaf, or plain arrays and objects of trees. */
export type Tree<Leaf> = Leaf | readonly Tree<Leaf>[] | { readonly [key: string]: Tree<Leaf> };

/** The same tree with other leaves. */
export type MapTree<T, From, To> = T extends From ? To : { [K in keyof T]: MapTree<T[K], From, To> };

type IsLeaf = (value: unknown) => boolean;

const isPlain = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/**
 * The leaves of a tree, in order of the keys as written, each with its path (`layers.0.kernel`).
 * `undefined` and `null` are empty trees. Anything else that is no leaf is an error that names its path.
 */
export const flattenTree = <Leaf>(tree: unknown, isLeaf: IsLeaf, path = ''): { path: string; leaf: Leaf }[] => {
  const found: { path: string; leaf: Leaf }[] = [];
  const visit = (value: unknown, at: string): void => {
    if (isLeaf(value)) found.push({ path: at, leaf: value as Leaf });
    else if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, at ? `${at}.${index}` : String(index));
    else if (isPlain(value)) for (const key of Object.keys(value)) visit(value[key], at ? `${at}.${key}` : key);
    else if (value !== undefined && value !== null)
      throw new ValueError(
        `a tree holds a ${typeof value} at '${at || 'its root'}': it takes tensors in plain objects, arrays and tuples.`,
      );
  };
  visit(tree, path);
  return found;
};

/** Builds the same tree with each leaf replaced by `transform(leaf, path)`. */
export const mapTree = (tree: unknown, isLeaf: IsLeaf, transform: (leaf: never, path: string) => unknown, at = ''): unknown => {
  if (isLeaf(tree)) return transform(tree as never, at);
  if (Array.isArray(tree)) return tree.map((item, index) => mapTree(item, isLeaf, transform, at ? `${at}.${index}` : String(index)));
  if (isPlain(tree))
    return Object.fromEntries(Object.keys(tree).map(key => [key, mapTree(tree[key], isLeaf, transform, at ? `${at}.${key}` : key)]));
  if (tree === undefined || tree === null) return tree;
  throw new ValueError(`a tree holds a ${typeof tree} at '${at || 'its root'}': it takes tensors in plain objects, arrays and tuples.`);
};

/** A text that is equal for trees of equal structure. */
export const treeStructure = (tree: unknown, isLeaf: IsLeaf): string => {
  if (isLeaf(tree)) return '*';
  if (Array.isArray(tree)) return `[${tree.map(item => treeStructure(item, isLeaf)).join()}]`;
  if (isPlain(tree))
    return `{${Object.keys(tree)
      .map(key => `${JSON.stringify(key)}:${treeStructure(tree[key], isLeaf)}`)
      .join()}}`;
  return String(tree);
};
