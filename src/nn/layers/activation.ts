import { compact } from '../../core/config.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import * as functions from '../activations.ts';
import { createLayer, type Layer, layerOptions } from '../layer.ts';
import type { NameOption } from './common.ts';

/** A function of each element, or of each row: `layers.activation('relu')`. */
export const activation = (
  ...args:
    | [activation: functions.ActivationOption, options?: NameOption]
    | [options: NameOption & { readonly activation: functions.ActivationOption }]
): Layer => {
  const options = layerOptions<NameOption & { activation: functions.ActivationOption }>('activation', args, ['activation'], []);
  const f = functions.activationOf(options.activation);
  const config = compact({ activation: functions.describeActivation(options.activation), name: options.name });
  return createLayer('activation', config, { call: (_, x: Tensor) => f(x) });
};

/** max(x, 0). */
export const relu = (options: NameOption = {}): Layer => {
  const { name } = layerOptions<NameOption>('relu', [options], [], []);
  return createLayer('relu', compact({ name }), { call: (_, x: Tensor) => x.relu() });
};

export interface SoftmaxOptions extends NameOption {
  /** Default -1. */
  readonly axis?: number;
}

/** eˣ / Σ eˣ along an axis; the last one unless told otherwise. */
export const softmax = (options: SoftmaxOptions = {}): Layer => {
  const { name, axis } = layerOptions<SoftmaxOptions>('softmax', [options], [], ['axis']);
  return createLayer('softmax', compact({ name, axis }), { call: (_, x: Tensor) => x.softmax(axis ?? -1) });
};

export interface LeakyReluOptions extends NameOption {
  /** Default 0.3, as Keras has it for the layer. */
  readonly negativeSlope?: number;
}

/** x for x > 0, else slope · x. */
export const leakyRelu = (options: LeakyReluOptions = {}): Layer => {
  const { name, negativeSlope = 0.3 } = layerOptions<LeakyReluOptions>('leakyRelu', [options], [], ['negativeSlope']);
  return createLayer('leakyRelu', compact({ name, negativeSlope }), {
    call: (_, x: Tensor) => functions.leakyRelu(x, { negativeSlope }),
  });
};

export interface EluOptions extends NameOption {
  /** Default 1. */
  readonly alpha?: number;
}

/** x for x > 0, else α (eˣ - 1). */
export const elu = (options: EluOptions = {}): Layer => {
  const { name, alpha = 1 } = layerOptions<EluOptions>('elu', [options], [], ['alpha']);
  return createLayer('elu', compact({ name, alpha }), { call: (_, x: Tensor) => functions.elu(x, { alpha }) });
};
