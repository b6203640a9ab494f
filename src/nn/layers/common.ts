import { type Config, type ConfigValue, compact } from '../../core/config.ts';
import { ValueError } from '../../core/errors.ts';
import { wholeNumber } from '../../tensor/options.ts';
import type { ActivationOption } from '../activations.ts';
import { describeActivation } from '../activations.ts';
import { describeInitializer, type InitializerOption, initializerOf } from '../initializers.ts';

/** What every layer's options have. */
export interface NameOption {
  /** The layer's name in summaries, weights and files; by default its kind, numbered where there are several. */
  readonly name?: string;
}

export interface KernelOptions extends NameOption {
  /** A function of the output, or its name. Default: none. */
  readonly activation?: ActivationOption;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: InitializerOption;
  /** Default 'zeros'. */
  readonly biasInitializer?: InitializerOption;
}

/** Names of the options of layers with a kernel. */
export const kernelOptions: readonly string[] = ['activation', 'useBias', 'kernelInitializer', 'biasInitializer'];

/** The options of layers with a kernel as plain data. Unknown names are errors here, when the layer is made. */
export const describeKernel = (options: KernelOptions): Config =>
  compact({
    name: options.name,
    activation: options.activation === undefined ? undefined : describeActivation(options.activation),
    useBias: options.useBias === false ? false : undefined,
    kernelInitializer: describeGiven(options.kernelInitializer),
    biasInitializer: describeGiven(options.biasInitializer),
  });

/** An initializer that was given, as plain data. */
export const describeGiven = (option: InitializerOption | undefined): ConfigValue | undefined =>
  option === undefined ? undefined : describeInitializer(initializerOf(option));

/** A whole number >= 1, or an error that says which layer asked for what. */
export const positiveInteger = (kind: string, name: string, value: unknown): number => wholeNumber(`layers.${kind}`, name, value, 1);

/** One number for all axes, or one for each. */
export const perAxis = (kind: string, name: string, value: number | readonly number[], axes: number): readonly number[] => {
  const list = typeof value === 'number' ? new Array<number>(axes).fill(value) : value;
  if (!Array.isArray(list) || list.length !== axes)
    throw new ValueError(`layers.${kind} needs ${name} to be a whole number or ${axes} of them, got ${JSON.stringify(value)}.`);
  for (const one of list) positiveInteger(kind, name, one);
  return list;
};

/** A number from 0 up to but not 1. */
export const fraction = (kind: string, name: string, value: unknown): number => {
  if (typeof value !== 'number' || !(value >= 0 && value < 1))
    throw new ValueError(`layers.${kind} needs ${name} to be a number from 0 up to but not 1, got ${value}.`);
  return value;
};
