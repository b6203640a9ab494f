import { ValueError } from '../core/errors.ts';
import { checkBinary, checkFinite, checkLengths } from './check.ts';

/** Truths of one class against all others: 1 or true where it is the class. */
export type Truths = ArrayLike<number | boolean>;

/** Corners of an ROC curve, from (0, 0) to (1, 1). */
export interface RocPoints {
  readonly falsePositiveRate: Float64Array;
  readonly truePositiveRate: Float64Array;
  /** What is at least this is taken for the class; the first is ∞: nothing is. */
  readonly thresholds: Float64Array;
}

/** Corners of a precision-recall curve, by falling threshold: recall grows from 0. */
export interface PrecisionRecallPoints {
  readonly recall: Float64Array;
  /** 1 where nothing is taken for the class. */
  readonly precision: Float64Array;
  readonly thresholds: Float64Array;
}

/** How many of the class, and of the others, score at least so much; one entry for each different score. */
interface Tally {
  readonly thresholds: number[];
  readonly hits: number[];
  readonly alarms: number[];
  readonly positives: number;
  readonly negatives: number;
}

const tallyOf = (what: string, truth: Truths, scores: ArrayLike<number>): Tally => {
  checkLengths(what, 'truths', truth, 'scores', scores);
  checkBinary(what, truth);
  checkFinite(what, 'scores', scores);
  const order = Uint32Array.from({ length: truth.length }, (_, row) => row).sort((a, b) => (scores[b] as number) - (scores[a] as number));
  const tally = { thresholds: [] as number[], hits: [] as number[], alarms: [] as number[] };
  let [hits, alarms] = [0, 0];
  order.forEach((row, index) => {
    if (truth[row]) hits++;
    else alarms++;
    // Equal scores are one corner: no threshold parts them.
    if (index + 1 < order.length && scores[order[index + 1] as number] === scores[row]) return;
    tally.thresholds.push(scores[row] as number);
    tally.hits.push(hits);
    tally.alarms.push(alarms);
  });
  return { ...tally, positives: hits, negatives: alarms };
};

const needsBoth = (what: string, { positives, negatives }: Tally): void => {
  if (positives === 0 || negatives === 0)
    throw new ValueError(
      `${what} needs rows of the class and of the others: ${positives} and ${negatives} came. Leave the class out, or judge on more rows.`,
    );
};

const needsPositives = (what: string, { positives, negatives }: Tally): void => {
  if (positives === 0)
    throw new ValueError(`${what} needs rows of the class: none came among ${negatives}. Leave the class out, or judge on more rows.`);
};

/**
 * The share of the class that is found over the share of the others that is taken for it, for each threshold.
 *
 * @throws ValueError for scores that do not fit the truths or are not finite, and without rows of both kinds.
 */
export const rocPoints = (truth: Truths, scores: ArrayLike<number>): RocPoints => {
  const tally = tallyOf('rocPoints', truth, scores);
  needsBoth('rocPoints', tally);
  return {
    falsePositiveRate: Float64Array.from([0, ...tally.alarms], count => count / tally.negatives),
    truePositiveRate: Float64Array.from([0, ...tally.hits], count => count / tally.positives),
    thresholds: Float64Array.from([Infinity, ...tally.thresholds]),
  };
};

/**
 * The area under the ROC curve: the share of pairs, one of the class and one of the others, whose scores are in the right order; equal
 * scores count half. Counted in whole numbers, so exact with ties.
 *
 * Source: Hanley, McNeil 1982, "The meaning and use of the area under a receiver operating characteristic (ROC) curve".
 * @throws ValueError as rocPoints does.
 */
export const rocArea = (truth: Truths, scores: ArrayLike<number>): number => {
  const tally = tallyOf('rocArea', truth, scores);
  needsBoth('rocArea', tally);
  let [twice, hits, alarms] = [0, 0, 0];
  tally.hits.forEach((more, index) => {
    twice += ((tally.alarms[index] as number) - alarms) * (hits + more);
    [hits, alarms] = [more, tally.alarms[index] as number];
  });
  return twice / (2 * tally.positives * tally.negatives);
};

/**
 * How much of what is taken for the class is of it (precision), and how much of the class is found (recall), for each threshold.
 *
 * @throws ValueError for scores that do not fit the truths or are not finite, and without a row of the class.
 */
export const precisionRecallPoints = (truth: Truths, scores: ArrayLike<number>): PrecisionRecallPoints => {
  const tally = tallyOf('precisionRecallPoints', truth, scores);
  needsPositives('precisionRecallPoints', tally);
  return {
    recall: Float64Array.from([0, ...tally.hits], count => count / tally.positives),
    precision: Float64Array.from([1, ...tally.hits.map((hits, index) => hits / (hits + (tally.alarms[index] as number)))]),
    thresholds: Float64Array.from([Infinity, ...tally.thresholds]),
  };
};

/**
 * The area under the precision-recall curve as steps: Σ (Rₙ − Rₙ₋₁) Pₙ, as scikit-learn's average_precision_score has it. Straight lines
 * between the corners would promise too much (Davis, Goadrich 2006).
 *
 * @throws ValueError as precisionRecallPoints does.
 */
export const averagePrecision = (truth: Truths, scores: ArrayLike<number>): number => {
  const tally = tallyOf('averagePrecision', truth, scores);
  needsPositives('averagePrecision', tally);
  let [sum, before] = [0, 0];
  tally.hits.forEach((hits, index) => {
    sum += ((hits - before) * hits) / (hits + (tally.alarms[index] as number));
    before = hits;
  });
  return sum / tally.positives;
};
