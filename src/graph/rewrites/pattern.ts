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

/** What names are bound to, the latest first: a list that several attempts share. */
interface Binding {
  readonly name: string;
  readonly node: Node;
  readonly rest: Binding | null;
}

/** `null` is nothing bound yet, `undefined` a failure. */
type Attempt = Binding | null | undefined;

const bind = (name: string | undefined, node: Node, bound: Binding | null): Attempt => {
  if (name === undefined) return bound;
  for (let known = bound; known !== null; known = known.rest) if (known.name === name) return known.node === node ? bound : undefined;
  return { name, node, rest: bound };
};

const matchInputs = (inputs: readonly Pattern[], nodes: readonly Node[], bound: Attempt): Attempt => {
  let known = bound;
  for (let index = 0; index < inputs.length && known !== undefined; index++)
    known = attempt(inputs[index] as Pattern, nodes[index] as Node, known);
  return known;
};

const attempt = (pattern: Pattern, node: Node, bound: Binding | null): Attempt => {
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
  return found === undefined && commutative.has(node.op) ? matchInputs(pattern.inputs, node.inputs.toReversed(), named) : found;
};

/** What the names of a pattern are when it is this node; undefined if it cannot be. */
export const match = (pattern: Pattern, node: Node): Map<string, Node> | undefined => {
  const found = attempt(pattern, node, null);
  if (found === undefined) return undefined;
  const names = new Map<string, Node>();
  for (let known = found; known !== null; known = known.rest) names.set(known.name, known.node);
  return names;
};
