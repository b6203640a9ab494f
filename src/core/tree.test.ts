import { expect, test } from 'vitest';
import { flattenTree, mapTree, treeStructure } from './tree.ts';

class Leaf {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

const isLeaf = (value: unknown): boolean => value instanceof Leaf;
const tree = { kernel: new Leaf(1), layers: [new Leaf(2), { bias: new Leaf(3), none: undefined }], empty: null };

test('flattenTree lists the leaves in order, with their paths', () => {
  expect(flattenTree<Leaf>(tree, isLeaf).map(({ path, leaf }) => [path, leaf.value])).toEqual([
    ['kernel', 1],
    ['layers.0', 2],
    ['layers.1.bias', 3],
  ]);
});

test('a leaf alone is a tree, with an empty path', () => {
  expect(flattenTree<Leaf>(new Leaf(5), isLeaf)).toEqual([{ path: '', leaf: new Leaf(5) }]);
});

test('mapTree keeps the structure, and tells the paths that flattenTree tells', () => {
  const paths: string[] = [];
  const mapped = mapTree(tree, isLeaf, (leaf: Leaf, path) => {
    paths.push(path);
    return leaf.value * 10;
  });
  expect(mapped).toEqual({ kernel: 10, layers: [20, { bias: 30, none: undefined }], empty: null });
  expect(paths).toEqual(flattenTree(tree, isLeaf).map(({ path }) => path));
  expect(tree.kernel.value).toBe(1);
});

test('mapTree can replace leaves by leaves', () => {
  const doubled = mapTree(tree, isLeaf, (leaf: Leaf) => new Leaf(leaf.value * 2));
  expect(flattenTree<Leaf>(doubled, isLeaf).map(({ leaf }) => leaf.value)).toEqual([2, 4, 6]);
  expect(treeStructure(doubled, isLeaf)).toBe(treeStructure(tree, isLeaf));
});

test('treeStructure tells other structures apart', () => {
  const leaf = new Leaf(0);
  const structures = [leaf, [leaf], [leaf, leaf], [[leaf, leaf]], [[leaf], leaf], { a: leaf }, { b: leaf }, { a: [leaf] }, {}, []].map(
    value => treeStructure(value, isLeaf),
  );
  expect(new Set(structures).size).toBe(structures.length);
  expect(treeStructure({ a: new Leaf(1) }, isLeaf)).toBe(treeStructure({ a: new Leaf(2) }, isLeaf));
});

test('what is no leaf is an error that names its path', () => {
  const message = `a tree holds a number at 'layers.1': it takes tensors in plain objects, arrays and tuples.`;
  expect(() => flattenTree({ layers: [new Leaf(1), 7] }, isLeaf)).toThrow(message);
  expect(() => mapTree({ layers: [new Leaf(1), 7] }, isLeaf, () => 0)).toThrow(message);
  expect(() => flattenTree(new Map(), isLeaf)).toThrow(`a tree holds a object at 'its root'`);
});

test('a key of __proto__ stays data', () => {
  const hostile = JSON.parse('{"__proto__": {"polluted": null}}');
  const mapped = mapTree(hostile, isLeaf, () => 0) as object;
  expect(Object.keys(mapped)).toEqual(['__proto__']);
  expect('polluted' in mapped).toBe(false);
});
