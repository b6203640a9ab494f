import { GradusError, ShapeError } from '../core/errors.ts';
import * as g from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import type { Subgraph } from '../graph/ops.ts';
import { truth } from './arithmetic.ts';
import { unknownOptions, wholeNumber } from './options.ts';
import { isHeld } from './realize.ts';
import { isTensor, nodeOf, type Tensor } from './tensor.ts';
import { capturedBy, checkSame, closedOver, type Traced, traceFunction } from './trace.ts';
import { resultsIn, tensorsAmong, tensorsIn, withNodes } from './trees.ts';

export interface ScanOptions {
  /** From the last step to the first. Default false. */
  readonly reverse?: boolean;
  /** Number of steps; needed where there are no sequences. */
  readonly length?: number;
}

/** All outputs of a control operation are computed together. */
const together = (nodes: readonly Node[]): void => {
  if (isHeld() || nodes.some(node => node.symbolic)) return;
  for (const node of nodes) if (node.value === undefined) node.group = nodes;
};

const nodesIn = (tree: unknown): Node[] => tensorsIn(tree).map(({ leaf }) => nodeOf(leaf));

/** Steps that the sequences have: their first axis. */
const stepsOf = (sequences: readonly Node[], paths: readonly string[], length: number | undefined): number => {
  const lengths = sequences.map(({ shape }) => shape[0]);
  const steps = length ?? lengths[0];
  if (steps === undefined) throw new GradusError('scan needs to know its number of steps: give sequences, or { length }.');
  const wrong = lengths.findIndex(found => found !== steps);
  if (wrong >= 0)
    throw new ShapeError(
      `scan needs ${steps} steps in every sequence, and${paths[wrong] ? ` '${paths[wrong]}'` : ' it'} has ${lengths[wrong] ?? 'no axis'}: the first axis is walked.`,
    );
  return wholeNumber('scan', 'length', steps);
};

/**
 * A loop over the first axis of sequences, with a state: `carry, y = f(carry, x)` a step; gives the last carry and all y, stacked.
 * Differentiable; the body is traced once, whatever the length. What f uses from outside stays the same in all steps.
 *
 * @param xs a tree of tensors (steps, …), or undefined with { length }.
 * @throws ShapeError where the carry changes its shape or sequences differ in length.
 * @example const [total, sums] = scan((sum: Tensor, x: Tensor) => [sum.add(x), sum], zeros([]), tensor([1, 2, 3]));
 */
export const scan = <Carry, X, Y>(
  f: (carry: Carry, x: X) => readonly [Carry, Y],
  init: Carry,
  xs: X,
  options: ScanOptions = {},
): [Carry, Y] => {
  unknownOptions('scan', options, ['reverse', 'length']);
  const [carries, sequences] = [nodesIn(init), nodesIn(xs)];
  const length = stepsOf(
    sequences,
    tensorsIn(xs).map(({ path }) => path),
    options.length,
  );
  const like = [...carries, ...sequences.map(({ shape, dtype }) => ({ shape: shape.slice(1), dtype }))];
  const traced = traceFunction('scan', like, parameters => {
    const result = f(withNodes(init, parameters.slice(0, carries.length)), withNodes(xs, parameters.slice(carries.length)));
    if (!Array.isArray(result) || result.length !== 2) throw new GradusError('scan needs a function that returns [carry, y].');
    return result as readonly [Carry, Y];
  });
  const next = resultsIn('scan', traced.result[0]);
  checkSame(
    'scan',
    'the carry',
    carries,
    next.map(({ leaf }) => leaf),
    next.map(({ path }) => path),
  );
  const captured = capturedBy(traced, { invariants: true });
  const { parameters, outputs } = closedOver(traced, captured);
  const body = { inputs: [...parameters, ...traced.parameters], outputs };
  const results = g.scan([...captured, ...carries, ...sequences], {
    body,
    constants: captured.length,
    carries: carries.length,
    length,
    reverse: options.reverse === true,
  });
  together(results);
  return [withNodes(init, results.slice(0, carries.length)), withNodes(traced.result[1], results.slice(carries.length))];
};

/** A branch over the arguments, then all that either branch captured. */
const branchOver = (traced: Traced<unknown>, captured: readonly Node[]): Subgraph => {
  const { parameters, outputs } = closedOver(traced, captured);
  return { inputs: [...traced.parameters, ...parameters], outputs };
};

/**
 * One of two functions, by a scalar: only that one is computed. Both give the same structure, shapes and element types.
 *
 * @example cond(x.sum().greater(0), x => x.sqrt(), x => x.neg(), x)
 */
export const cond = <Args extends unknown[], R>(
  predicate: Tensor | boolean,
  whenTrue: (...args: Args) => R,
  whenFalse: (...args: Args) => R,
  ...args: Args
): R => {
  if (typeof predicate === 'boolean') return predicate ? whenTrue(...args) : whenFalse(...args);
  if (!isTensor(predicate) || predicate.rank !== 0)
    throw new ShapeError(
      `cond needs a scalar to decide by, got ${isTensor(predicate) ? String(predicate) : typeof predicate}. Use where for a choice of each element.`,
    );
  const given = tensorsAmong(args).map(({ leaf }) => nodeOf(leaf));
  const traceBranch = (f: (...args: Args) => R): Traced<R> => traceFunction('cond', given, parameters => f(...withNodes(args, parameters)));
  const [then, otherwise] = [traceBranch(whenTrue), traceBranch(whenFalse)];
  checkSame('cond', 'the second branch', then.outputs, otherwise.outputs, then.paths);
  const captured = [...new Set([...capturedBy(then, { invariants: false }), ...capturedBy(otherwise, { invariants: false })])];
  const results = g.cond(truth(nodeOf(predicate)), [...given, ...captured], branchOver(then, captured), branchOver(otherwise, captured));
  together(results);
  return withNodes(then.result, results);
};

/**
 * Repeats `state = body(state)` while `condition(state)`, a scalar, holds. No gradient flows through it: use scan where one must.
 *
 * @example whileLoop(x => x.less(100), x => x.mul(2), tensor(1))   // 128
 */
export const whileLoop = <State>(condition: (state: State) => Tensor, body: (state: State) => State, init: State): State => {
  const carries = nodesIn(init);
  const test = traceFunction('whileLoop', carries, parameters => condition(withNodes(init, parameters)));
  const [decision] = test.outputs;
  if (decision === undefined || test.outputs.length !== 1 || decision.shape.length !== 0)
    throw new ShapeError('whileLoop needs a condition that returns one scalar tensor.');
  const step = traceFunction('whileLoop', carries, parameters => body(withNodes(init, parameters)));
  checkSame('whileLoop', 'the state', carries, step.outputs, step.paths);
  const decided = { ...test, outputs: [truth(decision)] };
  const captured = [...new Set([...capturedBy(decided, { invariants: false }), ...capturedBy(step, { invariants: true })])];
  const loopOver = (traced: Traced<unknown>): Subgraph => {
    const { parameters, outputs } = closedOver(traced, captured);
    return { inputs: [...parameters, ...traced.parameters], outputs };
  };
  const results = g.whileLoop([...captured, ...carries], {
    condition: loopOver(decided),
    body: loopOver(step),
    constants: captured.length,
  });
  together(results);
  return withNodes(init, results);
};
