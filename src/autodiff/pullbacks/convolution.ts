import { sizeOf } from '../../core/shape.ts';
import * as g from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import type { ConvolutionAttributes } from '../../graph/ops.ts';
import type { Pullback } from './rule.ts';

const zeros = ({ shape, dtype }: Node): Node => g.full(0, shape, dtype);

/** Length of an axis with zeros between its elements. */
const dilated = (length: number, dilation: number): number => (length - 1) * dilation + 1;

/** w (k…, channels / groups, filters) -> (k…, filters / groups, channels), turned around: the kernel that carries dy back to x. */
const transposedKernel = (w: Node, groups: number): Node => {
  const spatial = w.shape.length - 2;
  const kernel = w.shape.slice(0, spatial);
  const [channels, filters] = w.shape.slice(spatial) as [number, number];
  const axes = kernel.map((_, axis) => axis);
  const split = g.reshape(g.flip(w, axes), [...kernel, channels, groups, filters / groups]);
  const swapped = g.permute(split, [...axes, spatial + 2, spatial + 1, spatial]);
  return g.reshape(swapped, [...kernel, filters / groups, groups * channels]);
};

/**
 * dx_i = Σ_k dy[(i inputDilation + low - k dilation) / stride] w_k where the quotient is whole: a convolution of dy, dilated by the
 * strides, with the kernel turned around and strides of `inputDilation`. Its padding makes the result as long as x; it is negative
 * where x was padded by more than the kernel reaches.
 */
const toInput = (x: Node, w: Node, dy: Node, { strides, padding, inputDilation, dilation, groups }: ConvolutionAttributes): Node => {
  const around = strides.map((stride, i): readonly [number, number] => {
    const reach = (dilation[i] as number) * ((w.shape[i] as number) - 1);
    const low = reach - (padding[i] as readonly [number, number])[0];
    const needed = dilated(x.shape[i + 1] as number, inputDilation[i] as number) + reach;
    return [low, needed - low - dilated(dy.shape[i + 1] as number, stride)];
  });
  return g.convolution(dy, transposedKernel(w, groups), {
    strides: inputDilation,
    padding: around,
    inputDilation: strides,
    dilation,
    groups,
  });
};

/** x with zeros between its elements and around its spatial axes; negative padding crops. */
const spreadOut = (x: Node, { padding, inputDilation }: Pick<ConvolutionAttributes, 'padding' | 'inputDilation'>): Node => {
  const all = <T>(of: (axis: number) => T, other: T): T[] => [other, ...padding.map((_, axis) => of(axis)), other];
  const low = (axis: number): number => padding[axis]?.[0] as number;
  const high = (axis: number): number => padding[axis]?.[1] as number;
  const padded = g.pad(
    x,
    all(axis => Math.max(0, low(axis)), 0),
    all(axis => Math.max(0, high(axis)), 0),
    { interior: all(axis => (inputDilation[axis] as number) - 1, 0) },
  );
  const start = all(axis => Math.max(0, -low(axis)), 0);
  const size = padded.shape.map((length, axis) => length - (start[axis] as number) - Math.max(0, -(padding[axis - 1]?.[1] ?? 0)));
  return g.slice(padded, start, size);
};

/**
 * dw[k, c, f] = Σ_{n, o} x'[n, o stride + k dilation, c] dy[n, o, f]: the windows of x', contracted with dy over batch and places,
 * group by group.
 */
const toKernel = (x: Node, w: Node, dy: Node, attributes: ConvolutionAttributes): Node => {
  const { strides, dilation, groups } = attributes;
  const spatial = strides.length;
  const axes = strides.map((_, axis) => axis + 1);
  const kernel = w.shape.slice(0, spatial);
  const [channels, filters] = w.shape.slice(spatial) as [number, number];
  const places = [0, ...axes];
  const windows = g.window(spreadOut(x, attributes), { axes, sizes: kernel, strides, dilations: dilation });
  // (n, o…, groups, channels, k…) with (n, o…, groups, filters) -> (groups, channels, k…, filters)
  const perGroup = g.contraction(
    g.reshape(windows, [...windows.shape.slice(0, spatial + 1), groups, channels, ...kernel]),
    g.reshape(dy, [...dy.shape.slice(0, spatial + 1), groups, filters / groups]),
    { batch: [[spatial + 1], [spatial + 1]], contract: [places, places] },
  );
  return g.reshape(g.permute(perGroup, [...axes.map(axis => axis + 1), 1, 0, spatial + 2]), w.shape);
};

/**
 * The same where x has zeros between its elements and the strides are 1: dw[k, c, f] = Σ_{n, i} dy[n, i inputDilation + low - k dilation, f]
 * x[n, i, c]. The windows are dy's, turned around, and no zero is multiplied.
 */
const toKernelOfSpread = (x: Node, w: Node, dy: Node, { padding, inputDilation, dilation, groups }: ConvolutionAttributes): Node => {
  const spatial = padding.length;
  const axes = padding.map((_, axis) => axis + 1);
  const kernel = w.shape.slice(0, spatial);
  const [channels, filters] = w.shape.slice(spatial) as [number, number];
  const places = [0, ...axes];
  const around = padding.map(([low], axis): readonly [number, number] => {
    const reach = (dilation[axis] as number) * ((kernel[axis] as number) - 1);
    const needed = dilated(x.shape[axis + 1] as number, inputDilation[axis] as number) + reach;
    return [reach - low, needed - (reach - low) - (dy.shape[axis + 1] as number)];
  });
  const padded = spreadOut(dy, { padding: around, inputDilation: inputDilation.map(() => 1) });
  const windows = g.window(padded, { axes, sizes: kernel, strides: inputDilation, dilations: dilation });
  // (n, i…, groups, filters, k…) with (n, i…, groups, channels) -> (groups, filters, k…, channels)
  const perGroup = g.contraction(
    g.reshape(windows, [...windows.shape.slice(0, spatial + 1), groups, filters / groups, ...kernel]),
    g.reshape(x, [...x.shape.slice(0, spatial + 1), groups, channels]),
    { batch: [[spatial + 1], [spatial + 1]], contract: [places, places] },
  );
  const turned = g.flip(
    perGroup,
    axes.map(axis => axis + 1),
  );
  return g.reshape(g.permute(turned, [...axes.map(axis => axis + 1), spatial + 2, 0, 1]), w.shape);
};

/** Both adjoints of a convolution: see the rules above. An empty output sends nothing back. */
export const convolution: Pullback<'convolution'> = ({ inputs, attributes, shape }, dy, needs) => {
  const [x, w] = inputs as [Node, Node];
  const empty = sizeOf(shape) === 0 || sizeOf(x.shape) === 0 || sizeOf(w.shape) === 0;
  const adjoint = (of: Node, rule: typeof toInput): Node => (empty ? zeros(of) : rule(x, w, dy, attributes));
  const spread = attributes.inputDilation.some(by => by > 1) && attributes.strides.every(by => by === 1);
  return [needs[0] ? adjoint(x, toInput) : null, needs[1] ? adjoint(w, spread ? toKernelOfSpread : toKernel) : null];
};
