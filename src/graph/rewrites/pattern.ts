import type { Node } from '../node.ts';
import { type Attributes, type Op, ops } from '../ops.ts';

/** What a graph must look like. `Names` are those of its variables and of the operations that it names. */
export type Pattern<Names extends string = string> =
  | { readonly kind: 'variable'; readonly name: Names }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'scalar'; readonly name: Names }
  | { readonly kind: 'operation'; readonly op: Op; readonly inputs: readonly Pattern<Names>[]; readonly name: Names | undefined };

/** A number stands for a tensor that holds it everywhere. */
type Input<Names extends string> = Pattern<Names> | number;

/** What the names of a pattern were found to be. */
export type Bound<Names extends string> = { readonly [N in Names]: Node };

/** Matches any node; where it stands twice, the same node. */
export const variable = <N extends string>(name: N): Pattern<N> => ({ kind: 'variable', name });

/** Matches a tensor that repeats one element; bound to the node of shape () that it repeats. */
export const scalar = <N extends string>(name: N): Pattern<N> => ({ kind: 'scalar', name });

/** Gives an operation a name, for its attributes. */
export const named = <N extends string, M extends string>(name: N, pattern: Pattern<M>): Pattern<N | M> =>
  pattern.kind === 'operation' ? { ...pattern, name } : pattern;

type Patterns = { readonly [O in Op]: <N extends string = never>(...inputs: readonly Input<N>[]) => Pattern<N> };

/** One function for each operation: `patterns.mul(x, 1)`. */
export const patterns: Patterns = Object.fromEntries(
  Object.keys(ops).map(op => [
    op,
    (...inputs: readonly Input<string>[]): Pattern => ({
      kind: 'operation',
      op: op as Op,
      inputs: inputs.map(known => (typeof known === 'number' ? { kind: 'number', value: known } : known)),
      name: undefined,
    }),
  ]),
) as unknown as Patterns;

/** The attributes of a node that is known to be this operation. */
export const attributesOf = <O extends Op>(node: Node, _op: O): Attributes[O] => node.attributes as Attributes[O];

/** The node of shape () that a node repeats in each of its elements, if it does. */
export const repeatedScalar = (node: Node): Node | undefined => {
  if (node.op === 'broadcast' && node.inputs.length === 1) return repeatedScalar(node.inputs[0] as Node);
  return node.shape.length === 0 ? node : undefined;
};

/** The number that a node holds in each of its elements, if that is known. */
export const knownNumber = (node: Node): number | undefined => {
  const repeated = repeatedScalar(node);
  return repeated?.op === 'constant' ? attributesOf(repeated, 'constant').value : undefined;
};

const commutative: ReadonlySet<Op> = new Set<Op>(['add', 'mul', 'maximum', 'minimum', 'equal', 'and', 'or']);

const bind = (name: string | undefined, node: Node, bound: Map<string, Node>): Map<string, Node> | undefined => {
  if (name === undefined) return bound;
  const known = bound.get(name);
  if (known !== undefined) return known === node ? bound : undefined;
  return new Map(bound).set(name, node);
};

const matchInputs = (
  inputs: readonly Pattern[],
  nodes: readonly Node[],
  bound: Map<string, Node> | undefined,
): Map<string, Node> | undefined =>
  inputs.reduce<Map<string, Node> | undefined>((known, pattern, index) => known && match(pattern, nodes[index] as Node, known), bound);

/** What the names of a pattern are when it is this node, given what is known of them; undefined if it cannot be. */
export const match = (pattern: Pattern, node: Node, bound: Map<string, Node> = new Map()): Map<string, Node> | undefined => {
  if (pattern.kind === 'variable') return bind(pattern.name, node, bound);
  if (pattern.kind === 'number') return knownNumber(node) === pattern.value ? bound : undefined;
  if (pattern.kind === 'scalar') {
    const repeated = repeatedScalar(node);
    return repeated && bind(pattern.name, repeated, bound);
  }
  // A node with a value has no inputs any more, and is a leaf.
  if (node.op !== pattern.op || node.inputs.length !== pattern.inputs.length || node.value !== undefined) return undefined;
  const named = bind(pattern.name, node, bound);
  const found = matchInputs(pattern.inputs, node.inputs, named);
  return found ?? (commutative.has(node.op) ? matchInputs(pattern.inputs, node.inputs.toReversed(), named) : undefined);
};
