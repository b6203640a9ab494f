import * as g from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';

/** A convolution over two axes with a border of one, where nothing else is said. */
export const convolve = (x: Node, w: Node, attributes: Partial<Parameters<typeof g.convolution>[2]> = {}): Node =>
  g.convolution(x, w, {
    strides: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    inputDilation: [1, 1],
    dilation: [1, 1],
    groups: 1,
    ...attributes,
  });
