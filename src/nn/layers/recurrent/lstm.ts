import type { Tensor } from '../../../tensor/tensor.ts';
import { activationOf } from '../../activations.ts';
import { createLayer, type Layer, layerOptions } from '../../layer.ts';
import { checkNames, featuresOf, positiveInteger, weightSpec } from '../common.ts';
import { cellOptions, dropInputs, dropState, forgetBias, type GatedOptions } from './cell.ts';
import { type RecurrentLayer, type RecurrentOptions, recurrentLayer } from './rnn.ts';

export interface LstmCellOptions extends GatedOptions {
  /** The bias of the forget gate begins with 1. Default true. */
  readonly unitForgetBias?: boolean;
  /** A second bias, `recurrentBias` (4 units), beside the first, as PyTorch has it. Default false. */
  readonly useRecurrentBias?: boolean;
}

export interface LstmOptions extends LstmCellOptions, RecurrentOptions {}

type Arguments<Options> = [units: number, options?: Options] | [options: Options & { readonly units: number }];

const names = [...cellOptions, 'recurrentActivation', 'unitForgetBias', 'useRecurrentBias', 'useCudnn'];

const cellOf = (kind: string, options: LstmCellOptions & { readonly units: number }): Layer => {
  const units = positiveInteger(kind, 'units', options.units);
  const activation = activationOf(options.activation ?? 'tanh');
  const gate = activationOf(options.recurrentActivation ?? 'sigmoid');
  const { dropout = 0, recurrentDropout = 0, useBias = true, unitForgetBias = true } = options;
  checkNames(options);
  const step = (
    { recurrentKernel }: Readonly<Record<string, Tensor>>,
    projected: Tensor,
    [h, c]: readonly Tensor[],
    context: Parameters<Layer['call']>[2],
  ): { output: Tensor; states: Tensor[] } => {
    const seen = dropState(kind, h as Tensor, recurrentDropout, context);
    const [i, f, candidate, o] = projected.add(seen.matmul(recurrentKernel as Tensor)).split(4, -1) as [Tensor, Tensor, Tensor, Tensor];
    const next = gate(f)
      .mul(c as Tensor)
      .add(gate(i).mul(activation(candidate)));
    const output = gate(o).mul(activation(next));
    return { output, states: [output, next] };
  };
  const project = ({ kernel, bias, recurrentBias }: Readonly<Record<string, Tensor>>, x: Tensor): Tensor => {
    const product = x.cast((kernel as Tensor).dtype).matmul(kernel as Tensor);
    const both = recurrentBias === undefined ? bias : bias?.add(recurrentBias);
    return both === undefined ? product : product.add(both);
  };
  return createLayer(kind, options, {
    build: shape => ({
      kernel: weightSpec('kernel', [featuresOf(kind, shape), 4 * units], options, 'glorotUniform'),
      recurrentKernel: weightSpec('recurrent', [units, 4 * units], options, 'orthogonal'),
      ...(useBias
        ? {
            bias: {
              ...weightSpec('bias', [4 * units], options, 'zeros'),
              ...(unitForgetBias ? { initializer: forgetBias(options.biasInitializer) } : {}),
            },
            ...(options.useRecurrentBias === true ? { recurrentBias: weightSpec('bias', [4 * units], options, 'zeros') } : {}),
          }
        : {}),
    }),
    call: (weights, x: Tensor, context) => step(weights, project(weights, x), context.states ?? [], context),
    cell: { stateShapes: [units, units], prepare: (weights, x, context) => project(weights, dropInputs(kind, x, dropout, context)), step },
  });
};

/** One step of `lstm`: `layers.lstmCell(8)(x, { states: [h, c] })` gives [output, h, c]; for `layers.rnn`. */
export const lstmCell = (...args: Arguments<LstmCellOptions>): Layer =>
  cellOf('lstmCell', layerOptions<LstmCellOptions & { units: number }>('lstmCell', args, ['units'], names));

/**
 * Long short-term memory.
 *
 *     i, f, g, o = σ, σ, tanh, σ of x W + h U + b, in four equal parts        c ← f c + i g        h ← o tanh c
 *
 * x (batch, steps, features) -> the last h (batch, units), or with `returnSequences` all (batch, steps, units). kernel W (features,
 * 4 units), recurrentKernel U (units, 4 units), bias (4 units), which begins with 1 for f. PyTorch has the gates in the same order i f g o,
 * transposed, and two biases (`useRecurrentBias`) whose sum counts.
 *
 * Source: Hochreiter, Schmidhuber 1997; Gers et al. 2000.
 * @example sequential([layers.embedding(1000, 16), layers.lstm(32), layers.dense(1)], { inputShape: [20], inputDtype: 'int32' })
 */
export const lstm = (...args: Arguments<LstmOptions>): RecurrentLayer =>
  recurrentLayer('lstm', args, ['units'], names, cellOf as never, lstm as never);
