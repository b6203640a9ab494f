import { type Config, compact } from '../core/config.ts';
import { formatShape, ShapeError, unknownName, ValueError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import { arange, where } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { classNumbers, matched, spreadWeight } from './targets.ts';

/** How the values of the samples become the loss: their mean (over all of them), their sum, or as they are. */
export type Reduction = 'sumOverBatchSize' | 'sum' | 'none';

export interface ReductionOption {
  /** Default 'sumOverBatchSize'. */
  readonly reduction?: Reduction;
}

export interface LossCallOptions {
  /** (batch), or as many axes as the values have: multiplies the values before they are reduced. */
  readonly sampleWeight?: Tensor;
}

/** What training makes small: from target and prediction to one number, or with `reduction: 'none'` to one a sample. */
export interface Loss {
  (target: Tensor, prediction: Tensor, options?: LossCallOptions): Tensor;
  readonly kind: string;
  readonly config: Config;
  readonly reduction: Reduction;
  /** One value a sample (batch, …), before weights and reduction. */
  values(target: Tensor, prediction: Tensor): Tensor;
}

type Values = (target: Tensor, prediction: Tensor) => Tensor;

const reductions: readonly Reduction[] = ['sumOverBatchSize', 'sum', 'none'];

/** Values of samples, weighted and reduced. The mean divides by the number of values, weights or not, as in Keras. */
export const reduceValues = (what: string, values: Tensor, reduction: Reduction, { sampleWeight }: LossCallOptions = {}): Tensor => {
  const weighted = sampleWeight === undefined ? values : values.mul(spreadWeight(what, sampleWeight, values));
  if (reduction === 'none') return weighted;
  const total = weighted.sum();
  return reduction === 'sum' ? total : total.div(Math.max(1, sizeOf(values.shape)));
};

const loss = (kind: string, options: ReductionOption, config: Config, values: Values): Loss => {
  const { reduction = 'sumOverBatchSize' } = options;
  if (!reductions.includes(reduction)) throw unknownName('reduction', String(reduction), reductions);
  const call = (target: Tensor, prediction: Tensor, callOptions: LossCallOptions = {}): Tensor => {
    unknownOptions(kind, callOptions, ['sampleWeight']);
    return reduceValues(kind, values(target, prediction), reduction, callOptions);
  };
  const described = compact({ ...config, reduction: reduction === 'sumOverBatchSize' ? undefined : reduction });
  return Object.assign(call, { kind, config: described, reduction, values });
};

/** Mean over the last axis; a scalar for each sample stays. */
const meanOfLast = (x: Tensor): Tensor => (x.rank > 1 ? x.mean(-1) : x);

const elementwise =
  (kind: string, f: (error: Tensor) => Tensor) =>
  (options: ReductionOption = {}): Loss => {
    unknownOptions(`losses.${kind}`, options, ['reduction']);
    return loss(kind, options, {}, (target, prediction) => meanOfLast(f(prediction.sub(matched(kind, target, prediction)))));
  };

type Elementwise = (options?: ReductionOption) => Loss;

/** mean (prediction - target)² over the last axis. */
export const meanSquaredError: Elementwise = elementwise('meanSquaredError', error => error.square());
/** mean |prediction - target| over the last axis. */
export const meanAbsoluteError: Elementwise = elementwise('meanAbsoluteError', error => error.abs());

export interface HuberOptions extends ReductionOption {
  /** Where the parabola becomes a line. Default 1. */
  readonly delta?: number;
}

/** e² / 2 for |e| ≤ δ, else δ (|e| - δ / 2); mean over the last axis. Source: Huber 1964. */
export const huber = (options: HuberOptions = {}): Loss => {
  unknownOptions('losses.huber', options, ['delta', 'reduction']);
  const { delta = 1 } = options;
  if (!(delta > 0)) throw new ValueError(`losses.huber needs a delta > 0, got ${delta}.`);
  return loss('huber', options, delta === 1 ? {} : { delta }, (target, prediction) => {
    const size = prediction.sub(matched('huber', target, prediction)).abs();
    return meanOfLast(where(size.lessEqual(delta), size.square().mul(0.5), size.sub(delta / 2).mul(delta)));
  });
};

export interface CrossentropyOptions extends ReductionOption {
  /** The prediction is logits (any number), not probabilities. Default false. */
  readonly fromLogits?: boolean;
}

export interface SmoothedCrossentropyOptions extends CrossentropyOptions {
  /** Targets move so far towards equal probabilities. Default 0. */
  readonly labelSmoothing?: number;
}

const smoothing = (what: string, { labelSmoothing = 0 }: SmoothedCrossentropyOptions): number => {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new ValueError(`${what} needs a labelSmoothing from 0 to 1, got ${labelSmoothing}.`);
  return labelSmoothing;
};

const crossentropyConfig = ({ fromLogits, labelSmoothing }: SmoothedCrossentropyOptions): Config =>
  compact({ fromLogits: fromLogits === true ? true : undefined, labelSmoothing: labelSmoothing === 0 ? undefined : labelSmoothing });

/** Probabilities stay so far from 0 and 1, as in Keras. */
const epsilon = 1e-7;

/**
 * -(t ln p + (1 - t) ln(1 - p)), mean over the last axis; of logits z as softplus(z) - t z, for any z.
 * Probabilities are held within 1e-7 of 0 and 1.
 */
export const binaryCrossentropy = (options: SmoothedCrossentropyOptions = {}): Loss => {
  unknownOptions('losses.binaryCrossentropy', options, ['fromLogits', 'labelSmoothing', 'reduction']);
  const smooth = smoothing('losses.binaryCrossentropy', options);
  return loss('binaryCrossentropy', options, crossentropyConfig(options), (target, prediction) => {
    const hard = matched('binaryCrossentropy', target, prediction);
    const t = smooth === 0 ? hard : hard.mul(1 - smooth).add(smooth / 2);
    if (options.fromLogits === true) return meanOfLast(prediction.softplus().sub(t.mul(prediction)));
    const p = prediction.clip(epsilon, 1 - epsilon);
    const likelihood = t.mul(p.log()).add(t.neg().add(1).mul(p.neg().add(1).log()));
    return meanOfLast(likelihood.neg());
  });
};

/** ln p of each class: a stable log-softmax of logits; of probabilities their logarithm, scaled to sum 1 and held within 1e-7. */
const logProbabilities = (prediction: Tensor, fromLogits: boolean | undefined): Tensor => {
  if (fromLogits === true) return prediction.logSoftmax(-1);
  return prediction
    .div(prediction.sum(-1, { keepDims: true }))
    .clip(epsilon, 1 - epsilon)
    .log();
};

/** -Σ t ln p over the last axis: targets are probabilities (one-hot) of the classes. */
export const categoricalCrossentropy = (options: SmoothedCrossentropyOptions = {}): Loss => {
  unknownOptions('losses.categoricalCrossentropy', options, ['fromLogits', 'labelSmoothing', 'reduction']);
  const smooth = smoothing('losses.categoricalCrossentropy', options);
  return loss('categoricalCrossentropy', options, crossentropyConfig(options), (target, prediction) => {
    const hard = matched('categoricalCrossentropy', target, prediction);
    const classes = prediction.shape.at(-1);
    if (classes === undefined || prediction.rank < 2)
      throw new ShapeError(`categoricalCrossentropy needs a prediction (batch, classes), got ${formatShape(prediction.shape)}.`);
    const t = smooth === 0 ? hard : hard.mul(1 - smooth).add(smooth / classes);
    return t.mul(logProbabilities(prediction, options.fromLogits)).sum(-1).neg();
  });
};

/**
 * -ln p of the target's class: targets (batch, …) are class numbers (uint8, int32 or float), predictions (batch, …, classes).
 * A number that is no class gives NaN; `fit` refuses it before it begins.
 */
export const sparseCategoricalCrossentropy = (options: CrossentropyOptions = {}): Loss => {
  unknownOptions('losses.sparseCategoricalCrossentropy', options, ['fromLogits', 'reduction']);
  return loss('sparseCategoricalCrossentropy', options, crossentropyConfig(options), (target, prediction) => {
    const numbers = classNumbers('sparseCategoricalCrossentropy', target, prediction);
    const classes = prediction.shape.at(-1) as number;
    const isTarget = numbers.expandDims(-1).equal(arange(classes));
    // A sum over one class, not a lookup: it joins the row kernel of the softmax, and so does its gradient.
    const likelihood = where(isTarget, logProbabilities(prediction, options.fromLogits), 0).sum(-1);
    return where(numbers.greaterEqual(0).and(numbers.less(classes)), likelihood.neg(), Number.NaN);
  });
};

/** Losses by name. */
export const lossesByName: Readonly<Record<string, (options?: never) => Loss>> = {
  ...{ meanSquaredError, meanAbsoluteError, huber, binaryCrossentropy, categoricalCrossentropy, sparseCategoricalCrossentropy },
};

/** A function of the user's own: one value, or one a sample. */
export type LossFunction = (target: Tensor, prediction: Tensor) => Tensor;

export type LossOption = string | Loss | LossFunction | { readonly kind: string; readonly config: Config };

/** @throws ValueError for an unknown name, with the nearest known one. */
export const lossOf = (option: LossOption): Loss => {
  if (typeof option === 'function') return 'values' in option ? option : ownLoss(option);
  const kind = typeof option === 'string' ? option : option?.kind;
  const make = Object.hasOwn(lossesByName, kind) ? lossesByName[kind] : undefined;
  if (make === undefined) throw unknownName('loss', String(kind), Object.keys(lossesByName));
  return make((typeof option === 'string' ? undefined : option.config) as never);
};

const ownLoss = (f: LossFunction): Loss =>
  loss('(a function)', {}, {}, (target, prediction) => {
    const values: unknown = f(target, prediction);
    if (!isTensor(values)) throw new ValueError(`a loss must return a tensor at once, got a ${typeof values}.`);
    return values;
  });
