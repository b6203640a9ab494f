import { ValueError } from '../../core/errors.ts';
import type { Shape } from '../../core/shape.ts';
import { einsum } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { activationOf } from '../activations.ts';
import { createLayer, type Layer, layerOptions } from '../layer.ts';
import { biasSpec, checkNames, featuresOf, type KernelOptions, kernelOptions, positiveInteger, weightSpec } from './common.ts';

export interface DenseOptions extends KernelOptions {}

/**
 * A linear map of the last axis, and a function of it.
 *
 *     y = activation(x W + b)
 *
 * x (batch, …, in) -> y (batch, …, units); kernel W (in, units) starts glorotUniform, bias b (units) at 0. PyTorch's Linear keeps W
 * transposed, (out, in).
 *
 * @throws ShapeError for inputs without a feature axis.
 * @example sequential([layers.dense(64, { activation: 'relu' }), layers.dense(10)], { inputShape: [20] })
 */
export const dense = (...args: [units: number, options?: DenseOptions] | [options: DenseOptions & { readonly units: number }]): Layer => {
  const options = layerOptions<DenseOptions & { units: number }>('dense', args, ['units'], kernelOptions);
  const units = positiveInteger('dense', 'units', options.units);
  const activation = activationOf(options.activation);
  checkNames(options);
  return createLayer('dense', options, {
    passesMask: true,
    build: shape => ({
      kernel: weightSpec('kernel', [featuresOf('dense', shape), units], options, 'glorotUniform'),
      ...biasSpec(units, options),
    }),
    call({ kernel, bias }, x: Tensor) {
      const product = x.cast((kernel as Tensor).dtype).matmul(kernel as Tensor);
      return activation(bias === undefined ? product : product.add(bias));
    },
  });
};

export interface EinsumDenseOptions extends KernelOptions {
  /** Letters of the output's axes that the bias has, as 'bc'. Default: no bias. */
  readonly biasAxes?: string;
}

interface EinsumDenseRequired {
  readonly equation: string;
  /** Sizes of the output's axes without the batch; null where the input says it. */
  readonly outputShape: readonly (number | null)[] | number;
}

const equationParts = (equation: string): readonly [string, string, string] => {
  const found = /^([a-zA-Z]*(?:\.\.\.)?[a-zA-Z]*),([a-zA-Z]+)->([a-zA-Z]*(?:\.\.\.)?[a-zA-Z]*)$/.exec(equation.replaceAll(' ', ''));
  if (found === null)
    throw new ValueError(`layers.einsumDense needs an equation of input, kernel and output, as 'abc,cd->abd', got '${equation}'.`);
  return [found[1] as string, found[2] as string, found[3] as string];
};

/** Sizes by letter: of the input's axes from its shape, of the others from the output's. */
const sizesOf = (equation: string, shape: Shape, outputShape: readonly (number | null)[]): Map<string, number> => {
  const [input, , output] = equationParts(equation);
  const sizes = new Map<string, number>();
  const put = (letters: string, lengths: readonly (number | null)[]): void => {
    const [before = '', after] = letters.split('...');
    [...before].forEach((letter, index) => {
      const size = lengths[index];
      if (typeof size === 'number') sizes.set(letter, size);
    });
    if (after === undefined) return;
    [...after].forEach((letter, index) => {
      const size = lengths[lengths.length - after.length + index];
      if (typeof size === 'number') sizes.set(letter, size);
    });
  };
  put(output, [null, ...outputShape]);
  put(input, [null, ...shape]);
  return sizes;
};

/**
 * A linear map that an einsum writes down: y = activation(einsum(equation, x, kernel) + bias).
 *
 * x as the equation's first part says, with the batch at its front; the kernel's shape follows from the equation, and the bias has the
 * output's axes that `biasAxes` names.
 *
 * Source: Keras 3, `keras.layers.EinsumDense`.
 * @example layers.einsumDense('abc,cde->abde', [null, 4, 8], { biasAxes: 'de' })
 */
export const einsumDense = (
  ...args:
    | [equation: string, outputShape: EinsumDenseRequired['outputShape'], options?: EinsumDenseOptions]
    | [options: EinsumDenseOptions & EinsumDenseRequired]
): Layer => {
  const options = layerOptions<EinsumDenseOptions & EinsumDenseRequired>(
    'einsumDense',
    args,
    ['equation', 'outputShape'],
    [...kernelOptions, 'biasAxes'],
  );
  const { equation, biasAxes } = options;
  if (typeof equation !== 'string') throw new ValueError("layers.einsumDense needs an equation, as 'abc,cd->abd'.");
  const [, kernelLetters, output] = equationParts(equation);
  const outputShape = typeof options.outputShape === 'number' ? [options.outputShape] : options.outputShape;
  const activation = activationOf(options.activation);
  const sizeOfLetter = (sizes: Map<string, number>, letter: string): number => {
    const size = sizes.get(letter);
    if (size === undefined)
      throw new ValueError(`layers.einsumDense('${equation}') cannot tell the size of '${letter}': give it in outputShape.`);
    return size;
  };
  const biasLetters = biasAxes === undefined ? '' : [...output.replace('...', '')].filter(letter => biasAxes.includes(letter)).join('');
  if (biasAxes !== undefined && biasLetters.length !== biasAxes.length)
    throw new ValueError(`layers.einsumDense('${equation}') has no bias axes '${biasAxes}': they are letters of its output '${output}'.`);
  const lastLetters = output.split('...').at(-1) as string;
  return createLayer('einsumDense', options, {
    build(shape = []) {
      const sizes = sizesOf(equation, shape, outputShape);
      const kernel = [...kernelLetters].map(letter => sizeOfLetter(sizes, letter));
      // As in Keras the bias keeps the axes behind its first one, with size 1 where it does not vary.
      const first = lastLetters.search(new RegExp(`[${biasLetters}]`));
      const bias = [...lastLetters.slice(Math.max(0, first))].map(letter =>
        biasLetters.includes(letter) ? sizeOfLetter(sizes, letter) : 1,
      );
      return {
        kernel: weightSpec('kernel', kernel, options, 'glorotUniform'),
        ...(biasAxes === undefined ? {} : { bias: weightSpec('bias', bias, options, 'zeros') }),
      };
    },
    call({ kernel, bias }, x: Tensor) {
      const product = einsum(equation, x, kernel as Tensor);
      return activation(bias === undefined ? product : product.add(bias));
    },
  });
};
