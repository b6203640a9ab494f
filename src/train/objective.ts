import { ValueError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { Mask } from '../nn/layer.ts';
import { type LossOption, lossOf } from '../nn/losses/byName.ts';
import type { Loss } from '../nn/losses/loss.ts';
import { type MetricOption, metricOf } from '../nn/metrics/byName.ts';
import type { Metric } from '../nn/metrics/metric.ts';
import { type OptimizerOption, optimizerOf } from '../optimizers/byName.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Network } from './network.ts';

export interface CompileOptions {
  /** Default 'adam'. */
  readonly optimizer?: OptimizerOption;
  /** One, or one for each output. */
  readonly loss: LossOption | readonly LossOption[];
  /** A list; for several outputs a list of lists. */
  readonly metrics?: readonly MetricOption[] | readonly (readonly MetricOption[])[];
  /** How much each output's loss counts. Default 1. */
  readonly lossWeights?: readonly number[];
}

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
  readonly losses: readonly Loss[];
  readonly metrics: readonly (readonly Metric[])[];
  readonly lossWeights: readonly number[];
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

const perOutput = <T>(what: string, list: readonly T[], count: number): readonly T[] => {
  if (list.length !== count) throw new ValueError(`compile got ${list.length} ${what} for a model of ${count} outputs: give one for each.`);
  return list;
};

/** Reads what `compile` was given. @throws ValueError for unknown names and for lists of another length than the outputs. */
export const objectiveOf = (network: Network, options: CompileOptions): Objective => {
  unknownOptions('compile', options, ['optimizer', 'loss', 'metrics', 'lossWeights']);
  const count = network.outputs.length;
  if (options.loss === undefined) throw new ValueError("compile needs a loss: compile({ loss: 'meanSquaredError' }).");
  const given = Array.isArray(options.loss) ? (options.loss as readonly LossOption[]) : [options.loss as LossOption];
  const losses = perOutput('losses', given.length === 1 ? new Array<LossOption>(count).fill(given[0] as LossOption) : given, count).map(
    lossOf,
  );
  const lossWeights = perOutput('lossWeights', options.lossWeights ?? new Array<number>(count).fill(1), count);
  const list = options.metrics ?? [];
  const nested = list.some(Array.isArray)
    ? (list as readonly (readonly MetricOption[])[])
    : count === 1
      ? [list]
      : outputsShare(list, count);
  const metrics = perOutput('lists of metrics', nested as readonly (readonly MetricOption[])[], count).map(some => some.map(metricOf));
  const names = outputNames(network);
  const figures: Figure[] = [{ name: 'loss', metric: undefined, first: 0 }];
  const sums: Shape[] = [[]];
  const report = (name: string, metric: Metric | undefined, shapes: readonly Shape[]): void => {
    figures.push({ name: unique(name, figures), metric, first: sums.length });
    sums.push(...shapes);
  };
  if (count > 1) for (const name of names) report(`${name}Loss`, undefined, [[]]);
  metrics.forEach((some, index) => {
    for (const metric of some) report(count > 1 ? `${names[index]}${capital(metric.name)}` : metric.name, metric, metric.sums);
  });
  const onlyMeans = figures.every(({ metric }) => metric === undefined || metric.isMean);
  return { optimizer: optimizerOf(options.optimizer ?? 'adam'), losses, metrics, lossWeights, figures, sums, onlyMeans };
};

const outputsShare = (list: readonly unknown[], count: number): readonly (readonly MetricOption[])[] =>
  new Array<readonly MetricOption[]>(count).fill(list as readonly MetricOption[]);

const unique = (name: string, figures: readonly Figure[]): string => {
  let free = name;
  for (let number = 1; figures.some(figure => figure.name === free); number++) free = `${name}${number}`;
  return free;
};

/** What a batch's loss and metrics follow from. */
export interface BatchResult {
  readonly targets: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Which steps of each output count. */
  readonly masks: readonly Mask[];
  readonly sampleWeight: Tensor | undefined;
  /** Added to the loss. */
  readonly penalty: Tensor | undefined;
}

/** Weights of what counts: of a mean over all values, so that it is the mean over those that count (as in Keras). */
const maskWeight = (mask: Tensor, reduction: Loss['reduction']): Tensor => {
  const weight = mask.cast('float32');
  return reduction === 'sum' || reduction === 'none' ? weight : weight.mul(weight.sum().maximum(1e-7).reciprocal().mul(mask.size));
};

const spread = (weight: Tensor, mask: Tensor): Tensor =>
  weight.cast('float32').reshape([...weight.shape, ...mask.shape.slice(weight.rank).map(() => 1)]);

const weighted = (mask: Mask, sampleWeight: Tensor | undefined, weightOf: (mask: Tensor) => Tensor): { sampleWeight?: Tensor } => {
  if (mask === undefined) return sampleWeight === undefined ? {} : { sampleWeight };
  const weight = weightOf(mask);
  return { sampleWeight: sampleWeight === undefined ? weight : weight.mul(spread(sampleWeight, mask)) };
};

/** The loss of a batch, and what the batch adds to the sums. */
export const objectiveValues = (
  { losses, lossWeights, metrics }: Objective,
  { targets, outputs, masks, sampleWeight, penalty }: BatchResult,
): { readonly loss: Tensor; readonly sums: readonly Tensor[] } => {
  const samples = (outputs[0] as Tensor).shape[0] as number;
  const each = losses.map((loss, index) => {
    const options = weighted(masks[index], sampleWeight, mask => maskWeight(mask, loss.reduction));
    const value = loss(targets[index] as Tensor, outputs[index] as Tensor, options);
    return (value.rank === 0 ? value : value.mean()).cast('float32'); // reduction 'none': training needs one number
  });
  const loss = [
    ...each.map((value, index) => (lossWeights[index] === 1 ? value : value.mul(lossWeights[index] as number))),
    ...(penalty === undefined ? [] : [penalty]),
  ].reduce((a, b) => a.add(b));
  const parts = each.length > 1 ? each.map(value => value.mul(samples)) : [];
  const contributions = metrics.flatMap((some, index) =>
    some.flatMap(metric =>
      metric.contribution(
        targets[index] as Tensor,
        outputs[index] as Tensor,
        weighted(masks[index], undefined, mask => mask.cast('float32')),
      ),
    ),
  );
  return { loss, sums: [loss.mul(samples), ...parts, ...contributions] };
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
