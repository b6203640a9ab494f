import { stack, tensor, where } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';

const planesOf = (images: Tensor): readonly [Tensor, Tensor, Tensor] =>
  images.split(3, -1).map(plane => plane.squeeze(-1)) as unknown as readonly [Tensor, Tensor, Tensor];

/** Luma 0.2989 R + 0.587 G + 0.114 B: (…, 3) -> (…, 1); grey images stay. Source: ITU-R BT.601, as in Keras. */
export const toGrey = (images: Tensor): Tensor =>
  images.shape.at(-1) === 1 ? images : images.mul(tensor([0.2989, 0.587, 0.114], { dtype: images.dtype })).sum(-1, { keepDims: true });

const smallest = { float32: 2 ** -23, float64: 2 ** -52 } as const;

/**
 * Hue, saturation and value of red, green and blue: (…, 3) -> (…, 3). Hue and saturation lie in [0, 1]; value is the largest of the three.
 * Source: Smith 1978, "Color gamut transform pairs", as in Keras.
 */
export const toHsv = (images: Tensor): Tensor => {
  const epsilon = images.dtype === 'float64' ? smallest.float64 : smallest.float32;
  const [red, green, blue] = planesOf(where(images.abs().less(epsilon), 0, images));
  const value = red.maximum(green).maximum(blue);
  const range = value.sub(red.minimum(green).minimum(blue));
  const isColoured = range.greater(0);
  const isBright = value.greater(0);
  const saturation = where(isBright, range.div(where(isBright, value, 1)), 0);
  const norm = where(isColoured, range, 1).mul(6).reciprocal();
  const ofGreen = norm.mul(blue.sub(red)).add(2 / 6);
  const ofBlue = norm.mul(red.sub(green)).add(4 / 6);
  const ofRed = norm.mul(green.sub(blue));
  const hue = where(isColoured, where(value.equal(red), ofRed, where(value.equal(green), ofGreen, ofBlue)), 0);
  return stack([where(hue.less(0), hue.add(1), hue), saturation, value], -1);
};

/** Red, green and blue of hue, saturation and value: the inverse of `toHsv`. */
export const fromHsv = (images: Tensor): Tensor => {
  const [hue, saturation, value] = planesOf(images);
  const sixths = hue.mod(1).mul(6);
  const ramp = (at: number): Tensor => sixths.sub(at).abs().neg().add(2).clip(0, 1);
  const shares = [sixths.sub(3).abs().sub(1).clip(0, 1), ramp(2), ramp(4)];
  const grey = saturation.neg().add(1);
  return stack(
    shares.map(share => value.mul(grey.add(saturation.mul(share)))),
    -1,
  );
};
