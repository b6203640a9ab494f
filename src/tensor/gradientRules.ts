import { checkpointed } from '../autodiff/transforms.ts';
import { formatShape, GradusError, ShapeError } from '../core/errors.ts';
import * as g from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { substitute } from '../graph/substitute.ts';
import { holdGraph } from './realize.ts';
import { isTensor, nodeOf, type Tensor, wrap } from './tensor.ts';
import { capturedBy, traceFunction } from './trace.ts';
import { type AnyFunction, tensorsAmong, tensorsIn, withNodes } from './trees.ts';

/** The same values, as constants to every derivative. */
export const stopGradient = <T>(tree: T): T =>
  withNodes(
    tree,
    tensorsIn(tree).map(({ leaf }) => g.stopGradient(nodeOf(leaf))),
  );

/**
 * The same function, whose gradient keeps nothing but the arguments and computes the rest again: memory for time.
 * Source: Chen et al. 2016, arXiv:1604.06174.
 */
export const checkpoint = <F extends AnyFunction>(f: F): F =>
  ((...args: Parameters<F>) => {
    const given = tensorsAmong(args).map(({ leaf }) => nodeOf(leaf));
    const traced = traceFunction('checkpoint', given, parameters => f(...withNodes(args, parameters)));
    const captured = capturedBy(traced, { invariants: false });
    const from = [...traced.parameters, ...captured];
    const build = (inputs: readonly Node[]): Node[] => substitute(traced.outputs, from, inputs);
    const inputs = [...given, ...captured];
    return withNodes(traced.result, checkpointed(build(inputs), inputs, build));
  }) as F;

/**
 * A function with a derivative of your own: it returns its value and a pullback, from the value's cotangent to one cotangent an argument.
 *
 * @example const clippedGradient = customGradient((x: Tensor) => [x, dy => dy.clip(-1, 1)]);
 */
export const customGradient =
  <Args extends Tensor[]>(
    f: (...args: Args) => readonly [Tensor, (dy: Tensor) => Tensor | readonly (Tensor | null)[]],
  ): ((...args: Args) => Tensor) =>
  (...args) => {
    const inputs = args.map(nodeOf);
    const result = holdGraph(() => f(...args));
    if (!Array.isArray(result) || !isTensor(result[0]) || typeof result[1] !== 'function')
      throw new GradusError(
        'customGradient needs a function that returns [value, pullback]: the pullback takes dy and gives one cotangent an argument.',
      );
    const [value, pullback] = result;
    return wrap(g.custom(nodeOf(value), inputs, dy => customCotangents(pullback(wrap(dy)), inputs)));
  };

const customCotangents = (given: Tensor | readonly (Tensor | null)[], inputs: readonly Node[]): (Node | null)[] => {
  const list = isTensor(given) ? [given] : given;
  if (list.length !== inputs.length)
    throw new GradusError(
      `the pullback of customGradient gave ${list.length} cotangents for ${inputs.length} arguments: give one for each, null for none.`,
    );
  return list.map((cotangent, index) => {
    const { shape, dtype } = inputs[index] as Node;
    if (cotangent === null) return null;
    if (formatShape(cotangent.shape) !== formatShape(shape))
      throw new ShapeError(
        `the pullback of customGradient gave a cotangent of shape ${formatShape(cotangent.shape)} for argument ${index} of shape ${formatShape(shape)}: they must agree.`,
      );
    return g.cast(nodeOf(cotangent), dtype);
  });
};
