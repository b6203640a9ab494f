import { unknownName, ValueError } from '../../../core/errors.ts';
import type { Shape } from '../../../core/shape.ts';
import { concat } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { partSpecs, runPart } from '../../compose.ts';
import { createLayer, type Layer, type LayerOptions, type LayerRun, layerOptions } from '../../layer.ts';
import type { RecurrentLayer } from './rnn.ts';

/** How the outputs of both ways become one: null leaves them two. */
export type MergeMode = 'concat' | 'sum' | 'mul' | 'ave' | null;

export interface BidirectionalOptions extends LayerOptions {
  /** Default 'concat'. */
  readonly mergeMode?: MergeMode;
  /** The layer that goes backwards. Default: another one as the given, with weights of its own. */
  readonly backwardLayer?: RecurrentLayer;
}

const modes = ['concat', 'sum', 'mul', 'ave'];

type Arguments =
  | [layer: RecurrentLayer, options?: BidirectionalOptions]
  | [options: BidirectionalOptions & { readonly layer: RecurrentLayer }];

/**
 * A recurrent layer over the steps in both directions: `layers.bidirectional(layers.lstm(8))`. Weights are `forward.kernel`, …,
 * `backward.kernel`, …. With `returnState` the states of the way there come first.
 *
 * Source: Schuster, Paliwal 1997.
 */
export const bidirectional = (...args: Arguments): Layer => {
  const isPlace = typeof args[0] === 'function';
  const given = (isPlace ? [{ ...(args[1] as BidirectionalOptions | undefined), layer: args[0] }] : args) as readonly unknown[];
  const kind = 'bidirectional';
  const options = layerOptions<BidirectionalOptions & { layer: RecurrentLayer }>(kind, given, [], ['layer', 'mergeMode', 'backwardLayer']);
  const { layer: one } = options;
  if (typeof one !== 'function' || one.recurrent === undefined)
    throw new ValueError('layers.bidirectional needs a recurrent layer: layers.bidirectional(layers.lstm(8)).');
  const { mergeMode = 'concat' } = options;
  if (mergeMode !== null && !modes.includes(mergeMode)) throw unknownName('mergeMode', String(mergeMode), modes);
  const { returnSequences, returnState, goBackwards } = one.recurrent;
  // As Keras: what a mask leaves out is 0 in the sequences of both ways.
  const zero = returnSequences ? { zeroOutputForMask: true } : {};
  const forward = one.recurrent.again({ ...zero, goBackwards });
  const backward = options.backwardLayer?.recurrent.again(zero) ?? one.recurrent.again({ ...zero, goBackwards: !goBackwards });
  if (backward.recurrent.goBackwards === forward.recurrent.goBackwards)
    throw new ValueError('layers.bidirectional needs a backwardLayer that goes the other way: give it goBackwards: true.');
  const merge = (a: Tensor, b: Tensor): readonly Tensor[] => {
    if (mergeMode === null) return [a, b];
    if (mergeMode === 'concat') return [concat([a, b], -1)];
    if (mergeMode === 'mul') return [a.mul(b)];
    return [mergeMode === 'sum' ? a.add(b) : a.add(b).mul(0.5)];
  };
  return createLayer(kind, options, {
    build: shape => ({ ...partSpecs('forward', forward, shape as Shape), ...partSpecs('backward', backward, shape as Shape) }),
    call(weights, x: Tensor, context) {
      const { initialState, ...rest } = context.options;
      const states = Array.isArray(initialState) ? (initialState as readonly Tensor[]) : [];
      const half = states.length / 2;
      const run = (prefix: string, layer: Layer, index: number, begin: readonly Tensor[]): LayerRun =>
        runPart(prefix, layer, weights, [x], context, {
          ...{ masks: context.masks ?? [], index },
          options: begin.length > 0 ? { ...rest, initialState: begin } : rest,
        });
      const there = run('forward', forward, 0, states.slice(0, half));
      const back = run('backward', backward, 1, states.slice(half));
      const [a, ...forwardStates] = there.outputs as [Tensor, ...Tensor[]];
      const [b, ...backwardStates] = back.outputs as [Tensor, ...Tensor[]];
      const merged = merge(a, returnSequences ? b.flip(1) : b);
      const outputs = returnState ? [...merged, ...forwardStates, ...backwardStates] : merged;
      const mask = returnSequences ? context.masks?.[0] : undefined;
      return {
        output: outputs.length === 1 ? (outputs[0] as Tensor) : outputs,
        masks: outputs.map((_, index) => (index < merged.length ? mask : undefined)),
        losses: [...there.losses, ...back.losses],
        weights: { ...there.weights, ...back.weights },
      };
    },
  });
};
