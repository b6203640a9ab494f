import type { DType } from '../core/dtype.ts';
import { dtypes } from '../core/dtype.ts';
import { DTypeError, formatShape, ShapeError } from '../core/errors.ts';
import { type Shape, sameShape, sizeOf } from '../core/shape.ts';
import type { Node, Part } from './node.ts';
import type { Attributes, Op, WindowAttributes } from './ops.ts';

type ShapeRule<A = unknown> = (inputs: readonly Node[], attributes: A) => Shape;
type DTypeRule<A = unknown> = (inputs: readonly Node[], attributes: A) => DType;

const at = (inputs: readonly Node[], index: number): Node => inputs[index] as Node;
const list = (shapes: readonly Node[]): string => shapes.map(node => formatShape(node.shape)).join(', ');

const one: ShapeRule = inputs => at(inputs, 0).shape;

const equalShapes =
  (op: Op): ShapeRule =>
  inputs => {
    const [first] = inputs as [Node];
    if (!inputs.every(node => sameShape(node.shape, first.shape)))
      throw new ShapeError(`${op} needs inputs of one shape, got ${list(inputs)}. Broadcast them first.`);
    return first.shape;
  };

const reduced: ShapeRule<Attributes['sum']> = ([x], { axes }) => (x as Node).shape.filter((_, axis) => !axes.includes(axis));

const extremum =
  (op: Op): ShapeRule<Attributes['max']> =>
  (inputs, attributes) => {
    const { shape } = at(inputs, 0);
    if (attributes.axes.some(axis => shape[axis] === 0))
      throw new ShapeError(
        `${op} has no value over an empty axis: the input has shape ${formatShape(shape)}. Reduce another axis, or fill it first.`,
      );
    return reduced(inputs, attributes);
  };

const indexOfExtremum =
  (op: Op): ShapeRule<Attributes['argMax']> =>
  (inputs, { axis }) =>
    extremum(op)(inputs, { axes: [axis] });

/** Number of windows along an axis: ⌊(length - dilation (size - 1) - 1) / stride⌋ + 1, at least 0. */
export const windowCount = (length: number, size: number, stride: number, dilation: number): number =>
  Math.max(0, Math.floor((length - dilation * (size - 1) - 1) / stride) + 1);

const windowShape = (shape: Shape, { axes, sizes, strides, dilations }: WindowAttributes): Shape => {
  const counts = [...shape];
  axes.forEach((axis, i) => {
    counts[axis] = windowCount(shape[axis] as number, sizes[i] as number, strides[i] as number, dilations[i] as number);
  });
  return [...counts, ...sizes];
};

const gatherShape: ShapeRule<Attributes['gather']> = ([x, indices], { axis, batchDims }) => {
  const [from, places] = [(x as Node).shape, (indices as Node).shape];
  if (axis < batchDims || axis >= from.length || !sameShape(from.slice(0, batchDims), places.slice(0, batchDims)))
    throw new ShapeError(
      `gather cannot look up indices of shape ${formatShape(places)} along axis ${axis} of shape ${formatShape(from)} with ${batchDims} shared leading axes: these must agree and come before the axis.`,
    );
  return [...from.slice(0, axis), ...places.slice(batchDims), ...from.slice(axis + 1)];
};

/** Sizes of the spatial axes of a convolution's output. */
const convolutionShape: ShapeRule<Attributes['convolution']> = ([x, w], { strides, padding, inputDilation, dilation, groups }) => {
  const [input, kernel] = [(x as Node).shape, (w as Node).shape];
  const spatial = strides.length;
  const channels = input[spatial + 1];
  const filters = kernel[spatial + 1] as number;
  if (
    input.length !== spatial + 2 ||
    kernel.length !== spatial + 2 ||
    channels !== (kernel[spatial] as number) * groups ||
    filters % groups !== 0
  )
    throw new ShapeError(
      `convolution cannot apply a kernel of shape ${formatShape(kernel)} in ${groups} groups to an input of shape ${formatShape(input)}: it needs (batch, ${spatial} spatial axes, channels) and (${spatial} kernel axes, channels / groups, filters), filters a multiple of groups.`,
    );
  const sizes = strides.map((stride, i) => {
    const length = input[i + 1] as number;
    const [low, high] = padding[i] as readonly [number, number];
    const full = (length === 0 ? 0 : (length - 1) * (inputDilation[i] as number) + 1) + low + high;
    return windowCount(full, kernel[i] as number, stride, dilation[i] as number);
  });
  return [input[0] as number, ...sizes, filters];
};

const contractionShape: ShapeRule<Attributes['contraction']> = ([a, b], { batch, contract }) => {
  const [x, y] = [(a as Node).shape, (b as Node).shape];
  const pairs = [...batch[0].map((axis, i) => [axis, batch[1][i]]), ...contract[0].map((axis, i) => [axis, contract[1][i]])];
  if (pairs.some(([i, j]) => x[i as number] !== y[j as number]))
    throw new ShapeError(
      `contraction cannot pair axes ${contract[0]} of ${formatShape(x)} with axes ${contract[1]} of ${formatShape(y)}: paired axes must have equal sizes.`,
    );
  return [
    ...batch[0].map(axis => x[axis] as number),
    ...x.filter((_, axis) => !batch[0].includes(axis) && !contract[0].includes(axis)),
    ...y.filter((_, axis) => !batch[1].includes(axis) && !contract[1].includes(axis)),
  ];
};

// biome-ignore format: a line a family
const map = {
  neg: one, abs: one, sign: one, exp: one, expm1: one, log: one, log1p: one, sqrt: one, sin: one, cos: one, tanh: one, erf: one,
  sigmoid: one, floor: one, ceil: one, round: one, not: one, cast: one,
  add: equalShapes('add'), sub: equalShapes('sub'), mul: equalShapes('mul'), div: equalShapes('div'), mod: equalShapes('mod'),
  pow: equalShapes('pow'), maximum: equalShapes('maximum'), minimum: equalShapes('minimum'), equal: equalShapes('equal'),
  less: equalShapes('less'), lessEqual: equalShapes('lessEqual'), and: equalShapes('and'), or: equalShapes('or'), where: equalShapes('where'),
};

/** From the inputs and attributes to the output's shape; throws a ShapeError for what cannot be. Control operations have shape (): see `partsOf`. */
export const shapeRules: { readonly [O in Op]: ShapeRule<Attributes[O]> } = {
  ...map,
  input: (_, { shape }) => shape,
  constant: () => [],
  iota: (_, { shape }) => shape,
  mark: one,
  stopGradient: one,
  barrier: one,
  custom: one,
  sum: reduced,
  prod: reduced,
  max: extremum('max'),
  min: extremum('min'),
  any: reduced,
  all: reduced,
  argMax: indexOfExtremum('argMax'),
  argMin: indexOfExtremum('argMin'),
  reshape: ([x], { shape }) => {
    if (sizeOf((x as Node).shape) !== sizeOf(shape))
      throw new ShapeError(
        `reshape cannot turn ${formatShape((x as Node).shape)} into ${formatShape(shape)}: the number of elements must stay the same.`,
      );
    return shape;
  },
  permute: ([x], { order }) => {
    const { shape } = x as Node;
    if (order.length !== shape.length || new Set(order).size !== order.length || order.some(axis => shape[axis] === undefined))
      throw new ShapeError(`permute cannot order the axes of ${formatShape(shape)} by (${order}): name each axis once.`);
    return order.map(axis => shape[axis] as number);
  },
  broadcast: ([x], { shape }) => {
    const from = (x as Node).shape;
    const offset = shape.length - from.length;
    if (offset < 0 || from.some((size, axis) => size !== 1 && size !== shape[axis + offset]))
      throw new ShapeError(
        `broadcast cannot extend ${formatShape(from)} to ${formatShape(shape)}: from the right, sizes must be equal or 1.`,
      );
    return shape;
  },
  slice: ([x], { start, size, step }) => {
    const { shape } = x as Node;
    const fits = shape.every((length, axis) => {
      const [from, count, by] = [start[axis] as number, size[axis] as number, step[axis] as number];
      return from >= 0 && count >= 0 && by >= 1 && (count === 0 ? from <= length : from + (count - 1) * by < length);
    });
    if (start.length !== shape.length || size.length !== shape.length || !fits)
      throw new ShapeError(
        `slice cannot take ${formatShape(size)} elements from (${start}) on in a tensor of shape ${formatShape(shape)}: stay inside of it.`,
      );
    return size;
  },
  flip: one,
  window: ([x], attributes) => windowShape((x as Node).shape, attributes),
  pad: ([x], { low, high, interior }) =>
    (x as Node).shape.map((size, axis) => {
      const padded = size + (low[axis] as number) + (high[axis] as number) + Math.max(0, size - 1) * (interior[axis] as number);
      return padded;
    }),
  concat: (inputs, { axis }) => {
    const first = at(inputs, 0).shape;
    const fits = inputs.every(({ shape }) => shape.length === first.length && shape.every((size, i) => i === axis || size === first[i]));
    if (!fits) throw new ShapeError(`concat cannot join ${list(inputs)} along axis ${axis}: all other sizes must agree.`);
    return first.map((size, i) => (i === axis ? inputs.reduce((total, { shape }) => total + (shape[axis] as number), 0) : size));
  },
  fold: ([x], attributes) => {
    const { axes, lengths } = attributes;
    const counts = (x as Node).shape.slice(0, (x as Node).shape.length - axes.length);
    const folded = counts.map((size, axis) => (axes.includes(axis) ? (lengths[axes.indexOf(axis)] as number) : size));
    if (!sameShape(windowShape(folded, attributes), (x as Node).shape))
      throw new ShapeError(
        `fold cannot put windows of shape ${formatShape((x as Node).shape)} together to lengths (${lengths}): windows of that size give ${formatShape(windowShape(folded, attributes))}.`,
      );
    return folded;
  },
  gather: gatherShape,
  scatter: (inputs, attributes) => {
    const [operand, indices, updates] = inputs as [Node, Node, Node];
    const expected = gatherShape([operand, indices], attributes);
    if (!sameShape(expected, updates.shape))
      throw new ShapeError(`scatter needs updates of shape ${formatShape(expected)} for these indices, got ${formatShape(updates.shape)}.`);
    return operand.shape;
  },
  cumSum: one,
  argSort: one,
  contraction: contractionShape,
  convolution: convolutionShape,
  randomBits: ([key], { shape }) => {
    if (!sameShape((key as Node).shape, [2]))
      throw new ShapeError(
        `random numbers need a key of shape (2,), got ${formatShape((key as Node).shape)}. Make one with random.key(seed).`,
      );
    return shape;
  },
  scan: () => [],
  cond: () => [],
  while: () => [],
  part: ([x], { index }) => ((x as Node).parts[index] as Part).shape,
};

const same: DTypeRule = inputs => at(inputs, 0).dtype;
const bool: DTypeRule = () => 'bool';
const int: DTypeRule = () => 'int32';

const agree =
  (op: Op, from = 0): DTypeRule =>
  inputs => {
    const first = at(inputs, from).dtype;
    if (inputs.some((node, index) => index >= from && node.dtype !== first))
      throw new DTypeError(
        `${op} needs inputs of one element type, got ${inputs.map(node => node.dtype).join(', ')}. Cast one: x.cast('${first}').`,
      );
    return first;
  };

const floating =
  (op: Op): DTypeRule =>
  inputs => {
    const { dtype } = at(inputs, 0);
    if (dtypes[dtype].kind !== 'float')
      throw new DTypeError(`${op} needs floating-point numbers, got ${dtype}. Cast first: x.cast('float32').`);
    return agree(op)(inputs, undefined);
  };

const numeric =
  (op: Op): DTypeRule =>
  inputs => {
    if (at(inputs, 0).dtype === 'bool') throw new DTypeError(`${op} needs numbers, got bool. Cast first: x.cast('int32').`);
    return agree(op)(inputs, undefined);
  };

const logical =
  (op: Op): DTypeRule =>
  inputs => {
    const wrong = inputs.find(node => node.dtype !== 'bool');
    if (wrong !== undefined) throw new DTypeError(`${op} needs bool, got ${wrong.dtype}. Compare first: x.notEqual(0).`);
    return 'bool';
  };

const compared =
  (op: Op): DTypeRule =>
  inputs => {
    agree(op)(inputs, undefined);
    return 'bool';
  };

const indexed =
  (op: Op): DTypeRule =>
  inputs => {
    const { dtype } = at(inputs, 1);
    if (dtype !== 'int32') throw new DTypeError(`${op} needs int32 indices, got ${dtype}. Cast first: indices.cast('int32').`);
    return at(inputs, 0).dtype;
  };

// biome-ignore format: a line a family
const unary = {
  neg: numeric('neg'), abs: numeric('abs'), sign: numeric('sign'), exp: floating('exp'), expm1: floating('expm1'), log: floating('log'),
  log1p: floating('log1p'), sqrt: floating('sqrt'), sin: floating('sin'), cos: floating('cos'), tanh: floating('tanh'), erf: floating('erf'),
  sigmoid: floating('sigmoid'), floor: same, ceil: same, round: same, not: logical('not'),
};

// biome-ignore format: a line a family
const binary = {
  add: numeric('add'), sub: numeric('sub'), mul: numeric('mul'), div: numeric('div'), mod: numeric('mod'), pow: numeric('pow'),
  maximum: agree('maximum'), minimum: agree('minimum'), equal: compared('equal'), less: compared('less'), lessEqual: compared('lessEqual'),
  and: logical('and'), or: logical('or'),
};

/** From the inputs and attributes to the output's element type; throws a DTypeError for what cannot be. */
export const dtypeRules: { readonly [O in Op]: DTypeRule<Attributes[O]> } = {
  ...unary,
  ...binary,
  input: (_, { dtype }) => dtype,
  constant: (_, { dtype }) => dtype,
  iota: (_, { dtype }) => dtype,
  cast: (_, { dtype }) => dtype,
  where: inputs => {
    if (at(inputs, 0).dtype !== 'bool')
      throw new DTypeError(`where needs a bool condition, got ${at(inputs, 0).dtype}. Compare first: x.greater(0).`);
    return agree('where', 1)(inputs, undefined);
  },
  mark: same,
  stopGradient: same,
  barrier: same,
  custom: same,
  sum: numeric('sum'),
  prod: numeric('prod'),
  max: same,
  min: same,
  any: logical('any'),
  all: logical('all'),
  argMax: int,
  argMin: int,
  reshape: same,
  permute: same,
  broadcast: same,
  slice: same,
  flip: same,
  window: same,
  pad: same,
  concat: agree('concat'),
  fold: same,
  gather: indexed('gather'),
  scatter: (inputs, { mode }) => {
    indexed('scatter')(inputs, undefined);
    if (mode === 'add') numeric('scatter')(inputs.slice(0, 1), undefined);
    if (at(inputs, 2).dtype !== at(inputs, 0).dtype)
      throw new DTypeError(`scatter needs updates of the operand's element type ${at(inputs, 0).dtype}, got ${at(inputs, 2).dtype}.`);
    return at(inputs, 0).dtype;
  },
  cumSum: numeric('cumSum'),
  argSort: int,
  contraction: numeric('contraction'),
  convolution: numeric('convolution'),
  randomBits: int,
  scan: bool,
  cond: bool,
  while: bool,
  part: ([x], { index }) => ((x as Node).parts[index] as Part).dtype,
};

/** Shapes and element types of a control operation's outputs; none for every other operation. */
export const partsOf = (op: Op, inputs: readonly Node[], attributes: Attributes[Op]): readonly Part[] => {
  const describe = ({ shape, dtype }: Node): Part => ({ shape, dtype });
  if (op === 'scan') {
    const { body, carries, length } = attributes as Attributes['scan'];
    return body.outputs.map((node, index) => (index < carries ? describe(node) : { shape: [length, ...node.shape], dtype: node.dtype }));
  }
  if (op === 'cond') return (attributes as Attributes['cond']).then.outputs.map(describe);
  if (op === 'while') return inputs.slice((attributes as Attributes['while']).constants).map(describe);
  return [];
};
