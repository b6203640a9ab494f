import type { ResidualType } from '../autodiff/residuals.ts';
import * as transforms from '../autodiff/transforms.ts';
import { jacobian as jacobianNode } from '../autodiff/vectorize.ts';
import { isFloat } from '../core/dtype.ts';
import { DTypeError, formatShape, GradusError, ShapeError, unknownName } from '../core/errors.ts';
import type { MapTree } from '../core/tree.ts';
import * as g from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { functionFor } from './options.ts';
import { holdGraph, isHeld } from './realize.ts';
import { settleArguments } from './settleArguments.ts';
import { nodeOf, Tensor, wrap } from './tensor.ts';
import { type AnyFunction, mapTensors, oneTensor, resultsIn, tensorsIn, withNodes } from './trees.ts';

/** A tree of gradients: that of the weights. */
export type GradientOf<T> = MapTree<T, Tensor, Tensor>;

/** The first argument's type. */
type First<F extends AnyFunction> = Parameters<F>[0];

export interface GradOptions {
  /** The function returns [loss, more], and so does the transform: `more` is handed through. */
  readonly hasAux?: boolean;
  /**
   * Forward values wait in 16 bits for the way back: half the memory, or less, of what lies between forward and backward pass. The
   * forward pass is what it is without, to the last digit, gradients are float32, and only what they are computed from is rounded
   * (relative error 2⁻¹¹ in float16, which takes values up to 65,504, and 2⁻⁹ in bfloat16). Default 'float32': nothing is rounded.
   */
  readonly residuals?: 'float32' | ResidualType;
}

const residualTypes = ['float32', 'float16', 'bfloat16'] as const;

/** @throws ValueError for another element type. */
export const residualTypeOf = (what: string, option: GradOptions['residuals'] = 'float32'): ResidualType | undefined => {
  if (!residualTypes.includes(option)) throw unknownName(`element type for ${what}`, String(option), residualTypes);
  return option === 'float32' ? undefined : option;
};

/** Marks: nodes of their own for the arguments, to differentiate with respect to. */
const marksFor = (what: string, tree: unknown): { readonly marks: Node[]; readonly tree: unknown } => {
  const found = tensorsIn(tree);
  for (const { path, leaf } of found)
    if (!isFloat(leaf.dtype))
      throw new DTypeError(
        `${what} differentiates with respect to floats, and the argument${path ? ` at '${path}'` : ''} is ${leaf.dtype}. Cast it, or pass it as another argument.`,
      );
  const marks = found.map(({ leaf }) => g.mark(nodeOf(leaf)));
  return { marks, tree: withNodes(tree, marks) };
};

/** What is computed together in one program, when it is asked for. Inside of a trace that is settled by the whole. */
const grouped = (nodes: readonly Node[]): void => {
  if (isHeld()) return;
  const group = nodes.filter(node => !node.symbolic && node.value === undefined);
  for (const node of group) node.group = group;
};

const scalarLoss = (what: string, result: unknown): Node => {
  const loss = oneTensor(what, result);
  if (loss.size !== 1 || loss.rank !== 0)
    throw new ShapeError(
      `${what} needs a function that returns a scalar, got a tensor of shape ${formatShape(loss.shape)}. Reduce it: loss.mean(). Use jacobian for all derivatives.`,
    );
  if (!isFloat(loss.dtype))
    throw new DTypeError(`${what} needs a loss of floats, got ${loss.dtype}: its derivative would be 0 everywhere.`);
  return nodeOf(loss);
};

interface Pulled {
  readonly value: unknown;
  readonly gradients: unknown;
}

const pull = (what: string, f: AnyFunction, { hasAux = false, residuals }: GradOptions, args: readonly unknown[]): Pulled => {
  functionFor(what, f);
  const residualType = residualTypeOf(`the residuals of ${what}`, residuals);
  settleArguments(args);
  const [first, ...rest] = args;
  const pulled = holdGraph(() => {
    const { marks, tree } = marksFor(what, first);
    const result = f(tree, ...rest);
    if (hasAux && !Array.isArray(result)) throw new GradusError(`${what} with hasAux needs a function that returns [loss, more].`);
    const loss = scalarLoss(what, hasAux ? (result as unknown[])[0] : result);
    const gradients = transforms.vjp([loss], [g.constant(1, loss.dtype)], marks, residualType);
    const more = hasAux ? (result as unknown[])[1] : undefined;
    return { loss, gradients, more, value: hasAux ? [wrap(loss), more] : wrap(loss), tree: withNodes(first, gradients) };
  });
  const { loss, gradients, more } = pulled;
  grouped([loss, ...gradients, ...(hasAux ? resultsIn(what, more).map(({ leaf }) => Tensor.peek(leaf)) : [])]);
  return { value: pulled.value, gradients: pulled.tree };
};

/**
 * The gradient of a scalar function with respect to its first argument, a tensor or a tree of tensors: ∂f / ∂(each of them).
 * Of any order: `grad(x => grad(f)(x).sum())`.
 *
 * @throws ShapeError where f does not return a scalar; DTypeError where an argument is not of floats.
 * @example grad((w: Tensor) => w.square().sum())(tensor([1, 2]))   // [2, 4]
 */
export const grad =
  <F extends AnyFunction>(f: F, { residuals }: Pick<GradOptions, 'residuals'> = {}): ((...args: Parameters<F>) => GradientOf<First<F>>) =>
  (...args) =>
    pull('grad', f, residuals === undefined ? {} : { residuals }, args).gradients as GradientOf<First<F>>;

/** The value of a scalar function and its gradient with respect to the first argument: [loss, gradients]. */
export const valueAndGrad =
  <F extends AnyFunction>(f: F, options: GradOptions = {}): ((...args: Parameters<F>) => [ReturnType<F>, GradientOf<First<F>>]) =>
  (...args) => {
    const { value, gradients } = pull('valueAndGrad', f, options, args);
    return [value as ReturnType<F>, gradients as GradientOf<First<F>>];
  };

/** Nodes of a tree that must match another one's shapes. */
const matching = (what: string, role: string, tree: unknown, expected: readonly Node[]): Node[] => {
  const found = tensorsIn(tree);
  if (found.length !== expected.length) throw new GradusError(`${what} needs ${role} for ${expected.length} tensors, got ${found.length}.`);
  return found.map(({ leaf, path }, index) => {
    const { shape, dtype } = expected[index] as Node;
    if (formatShape(leaf.shape) !== formatShape(shape))
      throw new ShapeError(
        `${what} needs ${role}${path ? ` at '${path}'` : ''} of shape ${formatShape(shape)}, got ${formatShape(leaf.shape)}.`,
      );
    return g.cast(nodeOf(leaf), dtype);
  });
};

/** Value and pullback: [f(…args), cotangents of the result -> cotangents of the arguments]. All arguments are trees of floats. */
export const vjp = <F extends AnyFunction>(
  f: F,
  ...args: Parameters<F>
): [
  ReturnType<F>,
  (cotangents: MapTree<ReturnType<F>, Tensor, Tensor>) => { [K in keyof Parameters<F>]: GradientOf<Parameters<F>[K]> },
] => {
  settleArguments(args);
  const { marks, tree } = marksFor('vjp', args);
  const result = holdGraph(() => f(...(tree as Parameters<F>)));
  const outputs = resultsIn('vjp', result).map(({ leaf }) => nodeOf(leaf));
  const pullback = (cotangents: unknown): never =>
    holdGraph(() =>
      withNodes(args, transforms.vjp(outputs, matching('the pullback of vjp', 'cotangents', cotangents, outputs), marks)),
    ) as never;
  return [result as ReturnType<F>, pullback];
};

/** Value and directional derivative: [f(…primals), Σ ∂f/∂primal · tangent]. */
export const jvp = <F extends AnyFunction>(
  f: F,
  primals: Parameters<F>,
  tangents: { [K in keyof Parameters<F>]: MapTree<Parameters<F>[K], Tensor, Tensor> },
): [ReturnType<F>, MapTree<ReturnType<F>, Tensor, Tensor>] => {
  settleArguments([primals, tangents]);
  return holdGraph(() => {
    const { marks, tree } = marksFor('jvp', primals);
    const result = f(...(tree as Parameters<F>));
    const outputs = resultsIn('jvp', result).map(({ leaf }) => nodeOf(leaf));
    const derivatives = transforms.jvp(outputs, marks, matching('jvp', 'tangents', tangents, marks));
    return [result as ReturnType<F>, withNodes(result, derivatives) as never];
  });
};

/** ∂f / ∂x, of shape (f's shape…, x's shape…), for every tensor of the result and every one of the first argument. */
export const jacobian =
  <F extends AnyFunction>(f: F): ((...args: Parameters<F>) => MapTree<ReturnType<F>, Tensor, GradientOf<First<F>>>) =>
  (...args) => {
    functionFor('jacobian', f);
    settleArguments(args);
    const [first, ...rest] = args;
    return holdGraph(() => {
      const { marks, tree } = marksFor('jacobian', first);
      const result = f(tree, ...rest);
      resultsIn('jacobian', result);
      const rows = (leaf: Tensor): unknown =>
        withNodes(
          first,
          marks.map(mark => jacobianNode(nodeOf(leaf), mark)),
        );
      return mapTensors(result, rows) as never;
    });
  };

/** ∂²f / ∂x², of shape (x's shape…, x's shape…): the Jacobian of the gradient. */
export const hessian =
  <F extends AnyFunction>(f: F): ((...args: Parameters<F>) => MapTree<GradientOf<First<F>>, Tensor, GradientOf<First<F>>>) =>
  (...args) =>
    jacobian(grad(f))(...args) as never;
