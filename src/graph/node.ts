import type { DType } from '../core/dtype.ts';
import { GradusError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { type Attributes, type Op, ops } from './ops.ts';
import { dtypeRules, partsOf, shapeRules } from './shapes.ts';

export interface Part {
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * One operation applied to its inputs. Nodes are immutable and interned: same op, same inputs, same attributes are the same object,
 * so common subexpressions cost nothing and equality is identity. The one exception is `settle`, for values that have been computed.
 */
export class Node<O extends Op = Op> {
  readonly id: number;
  readonly op: O;
  inputs: readonly Node[];
  readonly attributes: Attributes[O];
  readonly shape: Shape;
  readonly dtype: DType;
  /** Outputs of a control operation, read by `part`. */
  readonly parts: readonly Part[];
  /** Depends on a parameter of a trace: has no value outside of it. */
  readonly symbolic: boolean;
  /** Operations on the longest way down to a leaf that has a value. */
  depth: number;
  /** The computed value, owned by the tensor floor; such a node is a leaf. */
  value: unknown = undefined;
  /** Whether another node was built on it, and how many tensors stand for it: alone, its memory may be freed early. */
  isUsed = false;
  handles = 0;
  /** Nodes that are computed together with this one (loss and gradients). */
  group: readonly Node[] | undefined = undefined;

  constructor(op: O, inputs: readonly Node[], attributes: Attributes[O], symbolic: boolean) {
    this.id = nextId++;
    this.op = op;
    this.inputs = inputs;
    this.attributes = attributes;
    const shapeRule = shapeRules[op] as (inputs: readonly Node[], attributes: Attributes[O]) => Shape;
    const dtypeRule = dtypeRules[op] as (inputs: readonly Node[], attributes: Attributes[O]) => DType;
    this.shape = shapeRule(inputs, attributes);
    this.dtype = dtypeRule(inputs, attributes);
    this.parts = partsOf(op, inputs, attributes);
    this.symbolic = symbolic || inputs.some(input => input.symbolic);
    for (const input of inputs) input.isUsed = true;
    this.depth = inputs.length === 0 ? 0 : 1 + Math.max(...inputs.map(input => input.depth));
  }
}

export type NodeOf<O extends Op> = Node<O>;

let nextId = 1;
let interned = new Map<string, Node>();
/** The table holds its nodes, and they their values: it is emptied before it can hold much. */
const internedLimit = 20_000;

/** Parts belong to their control operation, which finds them again by `part` when it is lowered: they outlive the table. */
const partsKnown = new WeakMap<Node, Node[]>();

const internPart = (whole: Node, attributes: Attributes['part']): Node => {
  const known = partsKnown.get(whole) ?? [];
  partsKnown.set(whole, known);
  known[attributes.index] ??= new Node('part', [whole], attributes, false) as Node;
  return known[attributes.index] as Node;
};

const noAttributes: object = {};
const subgraphIds = new WeakMap<object, number>();

const attributeKey = (attributes: object): string => {
  if (attributes === noAttributes) return '';
  return JSON.stringify(attributes, (_key, value: unknown) => {
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) return Object.is(value, -0) ? '-0' : String(value);
    const opaque = typeof value === 'function' || (typeof value === 'object' && value !== null && 'outputs' in value);
    if (!opaque) return value;
    let id = subgraphIds.get(value);
    if (id === undefined) {
      id = nextId++;
      subgraphIds.set(value, id);
    }
    return `#${id}`;
  });
};

/** The node of an operation; the existing one if there is one. Checks shapes and element types. */
export const intern = <O extends Op>(
  op: O,
  inputs: readonly Node[],
  attributes: Attributes[O] = noAttributes as Attributes[O],
): Node<O> => {
  if (op === 'part') return internPart(inputs[0] as Node, attributes as Attributes['part']) as Node<O>;
  let key = op as string;
  for (const input of inputs) key += `,${input.id}`;
  key += attributeKey(attributes);
  const known = interned.get(key);
  if (known !== undefined) return known as Node<O>;
  const { arity } = ops[op];
  if (arity >= 0 && arity !== inputs.length) throw new GradusError(`${op} takes ${arity} inputs, got ${inputs.length}.`);
  const node = new Node(op, inputs, attributes, false);
  if (interned.size >= internedLimit) interned = new Map();
  interned.set(key, node as Node);
  return node;
};

/** A new leaf, distinct from every other. `symbolic`: a parameter of a trace. */
export const input = (shape: Shape, dtype: DType, { label = '', symbolic = true }: { label?: string; symbolic?: boolean } = {}): Node =>
  new Node('input', [], { shape, dtype, label }, symbolic) as Node;

let marks = 0;
/** A number that no other mark or barrier has. */
export const freshId = (): number => ++marks;

/** Turns a computed node into a leaf with a value, so that what it was computed from can be collected. */
export const settle = (node: Node, value: unknown): void => {
  node.value = value;
  node.inputs = [];
  node.depth = 0;
  node.group = undefined;
};

/** Forgets common subexpressions between what came before and what comes after, and so what the table keeps alive. */
export const forgetInterned = (): void => {
  if (interned.size > 0) interned = new Map();
};

/** All nodes that the roots depend on, each after its inputs. Nodes with a value are leaves, and so are `stops`. */
export const topological = (roots: readonly Node[], stops?: { has(node: Node): boolean }): Node[] => {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: [Node, number][] = [];
  for (const root of roots) {
    if (seen.has(root)) continue;
    seen.add(root);
    stack.push([root, 0]);
    while (stack.length > 0) {
      const frame = stack[stack.length - 1] as [Node, number];
      const next = stops?.has(frame[0]) ? undefined : frame[0].inputs[frame[1]];
      if (next === undefined) {
        order.push(frame[0]);
        stack.pop();
      } else {
        frame[1]++;
        if (!seen.has(next)) {
          seen.add(next);
          stack.push([next, 0]);
        }
      }
    }
  }
  return order;
};
