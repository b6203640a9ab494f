import { concat } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { activationOf } from '../../activations.ts';
import { createLayer, type Layer, layerOptions } from '../../layer.ts';
import { checkNames, featuresOf, positiveInteger, weightSpec } from '../common.ts';
import { cellOptions, dropInputs, dropState, type GatedOptions } from './cell.ts';
import { type RecurrentLayer, type RecurrentOptions, recurrentLayer } from './rnn.ts';

export interface GruCellOptions extends GatedOptions {
  /** Whether the reset gate acts after the recurrent product (as PyTorch and cuDNN) or before it (as the paper). Default true. */
  readonly resetAfter?: boolean;
}

export interface GruOptions extends GruCellOptions, RecurrentOptions {}

type Arguments<Options> = [units: number, options?: Options] | [options: Options & { readonly units: number }];
type Weights = Readonly<Record<string, Tensor>>;

const names = [...cellOptions, 'recurrentActivation', 'resetAfter', 'useCudnn'];

const cellOf = (kind: string, options: GruCellOptions & { readonly units: number }): Layer => {
  const units = positiveInteger(kind, 'units', options.units);
  const activation = activationOf(options.activation ?? 'tanh');
  const gate = activationOf(options.recurrentActivation ?? 'sigmoid');
  const { dropout = 0, recurrentDropout = 0, useBias = true, resetAfter = true } = options;
  checkNames(options);
  const biasOf = (bias: Tensor, row: number): Tensor => (resetAfter ? bias.at(row) : bias);
  const project = ({ kernel, bias }: Weights, x: Tensor): Tensor => {
    const product = x.cast((kernel as Tensor).dtype).matmul(kernel as Tensor);
    return bias === undefined ? product : product.add(biasOf(bias, 0));
  };
  const step = (
    { recurrentKernel, bias }: Weights,
    projected: Tensor,
    [state]: readonly Tensor[],
    context: Parameters<Layer['call']>[2],
  ): { output: Tensor; states: Tensor[] } => {
    const h = state as Tensor;
    const seen = dropState(kind, h, recurrentDropout, context);
    const kernel = recurrentKernel as Tensor;
    const [xz, xr, xh] = projected.split(3, -1) as [Tensor, Tensor, Tensor];
    let z: Tensor;
    let candidate: Tensor;
    if (resetAfter) {
      const product = seen.matmul(kernel);
      const [hz, hr, hh] = (bias === undefined ? product : product.add(biasOf(bias, 1))).split(3, -1) as [Tensor, Tensor, Tensor];
      z = gate(xz.add(hz));
      candidate = activation(xh.add(gate(xr.add(hr)).mul(hh)));
    } else {
      const gates = gate(concat([xz, xr], -1).add(seen.matmul(kernel.slice([0, 0], [-1, 2 * units]))));
      const [update, reset] = gates.split(2, -1) as [Tensor, Tensor];
      z = update;
      candidate = activation(xh.add(reset.mul(seen).matmul(kernel.slice([0, 2 * units], [-1, units]))));
    }
    const output = z.mul(h).add(z.neg().add(1).mul(candidate));
    return { output, states: [output] };
  };
  return createLayer(kind, options, {
    build: shape => ({
      kernel: weightSpec('kernel', [featuresOf(kind, shape), 3 * units], options, 'glorotUniform'),
      recurrentKernel: weightSpec('recurrent', [units, 3 * units], options, 'orthogonal'),
      ...(useBias ? { bias: weightSpec('bias', resetAfter ? [2, 3 * units] : [3 * units], options, 'zeros') } : {}),
    }),
    call: (weights, x: Tensor, context) => step(weights, project(weights, x), context.states ?? [], context),
    cell: { stateShapes: [units], prepare: (weights, x, context) => project(weights, dropInputs(kind, x, dropout, context)), step },
  });
};

/** One step of `gru`: `layers.gruCell(8)(x, { states: [h] })` gives [output, h]; for `layers.rnn`. */
export const gruCell = (...args: Arguments<GruCellOptions>): Layer =>
  cellOf('gruCell', layerOptions<GruCellOptions & { units: number }>('gruCell', args, ['units'], names));

/**
 * Gated recurrent unit.
 *
 *     z, r = σ(x W + h U + b), two of three parts        g = tanh(x W + r (h U + b'))        h ← z h + (1 - z) g
 *
 * x (batch, steps, features) -> the last h (batch, units), or with `returnSequences` all (batch, steps, units). kernel W (features,
 * 3 units), recurrentKernel U (units, 3 units), bias (2, 3 units), or (3 units) where `resetAfter` is false and r acts on h before U.
 * PyTorch's gates are in the order r z n.
 *
 * Source: Cho et al. 2014, arXiv:1406.1078.
 */
export const gru = (...args: Arguments<GruOptions>): RecurrentLayer =>
  recurrentLayer('gru', args, ['units'], names, cellOf as never, gru as never);
