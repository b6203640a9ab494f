/** The metrics, as `metrics.accuracy()`. */
export {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from './metrics/accuracy.ts';
export { auc } from './metrics/auc.ts';
export { calibrationError } from './metrics/calibration.ts';
export { balancedAccuracy, cohenKappa, confusionMatrix, matthewsCorrelation } from './metrics/confusion.ts';
export {
  falseNegatives,
  falsePositives,
  precision,
  precisionAtRecall,
  recall,
  recallAtPrecision,
  sensitivityAtSpecificity,
  specificity,
  specificityAtSensitivity,
  trueNegatives,
  truePositives,
} from './metrics/counts.ts';
export { f1Score, fBetaScore } from './metrics/fScore.ts';
export { binaryIou, iou, meanIou, oneHotIou, oneHotMeanIou } from './metrics/iou.ts';
export {
  binaryCrossentropy,
  categoricalCrossentropy,
  categoricalHinge,
  cosineSimilarity,
  hinge,
  klDivergence,
  logCoshError,
  mean,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanMetricWrapper,
  meanSquaredError,
  meanSquaredLogarithmicError,
  perplexity,
  poisson,
  sparseCategoricalCrossentropy,
  squaredHinge,
  sum,
} from './metrics/means.ts';
export { concordanceCorrelation, pearsonCorrelation, r2Score, rootMeanSquaredError } from './metrics/regression.ts';
