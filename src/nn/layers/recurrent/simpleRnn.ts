import type { Tensor } from '../../../tensor/tensor.ts';
import { activationOf } from '../../activations.ts';
import { createLayer, type Layer, layerOptions } from '../../layer.ts';
import { biasSpec, checkNames, featuresOf, positiveInteger, weightSpec } from '../common.ts';
import { type CellOptions, cellOptions, dropInputs, dropState } from './cell.ts';
import { type RecurrentLayer, type RecurrentOptions, recurrentLayer } from './rnn.ts';

export interface SimpleRnnOptions extends CellOptions, RecurrentOptions {}

type Arguments<Options> = [units: number, options?: Options] | [options: Options & { readonly units: number }];
type Weights = Readonly<Record<string, Tensor>>;

const cellOf = (kind: string, options: CellOptions & { readonly units: number }): Layer => {
  const units = positiveInteger(kind, 'units', options.units);
  const activation = activationOf(options.activation ?? 'tanh');
  const { dropout = 0, recurrentDropout = 0 } = options;
  checkNames(options);
  const project = ({ kernel, bias }: Weights, x: Tensor): Tensor => {
    const product = x.cast((kernel as Tensor).dtype).matmul(kernel as Tensor);
    return bias === undefined ? product : product.add(bias);
  };
  const step = (
    { recurrentKernel }: Weights,
    projected: Tensor,
    [h]: readonly Tensor[],
    context: Parameters<Layer['call']>[2],
  ): { output: Tensor; states: Tensor[] } => {
    const seen = dropState(kind, h as Tensor, recurrentDropout, context);
    const output = activation(projected.add(seen.matmul(recurrentKernel as Tensor)));
    return { output, states: [output] };
  };
  return createLayer(kind, options, {
    build: shape => ({
      kernel: weightSpec('kernel', [featuresOf(kind, shape), units], options, 'glorotUniform'),
      recurrentKernel: weightSpec('recurrent', [units, units], options, 'orthogonal'),
      ...biasSpec(units, options),
    }),
    call: (weights, x: Tensor, context) => step(weights, project(weights, x), context.states ?? [], context),
    cell: { stateShapes: [units], prepare: (weights, x, context) => project(weights, dropInputs(kind, x, dropout, context)), step },
  });
};

/** One step of `simpleRnn`: `layers.simpleRnnCell(8)(x, { states: [h] })` gives [output, h]; for `layers.rnn`. */
export const simpleRnnCell = (...args: Arguments<CellOptions>): Layer =>
  cellOf('simpleRnnCell', layerOptions<CellOptions & { units: number }>('simpleRnnCell', args, ['units'], cellOptions));

/**
 * h ← tanh(x W + h U + b) over the steps: x (batch, steps, features) -> the last h (batch, units), or with `returnSequences` all.
 * kernel W (features, units), recurrentKernel U (units, units), bias (units). Source: Elman 1990.
 */
export const simpleRnn = (...args: Arguments<SimpleRnnOptions>): RecurrentLayer =>
  recurrentLayer('simpleRnn', args, ['units'], cellOptions, cellOf as never, simpleRnn as never);
