/** The losses, as `losses.huber()`. */
export { binaryCrossentropy, binaryFocalCrossentropy } from './losses/binary.ts';
export {
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy,
  nll,
  sparseCategoricalCrossentropy,
} from './losses/categorical.ts';
export { ctc } from './losses/ctc.ts';
export { gaussianNll, klDivergence, poisson, poissonNll } from './losses/divergences.ts';
export { circle, cosineEmbedding, infoNce, marginRanking, tripletMargin } from './losses/embeddings.ts';
export {
  categoricalHinge,
  hinge,
  hingeEmbedding,
  multiLabelMargin,
  multiLabelSoftMargin,
  multiMargin,
  softMargin,
  squaredHinge,
} from './losses/margins.ts';
export { dice, tversky } from './losses/overlap.ts';
export {
  cosineSimilarity,
  huber,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  smoothL1,
} from './losses/regression.ts';
