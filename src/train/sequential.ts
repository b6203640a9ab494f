import type { DType } from '../core/dtype.ts';
import { ShapeError, ValueError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { Layer } from '../nn/layer.ts';
import { input } from '../nn/symbolic.ts';
import { unknownOptions } from '../tensor/options.ts';
import { type Model, model } from './model.ts';

export interface SequentialOptions {
  /** Of one row: the batch axis is not named. */
  readonly inputShape: Shape;
  /** Default float32. */
  readonly inputDtype?: DType;
  /** For the first weights, shuffling and dropout. By default another one each time. */
  readonly seed?: number;
}

/**
 * A model whose layers follow one another.
 * @example
 * const net = sequential([layers.dense(4, { activation: 'sigmoid' }), layers.dense(1, { activation: 'sigmoid' })], { inputShape: [2], seed: 1 });
 */
export const sequential = (layers: readonly Layer[], options: SequentialOptions): Model => {
  unknownOptions('sequential', options ?? {}, ['inputShape', 'inputDtype', 'seed']);
  if (!Array.isArray(options?.inputShape))
    throw new ShapeError('sequential needs the shape of a row: sequential([…], { inputShape: [28, 28, 1] }).');
  if (!Array.isArray(layers) || layers.length === 0) throw new ValueError('sequential needs a list of at least one layer.');
  const wrong = layers.findIndex(layer => typeof layer !== 'function' || !('kind' in layer));
  if (wrong >= 0)
    throw new ValueError(`sequential takes layers; at place ${wrong} it got a ${typeof layers[wrong]}. Write layers.dense(10).`);
  const first = input(options.inputShape, options.inputDtype === undefined ? {} : { dtype: options.inputDtype });
  const last = layers.reduce((value, layer) => layer(value), first);
  return model({ inputs: first, outputs: last, ...(options.seed === undefined ? {} : { seed: options.seed }) });
};
