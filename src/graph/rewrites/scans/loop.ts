import { intern, type Node, topological } from '../../node.ts';
import type { Attributes } from '../../ops.ts';

/** A parameter of a body and the value outside that it stands for. */
export interface Parameter {
  readonly inside: Node;
  readonly outside: Node;
}

/** A carry: what it becomes after a step, and which part of the scan it ends as. */
export interface Carry extends Parameter {
  readonly next: Node;
  readonly part: number;
}

/** What a step adds to a stack, and which part of the scan the stack is; -1 for one that only the rewrite needs. */
export interface Item {
  readonly node: Node;
  readonly part: number;
}

/** A scan taken apart: parameters beside their values instead of three lists in step. */
export interface Loop {
  readonly constants: readonly Parameter[];
  readonly carries: readonly Carry[];
  readonly sequences: readonly Parameter[];
  readonly items: readonly Item[];
  readonly length: number;
  readonly reverse: boolean;
}

export const toLoop = ({ body, constants, carries, length, reverse }: Attributes['scan'], inputs: readonly Node[]): Loop => {
  const parameters = body.inputs.map((inside, index): Parameter => ({ inside, outside: inputs[index] as Node }));
  return {
    constants: parameters.slice(0, constants),
    carries: parameters
      .slice(constants, constants + carries)
      .map((parameter, part) => ({ ...parameter, next: body.outputs[part] as Node, part })),
    sequences: parameters.slice(constants + carries),
    items: body.outputs.slice(carries).map((node, index) => ({ node, part: carries + index })),
    length,
    reverse,
  };
};

/** All nodes that the outputs of a loop's body depend on. */
export const bodyNodes = ({ carries, items }: Loop): Node[] =>
  topological([...carries.map(({ next }) => next), ...items.map(({ node }) => node)]);

/** The nodes of a body that depend on some of its parameters, those included. */
export const dependents = (nodes: readonly Node[], parameters: readonly Parameter[]): Set<Node> => {
  const reached = new Set(parameters.map(({ inside }) => inside));
  for (const node of nodes) if (node.inputs.some(known => reached.has(known))) reached.add(node);
  return reached;
};

/** The scan of a loop; its parts stand in the order of carries, then items. The body it came from is kept if it is the same. */
export const fromLoop = ({ constants, carries, sequences, items, length, reverse }: Loop, original: Attributes['scan']): Node => {
  const parameters = [...constants, ...carries, ...sequences];
  const inputs = parameters.map(({ inside }) => inside);
  const outputs = [...carries.map(({ next }) => next), ...items.map(({ node }) => node)];
  const equal = (a: readonly Node[], b: readonly Node[]): boolean => a.length === b.length && a.every((node, index) => node === b[index]);
  const same = equal(inputs, original.body.inputs) && equal(outputs, original.body.outputs);
  return intern(
    'scan',
    parameters.map(({ outside }) => outside),
    { body: same ? original.body : { inputs, outputs }, constants: constants.length, carries: carries.length, length, reverse },
  ) as Node;
};
