import type { Node } from '../graph/node.ts';
import type { Attributes, Subgraph } from '../graph/ops.ts';

/** Where a graph gets its inputs from: a leaf that has a value, or a number that may be another one next time. */
export type Source = { readonly leaf: Node } | { readonly constant: Node<'constant'> };

/** A graph in order of evaluation, with a text that is equal for graphs that compute the same from their sources. */
export interface Structure {
  readonly key: string;
  /** Each node after its inputs; sources among them, identities left out. */
  readonly order: readonly Node[];
  /** The places in `order`, of every node and of every identity. */
  readonly places: ReadonlyMap<Node, number>;
  readonly sources: readonly Source[];
}

/** Numbers that programs are worth being compiled for. Any other one is handed in, so that one that changes meets the same program. */
const compiledIn = new Set([0, 1, -1, 2, 0.5]);

const subgraphKeys = new WeakMap<Subgraph, string>();

const subgraphKey = (body: Subgraph): string => {
  let key = subgraphKeys.get(body);
  if (key === undefined) {
    key = structureOf(body.outputs, { parameters: body.inputs }).key;
    subgraphKeys.set(body, key);
  }
  return `(${key})`;
};

const numberKey = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

const attributeKey = (node: Node): string => {
  switch (node.op) {
    case 'constant': {
      const { value, dtype } = node.attributes as Attributes['constant'];
      return `${dtype}${numberKey(value)}`;
    }
    case 'barrier':
      return '';
    case 'pad': {
      const { low, high, interior, value } = node.attributes as Attributes['pad'];
      return `${low}/${high}/${interior}/${numberKey(value)}`;
    }
    case 'scan': {
      const { body, ...rest } = node.attributes as Attributes['scan'];
      return JSON.stringify(rest) + subgraphKey(body);
    }
    case 'cond': {
      const { then, otherwise } = node.attributes as Attributes['cond'];
      return subgraphKey(then) + subgraphKey(otherwise);
    }
    case 'while': {
      const { condition, body, constants } = node.attributes as Attributes['while'];
      return constants + subgraphKey(condition) + subgraphKey(body);
    }
    default: {
      for (const _ in node.attributes) return JSON.stringify(node.attributes);
      return '';
    }
  }
};

/** Operations that are their first input, as far as values go. */
export const isIdentity = ({ op }: Node): boolean => op === 'mark' || op === 'stopGradient' || op === 'custom';

/** Exponents stay in the program: a power by a known whole number is a few products. */
const exponents = (order: readonly Node[]): Set<Node> => {
  const found = new Set<Node>();
  for (const { op, inputs } of order)
    if (op === 'pow') for (let node = inputs[1]; node !== undefined; node = node.inputs[0]) found.add(node);
  return found;
};

/** All that is needed for the values of the roots, each after its inputs. A custom gradient's other inputs are not. */
const forwardOrder = (roots: readonly Node[]): Node[] => {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { readonly node: Node; readonly inputs: readonly Node[]; at: number }[] = [];
  const enter = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const inputs = node.value !== undefined ? [] : isIdentity(node) ? [node.inputs[0] as Node] : node.inputs;
    stack.push({ node, inputs, at: 0 });
  };
  for (const root of roots) {
    enter(root);
    while (stack.length > 0) {
      const frame = stack[stack.length - 1] as (typeof stack)[number];
      const next = frame.inputs[frame.at++];
      if (next !== undefined) enter(next);
      else {
        order.push(frame.node);
        stack.pop();
      }
    }
  }
  return order;
};

interface StructureOptions {
  /** Inputs of a closed graph, in their order; such a graph keeps all of its numbers. */
  readonly parameters?: readonly Node[];
}

/** Reads the graph above its leaves. */
export const structureOf = (roots: readonly Node[], { parameters }: StructureOptions = {}): Structure => {
  const all = forwardOrder(roots);
  const fixed = parameters === undefined ? exponents(all) : new Set<Node>();
  const outputs = new Set(roots);
  const order: Node[] = [];
  const places = new Map<Node, number>();
  const sources: Source[] = [];
  let key = '';
  for (const node of all) {
    const isLeaf = node.value !== undefined || node.op === 'input';
    if (!isLeaf && isIdentity(node)) {
      places.set(node, places.get(node.inputs[0] as Node) as number);
      continue;
    }
    places.set(node, order.length);
    order.push(node);
    if (isLeaf) {
      key += parameters === undefined ? `*${node.dtype}${node.shape};` : `*${parameters.indexOf(node)}${node.dtype}${node.shape};`;
      sources.push({ leaf: node });
    } else if (
      node.op === 'constant' &&
      parameters === undefined &&
      isHandedIn(node as Node<'constant'>) &&
      !fixed.has(node) &&
      !outputs.has(node)
    ) {
      key += `#${node.dtype};`;
      sources.push({ constant: node as Node<'constant'> });
    } else {
      key += node.op + attributeKey(node);
      for (const input of node.inputs) key += `,${places.get(input)}`;
      key += ';';
    }
  }
  for (const root of roots) key += `>${places.get(root)}`;
  return { key, order, places, sources };
};

const isHandedIn = ({ attributes: { value, dtype } }: Node<'constant'>): boolean =>
  dtype !== 'bool' && Number.isFinite(value) && !compiledIn.has(value);
