import { type DType, dtypes } from '../core/dtype.ts';
import { unknownName, ValueError } from '../core/errors.ts';
import { checkShape, type Shape } from '../core/shape.ts';
import * as g from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { where as whereNode } from './arithmetic.ts';
import { kindOf, type Nested, storageFrom } from './convert.ts';
import { einsum as einsumNode } from './einsum.ts';
import { leafOf, storedLeaf, type TensorOptions } from './leaf.ts';
import * as movement from './movement.ts';
import { unknownOptions, wholeNumber } from './options.ts';
import type { Operand } from './surface.ts';
import { isTensor, nodeOf, type Tensor, wrap } from './tensor.ts';

export interface DTypeOption {
  readonly dtype?: DType;
}

/**
 * A tensor of the given values: nested arrays of numbers (float32) or booleans (bool), or a copy of a typed array, which keeps its
 * element type.
 *
 * @throws ShapeError for ragged arrays and for a shape of another size; ValueError for what is no number.
 * @example tensor([[1, 2], [3, 4]], { dtype: 'int32' })
 */
export const tensor = (values: Nested | ArrayBufferView | Tensor, options: TensorOptions = {}): Tensor => {
  if (!isTensor(values)) return wrap(leafOf(values, options));
  const shaped = options.shape === undefined ? values : values.reshape(options.shape);
  return options.dtype === undefined ? shaped : shaped.cast(options.dtype);
};

const dtypeIn = (what: string, options: DTypeOption, otherwise: DType): DType => {
  unknownOptions(what, options, ['dtype']);
  const { dtype = otherwise } = options;
  if (!(dtype in dtypes)) throw unknownName('element type', String(dtype), Object.keys(dtypes));
  return dtype;
};

const filled = (what: string, shape: Shape, value: number, dtype: DType): Tensor => wrap(g.full(value, checkShape(what, shape), dtype));

/** A tensor of one value. Booleans give bool, numbers float32 unless told otherwise. */
export const full = (shape: Shape, value: number | boolean, options: DTypeOption = {}): Tensor => {
  if (typeof value !== 'number' && typeof value !== 'boolean')
    throw new ValueError(`full fills with a number or a boolean, got ${kindOf(value)}. Write full(shape, value).`);
  const dtype = dtypeIn('full', options, typeof value === 'boolean' ? 'bool' : 'float32');
  return filled('full', shape, storedNumber(Number(value), dtype), dtype);
};

/** A number as the element type has it. */
const storedNumber = (value: number, dtype: DType): number =>
  dtypes[dtype].kind === 'float' ? value : (storageFrom([value], dtype)[0] as number);

export const zeros = (shape: Shape, options: DTypeOption = {}): Tensor => filled('zeros', shape, 0, dtypeIn('zeros', options, 'float32'));

export const ones = (shape: Shape, options: DTypeOption = {}): Tensor => filled('ones', shape, 1, dtypeIn('ones', options, 'float32'));

/** Zeros in the shape and element type of another tensor. */
export const zerosLike = (x: Tensor, options: DTypeOption = {}): Tensor =>
  filled('zerosLike', x.shape, 0, dtypeIn('zerosLike', options, x.dtype));

/** Ones in the shape and element type of another tensor. */
export const onesLike = (x: Tensor, options: DTypeOption = {}): Tensor =>
  filled('onesLike', x.shape, 1, dtypeIn('onesLike', options, x.dtype));

/** start, start + step, … below stop (above it for a step < 0). Whole numbers give int32, others float32, unless told otherwise. */
export function arange(stop: number, options?: DTypeOption): Tensor;
export function arange(start: number, stop: number, options?: DTypeOption): Tensor;
export function arange(start: number, stop: number, step: number, options?: DTypeOption): Tensor;
export function arange(...args: readonly (number | DTypeOption | undefined)[]): Tensor {
  const numbers = args.filter(arg => typeof arg === 'number');
  const options = args.find(arg => typeof arg === 'object') ?? {};
  const [start, stop, step] =
    numbers.length === 1 ? [0, numbers[0] as number, 1] : [numbers[0] as number, numbers[1] as number, numbers[2] ?? 1];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (numbers.length === 0 || !Number.isFinite(length))
    throw new ValueError(
      `arange cannot go from ${start} to ${stop} in steps of ${step}: it needs finite numbers, and a step that is not 0.`,
    );
  const whole = numbers.every(Number.isInteger);
  const dtype = dtypeIn('arange', options as DTypeOption, whole ? 'int32' : 'float32');
  if (start === 0 && step === 1 && dtype !== 'bool') return wrap(g.iota([length], 0, dtype));
  const values = Float64Array.from({ length }, (_, index) => start + index * step);
  return wrap(storedLeaf(storageFrom(values, dtype), [length], dtype));
}

/** `count` numbers at equal distances from start to stop, both included. */
export const linspace = (start: number, stop: number, count = 50, options: DTypeOption = {}): Tensor => {
  wholeNumber('linspace', 'the count', count);
  const dtype = dtypeIn('linspace', options, 'float32');
  const step = (stop - start) / Math.max(1, count - 1);
  const values = Float64Array.from({ length: count }, (_, index) => (index === count - 1 && count > 1 ? stop : start + index * step));
  return wrap(storedLeaf(storageFrom(values, dtype), [count], dtype));
};

/** 1 on the diagonal, 0 elsewhere: (rows, columns). */
export const eye = (rows: number, columns: number = rows, options: DTypeOption = {}): Tensor => {
  const dtype = dtypeIn('eye', options, 'float32');
  const shape = [wholeNumber('eye', 'rows', rows), wholeNumber('eye', 'columns', columns)];
  return wrap(g.cast(g.equal(g.iota(shape, 0, 'int32'), g.iota(shape, 1, 'int32')), dtype));
};

const nodesOf = (what: string, parts: readonly Tensor[]): Node[] => {
  if (!Array.isArray(parts)) throw new ValueError(`${what} takes an array of tensors: ${what}([a, b], axis).`);
  return parts.map((part, index) => {
    if (isTensor(part)) return nodeOf(part);
    throw new ValueError(`${what} takes an array of tensors; at ${index} it has ${kindOf(part)}. Make one: tensor(value).`);
  });
};

/** Joins tensors of one shape along a new axis. */
export const stack = (parts: readonly Tensor[], axis = 0): Tensor => wrap(movement.stack(nodesOf('stack', parts), axis));

/** Joins tensors along an axis that they have. */
export const concat = (parts: readonly Tensor[], axis = 0): Tensor => wrap(movement.concat(nodesOf('concat', parts), axis));

const one = (what: string, role: string, value: unknown): Node => {
  if (isTensor(value)) return nodeOf(value);
  throw new ValueError(`${what} needs ${role}, got ${kindOf(value)}. Make a tensor of it: tensor(value).`);
};

const operand = (value: Operand, name: string): g.Operand => (typeof value === 'number' ? value : one(name, 'tensors and numbers', value));

/** condition ? x : y, element by element, broadcast. */
export const where = (condition: Tensor, x: Operand, y: Operand): Tensor =>
  wrap(whereNode(one('where', 'a tensor as its condition', condition), operand(x, 'where'), operand(y, 'where')));

/**
 * Sums of products by the letters of axes. Letters that the result does not have are summed over; a letter twice in a term is the
 * diagonal; '...' stands for leading axes, which broadcast.
 *
 * @example einsum('bij,bjk->bik', a, b)
 */
export const einsum = (equation: string, ...operands: readonly Tensor[]): Tensor => wrap(einsumNode(equation, nodesOf('einsum', operands)));
