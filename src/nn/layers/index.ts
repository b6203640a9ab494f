/** The layers, as `layers.dense(10)`. */
export * from './activation.ts';
export {
  adaptiveAveragePool1d,
  adaptiveAveragePool2d,
  adaptiveAveragePool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
} from './adaptivePooling.ts';
export { additiveAttention, attention } from './attention/attention.ts';
export { groupedQueryAttention, multiHeadAttention } from './attention/multiHeadAttention.ts';
export { positionEmbedding, rotaryEmbedding, sinePositionEncoding } from './attention/positions.ts';
export { transformerDecoder, transformerEncoder } from './attention/transformer.ts';
export { batchNormalization } from './batchNormalization.ts';
export { conv1d, conv2d, conv3d } from './convolution.ts';
export { identity, lambda, masking } from './core.ts';
export { dense, einsumDense } from './dense.ts';
export { depthwiseConv1d, depthwiseConv2d, separableConv1d, separableConv2d } from './depthwiseConvolution.ts';
export { embedding, reversibleEmbedding } from './embedding.ts';
export {
  bilinear,
  borderPadding,
  channelShuffle,
  embeddingBag,
  localResponseNormalization,
  pixelShuffle,
  pixelUnshuffle,
  unfold,
} from './extras.ts';
export {
  globalAveragePool1d,
  globalAveragePool2d,
  globalAveragePool3d,
  globalMaxPool1d,
  globalMaxPool2d,
  globalMaxPool3d,
} from './globalPooling.ts';
export * from './image/index.ts';
export { add, average, concatenate, dot, maximum, minimum, multiply, subtract } from './merging.ts';
export { groupNormalization, instanceNormalization, layerNormalization, rmsNormalization, unitNormalization } from './normalization.ts';
export { averagePool1d, averagePool2d, averagePool3d, maxPool1d, maxPool2d, maxPool3d } from './pooling.ts';
export * from './preprocessing/index.ts';
export { bidirectional } from './recurrent/bidirectional.ts';
export { convLstm1d, convLstm2d, convLstm3d } from './recurrent/convLstm.ts';
export { gru, gruCell } from './recurrent/gru.ts';
export { lstm, lstmCell } from './recurrent/lstm.ts';
export { rnn } from './recurrent/rnn.ts';
export { simpleRnn, simpleRnnCell } from './recurrent/simpleRnn.ts';
export { stackedRnnCells } from './recurrent/stackedCells.ts';
export { timeDistributed } from './recurrent/timeDistributed.ts';
export {
  activityRegularization,
  alphaDropout,
  dropout,
  gaussianDropout,
  gaussianNoise,
  spatialDropout1d,
  spatialDropout2d,
  spatialDropout3d,
} from './regularization.ts';
export { rescaling } from './rescaling.ts';
export {
  cropping1d,
  cropping2d,
  cropping3d,
  flatten,
  permute,
  repeatVector,
  reshape,
  upSampling1d,
  upSampling2d,
  upSampling3d,
  zeroPadding1d,
  zeroPadding2d,
  zeroPadding3d,
} from './reshaping.ts';
export { spectralNormalization } from './spectralNormalization.ts';
export { conv1dTranspose, conv2dTranspose, conv3dTranspose } from './transposedConvolution.ts';
