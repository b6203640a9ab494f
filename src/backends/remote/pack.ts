import type { DType } from '../../core/dtype.ts';
import type { Shape } from '../../core/shape.ts';
import { input, intern, type Node } from '../../graph/node.ts';
import type { Attributes, Op, Subgraph } from '../../graph/ops.ts';
import type { Graph } from '../device.ts';

/** A node as plain data; inputs are places in the list before it. */
type PackedNode =
  | { readonly op: 'leaf'; readonly shape: Shape; readonly dtype: DType }
  | { readonly op: Op; readonly inputs: readonly number[]; readonly attributes: object };

interface PackedBody {
  readonly body: { readonly inputs: readonly number[]; readonly outputs: readonly number[] };
}

/** A graph as plain data, to send to another thread. */
export interface PackedGraph {
  readonly nodes: readonly PackedNode[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly donated: readonly number[];
}

const isSubgraph = (value: unknown): value is Subgraph => typeof value === 'object' && value !== null && 'outputs' in value;
const isPackedBody = (value: unknown): value is PackedBody => typeof value === 'object' && value !== null && 'body' in value;

const mapValues = (object: object, change: (value: unknown) => unknown): object =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));

/** Lists nodes, each after those that it needs. What only differentiation asks for is left out: a custom gradient is its value. */
class Packer {
  readonly nodes: PackedNode[] = [];
  private readonly places = new Map<Node, number>();

  leaves(nodes: readonly Node[]): number[] {
    return nodes.map(node => {
      const known = this.places.get(node);
      return known ?? this.put(node, { op: 'leaf', shape: node.shape, dtype: node.dtype });
    });
  }

  /** Places of nodes and of all that they need; with a stack of its own, since graphs are deeper than the engine's. */
  place(roots: readonly Node[]): number[] {
    const stack = [...roots];
    while (stack.length > 0) {
      const node = stack[stack.length - 1] as Node;
      const missing = this.places.has(node) ? [] : node.inputs.filter(needed => !this.places.has(needed));
      if (missing.length > 0) stack.push(...missing);
      else {
        stack.pop();
        if (!this.places.has(node)) this.add(node);
      }
    }
    return roots.map(node => this.places.get(node) as number);
  }

  private add(node: Node): void {
    const inputs = node.inputs.map(needed => this.places.get(needed) as number);
    if (node.op === 'custom') this.places.set(node, inputs[0] as number);
    else if (node.op === 'input') this.leaves([node]);
    else {
      const attributes = mapValues(node.attributes, value => (isSubgraph(value) ? { body: this.body(value) } : value));
      this.put(node, { op: node.op, inputs, attributes });
    }
  }

  private body({ inputs, outputs }: Subgraph): PackedBody['body'] {
    return { inputs: this.leaves(inputs), outputs: this.place(outputs) };
  }

  private put(node: Node, packed: PackedNode): number {
    this.nodes.push(packed);
    this.places.set(node, this.nodes.length - 1);
    return this.nodes.length - 1;
  }
}

export const packGraph = ({ inputs, outputs, donated }: Graph): PackedGraph => {
  const packer = new Packer();
  return { inputs: packer.leaves(inputs), outputs: packer.place(outputs), nodes: packer.nodes, donated };
};

/** The graph again, of nodes of this thread. */
export const unpackGraph = ({ nodes, inputs, outputs, donated }: PackedGraph): Graph => {
  const made: Node[] = [];
  const at = (places: readonly number[]): Node[] => places.map(place => made[place] as Node);
  for (const packed of nodes) {
    if (packed.op === 'leaf') made.push(input((packed as { shape: Shape }).shape, (packed as { dtype: DType }).dtype));
    else {
      const { op, inputs: needed, attributes } = packed as Exclude<PackedNode, { op: 'leaf' }>;
      const whole = mapValues(attributes, value =>
        isPackedBody(value) ? { inputs: at(value.body.inputs), outputs: at(value.body.outputs) } : value,
      );
      made.push(intern(op, at(needed), whole as Attributes[Op]) as Node);
    }
  }
  return { inputs: at(inputs), outputs: at(outputs), donated };
};
