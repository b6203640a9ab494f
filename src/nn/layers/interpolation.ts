import { tensor } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/** How pixels between pixels follow from those around. */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3' | 'lanczos5' | 'area';

export const interpolations: readonly Interpolation[] = ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5', 'area'];

const lanczos =
  (radius: number) =>
  (x: number): number => {
    if (x >= radius) return 0;
    if (x === 0) return 1;
    const angle = Math.PI * x;
    return (radius * Math.sin(angle) * Math.sin(angle / radius)) / angle ** 2;
  };

/** Keys' cubic with a = -0.5. */
const cubic = (x: number): number => {
  if (x >= 2) return 0;
  return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
};

const kernels: Readonly<Record<string, readonly [radius: number, weight: (distance: number) => number]>> = {
  bilinear: [1, distance => Math.max(0, 1 - distance)],
  bicubic: [2, cubic],
  lanczos3: [3, lanczos(3)],
  lanczos5: [5, lanczos(5)],
};

/** Shares of the input's elements in those of an axis that gets another length: rows (to) of weights (from) that add up to 1. */
export const resizeWeights = (from: number, to: number, interpolation: Interpolation, antialias = false): Float64Array => {
  const weights = new Float64Array(to * from);
  const scale = from / to;
  for (let i = 0; i < to; i++) {
    if (interpolation === 'nearest') {
      weights[i * from + Math.min(from - 1, Math.floor((i + 0.5) * scale))] = 1;
      continue;
    }
    if (interpolation === 'area') {
      const [start, end] = [i * scale, (i + 1) * scale];
      for (let j = Math.floor(start); j < Math.min(from, Math.ceil(end)); j++)
        weights[i * from + j] = (Math.min(end, j + 1) - Math.max(start, j)) / scale;
      continue;
    }
    const [radius, weight] = kernels[interpolation] as readonly [number, (distance: number) => number];
    const stretch = antialias ? Math.max(1, scale) : 1;
    const centre = (i + 0.5) * scale - 0.5;
    let total = 0;
    for (let j = 0; j < from; j++) {
      const distance = Math.abs(centre - j) / stretch;
      const share = distance >= radius ? 0 : weight(distance);
      weights[i * from + j] = share;
      total += share;
    }
    if (total !== 0) for (let j = 0; j < from; j++) weights[i * from + j] = (weights[i * from + j] as number) / total;
  }
  return weights;
};

/** Images (batch, height, width, channels) in another size: each axis a product with a matrix of shares. */
export const resizeImages = (
  images: Tensor,
  [height, width]: readonly [number, number],
  interpolation: Interpolation,
  antialias = false,
): Tensor => {
  const [, fromHeight, fromWidth, channels] = images.shape as [number, number, number, number];
  const matrix = (from: number, to: number): Tensor =>
    tensor(resizeWeights(from, to, interpolation, antialias), { shape: [to, from], dtype: images.dtype });
  const batch = images.shape[0] as number;
  const high =
    fromHeight === height
      ? images
      : matrix(fromHeight, height)
          .matmul(images.reshape([batch, fromHeight, fromWidth * channels]))
          .reshape([batch, height, fromWidth, channels]);
  return fromWidth === width ? high : matrix(fromWidth, width).matmul(high);
};
