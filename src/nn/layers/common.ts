import { ShapeError, unknownName, ValueError } from '../../core/errors.ts';
import { normalizeAxis, type Shape } from '../../core/shape.ts';
import { wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { ActivationOption } from '../activations.ts';
import type { ConstraintOption } from '../constraints.ts';
import { type InitializerOption, initializerOf } from '../initializers.ts';
import type { LayerOptions, LayerParts, WeightSpec } from '../layer.ts';
import { type RegularizerOption, regularizerOf } from '../regularizers.ts';
import { formatBatch } from '../symbolic.ts';

export interface BiasOptions extends LayerOptions {
  /** A function of the output, or its name. Default: none. */
  readonly activation?: ActivationOption;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default 'zeros'. */
  readonly biasInitializer?: InitializerOption;
  readonly biasRegularizer?: RegularizerOption;
  readonly biasConstraint?: ConstraintOption;
}

export interface KernelOptions extends BiasOptions {
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: InitializerOption;
  readonly kernelRegularizer?: RegularizerOption;
  readonly kernelConstraint?: ConstraintOption;
}

/** Names of the options of a weight. */
export const weightOptions = (name: string): readonly string[] => [`${name}Initializer`, `${name}Regularizer`, `${name}Constraint`];

/** Names of the options of layers with a bias. */
export const biasOptions: readonly string[] = ['activation', 'useBias', ...weightOptions('bias')];

/** Names of the options of layers with a kernel. */
export const kernelOptions: readonly string[] = [...biasOptions, ...weightOptions('kernel')];

/** A weight by what the options say of it: `kernelInitializer`, `kernelRegularizer`, `kernelConstraint`. */
export const weightSpec = (name: string, shape: Shape, options: object, initializer: InitializerOption): WeightSpec => {
  const given = options as Readonly<Record<string, unknown>>;
  return {
    ...{ shape, initializer: (given[`${name}Initializer`] as InitializerOption | undefined) ?? initializer },
    regularizer: given[`${name}Regularizer`] as RegularizerOption | undefined,
    constraint: given[`${name}Constraint`] as ConstraintOption | undefined,
  };
};

/** Unknown names of initializers and regularizers are errors when the layer is made, not when it is first called. */
export const checkNames = (options: object): void => {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (name.endsWith('Initializer')) initializerOf(value as InitializerOption);
    if (name.endsWith('Regularizer')) regularizerOf(value as RegularizerOption);
  }
};

/** The bias of a layer, or none. */
export const biasSpec = (units: number, options: BiasOptions): Record<string, WeightSpec> =>
  options.useBias === false ? {} : { bias: weightSpec('bias', [units], options, 'zeros') };

/** A whole number >= 1, or an error that says which layer asked for what. */
export const positiveInteger = (kind: string, name: string, value: unknown): number => wholeNumber(`layers.${kind}`, name, value, 1);

/** One number for all axes, or one for each. */
export const perAxis = (
  kind: string,
  name: string,
  value: number | readonly number[] | undefined,
  axes: number,
  least = 1,
): readonly number[] => {
  const list = typeof value === 'number' ? new Array<number>(axes).fill(value) : value;
  if (!Array.isArray(list) || list.length !== axes)
    throw new ValueError(
      `layers.${kind} needs ${name} to be a whole number${axes === 1 ? '' : ` or ${axes} of them`}, got ${JSON.stringify(value)}.`,
    );
  for (const one of list) wholeNumber(`layers.${kind}`, name, one, least);
  return list;
};

/** [before, after] for each axis: from one number, one for each axis, or pairs. */
export const perSide = (kind: string, name: string, value: Sides, axes: number): (readonly [number, number])[] => {
  const isPair = (one: unknown): one is readonly [number, number] =>
    Array.isArray(one) && one.length === 2 && one.every(side => Number.isInteger(side) && side >= 0);
  if (axes === 1 && isPair(value)) return [value];
  const list = typeof value === 'number' ? new Array<number>(axes).fill(value) : value;
  const pairs = Array.isArray(list) ? list.map(one => (typeof one === 'number' ? [one, one] : one)) : [];
  if (pairs.length !== axes || !pairs.every(isPair))
    throw new ValueError(
      `layers.${kind} needs ${name} to be a whole number >= 0, ${axes} of them, or ${axes} pairs [before, after], got ${JSON.stringify(value)}.`,
    );
  return pairs;
};

/** One number, one for each axis, or [before, after] for each. */
export type Sides = number | readonly (number | readonly [number, number])[];

/** A number from 0 up to but not 1. */
export const fraction = (kind: string, name: string, value: unknown): number => {
  if (typeof value !== 'number' || !(value >= 0 && value < 1))
    throw new ValueError(`layers.${kind} needs ${name} to be a number from 0 up to but not 1, got ${value}.`);
  return value;
};

/** Size of the last axis. @throws ShapeError for inputs without one. */
export const featuresOf = (kind: string, shape: Shape | undefined): number => {
  const features = shape?.at(-1);
  if (features === undefined)
    throw new ShapeError(
      `${kind} cannot take input of shape ${formatBatch(shape ?? [])}: it needs (batch, …, features). Add an axis first: layers.reshape([1]).`,
    );
  return features;
};

/** Inputs of a number of axes besides the batch. */
export const checkRank = (kind: string, shape: Shape | undefined, names: readonly string[]): void => {
  if (shape?.length !== names.length)
    throw new ShapeError(`${kind} cannot take input of shape ${formatBatch(shape ?? [])}: it needs (batch, ${names.join(', ')}).`);
};

/** An axis as Keras counts it (the batch is 0), as an axis of a shape without batch. */
export const axisWithoutBatch = (kind: string, axis: number, shape: Shape): number => {
  const place = normalizeAxis(kind, axis, shape.length + 1) - 1;
  if (place < 0) throw new ShapeError(`${kind} cannot work along axis ${axis} of input ${formatBatch(shape)}: axis 0 is the batch.`);
  return place;
};

/** Where the channels stand: after the spatial axes (the default) or before them. */
export type DataFormat = 'channelsLast' | 'channelsFirst';

export interface DataFormatOption {
  /** Default 'channelsLast'. With 'channelsFirst' inputs and outputs are (batch, channels, spatial…). */
  readonly dataFormat?: DataFormat;
}

const lastToFirst = (rank: number): number[] => [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 1)];
const firstToLast = (rank: number): number[] => [0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2), 1];

/** A layer of inputs (batch, spatial…, channels) that also takes and gives (batch, channels, spatial…). */
export const inFormat = (kind: string, { dataFormat = 'channelsLast' }: DataFormatOption, parts: LayerParts): LayerParts => {
  if (dataFormat === 'channelsLast') return parts;
  if (dataFormat !== 'channelsFirst')
    throw unknownName(`dataFormat of layers.${kind}`, String(dataFormat), ['channelsLast', 'channelsFirst']);
  return {
    ...parts,
    build: ([channels, ...spatial] = []) => parts.build?.([...spatial, channels as number]) ?? {},
    call(weights, x: Tensor, context) {
      const output = parts.call(weights, x.permute(firstToLast(x.rank)), context) as Tensor;
      return output.rank > 2 ? output.permute(lastToFirst(output.rank)) : output;
    },
  };
};
