import { where } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CommonOptions } from './commonOptions.ts';

const norm = (x: Tensor): Tensor => x.square().sum();

/** min(1, limit / norm): what scales a gradient down. */
const shrink = (squaredNorm: Tensor, limit: number): Tensor => squaredNorm.sqrt().maximum(limit).reciprocal().mul(limit);

/** Gradients within the limits that the options set. */
export const clip = (gradients: readonly Tensor[], { clipNorm, clipValue, globalClipNorm }: CommonOptions): readonly Tensor[] => {
  if (clipNorm !== undefined) return gradients.map(g => g.mul(shrink(norm(g), clipNorm)));
  if (globalClipNorm !== undefined) {
    const scale = shrink(
      gradients.map(norm).reduce((a, b) => a.add(b)),
      globalClipNorm,
    );
    return gradients.map(g => g.mul(scale));
  }
  return clipValue === undefined ? gradients : gradients.map(g => g.clip(-clipValue, clipValue));
};

/** Gradients collected over several calls. */
export interface Accumulation {
  /** The updates done before this call. */
  readonly iterations: Tensor;
  /** Whether this call moves the weights. */
  readonly isUpdate: Tensor;
  /** The mean of what has been collected. */
  readonly gradients: readonly Tensor[];
  /** What is kept for the next call. */
  readonly accumulated: readonly Tensor[];
}

export const accumulate = (calls: Tensor, gradients: readonly Tensor[], accumulated: readonly Tensor[], steps: number): Accumulation => {
  const isUpdate = calls.add(1).mod(steps).equal(0);
  const sums = gradients.map((gradient, index) => (accumulated[index] as Tensor).add(gradient));
  return {
    iterations: calls.floorDivide(steps),
    isUpdate,
    gradients: sums.map(sum => sum.div(steps)),
    accumulated: sums.map(sum => where(isUpdate, 0, sum)),
  };
};
