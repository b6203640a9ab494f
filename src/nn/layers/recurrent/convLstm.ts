import type { Shape } from '../../../core/shape.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { activationOf } from '../../activations.ts';
import { createLayer, type Layer } from '../../layer.ts';
import { checkNames, type DataFormatOption, positiveInteger, weightSpec } from '../common.ts';
import { convolve, geometryOf } from '../convolution.ts';
import { type Padding, paddingOf, reachOf, type WindowGeometry } from '../windows.ts';
import { cellOptions, dropInputs, dropState, forgetBias, type GatedOptions } from './cell.ts';
import { type RecurrentLayer, type RecurrentOptions, recurrentLayer } from './rnn.ts';

export interface ConvLstmOptions extends GatedOptions, RecurrentOptions, DataFormatOption {
  /** Default 1. */
  readonly strides?: number | readonly number[];
  /** Of the input's convolution; the recurrent one keeps the size. Default 'valid'. */
  readonly padding?: Exclude<Padding, 'causal'>;
  /** Default 1. */
  readonly dilationRate?: number | readonly number[];
  /** The bias of the forget gate begins with 1. Default true. */
  readonly unitForgetBias?: boolean;
}

interface ConvLstmRequired {
  readonly filters: number;
  readonly kernelSize: number | readonly number[];
}

type Arguments =
  | [filters: number, kernelSize: number | readonly number[], options?: ConvLstmOptions]
  | [options: ConvLstmOptions & ConvLstmRequired];

const names = [...cellOptions, 'recurrentActivation', 'unitForgetBias', 'strides', 'padding', 'dilationRate', 'dataFormat'];

const lengths = (shape: Shape, geometry: WindowGeometry): number[] => {
  const padding = paddingOf(shape, geometry);
  return shape.map((length, axis) => {
    const [before, after] = padding[axis] as [number, number];
    const reach = reachOf(geometry.sizes[axis] as number, geometry.dilations[axis] as number);
    return Math.floor((length + before + after - reach) / (geometry.strides[axis] as number)) + 1;
  });
};

const cellOf =
  (spatial: number) =>
  (kind: string, options: ConvLstmOptions & ConvLstmRequired): Layer => {
    const filters = positiveInteger(kind, 'filters', options.filters);
    const geometry = geometryOf(kind, spatial, options);
    const one = geometry.sizes.map(() => 1);
    const recurrent: WindowGeometry = { sizes: geometry.sizes, strides: one, dilations: one, padding: 'same' };
    const activation = activationOf(options.activation ?? 'tanh');
    const gate = activationOf(options.recurrentActivation ?? 'sigmoid');
    const { dropout = 0, recurrentDropout = 0, useBias = true, unitForgetBias = true } = options;
    checkNames(options);
    type Weights = Readonly<Record<string, Tensor>>;
    const project = ({ kernel, bias }: Weights, x: Tensor): Tensor => {
      const product = convolve(x, kernel as Tensor, geometry);
      return bias === undefined ? product : product.add(bias);
    };
    const step = (
      { recurrentKernel }: Weights,
      projected: Tensor,
      [h, c]: readonly Tensor[],
      context: Parameters<Layer['call']>[2],
    ): { output: Tensor; states: Tensor[] } => {
      const seen = dropState(kind, h as Tensor, recurrentDropout, context);
      const gates = projected.add(convolve(seen, recurrentKernel as Tensor, recurrent)).split(4, -1);
      const [i, f, candidate, o] = gates as [Tensor, Tensor, Tensor, Tensor];
      const next = gate(f)
        .mul(c as Tensor)
        .add(gate(i).mul(activation(candidate)));
      const output = gate(o).mul(activation(next));
      return { output, states: [output, next] };
    };
    return createLayer(kind, options, {
      build(shape = []) {
        const channels = shape.at(-1) as number;
        return {
          kernel: weightSpec('kernel', [...geometry.sizes, channels, 4 * filters], options, 'glorotUniform'),
          recurrentKernel: weightSpec('recurrent', [...geometry.sizes, filters, 4 * filters], options, 'orthogonal'),
          ...(useBias
            ? {
                bias: {
                  ...weightSpec('bias', [4 * filters], options, 'zeros'),
                  ...(unitForgetBias ? { initializer: forgetBias(options.biasInitializer) } : {}),
                },
              }
            : {}),
        };
      },
      call: (weights, x: Tensor, context) => step(weights, project(weights, x), context.states ?? [], context),
      cell: {
        stateShapes: shape => {
          const state = [...lengths(shape.slice(0, -1), geometry), filters];
          return [state, state];
        },
        prepare(weights, x, context) {
          const [batch, steps] = x.shape as [number, number];
          const all = project(weights, dropInputs(kind, x, dropout, context).reshape([batch * steps, ...x.shape.slice(2)]));
          return all.reshape([batch, steps, ...all.shape.slice(1)]);
        },
        step,
      },
    });
  };

const maker = (kind: string, spatial: number): ((...args: Arguments) => RecurrentLayer) => {
  const make = (...args: Arguments): RecurrentLayer =>
    recurrentLayer(kind, args, ['filters', 'kernelSize'], names, cellOf(spatial) as never, make as never, spatial + 2);
  return make;
};

/** `convLstm2d` of sequences of sequences: x (batch, steps, length, channels). */
export const convLstm1d: (...args: Arguments) => RecurrentLayer = maker('convLstm1d', 1);

/**
 * An LSTM whose products are convolutions: x (batch, steps, height, width, channels) -> the last state (batch, height', width', filters),
 * or with `returnSequences` all; kernel (kh, kw, channels, 4 filters), recurrentKernel (kh, kw, filters, 4 filters), bias (4 filters).
 *
 * Source: Shi et al. 2015, arXiv:1506.04214.
 */
export const convLstm2d: (...args: Arguments) => RecurrentLayer = maker('convLstm2d', 2);

/** `convLstm2d` of sequences of volumes: x (batch, steps, depth, height, width, channels). */
export const convLstm3d: (...args: Arguments) => RecurrentLayer = maker('convLstm3d', 3);
