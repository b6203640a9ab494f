import * as g from '../../../src/graph/build.ts';
import { type Builds, of1 } from './case.ts';

/** Operations that move elements. */
export const layoutCases: Builds = {
  permute: of1(x => g.permute(x, [2, 0, 1])),
  'reshape of a permutation': of1(x => g.reshape(g.permute(x, [1, 0]), [2, 12])),
  broadcast: of1(x => g.broadcast(x, [2, 3, 7])),
  'slice with steps': of1(x => g.slice(x, [1, 2], [3, 4], [3, 2])),
  'slice to nothing': of1(x => g.slice(x, [8, 2], [0, 4], [1, 2])),
  flip: of1(x => g.flip(x, [0, 1])),
  pad: of1(x => g.pad(x, [1, 0], [2, 3], { value: 7 })),
  'pad interior': of1(x => g.pad(x, [1, 0], [0, 2], { value: -1, interior: [2, 1] })),
  'pad nothing': of1(x => g.pad(x, [1, 1], [1, 0], { value: 2, interior: [3, 0] })),
  concat: inputs => [g.concat(inputs, 1)],
  'concat integers': inputs => [g.concat(inputs, 0)],
  'non-contiguous chain': of1(x => {
    const a = g.flip(g.slice(g.permute(x, [2, 0, 1]), [1, 0, 0], [3, 4, 5], [2, 1, 1]), [2]);
    const b = g.permute(g.slice(g.permute(x, [2, 1, 0]), [0, 1, 0], [3, 4, 4]), [0, 2, 1]);
    return g.sum(g.mul(a, g.concat([b, g.sliceAxis(b, 2, 3, 1)], 2)), [1]);
  }),
  'window 1d': of1(x => g.window(x, { axes: [1], sizes: [3], strides: [2], dilations: [1] })),
  'window 1d dilated': of1(x => g.window(x, { axes: [1], sizes: [3], strides: [1], dilations: [2] })),
  'window 2d': of1(x => g.window(x, { axes: [1, 2], sizes: [3, 2], strides: [2, 1], dilations: [1, 1] })),
  'fold 1d': of1(x => g.fold(x, { axes: [1], sizes: [3], strides: [2], dilations: [1], lengths: [9] })),
  'fold 2d': of1(x => g.fold(x, { axes: [1, 2], sizes: [3, 2], strides: [2, 1], dilations: [1, 1], lengths: [7, 5] })),
  'fold 2d dilated': of1(x => g.fold(x, { axes: [1, 2], sizes: [2, 2], strides: [1, 2], dilations: [2, 2], lengths: [5, 9] })),
};
