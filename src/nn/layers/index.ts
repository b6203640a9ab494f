/** The layers, as `layers.dense(10)`. */
export { activation, elu, leakyRelu, relu, softmax } from './activation.ts';
export { conv2d } from './conv2d.ts';
export { dense } from './dense.ts';
export { dropout } from './dropout.ts';
export { embedding } from './embedding.ts';
export { add, average, concatenate, maximum, minimum, multiply, subtract } from './merging.ts';
export { batchNormalization, layerNormalization } from './normalization.ts';
export { averagePool2d, globalAveragePool2d, globalMaxPool2d, maxPool2d } from './pooling.ts';
export { rescaling } from './rescaling.ts';
export { flatten, reshape } from './shaping.ts';
