import { formatShape, ShapeError } from '../core/errors.ts';
import { sameShape } from '../core/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * Target and prediction in one shape and in the prediction's element type. A last axis of 1 that only one of them has is no
 * difference; any other difference is an error, never a silent broadcast.
 */
export const matched = (what: string, target: Tensor, prediction: Tensor): Tensor => {
  const cast = target.dtype === prediction.dtype ? target : target.cast(prediction.dtype);
  if (sameShape(cast.shape, prediction.shape)) return cast;
  if (sameShape([...cast.shape, 1], prediction.shape) || sameShape(cast.shape, [...prediction.shape, 1]))
    return cast.reshape(prediction.shape);
  throw new ShapeError(
    `${what} cannot compare a target of shape ${formatShape(target.shape)} with a prediction of shape ${formatShape(prediction.shape)}: they must be the same. For class numbers as targets use sparseCategoricalCrossentropy.`,
  );
};

/** Class numbers (…) for a prediction (…, classes), as int32; a last axis of 1 is dropped. */
export const classNumbers = (what: string, target: Tensor, prediction: Tensor): Tensor => {
  const shape = prediction.shape.slice(0, -1);
  const fits = prediction.rank > 0 && (sameShape(target.shape, shape) || sameShape(target.shape, [...shape, 1]));
  if (!fits)
    throw new ShapeError(
      `${what} needs one class number a row: a target of shape ${formatShape(shape)} for a prediction of shape ${formatShape(prediction.shape)}, got ${formatShape(target.shape)}. For one-hot targets use categoricalCrossentropy.`,
    );
  const flat = target.reshape(shape);
  return flat.dtype === 'int32' ? flat : flat.cast('int32');
};

/** A weight for each sample, (batch) or longer, in a shape that broadcasts over values (batch, …). */
export const spreadWeight = (what: string, weight: Tensor, values: Tensor): Tensor => {
  const cast = weight.dtype === values.dtype ? weight : weight.cast(values.dtype);
  if (cast.rank === values.rank + 1 && cast.shape.at(-1) === 1) return spreadWeight(what, cast.reshape(cast.shape.slice(0, -1)), values);
  const fits = cast.rank <= values.rank && cast.shape.every((size, axis) => size === 1 || size === values.shape[axis]);
  if (!fits)
    throw new ShapeError(
      `${what} cannot weight values of shape ${formatShape(values.shape)} by a sampleWeight of shape ${formatShape(weight.shape)}: give one number a sample.`,
    );
  return cast.reshape([...cast.shape, ...values.shape.slice(cast.rank).map(() => 1)]);
};

/** Float16 and bfloat16 as float32, for what has no room in them. */
export const atLeastFloat32 = (x: Tensor): Tensor => (x.dtype === 'float16' || x.dtype === 'bfloat16' ? x.cast('float32') : x);

/** A prediction of at least two axes, (batch, …, n), for what is summed over the last one. */
export const rows = (what: string, prediction: Tensor): Tensor => {
  if (prediction.rank >= 2) return prediction;
  throw new ShapeError(`${what} needs a prediction (batch, …, classes or features), got ${formatShape(prediction.shape)}.`);
};

/** `parts` rows a sample, each (batch, …): of a prediction (batch, parts, …). */
export const rowsOf = (what: string, names: readonly string[], prediction: Tensor): Tensor[] => {
  if (prediction.rank < 2 || prediction.shape[1] !== names.length)
    throw new ShapeError(
      `${what} needs a prediction (batch, ${names.length}, …) that holds ${names.join(', ')} along axis 1, got ${formatShape(prediction.shape)}.`,
    );
  return names.map((_, index) => prediction.at(index, 1));
};

/** One number a sample (batch), in the element type of what it meets. */
export const onePerSample = (what: string, target: Tensor, values: Tensor): Tensor => {
  const cast = target.dtype === values.dtype ? target : target.cast(values.dtype);
  if (cast.shape[0] === values.shape[0] && cast.size === values.size) return cast.reshape(values.shape);
  throw new ShapeError(`${what} needs a target of one number a sample, ${formatShape(values.shape)}, got ${formatShape(target.shape)}.`);
};
