import { barrier, cast, custom, equal, full, iota, reshape } from '../graph/build.ts';
import { input, type Node } from '../graph/node.ts';
import { substitute } from '../graph/substitute.ts';
import { gradients } from './gradients.ts';
import type { ResidualType } from './residuals.ts';

const zerosLike = ({ shape, dtype }: Node): Node => full(0, shape, dtype);

/**
 * Vector-Jacobian products: Σ_k seedₖᵀ ∂outputₖ / ∂wrt for each of `wrt`, zeros where nothing depends on it. `residualType`: forward
 * values wait in 16 bits for the way back.
 */
export const vjp = (outputs: readonly Node[], seeds: readonly Node[], wrt: readonly Node[], residualType?: ResidualType): Node[] =>
  gradients(outputs, seeds, wrt, residualType).map((adjoint, index) => adjoint ?? zerosLike(wrt[index] as Node));

/**
 * Jacobian-vector products: Σ_i ∂output / ∂wrtᵢ tangentᵢ for each output.
 * u -> uᵀ J is linear, and its transpose, taken by differentiating it once more, is t -> J t; the value of u does not matter.
 */
export const jvp = (outputs: readonly Node[], wrt: readonly Node[], tangents: readonly Node[]): Node[] => {
  const cotangents = outputs.map(({ shape, dtype }) => input(shape, dtype, { label: 'cotangent' }));
  const transposed = gradients(outputs, cotangents, wrt);
  const flowing = wrt.map((_, index) => index).filter(index => transposed[index] !== null);
  const products = vjp(
    flowing.map(index => transposed[index] as Node),
    flowing.map(index => tangents[index] as Node),
    cotangents,
  );
  return substitute(products, cotangents, cotangents.map(zerosLike));
};

/**
 * The same outputs, whose gradient keeps nothing but the inputs and computes the rest again (Chen et al. 2016, arXiv:1604.06174).
 * `rebuild` is the function that made the outputs from the inputs. The barrier keeps the second computation from being recognised
 * as the first, and from starting before the gradient needs it.
 */
export const checkpointed = (
  outputs: readonly Node[],
  inputs: readonly Node[],
  rebuild: (inputs: readonly Node[]) => readonly Node[],
): Node[] =>
  outputs.map((output, index) =>
    custom(output, inputs, dy => {
      const again = inputs.map(known => barrier(known, dy));
      return gradients([rebuild(again)[index] as Node], [dy], again);
    }),
  );

/** Rows of the identity matrix, each in the given shape: (n, …shape) with n the number of elements. */
export const unitVectors = ({ shape, dtype }: Node): Node => {
  const elements = shape.reduce((product, size) => product * size, 1);
  const square = [elements, elements];
  return reshape(cast(equal(iota(square, 0, 'int32'), iota(square, 1, 'int32')), dtype), [elements, ...shape]);
};
