/** The metrics, as `metrics.accuracy()`. */
export {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  meanAbsoluteError,
  meanSquaredError,
  rootMeanSquaredError,
  sparseCategoricalAccuracy,
} from './metrics.ts';
