import type { DType, TypedArray } from '../core/dtype.ts';
import { formatShape, GradusError, IndexError, ValueError } from '../core/errors.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import * as g from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import * as activations from './activations.ts';
import * as a from './arithmetic.ts';
import { kindOf, type Nested, type NestedArray } from './convert.ts';
import * as indexing from './indexing.ts';
import { leafOf } from './leaf.ts';
import * as linear from './linear.ts';
import * as movement from './movement.ts';
import { readArray, readItem, readValues } from './read.ts';
import { flushIfDeep } from './realize.ts';
import * as reductions from './reductions.ts';
import type { Indices, Operand, TensorMethods } from './surface.ts';
import { heldValue } from './value.ts';

const operand = (what: string, value: Operand): g.Operand => {
  if (typeof value === 'number') return value;
  if (value instanceof Tensor) return nodeOf(value);
  throw new ValueError(`${what} takes tensors and numbers, got ${kindOf(value)}. Make a tensor of it: tensor(value).`);
};

const tensorOperand = (what: string, value: unknown): Node => {
  if (value instanceof Tensor) return nodeOf(value);
  throw new ValueError(`${what} takes a tensor, got ${kindOf(value)}. Make one: tensor(value).`);
};

const fractionIn = (value: unknown): number | undefined => {
  if (!Array.isArray(value)) return typeof value === 'number' && !Number.isInteger(value) ? value : undefined;
  for (const part of value) {
    const fraction = fractionIn(part);
    if (fraction !== undefined) return fraction;
  }
  return undefined;
};

/** Numbers that name places; a fraction among them is a mistake, not a place. */
const indices = (value: Indices): Node => {
  if (value instanceof Tensor) return nodeOf(value);
  const fraction = fractionIn(value);
  if (fraction !== undefined) throw new IndexError(`an index must be a whole number, got ${fraction}. Round it first: Math.trunc(index).`);
  return leafOf(value as Nested, { dtype: 'int32' });
};

type Method<Args extends unknown[]> = (this: Tensor, ...args: Args) => Tensor;

/** A function of nodes as a method: the tensor comes first, the arguments follow. */
const method = <Args extends unknown[]>(f: (x: Node, ...args: Args) => Node): Method<Args> =>
  function (...args) {
    return wrap(f(nodeOf(this), ...args));
  };

const pair = (name: string, f: (x: Node, y: g.Operand) => Node): Method<[Operand]> =>
  function (y) {
    return wrap(f(nodeOf(this), operand(name, y)));
  };

const lookup = (f: (x: Node, places: Node, axis?: number) => Node): Method<[Indices, number?]> =>
  function (places, axis) {
    return wrap(f(nodeOf(this), indices(places), axis));
  };

const scatter = (mode: 'add' | 'max' | 'replace'): Method<[Indices, Operand, number?]> =>
  function (places, updates, axis) {
    return wrap(indexing.scatter(mode, nodeOf(this), indices(places), operand('scatter', updates), axis));
  };

const { relu, softplus, silu, gelu, softmax, logSoftmax } = activations;
const { exp, expm1, log, log1p, sqrt, rsqrt, reciprocal, square, sin, cos, tan, tanh, erf, floor, ceil, round, sigmoid } = a;

/** Every method, once. Their meaning: surface.ts. */
const methods: TensorMethods = {
  ...{ neg: method(g.neg), abs: method(g.abs), sign: method(g.sign), square: method(square), sqrt: method(sqrt), rsqrt: method(rsqrt) },
  ...{ reciprocal: method(reciprocal), exp: method(exp), expm1: method(expm1), log: method(log), log1p: method(log1p) },
  ...{ sin: method(sin), cos: method(cos), tan: method(tan), tanh: method(tanh), erf: method(erf) },
  ...{ floor: method(floor), ceil: method(ceil), round: method(round), sigmoid: method(sigmoid), relu: method(relu) },
  ...{ softplus: method(softplus), silu: method(silu), gelu: method(gelu), softmax: method(softmax), logSoftmax: method(logSoftmax) },
  ...{ not: method(g.not), isNaN: method(a.notANumber), isFinite: method(a.finite), cast: method(a.cast) },

  ...{ add: pair('add', g.add), sub: pair('sub', g.sub), mul: pair('mul', g.mul), div: pair('div', a.div), mod: pair('mod', g.mod) },
  ...{ floorDivide: pair('floorDivide', a.floorDivide), pow: pair('pow', g.pow) },
  ...{ maximum: pair('maximum', g.maximum), minimum: pair('minimum', g.minimum), equal: pair('equal', g.equal) },
  ...{ notEqual: pair('notEqual', a.notEqual), greater: pair('greater', a.greater), greaterEqual: pair('greaterEqual', a.greaterEqual) },
  ...{ less: pair('less', g.less), lessEqual: pair('lessEqual', g.lessEqual), and: pair('and', g.and), or: pair('or', g.or) },
  ...{ xor: pair('xor', a.xor) },
  clip: function (this: Tensor, low?: Operand, high?: Operand) {
    return wrap(a.clip(nodeOf(this), low === undefined ? low : operand('clip', low), high === undefined ? high : operand('clip', high)));
  },
  matmul: function (this: Tensor, y: Tensor) {
    return wrap(linear.matmul(nodeOf(this), tensorOperand('matmul', y)));
  },
  outer: function (this: Tensor, y: Tensor) {
    return wrap(linear.outer(nodeOf(this), tensorOperand('outer', y)));
  },

  ...{ sum: method(reductions.sum), prod: method(reductions.prod), mean: method(reductions.mean), variance: method(reductions.variance) },
  ...{ standardDeviation: method(reductions.standardDeviation), max: method(reductions.max), min: method(reductions.min) },
  ...{ logSumExp: method(reductions.logSumExp), norm: method(reductions.norm), any: method(reductions.any), all: method(reductions.all) },
  ...{ countNonZero: method(reductions.countNonZero), argMax: method(reductions.argMax), argMin: method(reductions.argMin) },
  ...{ cumSum: method(reductions.cumSum), cumProd: method(reductions.cumProd) },

  ...{ reshape: method(movement.reshape), flatten: method(movement.flatten), transpose: method(movement.permute) },
  ...{ permute: method(movement.permute), swapAxes: method(movement.swapAxes), expandDims: method(movement.expandDims) },
  ...{ squeeze: method(movement.squeeze), slice: method(movement.slice), flip: method(movement.flip), roll: method(movement.roll) },
  ...{ pad: method(movement.pad), tile: method(movement.tile), repeat: method(movement.repeat), broadcastTo: method(movement.broadcastTo) },
  split: function (this: Tensor, parts: number | readonly number[], axis?: number) {
    return movement.split(nodeOf(this), parts, axis).map(wrap);
  },

  at: function (this: Tensor, index: number | Tensor, axis?: number) {
    return wrap(indexing.at(nodeOf(this), operand('at', index), axis));
  },
  ...{ gather: lookup(indexing.gather), takeAlongAxis: lookup(indexing.takeAlongAxis) },
  ...{ scatterAdd: scatter('add'), scatterMax: scatter('max'), scatterReplace: scatter('replace') },
  ...{ oneHot: method(indexing.oneHot), sort: method(indexing.sort), argSort: method(indexing.argSort) },
  topK: function (this: Tensor, k: number, axis?: number) {
    const { values, indices } = indexing.topK(nodeOf(this), k, axis);
    return { values: wrap(values), indices: wrap(indices) };
  },
};

const Methods: new () => TensorMethods = class {} as new () => TensorMethods;
for (const [name, value] of Object.entries(methods))
  Object.defineProperty(Methods.prototype, name, { value, writable: true, configurable: true });

/**
 * An array of numbers of one element type: a handle on a node of the graph. Operations only add nodes; values are computed when they
 * are read, all that a result needs in one program. Never changes. Its memory is reclaimed by itself; `using` frees it early.
 */
export class Tensor extends Methods {
  readonly shape: Shape;
  readonly dtype: DType;
  #node: Node | undefined;
  #gone = '';

  /** @internal Made by the functions of this library: `tensor`, `zeros`, … and the operations. */
  constructor(node: Node) {
    super();
    this.#node = node;
    node.handles++;
    this.shape = node.shape;
    this.dtype = node.dtype;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /**
   * The values, flat in row-major order, in a fresh array: Float32Array for float32 and half floats, Float64Array, Int32Array, and
   * Uint8Array for uint8 and bool. The compiler takes it for the first unless told otherwise: `data<Int32Array>()`.
   */
  async data<Values extends TypedArray = Float32Array>(): Promise<Values> {
    return (await readValues(Tensor.peek(this))) as Values;
  }

  /** The values in nested arrays of numbers (booleans for bool); of a scalar the value alone. */
  array(): Promise<NestedArray> {
    return readArray(Tensor.peek(this));
  }

  /** The one value of a tensor of one element: a number (for bool 0 or 1). */
  item(): Promise<number> {
    return readItem(Tensor.peek(this));
  }

  /** The different values in ascending order, with one axis. Its length depends on the values, so they are read. */
  async unique(): Promise<Tensor> {
    const values = (await this.data<TypedArray>()).sort();
    const different = values.filter((value, index) => index === 0 || value !== values[index - 1]);
    return wrap(leafOf(different, { dtype: this.dtype }));
  }

  /** Frees the memory now if nothing else can need it, and ends the use of this tensor. */
  [Symbol.dispose](): void {
    const node = this.#node;
    if (node === undefined) return;
    const value = heldValue(node);
    Tensor.retire(this, 'was freed (by using, or by Symbol.dispose)');
    const isAlone = node.op === 'input' || (!node.isUsed && node.handles === 1);
    if (!isAlone || value === undefined || value.lent || value.buffer === undefined) return;
    value.device.free(value.buffer);
    value.buffer = undefined;
  }

  override toString(): string {
    return `Tensor ${formatShape(this.shape)} ${this.dtype}`;
  }

  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw new ValueError(
      `${this.toString()} is no number: JavaScript's + and < do not work on tensors. Use a.add(b), a.less(b), or read first: await a.item().`,
    );
  }

  /** @internal The node, for a look that nothing keeps. */
  static peek(x: Tensor): Node {
    if (x.#node === undefined)
      throw new GradusError(`${x.toString()} ${x.#gone} and cannot be used any more. Use what took its place, or make it again.`);
    return x.#node;
  }

  /** @internal Ends the use of a tensor. */
  static retire(x: Tensor, why: string): void {
    x.#node = undefined;
    x.#gone = why;
  }
}

// What console.log shows in Node.
Object.defineProperty(Tensor.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value(this: Tensor): string {
    return this.toString();
  },
});

/** The node of a tensor, to build on: from here on its memory is not the tensor's alone. */
export const nodeOf = (x: Tensor): Node => {
  const node = Tensor.peek(x);
  const value = heldValue(node);
  if (value !== undefined) value.lent = true;
  return node;
};

/** A tensor for a node; one whose graph has grown long is computed. */
export const wrap = (node: Node): Tensor => {
  flushIfDeep(node);
  return new Tensor(node);
};

export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;
