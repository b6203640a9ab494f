import * as g from '../../../src/graph/build.ts';
import type { ConvolutionAttributes, WindowAttributes } from '../../../src/graph/ops.ts';
import { type Build, type Builds, of1, of2 } from './case.ts';

type Pair = readonly [readonly number[], readonly number[]];

const contraction = (contract: Pair, batch: Pair = [[], []]): Build => of2((a, b) => g.contraction(a, b, { batch, contract }));

const convolution = (spatial: number, attributes: Partial<ConvolutionAttributes>): Build => {
  const ones = Array.from({ length: spatial }, () => 1);
  const none = ones.map((): [number, number] => [0, 0]);
  return of2((x, w) =>
    g.convolution(x, w, { strides: ones, padding: none, inputDilation: ones, dilation: ones, groups: 1, ...attributes }),
  );
};

const pooled = (sizes: readonly number[], strides: readonly number[]): WindowAttributes => ({
  axes: [1, 2],
  sizes,
  strides,
  dilations: [1, 1],
});

// biome-ignore format: a case a line
/** Sums of products. */
export const productCases: Builds = {
  'contraction ik,kj->ij [7, 9] [9, 3]': contraction([[1], [0]]),
  'contraction ki,kj->ij [9, 7] [9, 3]': contraction([[0], [0]]),
  'contraction ik,jk->ij [17, 8] [1, 8]': contraction([[1], [1]]),
  'contraction ki,jk->ij [8, 3] [9, 8]': contraction([[0], [1]]),
  'contraction bik,bkj->bij [2, 3, 4] [2, 4, 5]': contraction([[2], [1]], [[0], [0]]),
  'contraction bkhd,bqhd->bhkq [2, 3, 2, 4] [2, 5, 2, 4]': contraction([[3], [3]], [[0, 2], [0, 2]]),
  'contraction i,j->ij [3] [7]': contraction([[], []]),
  'contraction i,i-> [31] [31]': contraction([[0], [0]]),
  'contraction bi,bi->b [3, 9] [3, 9]': contraction([[1], [1]], [[0], [0]]),
  'contraction xiky,kjyx->yxij [2, 3, 4, 5] [4, 2, 5, 2]': contraction([[2], [0]], [[3, 0], [2, 3]]),
  'contraction ik,kj->ij [3, 0] [0, 2]': contraction([[1], [0]]),
  'contraction ik,kj->ij [0, 3] [3, 2]': contraction([[1], [0]]),
  'contraction abcd,dcbe->ae [2, 3, 4, 2] [2, 4, 3, 3]': contraction([[1, 3, 2], [2, 0, 1]]),
  'contraction of integers': contraction([[1], [0]]),
  'convolution same_3x3': convolution(2, { padding: [[1, 1], [1, 1]] }),
  'convolution valid_1x1': convolution(2, {}),
  'convolution strides': convolution(2, { strides: [2, 3], padding: [[1, 1], [0, 1]] }),
  'convolution dilation': convolution(2, { dilation: [2, 3] }),
  'convolution groups': convolution(2, { groups: 2, padding: [[1, 0], [0, 1]] }),
  'convolution depthwise': convolution(2, { groups: 3, strides: [2, 1] }),
  'convolution transposed': convolution(2, { inputDilation: [2, 2], padding: [[2, 2], [2, 1]] }),
  'convolution transposed_groups': convolution(2, { inputDilation: [3, 2], padding: [[1, 1], [2, 2]], groups: 2, strides: [2, 1] }),
  'convolution negative_padding': convolution(2, { padding: [[-1, 1], [2, -2]] }),
  'convolution padded_beyond_kernel': convolution(2, { padding: [[3, 4], [2, 3]], strides: [2, 2] }),
  'convolution remainder': convolution(2, { strides: [4, 4] }),
  'convolution everything': convolution(2, {
    strides: [2, 3],
    dilation: [2, 1],
    inputDilation: [2, 3],
    padding: [[1, 2], [3, -1]],
    groups: 2,
  }),
  'convolution one_axis': convolution(1, { padding: [[4, 0]] }),
  'convolution one_axis_strided': convolution(1, { strides: [3], dilation: [2] }),
  'convolution three_axes': convolution(3, { padding: [[1, 0], [1, 1], [0, 1]], strides: [1, 2, 2] }),
  'convolution three_axes_groups': convolution(3, { groups: 2, dilation: [1, 2, 1], inputDilation: [2, 1, 1] }),
  'max pool': of1(x => g.max(g.window(x, pooled([3, 2], [2, 2])), [4, 5])),
  'average pool': of1(x => g.div(g.sum(g.window(x, pooled([3, 3], [2, 2])), [4, 5]), 9)),
};
