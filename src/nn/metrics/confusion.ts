import { unknownName } from '../../core/errors.ts';
import type { Shape } from '../../core/shape.ts';
import { arange, where, zeros } from '../../tensor/create.ts';
import { wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { divideOrZero, type LossCallOptions } from '../losses/loss.ts';
import { classNumbers, matched } from '../targets.ts';
import { classesOf, defineMetric, elementWeight, known, type Metric, type MetricBase, type MetricOptions, settleMetric } from './metric.ts';

/**
 * Σ of the weights of (true class, predicted class): (classes, classes), rows are the truth. Numbers that are no class, and those of
 * `ignoreClass`, do not count.
 */
export const countPairs = (
  kind: string,
  truth: Tensor,
  guess: Tensor,
  classes: number,
  ignoreClass: number | null,
  { sampleWeight }: LossCallOptions,
): Tensor => {
  const isClass = (x: Tensor): Tensor => x.greaterEqual(0).and(x.less(classes));
  const both = isClass(truth).and(isClass(guess));
  const counts = ignoreClass === null ? both : both.and(truth.notEqual(ignoreClass));
  const weight = elementWeight(kind, truth.shape, sampleWeight);
  const values = weight === undefined ? counts.cast('float32') : where(counts, weight, 0);
  const place = where(counts, truth.mul(classes).add(guess), 0).cast('int32');
  return zeros([classes * classes])
    .scatterAdd(place.flatten(), values.flatten(), 0)
    .reshape([classes, classes]);
};

/** The diagonal of (n, n), and sums over rows and columns. */
export const marginsOf = (matrix: Tensor): { readonly hits: Tensor; readonly truths: Tensor; readonly guesses: Tensor } => {
  const classes = arange(matrix.shape[0] as number);
  const isHit = classes.expandDims(1).equal(classes);
  return { hits: where(isHit, matrix, 0).sum(1), truths: matrix.sum(1), guesses: matrix.sum(0) };
};

export interface ClassesOptions extends MetricOptions {
  /** Classes; `fit` needs to know it beforehand. Default: those of the predictions, 2 where they are one number a row. */
  readonly numClasses?: number | null;
}

/** Whether predictions are one probability each, of class 1. */
const areBinary = (prediction: Shape): boolean => prediction.length < 2 || prediction.at(-1) === 1;

const numClassesOf = (prediction: Shape): number => (areBinary(prediction) ? 2 : (prediction.at(-1) as number));

/** Classes of targets and predictions, read as metrics.accuracy reads them. */
const classesIn = (kind: string, target: Tensor, prediction: Tensor): [Tensor, Tensor] => {
  if (areBinary(prediction.shape)) return [matched(kind, target, prediction).cast('int32'), prediction.greater(0.5).cast('int32')];
  const isOneHot = target.rank === prediction.rank && target.shape.at(-1) !== 1;
  const truth = isOneHot ? matched(kind, target, prediction).argMax(-1) : classNumbers(kind, target, prediction);
  return [truth, prediction.argMax(-1)];
};

const ofMatrix = <O extends ClassesOptions>(
  kind: string,
  options: O,
  base: MetricBase,
  again: (options: O) => Metric,
  value: (matrix: Tensor) => Tensor,
): Metric => {
  const { numClasses = null } = options;
  if (numClasses !== null) wholeNumber(`metrics.${kind}`, 'numClasses', numClasses, 2);
  return defineMetric({
    ...base,
    sums() {
      const classes = known(kind, 'numClasses', numClasses);
      return [[classes, classes]];
    },
    forOutput: numClasses === null ? shape => again({ ...options, numClasses: numClassesOf(shape) }) : undefined,
    contribution(target, prediction, weights = {}) {
      const classes = areBinary(prediction.shape) ? 2 : classesOf(kind, prediction.shape, 'numClasses', numClasses);
      const [truth, guess] = classesIn(kind, target, prediction);
      return [countPairs(kind, truth, guess, numClasses ?? classes, null, weights)];
    },
    value: ([matrix]) => value(matrix as Tensor),
  });
};

type OfClasses = (options?: ClassesOptions) => Metric;

const plain = (kind: string, value: (matrix: Tensor) => Tensor): OfClasses => {
  const make: OfClasses = (options = {}) =>
    ofMatrix(kind, options, settleMetric<ClassesOptions>(kind, options, { numClasses: null }).base, make, value);
  return make;
};

/**
 * How often each class (row) was taken for each (column): (classes, classes), a tensor, which `fit` cannot log. Targets are class numbers
 * or one-hot, predictions (batch, …, classes) scores, or one probability of class 1 each.
 * @example const matrix = metrics.confusionMatrix(); matrix.update(y, await net.predict(x)); await matrix.result().array();
 */
export const confusionMatrix: OfClasses = plain('confusionMatrix', matrix => matrix);

/**
 * The mean recall of the classes that occur: accuracy that a frequent class cannot carry. Targets and predictions as in confusionMatrix.
 *
 * Source: Brodersen, Ong, Stephan, Buhmann 2010, The balanced accuracy and its posterior distribution; sklearn's balanced_accuracy_score.
 */
export const balancedAccuracy: OfClasses = plain('balancedAccuracy', matrix => {
  const { hits, truths } = marginsOf(matrix);
  const occurring = truths.greater(0).cast(truths.dtype).sum();
  return divideOrZero(divideOrZero(hits, truths).sum(), occurring);
});

/**
 * The correlation of true and predicted classes, from -1 to 1; 0 where either is constant. Targets and predictions as in confusionMatrix.
 *
 *     (c s - Σ p t) / √((s² - Σ p²) (s² - Σ t²))      s samples, c right ones, p and t: how often each class is predicted, and true
 *
 * Source: Matthews 1975, Comparison of the predicted and observed secondary structure; Gorodkin 2004 for more classes.
 */
export const matthewsCorrelation: OfClasses = plain('matthewsCorrelation', matrix => {
  // Shares of the whole: counts to the fourth power leave float32.
  const { hits, truths, guesses } = marginsOf(divideOrZero(matrix, matrix.sum().broadcastTo(matrix.shape)));
  const spread = (x: Tensor): Tensor => x.square().sum().neg().add(1).maximum(0);
  const agreement = hits.sum().sub(truths.mul(guesses).sum());
  const scale = spread(truths).mul(spread(guesses));
  return where(scale.greater(1e-12), agreement.div(where(scale.greater(1e-12), scale, 1).sqrt()), 0);
});

export interface CohenKappaOptions extends ClassesOptions {
  /** What a confusion of classes i and j costs: null: 1; 'linear': |i - j|; 'quadratic': (i - j)². Default null. */
  readonly weights?: 'linear' | 'quadratic' | null;
}

const schemes = ['linear', 'quadratic'];

/**
 * 1 - Σ w O / Σ w E: agreement beyond chance, where O is the confusion matrix, E the one that its margins would give by chance, and w the
 * cost of a confusion. 0 where chance alone would agree. Targets and predictions as in confusionMatrix.
 *
 * Source: Cohen 1960, A coefficient of agreement for nominal scales; Cohen 1968 for weights.
 */
export const cohenKappa = (options: CohenKappaOptions = {}): Metric => {
  const { settled, base } = settleMetric<CohenKappaOptions>('cohenKappa', options, { weights: null, numClasses: null });
  const { weights } = settled;
  if (weights !== null && !schemes.includes(weights)) throw unknownName('weights of cohenKappa', String(weights), schemes);
  return ofMatrix('cohenKappa', options, base, cohenKappa, matrix => {
    const classes = arange(matrix.shape[0] as number, { dtype: 'float32' }).cast(matrix.dtype);
    const apart = classes.expandDims(1).sub(classes).abs();
    const cost = weights === 'linear' ? apart : weights === 'quadratic' ? apart.square() : apart.minimum(1);
    const { truths, guesses } = marginsOf(matrix);
    const chance = cost.mul(truths.expandDims(1)).mul(guesses).sum();
    const isNone = chance.equal(0);
    return where(
      isNone,
      0,
      cost
        .mul(matrix)
        .sum()
        .mul(matrix.sum())
        .div(where(isNone, 1, chance))
        .neg()
        .add(1),
    );
  });
};
