import type { Tensor } from '../../tensor/tensor.ts';

/** Tensors side by side, as [x, y] or [x, y, sampleWeight]. */
export type Item = readonly Tensor[];

/** Arrays of numbers of one element type. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** What a function of an item is called with: the parts of a tuple one by one, anything else as it is. */
export type Arguments<T> = T extends readonly unknown[] ? T : [item: T];

type Numeric = number | boolean | Tensor | NumberArray | readonly number[] | readonly boolean[] | readonly (readonly number[])[];
type Single = string | bigint | Date | null | undefined | symbol | ((...args: never) => unknown) | Map<unknown, unknown> | Set<unknown>;

/** One part of an item in a batch: what is numeric becomes a tensor with a new first axis, records go by their keys, others are listed. */
export type BatchedPart<P> = unknown extends P
  ? unknown
  : [P] extends [Numeric]
    ? Tensor
    : [P] extends [Single]
      ? P[]
      : [Extract<P, Numeric | Single>] extends [never]
        ? P extends readonly unknown[]
          ? P[]
          : { [K in keyof P]: BatchedPart<P[K]> }
        : [Extract<P, Numeric>] extends [never]
          ? P[]
          : Tensor | P[];

/** A batch of items: tuples part by part, records key by key. */
export type Batched<T> = T extends readonly unknown[] ? { [K in keyof T]: BatchedPart<T[K]> } : BatchedPart<T>;
