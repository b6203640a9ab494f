import { unknownName, ValueError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { type LossOption, lossOf } from '../nn/losses/byName.ts';
import type { Loss } from '../nn/losses/loss.ts';
import { type MetricOption, metricOf } from '../nn/metrics/byName.ts';
import type { Metric } from '../nn/metrics/metric.ts';
import { type OptimizerOption, optimizerOf } from '../optimizers/byName.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { type GradOptions, residualTypeOf } from '../tensor/differentiate.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Network, Weights } from './network.ts';

/** For a model of several outputs: one each in a list, or by the outputs' names. */
export type PerOutput<T> = readonly T[] | Readonly<Record<string, T>>;

export interface CompileOptions {
  /** Default 'adam'. */
  readonly optimizer?: OptimizerOption;
  /** One, or one for each output; null where an output has none. */
  readonly loss: LossOption | PerOutput<LossOption | null>;
  /** A list; for several outputs a list of lists, or lists by the outputs' names. */
  readonly metrics?: readonly MetricOption[] | PerOutput<MetricOption | readonly MetricOption[]>;
  /** As `metrics`, but weighted by `sampleWeight` and `classWeight`. */
  readonly weightedMetrics?: readonly MetricOption[] | PerOutput<MetricOption | readonly MetricOption[]>;
  /** How much each output's loss counts. Default 1. */
  readonly lossWeights?: PerOutput<number>;
  /** How the loss of a batch comes about, instead of `loss(y, model(x))`: for networks that are trained otherwise. */
  readonly trainStep?: TrainStep;
  /**
   * What the backward pass reads again of the forward pass waits in 16 bits: a step of a deep network needs half of the memory or less. The
   * forward pass, sums, gradients, weights and the optimizer's state stay float32, so nothing underflows and no loss scaling is
   * needed (`optimizers.lossScale` works with it all the same). 'bfloat16' has float32's range and 8 bits of precision, 'float16' 11
   * bits and numbers up to 65,504, where larger ones end. Default 'float32': nothing is rounded.
   */
  readonly mixedPrecision?: 'float32' | 'float16' | 'bfloat16';
}

/** What a `trainStep` works with. */
export interface StepContext {
  readonly weights: Weights;
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  readonly sampleWeight: Tensor | undefined;
  /** For random numbers: another one at each step. */
  readonly key: Tensor;
  /** The model's outputs, for other inputs, too. */
  apply(x?: Tensor | readonly Tensor[], options?: { readonly weights?: Weights; readonly training?: boolean }): readonly Tensor[];
  /** What `compile({ loss })` says of outputs, with the weights' costs. */
  loss(outputs: readonly Tensor[]): Tensor;
}

/** Gives the number that the step makes small, and the outputs that metrics look at (the model's for x unless told otherwise). */
export type TrainStep = (context: StepContext) => Tensor | { readonly loss: Tensor; readonly outputs?: readonly Tensor[] };

/** A figure that is reported: where its sums stand, and how it follows from them. */
export interface Figure {
  readonly name: string;
  /** Undefined for losses, whose sum is divided by the number of samples. */
  readonly metric: Metric | undefined;
  /** Place of its first sum. */
  readonly first: number;
}

/** What a model was compiled with. */
export interface Objective {
  readonly optimizer: Optimizer;
  readonly losses: readonly (Loss | undefined)[];
  readonly metrics: readonly (readonly Metric[])[];
  readonly weightedMetrics: readonly (readonly Metric[])[];
  readonly lossWeights: readonly number[];
  readonly trainStep: TrainStep | undefined;
  /** What forward values wait in for the backward pass. */
  readonly residuals: NonNullable<GradOptions['residuals']>;
  readonly figures: readonly Figure[];
  /** Shapes of all sums. */
  readonly sums: readonly Shape[];
  /** Whether every figure is a mean, so that its sums are single numbers. */
  readonly onlyMeans: boolean;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The names of a model's outputs: of the layers that make them. */
export const outputNames = ({ outputs, layers }: Network): string[] => {
  const names = outputs.map(output => layers.find(({ layer }) => layer === output.origin?.layer)?.name ?? output.name ?? 'output');
  return names.map((name, index) => (names.indexOf(name) === index ? name : `${name}${index}`));
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.getPrototypeOf(value) === Object.prototype;

/** Whether an option says it by the outputs' names. @throws ValueError for names that are no output's. */
const isByName = (what: string, value: unknown, names: readonly string[]): value is Readonly<Record<string, unknown>> => {
  if (!isRecord(value) || (typeof value.kind === 'string' && isRecord(value.config))) return false; // a description from a file
  const unknown = Object.keys(value).find(name => !names.includes(name));
  if (unknown !== undefined) throw unknownName(`output in ${what}`, unknown, names);
  return true;
};

/** One value for each output, from a list or a record. */
const perOutput = <T>(what: string, given: unknown, names: readonly string[], otherwise: T): readonly T[] => {
  if (isByName(what, given, names)) return names.map(name => (given[name] as T | undefined) ?? otherwise);
  const list = given as readonly T[];
  if (!Array.isArray(list) || list.length !== names.length)
    throw new ValueError(
      `compile got ${Array.isArray(list) ? list.length : 'no list of'} ${what} for a model of ${names.length} outputs: give one for each, or by name (${names.join(', ')}).`,
    );
  return list;
};

/** The metrics of each output. */
const metricsPerOutput = (what: string, given: unknown, network: Network, names: readonly string[]): readonly (readonly Metric[])[] => {
  const listOf = (value: unknown, index: number): readonly Metric[] =>
    (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]).map(one => {
      const metric = metricOf(one as MetricOption);
      return metric.forOutput?.([1, ...(network.outputs[index]?.shape ?? [])]) ?? metric; // sums a class need to know how many there are
    });
  if (given === undefined) return names.map(() => []);
  if (isByName(what, given, names)) return names.map((name, index) => listOf(given[name], index));
  const list = given as readonly unknown[];
  if (list.some(Array.isArray)) return perOutput(`lists of ${what}`, list, names, []).map(listOf);
  return names.map((_, index) => listOf(list, index));
};

/** Reads what `compile` was given. @throws ValueError for unknown names and for lists of another length than the outputs. */
export const objectiveOf = (network: Network, options: CompileOptions): Objective => {
  unknownOptions('compile', options, ['optimizer', 'loss', 'metrics', 'weightedMetrics', 'lossWeights', 'trainStep', 'mixedPrecision']);
  const names = outputNames(network);
  const count = names.length;
  if (options.loss === undefined) throw new ValueError("compile needs a loss: compile({ loss: 'meanSquaredError' }).");
  const isOne = !Array.isArray(options.loss) && !isByName('loss', options.loss, names);
  const shared = isOne ? options.loss : Array.isArray(options.loss) && options.loss.length === 1 ? options.loss[0] : undefined;
  // Each output gets a loss of its own, also where one option stands for all.
  const chosen =
    shared === undefined ? perOutput<LossOption | null>('losses', options.loss, names, null) : names.map(() => shared as LossOption);
  const losses = chosen.map(option => (option === null ? undefined : lossOf(option)));
  if (losses.every(loss => loss === undefined)) throw new ValueError('compile needs a loss for at least one output.');
  const lossWeights = options.lossWeights === undefined ? names.map(() => 1) : perOutput('lossWeights', options.lossWeights, names, 1);
  const metrics = metricsPerOutput('metrics', options.metrics, network, names);
  const weightedMetrics = metricsPerOutput('weightedMetrics', options.weightedMetrics, network, names);
  const figures: Figure[] = [{ name: 'loss', metric: undefined, first: 0 }];
  const sums: Shape[] = [[]];
  const report = (name: string, metric: Metric | undefined, shapes: readonly Shape[]): void => {
    figures.push({ name: unique(name, figures), metric, first: sums.length });
    sums.push(...shapes);
  };
  if (count > 1)
    names.forEach((name, index) => {
      if (losses[index] !== undefined) report(`${name}Loss`, undefined, [[]]);
    });
  for (const all of [metrics, weightedMetrics])
    all.forEach((some, index) => {
      for (const metric of some) report(count > 1 ? `${names[index]}${capital(metric.name)}` : metric.name, metric, metric.sums);
    });
  const onlyMeans = figures.every(({ metric }) => metric === undefined || metric.isMean);
  return {
    ...{ optimizer: optimizerOf(options.optimizer ?? 'adam'), losses, metrics, weightedMetrics, lossWeights, figures, sums, onlyMeans },
    ...{ trainStep: options.trainStep, residuals: residualTypeOf('mixedPrecision', options.mixedPrecision) ?? 'float32' },
  };
};

const unique = (name: string, figures: readonly Figure[]): string => {
  let free = name;
  for (let number = 1; figures.some(figure => figure.name === free); number++) free = `${name}${number}`;
  return free;
};

/** A figure that is a mean, from place `slot` of its sums. */
const meanFigure = ({ metric, first }: Figure, sums: readonly Float64Array[], samples: number, slot: number): number => {
  const total = sums[first]?.[slot] as number;
  if (metric === undefined) return total / samples;
  const count = sums[first + 1]?.[slot] as number;
  return count === 0 ? 0 : total / count;
};

/** The reported numbers of an objective of means, from place `slot` of the sums. */
export const meanFigures = (
  { figures }: Objective,
  sums: readonly Float64Array[],
  samples: number,
  slot: number,
): Record<string, number> => {
  const logs: Record<string, number> = {};
  for (const figure of figures) logs[figure.name] = meanFigure(figure, sums, samples, slot);
  return logs;
};

/** The reported numbers, from the sums and the number of samples. */
export const figuresFrom = async (
  { figures }: Objective,
  sums: readonly Float64Array[],
  samples: number,
  toTensor: (values: Float64Array, shape: Shape) => Tensor,
): Promise<Record<string, number>> => {
  const logs: Record<string, number> = {};
  for (const figure of figures) {
    const { name, metric, first } = figure;
    logs[name] =
      metric === undefined || metric.isMean
        ? meanFigure(figure, sums, samples, 0)
        : await metric.value(metric.sums.map((shape, index) => toTensor(sums[first + index] as Float64Array, shape))).item();
  }
  return logs;
};
