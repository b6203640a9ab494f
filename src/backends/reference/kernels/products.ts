import { isFloat } from '../../../core/dtype.ts';
import { stridesOf } from '../../../core/shape.ts';
import { offsets, offsetsAlong } from '../strided.ts';
import { build, type Value } from '../value.ts';
import type { Kernel, Kernels } from './rule.ts';

type MultiplyAdd = (sum: number, a: number, b: number) => number;
const multiplyAdd = (dtype: Value['dtype']): MultiplyAdd =>
  isFloat(dtype) ? (sum, a, b) => sum + a * b : (sum, a, b) => (sum + Math.imul(a, b)) | 0;

const contraction: Kernel<'contraction'> = ({ shape, dtype, attributes: { batch, contract } }, inputs) => {
  const [a, b] = inputs as [Value, Value];
  const accumulate = multiplyAdd(dtype);
  const places = (x: Value, side: 0 | 1): [batch: Int32Array, free: Int32Array, summed: Int32Array] => {
    const strides = stridesOf(x.shape);
    const free = x.shape.map((_, axis) => axis).filter(axis => !batch[side].includes(axis) && !contract[side].includes(axis));
    return [batch[side], free, contract[side]].map(axes => offsetsAlong(axes, x.shape, strides)) as [Int32Array, Int32Array, Int32Array];
  };
  const [batchA, freeA, summedA] = places(a, 0);
  const [batchB, freeB, summedB] = places(b, 1);
  return build(shape, dtype, i => {
    const column = i % freeB.length;
    const row = Math.floor(i / freeB.length) % freeA.length;
    const member = Math.floor(i / (freeB.length * freeA.length));
    const startA = (batchA[member] as number) + (freeA[row] as number);
    const startB = (batchB[member] as number) + (freeB[column] as number);
    let sum = 0;
    for (let k = 0; k < summedA.length; k++)
      sum = accumulate(sum, a.data[startA + (summedA[k] as number)] as number, b.data[startB + (summedB[k] as number)] as number);
    return sum;
  });
};

/** y[n, o, f] = Σ_k Σ_c x'[n, o stride + k dilation, c] w[k, c, f]: see ConvolutionAttributes. */
const convolution: Kernel<'convolution'> = (node, inputs) => {
  const { strides, padding, inputDilation, dilation, groups } = node.attributes;
  const [x, w] = inputs as [Value, Value];
  const accumulate = multiplyAdd(node.dtype);
  const spatial = strides.length;
  const kernel = w.shape.slice(0, spatial);
  const [channels, filters] = w.shape.slice(spatial) as [number, number];
  const [stepsX, stepsW, stepsY] = [stridesOf(x.shape), stridesOf(w.shape), stridesOf(node.shape)];
  const taps = offsets(kernel, stepsW);
  const kernelSteps = stridesOf(kernel);

  /** Where tap k of the window at output place o reads along a spatial axis, or -1 in padding and between dilated elements. */
  const readAt = (axis: number, o: number, k: number): number => {
    const place = o * (strides[axis] as number) + k * (dilation[axis] as number) - (padding[axis] as readonly [number, number])[0];
    const gap = inputDilation[axis] as number;
    return place >= 0 && place % gap === 0 && place / gap < (x.shape[axis + 1] as number) ? place / gap : -1;
  };
  const index = (flat: number, steps: readonly number[], shape: readonly number[], axis: number): number =>
    Math.floor(flat / (steps[axis] as number)) % (shape[axis] as number);

  return build(node.shape, node.dtype, i => {
    const filter = i % filters;
    const firstChannel = Math.floor(filter / (filters / groups)) * channels;
    let sum = 0;
    for (let tap = 0; tap < taps.length; tap++) {
      let start = index(i, stepsY, node.shape, 0) * (stepsX[0] as number) + firstChannel;
      let inside = true;
      for (let axis = 0; axis < spatial; axis++) {
        const place = readAt(axis, index(i, stepsY, node.shape, axis + 1), index(tap, kernelSteps, kernel, axis));
        inside &&= place >= 0;
        start += place * (stepsX[axis + 1] as number);
      }
      if (!inside) continue;
      const weights = (taps[tap] as number) + filter;
      for (let c = 0; c < channels; c++) sum = accumulate(sum, x.data[start + c] as number, w.data[weights + c * filters] as number);
    }
    return sum;
  });
};

/** Sums of products, each sum in float64 and rounded once. */
export const products: Kernels<'contraction' | 'convolution'> = { contraction, convolution };
