import { formatShape, ShapeError } from '../../../core/errors.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { createLayer, type Layer, type LayerInput, type LayerOptions, layerOptions } from '../../layer.ts';
import { positiveInteger } from '../common.ts';

export interface MaxNumBoundingBoxesOptions extends LayerOptions {
  /** What stands for boxes that are missing. Default -1. */
  readonly fillValue?: number;
}

/**
 * So many bounding boxes for each image: the first ones, or all and `fillValue` for the rest.
 *
 * boxes (batch, count, 4) -> (batch, maxNumber, 4); [boxes, labels (batch, count)] -> both.
 * Source: Keras 3, `keras.layers.MaxNumBoundingBoxes`.
 * @throws ValueError for a number below 1; ShapeError for boxes of another shape.
 * @example layers.maxNumBoundingBoxes(10)
 */
export const maxNumBoundingBoxes = (
  ...args:
    | [maxNumber: number, options?: MaxNumBoundingBoxesOptions]
    | [options: MaxNumBoundingBoxesOptions & { readonly maxNumber: number }]
): Layer => {
  const kind = 'maxNumBoundingBoxes';
  const options = layerOptions<MaxNumBoundingBoxesOptions & { maxNumber: number }>(kind, args, ['maxNumber'], ['fillValue']);
  const maxNumber = positiveInteger(kind, 'maxNumber', options.maxNumber);
  const { fillValue = -1 } = options;
  const limited = (x: Tensor): Tensor => {
    const count = x.shape[1] as number;
    const first = count > maxNumber ? x.slice([0, 0], [-1, maxNumber]) : x;
    const missing = Math.max(0, maxNumber - count);
    return missing === 0
      ? first
      : first.pad(
          x.shape.map((_, axis) => [0, axis === 1 ? missing : 0]),
          fillValue,
        );
  };
  return createLayer(kind, options, {
    call(_, input: LayerInput) {
      const [boxes, labels] = (Array.isArray(input) ? input : [input]) as [Tensor, Tensor?];
      if (boxes.rank !== 3 || boxes.shape[2] !== 4)
        throw new ShapeError(
          `${kind} cannot take input of shape ${formatShape(boxes.shape)}: it needs boxes (batch, count, 4), or a list of boxes and labels (batch, count).`,
        );
      return labels === undefined ? limited(boxes) : [limited(boxes), limited(labels)];
    },
  });
};
