import type { Config } from '../../core/config.ts';
import { unknownName } from '../../core/errors.ts';
import { type LossFunction, lossesByName, named } from '../losses/byName.ts';
import type { Loss } from '../losses/loss.ts';
import * as accuracies from './accuracy.ts';
import { auc } from './auc.ts';
import { calibrationError } from './calibration.ts';
import { balancedAccuracy, cohenKappa, confusionMatrix, matthewsCorrelation } from './confusion.ts';
import * as counts from './counts.ts';
import { f1Score, fBetaScore } from './fScore.ts';
import { binaryIou, iou, meanIou, oneHotIou, oneHotMeanIou } from './iou.ts';
import * as means from './means.ts';
import type { Metric } from './metric.ts';
import { concordanceCorrelation, pearsonCorrelation, r2Score, rootMeanSquaredError } from './regression.ts';

/** Metrics by name. */
export const metricsByName: Readonly<Record<string, (options: never) => Metric>> = {
  ...accuracies,
  ...counts,
  ...means,
  ...{ auc, calibrationError, f1Score, fBetaScore },
  ...{ balancedAccuracy, cohenKappa, confusionMatrix, matthewsCorrelation },
  ...{ binaryIou, iou, meanIou, oneHotIou, oneHotMeanIou },
  ...{ concordanceCorrelation, pearsonCorrelation, r2Score, rootMeanSquaredError },
};

export type MetricOption = string | Metric | Loss | LossFunction | { readonly kind: string; readonly config: Config };

/**
 * The metric that a name (also a short one: 'mae'), a description, a loss or a function of one's own stands for. A loss becomes the mean
 * of its values.
 *
 * @throws ValueError for an unknown name, with the nearest known one.
 */
export const metricOf = (option: MetricOption): Metric => {
  if (typeof option === 'function') return means.meanMetricWrapper({ fn: option });
  if (typeof option === 'object' && option !== null && 'contribution' in option) return option;
  const kind = typeof option === 'string' ? option : option?.kind;
  const make = named(metricsByName, kind);
  const isShort = typeof option === 'string' && !Object.hasOwn(metricsByName, option);
  // As in Keras, what was asked for by a short name is logged by it.
  if (make !== undefined) return make((typeof option === 'string' ? (isShort ? { name: option } : {}) : option.config) as never);
  if (named(lossesByName, kind) !== undefined) return means.meanMetricWrapper({ fn: option });
  throw unknownName('metric', String(kind), Object.keys(metricsByName));
};
