import { ShapeError, ValueError } from '../../../core/errors.ts';
import { kindOf, type Nested } from '../../../tensor/convert.ts';
import { tensor } from '../../../tensor/create.ts';
import { isTensor, type Tensor } from '../../../tensor/tensor.ts';
import { describeOptions } from '../../describe.ts';
import { createLayer, type Layer, type LayerOptions } from '../../layer.ts';

/** Numbers to learn from: a tensor, nested or typed arrays, or batches of them; of a batch [x, y] x counts. */
export type NumericData =
  | Tensor
  | Nested
  | ArrayLike<number>
  | Iterable<Tensor | readonly Tensor[]>
  | AsyncIterable<Tensor | readonly Tensor[]>;

const isNumbers = (data: unknown): data is Nested => typeof data === 'number' || (Array.isArray(data) && data.every(isNumbers));

/** The tensors of the data, one after the other. @throws ValueError for what is no numbers. */
export async function* tensorsOf(kind: string, data: NumericData): AsyncGenerator<Tensor> {
  if (isTensor(data)) yield data;
  else if (ArrayBuffer.isView(data)) yield tensor(data as unknown as Float32Array);
  else if (isNumbers(data)) yield tensor(data as Nested);
  else if (typeof data === 'object' && data !== null && (Symbol.asyncIterator in data || Symbol.iterator in data)) {
    for await (const batch of data as AsyncIterable<Tensor | readonly Tensor[]>) {
      const first = Array.isArray(batch) ? batch[0] : batch;
      if (!isTensor(first))
        throw new ValueError(`layers.${kind} learns from tensors and batches of them; among the batches is ${kindOf(first)}.`);
      yield first;
    }
  } else throw new ValueError(`layers.${kind} learns from a tensor, arrays of numbers, or batches, got ${kindOf(data)}.`);
}

/**
 * What a layer learns before it is used. A model that has the layer keeps what it knew at that time: learning afterwards would change
 * nothing there, and is an error.
 */
export class Knowledge<Known> {
  readonly #kind: string;
  #known: Known | undefined;
  #isUsed = false;

  constructor(kind: string, known: Known | undefined) {
    this.#kind = kind;
    this.#known = known;
  }

  /** For a program, which keeps it. */
  use(): Known | undefined {
    this.#isUsed = true;
    return this.#known;
  }

  /** For the host, which asks anew each time. */
  get known(): Known | undefined {
    return this.#known;
  }

  /** @throws ValueError where a model has the layer already. */
  checkUnused(): void {
    if (this.#isUsed)
      throw new ValueError(
        `layers.${this.#kind} is part of a model already, which keeps what the layer knew: adapt it first, then make the model.`,
      );
  }

  learn(known: Known): void {
    this.checkUnused();
    this.#known = known;
  }
}

/** Puts what a layer learned into its description, from which it is saved and made again. */
export const describeAgain = (layer: Layer, options: object): void => {
  Object.assign(layer, { config: describeOptions(options) });
};

/** A layer of strings: it works before the model, on the host. In a model it is an error that says so. */
export const hostLayer = <Options extends LayerOptions, Methods extends object>(
  kind: string,
  options: Options,
  methods: Methods,
): Layer & Methods => {
  const refuse = (): never => {
    throw new ValueError(
      `layers.${kind} works on strings, and tensors have none: call its apply(strings) on the data, and give the model the numbers.`,
    );
  };
  return Object.assign(createLayer(kind, options, { build: refuse, call: refuse }), methods);
};

/** Values in arrays of arrays, all of one shape. */
export type NestedValues<Value> = Value | readonly NestedValues<Value>[];

/** The values in a row, and their shape. @throws ShapeError for rows of different lengths. */
export const flattened = <Value>(
  what: string,
  values: NestedValues<Value>,
): { readonly flat: readonly Value[]; readonly shape: readonly number[] } => {
  const shape: number[] = [];
  for (let level: unknown = values; Array.isArray(level); level = level[0]) shape.push(level.length);
  const flat: Value[] = [];
  const walk = (value: NestedValues<Value>, depth: number): void => {
    if (!Array.isArray(value)) {
      if (depth === shape.length) flat.push(value as Value);
    } else if (value.length === shape[depth]) for (const part of value) walk(part, depth + 1);
  };
  walk(values, 0);
  if (flat.length !== shape.reduce((size, length) => size * length, 1))
    throw new ShapeError(`${what} needs rows of one length: fill the shorter ones, or use layers.textVectorization, which does.`);
  return { flat, shape };
};

/** Values of a row in arrays of arrays of a shape. */
export const nested = <Value>(flat: readonly Value[], shape: readonly number[]): NestedValues<Value> => {
  if (shape.length === 0) return flat[0] as Value;
  const size = flat.length / (shape[0] as number);
  return Array.from({ length: shape[0] as number }, (_, index) => nested(flat.slice(index * size, (index + 1) * size), shape.slice(1)));
};
