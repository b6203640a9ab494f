import { dtypes } from '../core/dtype.ts';
import { formatShape, GradusError, ShapeError } from '../core/errors.ts';
import { sameShape } from '../core/shape.ts';
import { input, type Node, topological } from '../graph/node.ts';
import { ops } from '../graph/ops.ts';
import { substitute } from '../graph/substitute.ts';
import { holdGraph } from './realize.ts';
import { nodeOf, type Tensor } from './tensor.ts';
import { resultsIn } from './trees.ts';

const running: string[] = [];

/** The transform whose function is being traced right now: what it makes is made once, for all later calls or steps. */
export const tracedBy = (): string | undefined => running.at(-1);

/** Runs a function that stands for many later calls. */
const during = <R>(what: string, action: () => R): R => {
  running.push(what);
  try {
    return holdGraph(action);
  } finally {
    running.pop();
  }
};

/** What a function did with parameters that stand for any value. */
export interface Traced<R> {
  readonly parameters: readonly Node[];
  readonly result: R;
  /** The nodes of the result's tensors, in order. */
  readonly outputs: readonly Node[];
  readonly paths: readonly string[];
  /** Nodes with a smaller number were there before the function ran. */
  readonly firstId: number;
}

export interface ParameterLike {
  readonly shape: readonly number[];
  readonly dtype: Tensor['dtype'];
}

/** Runs a function once on parameters of the given shapes. */
export const traceFunction = <R>(what: string, like: readonly ParameterLike[], f: (parameters: readonly Node[]) => R): Traced<R> => {
  const { id: firstId } = input([], 'bool'); // nodes are numbered as they are made
  const parameters = like.map(({ shape, dtype }) => input(shape, dtype));
  const result = during(what, () => f(parameters));
  const found = resultsIn(what, result);
  return { parameters, result, outputs: found.map(({ leaf }) => nodeOf(leaf)), paths: found.map(({ path }) => path), firstId };
};

/** Values that depend on nothing and that a program makes while it uses them: constants, masks, positions. */
const isClosed = (node: Node, known: Map<Node, boolean>): boolean => {
  let closed = known.get(node);
  if (closed === undefined) {
    const { kind } = ops[node.op];
    const cheap = node.op !== 'input' && (kind === 'leaf' || kind === 'map' || kind === 'layout');
    closed = cheap && node.value === undefined && node.inputs.every(input => isClosed(input, known));
    known.set(node, closed);
  }
  return closed;
};

export interface CaptureOptions {
  /** Also takes what the function computes but its parameters have no part in: a loop need not do it again. */
  readonly invariants: boolean;
}

/** The values from outside that a traced graph uses: the last ones before it, not what they were computed from. */
export const capturedBy = ({ outputs, parameters, firstId }: Traced<unknown>, { invariants }: CaptureOptions): Node[] => {
  const own = new Set(parameters);
  const order = topological(outputs, own);
  const inside = new Set<Node>(parameters); // depends on a parameter, or was made by the function
  for (const node of order) {
    if (own.has(node) || node.value !== undefined) continue;
    if (node.inputs.some(known => inside.has(known)) || (!invariants && node.id > firstId && node.op !== 'input')) inside.add(node);
  }
  const closed = new Map<Node, boolean>();
  const captured = new Set<Node>();
  const visit = (node: Node): void => {
    if (!inside.has(node) && !isClosed(node, closed)) captured.add(node);
  };
  for (const node of order) if (inside.has(node) && !own.has(node)) node.inputs.forEach(visit);
  outputs.forEach(visit);
  return [...captured];
};

/** The outputs as a closed graph: what they captured becomes parameters. */
export const closedOver = (
  traced: Traced<unknown>,
  captured: readonly Node[],
): { readonly parameters: Node[]; readonly outputs: Node[] } => {
  const parameters = captured.map(({ shape, dtype }) => input(shape, dtype));
  return { parameters, outputs: substitute(traced.outputs, captured, parameters) };
};

/** Two results that must be of one kind, leaf by leaf. */
export const checkSame = (
  what: string,
  of: string,
  expected: readonly ParameterLike[],
  got: readonly ParameterLike[],
  paths: readonly string[],
): void => {
  if (expected.length !== got.length)
    throw new GradusError(`${what} needs ${of} to keep its structure: ${expected.length} tensors went in, ${got.length} came out.`);
  expected.forEach((one, index) => {
    const other = got[index] as ParameterLike;
    if (sameShape(one.shape, other.shape) && one.dtype === other.dtype) return;
    const path = paths[index] ? ` '${paths[index]}'` : '';
    const cast = one.dtype in dtypes && one.dtype !== other.dtype ? ` Cast it: x.cast('${one.dtype}').` : ' Reshape or broadcast it.';
    throw new ShapeError(
      `${what} needs ${of}${path} to stay ${one.dtype} ${formatShape(one.shape)}, and got ${other.dtype} ${formatShape(other.shape)}.${cast}`,
    );
  });
};
