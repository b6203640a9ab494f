import * as g from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import type { Attributes } from '../graph/ops.ts';

type ConvolutionAttributes = Attributes['convolution'];

/**
 * Each channel with filters of its own: a sum over the window, with the channels in vectors. windows (n, o…, c, k…), w (k…, 1, c filters)
 * -> (n, o…, c filters).
 */
const depthwise = (windows: Node, w: Node, filters: number): Node => {
  const spatial = w.shape.length - 2;
  const channels = windows.shape[spatial + 1] as number;
  const places = windows.shape.slice(0, spatial + 1);
  const kernel = w.shape.slice(0, spatial);
  const ones = places.map(() => 1);
  const axes = kernel.map((_, axis) => axis);
  const perChannel = g.permute(g.reshape(w, [...kernel, channels, filters]), [spatial, spatial + 1, ...axes]);
  const product = g.mul(
    g.reshape(windows, [...places, channels, 1, ...kernel]),
    g.reshape(perChannel, [...ones, channels, filters, ...kernel]),
  );
  const sums = g.sum(
    product,
    kernel.map((_, axis) => spatial + 3 + axis),
  );
  return g.reshape(sums, [...places, channels * filters]);
};

/**
 * A convolution as a contraction of sliding windows with the kernel. Windows are a view, so nothing is copied but the padding:
 * x (n, s…, c) -> windows (n, o…, c, k…); w (k…, c / groups, f).
 */
const windowsWithKernel = (x: Node, w: Node, attributes: ConvolutionAttributes): Node => {
  const { strides, padding, inputDilation, dilation, groups } = attributes;
  const spatial = strides.length;
  const axes = strides.map((_, i) => i + 1);
  const around = (sizes: readonly number[]): number[] => [0, ...sizes, 0];
  const dilated = g.pad(x, around(padding.map(([low]) => Math.max(0, low))), around(padding.map(([, high]) => Math.max(0, high))), {
    interior: around(x.shape[0] === 0 ? strides.map(() => 0) : inputDilation.map(by => by - 1)),
  });
  const start = around(padding.map(([low]) => Math.max(0, -low)));
  const size = dilated.shape.map((length, axis) => {
    const pair = padding[axis - 1];
    return axis === 0 || pair === undefined ? length : Math.max(0, length - Math.max(0, -pair[0]) - Math.max(0, -pair[1]));
  });
  const cropped = g.slice(dilated, start, size);
  const windows = g.window(cropped, { axes, sizes: w.shape.slice(0, spatial), strides, dilations: dilation });
  const channels = spatial + 1;
  const offsets = axes.map(axis => channels + axis);
  if (groups === 1) {
    return g.contraction(windows, w, {
      batch: [[], []],
      contract: [
        [...offsets, channels],
        [...axes.map(axis => axis - 1), spatial],
      ],
    });
  }
  const [perGroup, filters] = [w.shape[spatial] as number, (w.shape[spatial + 1] as number) / groups];
  if (perGroup === 1) return depthwise(windows, w, filters);
  const split = g.reshape(windows, [...windows.shape.slice(0, channels), groups, perGroup, ...windows.shape.slice(channels + 1)]);
  const kernels = g.reshape(w, [...w.shape.slice(0, spatial + 1), groups, filters]);
  const product = g.contraction(split, kernels, {
    batch: [[channels], [spatial + 1]],
    contract: [
      [...offsets.map(axis => axis + 1), channels + 1],
      [...axes.map(axis => axis - 1), spatial],
    ],
  });
  // (groups, n, o…, filters) -> (n, o…, groups x filters)
  const rank = product.shape.length;
  const order = [...Array.from({ length: rank - 2 }, (_, i) => i + 1), 0, rank - 1];
  return g.reshape(g.permute(product, order), [...product.shape.slice(1, rank - 1), groups * filters]);
};

/** Places of the output along an axis whose strides and dilation are 1. */
const placesAlong = (x: Node, w: Node, { inputDilation, padding }: ConvolutionAttributes, axis: number): number => {
  const [low, high] = padding[axis] as readonly [number, number];
  const spread = ((x.shape[axis + 1] as number) - 1) * (inputDilation[axis] as number) + 1;
  return spread + low + high - ((w.shape[axis] as number) - 1);
};

/** The first axis along which x has zeros between its elements, and every place of the output is looked at. */
const spreadAxis = (x: Node, w: Node, attributes: ConvolutionAttributes): number =>
  attributes.inputDilation.findIndex((by, axis) => {
    const plain = attributes.strides[axis] === 1 && attributes.dilation[axis] === 1;
    return by > 1 && plain && (x.shape[axis + 1] as number) > 0 && placesAlong(x, w, attributes, axis) > 0;
  });

/**
 * Without the zeros: output places that are equal modulo the dilation d meet the same elements of the kernel, every d-th. For each
 * remainder r a convolution of x itself with those elements; the results alternate.
 * o = q d + r meets x_i where i d = o + k - low, so k = k₀ + d t with k₀ = (low - r) mod d, and i = q + t - (low - r - k₀) / d.
 */
const byRemainder = (x: Node, w: Node, attributes: ConvolutionAttributes, axis: number): Node => {
  const { inputDilation, padding } = attributes;
  const by = inputDilation[axis] as number;
  const [low] = padding[axis] as readonly [number, number];
  const [length, kernel] = [x.shape[axis + 1] as number, w.shape[axis] as number];
  const outputs = placesAlong(x, w, attributes, axis);
  const most = Math.ceil(outputs / by);
  const replaced = <T>(list: readonly T[], value: T): T[] => list.map((old, other) => (other === axis ? value : old));
  const phases = Array.from({ length: by }, (_, remainder) => {
    const first = (((low - remainder) % by) + by) % by;
    const count = Math.ceil((kernel - first) / by);
    if (count <= 0) return undefined;
    const before = (low - remainder - first) / by;
    // One more for the shorter ones: the last place is cut off again.
    const after = most - length - before + count - 1;
    const elements = g.slice(
      w,
      w.shape.map((_, other) => (other === axis ? first : 0)),
      replaced(w.shape, count),
      w.shape.map((_, other) => (other === axis ? by : 1)),
    );
    return loweredConvolution(x, elements, {
      ...attributes,
      inputDilation: replaced(inputDilation, 1),
      padding: replaced(padding, [before, after] as const),
    });
  });
  const known = phases.find(phase => phase !== undefined) as Node;
  const stacked = [...known.shape.slice(0, axis + 2), 1, ...known.shape.slice(axis + 2)];
  const parts = phases.map(phase => g.reshape(phase ?? g.full(0, known.shape, known.dtype), stacked));
  const joined = g.reshape(g.concat(parts, axis + 2), [...known.shape.slice(0, axis + 1), most * by, ...known.shape.slice(axis + 2)]);
  return g.slice(
    joined,
    joined.shape.map(() => 0),
    joined.shape.map((size, other) => (other === axis + 1 ? outputs : size)),
  );
};

/** A convolution in operations that kernels are made of. */
export const loweredConvolution = (x: Node, w: Node, attributes: ConvolutionAttributes): Node => {
  const axis = spreadAxis(x, w, attributes);
  return axis < 0 ? windowsWithKernel(x, w, attributes) : byRemainder(x, w, attributes, axis);
};
