import { type DType, isFloat, promote } from '../core/dtype.ts';
import { broadcastShapes, type Shape, sameShape, sizeOf } from '../core/shape.ts';
import { freshId, intern, type Node } from './node.ts';
import type { Attributes, ContractionAttributes, ConvolutionAttributes, GatherAttributes, Op, Subgraph, WindowAttributes } from './ops.ts';
import { sealed } from './substitute.ts';

/** A node, or a number that takes the element type of what it meets. */
export type Operand = Node | number;

export const constant = (value: number, dtype: DType): Node => intern('constant', [], { value, dtype }) as Node;

/** A tensor of one value. */
export const full = (value: number, shape: Shape, dtype: DType): Node => broadcast(constant(value, dtype), shape);

export const iota = (shape: Shape, axis: number, dtype: DType): Node => intern('iota', [], { shape, axis, dtype }) as Node;

export const cast = (x: Node, dtype: DType): Node => (x.dtype === dtype ? x : (intern('cast', [x], { dtype }) as Node));

// Layout -------------------------------------------------------------------------------------------------------------

export const reshape = (x: Node, shape: Shape): Node => (sameShape(x.shape, shape) ? x : (intern('reshape', [x], { shape }) as Node));

export const broadcast = (x: Node, shape: Shape): Node => (sameShape(x.shape, shape) ? x : (intern('broadcast', [x], { shape }) as Node));

export const permute = (x: Node, order: readonly number[]): Node =>
  order.every((axis, index) => axis === index) && order.length === x.shape.length ? x : (intern('permute', [x], { order }) as Node);

/** Swaps the last two axes. */
export const transpose = (x: Node): Node => {
  const rank = x.shape.length;
  return permute(x, [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2]);
};

/** Elements start, start + step, … (size of them) along each axis. */
export const slice = (x: Node, start: readonly number[], size: readonly number[], step: readonly number[] = size.map(() => 1)): Node =>
  sameShape(size, x.shape) ? x : (intern('slice', [x], { start, size, step }) as Node);

/** A run of indices along one axis. */
export const sliceAxis = (x: Node, axis: number, start: number, size: number, step = 1): Node =>
  slice(
    x,
    x.shape.map((_, i) => (i === axis ? start : 0)),
    x.shape.map((length, i) => (i === axis ? size : length)),
    x.shape.map((_, i) => (i === axis ? step : 1)),
  );

export const pad = (
  x: Node,
  low: readonly number[],
  high: readonly number[],
  { value = 0, interior = low.map(() => 0) }: { value?: number; interior?: readonly number[] } = {},
): Node => ([...low, ...high, ...interior].every(size => size === 0) ? x : (intern('pad', [x], { low, high, interior, value }) as Node));

export const flip = (x: Node, axes: readonly number[]): Node => (axes.length === 0 ? x : (intern('flip', [x], { axes }) as Node));

export const concat = (parts: readonly Node[], axis: number): Node =>
  parts.length === 1 ? (parts[0] as Node) : (intern('concat', parts, { axis }) as Node);

export const window = (x: Node, attributes: WindowAttributes): Node => intern('window', [x], attributes) as Node;

export const fold = (x: Node, attributes: Attributes['fold']): Node => intern('fold', [x], attributes) as Node;

/** Inserts axes of size 1 at the given places of the result. */
export const expandDims = (x: Node, axes: readonly number[]): Node => {
  const shape = [...x.shape];
  for (const axis of [...axes].sort((a, b) => a - b)) shape.splice(axis, 0, 1);
  return reshape(x, shape);
};

// Maps ---------------------------------------------------------------------------------------------------------------

const unary =
  (op: Op) =>
  (x: Node): Node =>
    intern(op, [x]);

/** Whether an element type has a number, give or take rounding. */
const holds = (dtype: DType, value: number): boolean => {
  if (isFloat(dtype)) return true;
  return Number.isInteger(value) && (dtype === 'uint8' ? value >= 0 && value <= 255 : dtype === 'int32' && value === (value | 0));
};

/** Both operands in one element type and one shape. A number takes the node's type, unless that one does not have it. */
export const unify = (what: string, a: Operand, b: Operand): readonly [Node, Node] => {
  if (typeof a === 'number' && typeof b === 'number') return [constant(a, 'float32'), constant(b, 'float32')];
  const weak = (value: number, { dtype }: Node): DType => (holds(dtype, value) ? dtype : holds('int32', value) ? 'int32' : 'float32');
  const [typeA, typeB] = [typeof a === 'number' ? weak(a, b as Node) : a.dtype, typeof b === 'number' ? weak(b, a as Node) : b.dtype];
  const dtype = promote(typeA, typeB);
  const x = typeof a === 'number' ? constant(a, dtype) : cast(a, dtype);
  const y = typeof b === 'number' ? constant(b, dtype) : cast(b, dtype);
  const shape = broadcastShapes(what, x.shape, y.shape);
  return [broadcast(x, shape), broadcast(y, shape)];
};

const binary =
  (op: Op) =>
  (a: Operand, b: Operand): Node =>
    intern(op, unify(op, a, b));

type Unary = (x: Node) => Node;
type Binary = (a: Operand, b: Operand) => Node;

export const neg: Unary = unary('neg');
export const abs: Unary = unary('abs');
export const sign: Unary = unary('sign');
export const exp: Unary = unary('exp');
export const expm1: Unary = unary('expm1');
export const log: Unary = unary('log');
export const log1p: Unary = unary('log1p');
export const sqrt: Unary = unary('sqrt');
export const sin: Unary = unary('sin');
export const cos: Unary = unary('cos');
export const tanh: Unary = unary('tanh');
export const erf: Unary = unary('erf');
export const sigmoid: Unary = unary('sigmoid');
export const floor: Unary = unary('floor');
export const ceil: Unary = unary('ceil');
export const round: Unary = unary('round');
export const not: Unary = unary('not');

export const add: Binary = binary('add');
export const sub: Binary = binary('sub');
export const mul: Binary = binary('mul');
export const div: Binary = binary('div');
export const mod: Binary = binary('mod');
export const pow: Binary = binary('pow');
export const maximum: Binary = binary('maximum');
export const minimum: Binary = binary('minimum');
export const equal: Binary = binary('equal');
export const less: Binary = binary('less');
export const lessEqual: Binary = binary('lessEqual');
export const and: Binary = binary('and');
export const or: Binary = binary('or');

/** c ? a : b, element by element. */
export const where = (condition: Node, a: Operand, b: Operand): Node => {
  const [x, y] = unify('where', a, b);
  const shape = broadcastShapes('where', condition.shape, x.shape);
  return intern('where', [broadcast(condition, shape), broadcast(x, shape), broadcast(y, shape)]) as Node;
};

// Identities ---------------------------------------------------------------------------------------------------------

export const mark = (x: Node): Node => intern('mark', [x], { id: freshId() }) as Node;
export const stopGradient = (x: Node): Node => intern('stopGradient', [x]) as Node;
export const barrier = (x: Node, after: Node): Node => intern('barrier', [x, after], { id: freshId() }) as Node;
export const custom = (y: Node, inputs: readonly Node[], pullback: (dy: Node) => readonly (Node | null)[]): Node =>
  intern('custom', [y, ...inputs], { pullback }) as Node;

// Reductions ---------------------------------------------------------------------------------------------------------

const reduction =
  (op: 'sum' | 'prod' | 'max' | 'min' | 'any' | 'all') =>
  (x: Node, axes: readonly number[], { keepDims = false }: { keepDims?: boolean } = {}): Node => {
    const reduced = axes.length === 0 ? x : (intern(op, [x], { axes: [...axes].sort((a, b) => a - b) }) as Node);
    return keepDims ? expandDims(reduced, axes) : reduced;
  };

type Reduction = (x: Node, axes: readonly number[], options?: { keepDims?: boolean }) => Node;

export const sum: Reduction = reduction('sum');
export const prod: Reduction = reduction('prod');
export const max: Reduction = reduction('max');
export const min: Reduction = reduction('min');
export const any: Reduction = reduction('any');
export const all: Reduction = reduction('all');
export const argMax = (x: Node, axis: number): Node => intern('argMax', [x], { axis }) as Node;
export const argMin = (x: Node, axis: number): Node => intern('argMin', [x], { axis }) as Node;

/** Sums what broadcasting repeated, so that the result has the given shape. */
export const unbroadcast = (x: Node, shape: Shape): Node => {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  const axes = x.shape.flatMap((size, axis) => (axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : []));
  return reshape(sum(x, axes), shape);
};

// Structured ---------------------------------------------------------------------------------------------------------

export const gather = (x: Node, indices: Node, attributes: GatherAttributes): Node => intern('gather', [x, indices], attributes) as Node;

export const scatter = (operand: Node, indices: Node, updates: Node, attributes: Attributes['scatter']): Node =>
  intern('scatter', [operand, indices, updates], attributes) as Node;

export const cumSum = (
  x: Node,
  axis: number,
  { reverse = false, exclusive = false }: { reverse?: boolean; exclusive?: boolean } = {},
): Node => intern('cumSum', [x], { axis, reverse, exclusive }) as Node;

export const argSort = (x: Node, axis: number, descending = false): Node => intern('argSort', [x], { axis, descending }) as Node;

export const contraction = (a: Node, b: Node, attributes: ContractionAttributes): Node => intern('contraction', [a, b], attributes) as Node;

/** (…, m, k) x (…, k, n) -> (…, m, n) with equal leading axes. */
export const matmul = (a: Node, b: Node): Node => {
  const rank = a.shape.length;
  const leading = Array.from({ length: rank - 2 }, (_, axis) => axis);
  return contraction(a, b, { batch: [leading, leading], contract: [[rank - 1], [rank - 2]] });
};

export const convolution = (x: Node, w: Node, attributes: ConvolutionAttributes): Node => intern('convolution', [x, w], attributes) as Node;

export const randomBits = (key: Node, shape: Shape, width = 32): Node => intern('randomBits', [key], { shape, width }) as Node;

// Control ------------------------------------------------------------------------------------------------------------

export const part = (x: Node, index: number): Node => intern('part', [x], { index }) as Node;

const partsOf = (node: Node): Node[] => node.parts.map((_, index) => part(node, index));

/** A body of its own: see `sealed`. */
const bodyOf = ({ inputs, outputs }: Subgraph): Subgraph => ({ inputs, outputs: sealed(outputs, inputs) });

export const scan = (inputs: readonly Node[], attributes: Attributes['scan']): Node[] =>
  partsOf(intern('scan', inputs, { ...attributes, body: bodyOf(attributes.body) }) as Node);

export const cond = (predicate: Node, inputs: readonly Node[], whenTrue: Subgraph, whenFalse: Subgraph): Node[] => {
  const [then, otherwise] = [bodyOf(whenTrue), bodyOf(whenFalse)];
  return partsOf(intern('cond', [predicate, ...inputs], { then, otherwise }) as Node);
};

export const whileLoop = (inputs: readonly Node[], attributes: Attributes['while']): Node[] =>
  partsOf(intern('while', inputs, { ...attributes, condition: bodyOf(attributes.condition), body: bodyOf(attributes.body) }) as Node);

/** Number of elements that axes hold together. */
export const countOf = (x: Node, axes: readonly number[]): number => sizeOf(axes.map(axis => x.shape[axis] as number));
