import type { Task } from '../../data/index.ts';
import type { Model, Tensor } from '../../index.ts';

/** Rows as a model takes them, and what they should give. */
export interface Part {
  readonly x: readonly Tensor[];
  readonly y: Tensor;
  readonly rows: readonly number[];
}

/** How large a network is, beside the usual one for its data. */
export interface NetworkSize {
  readonly width: number;
  /** Blocks more or less. */
  readonly depth: number;
  readonly dropout: number;
}

/** How a network is trained. */
export interface Plan {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly size: NetworkSize;
}

/** One example, for people to look at. */
export interface Example {
  readonly caption: string;
  readonly image?: { readonly width: number; readonly height: number; readonly channels: number; readonly pixels: Uint8Array };
  readonly audio?: { readonly samples: Float32Array; readonly sampleRate: number };
  readonly text?: string;
  readonly cells?: readonly (readonly [name: string, value: string])[];
}

/** Data of any kind, ready to train on and to be judged by. */
export interface Prepared {
  readonly source: string;
  readonly kind: 'table' | 'images' | 'audio';
  readonly task: Task;
  readonly target: string;
  /** Empty for numbers. */
  readonly classes: readonly string[];
  /** What was inferred, in lines. */
  readonly about: readonly string[];
  /** What the model looks at. */
  readonly columns: readonly { readonly name: string; readonly use: string }[];
  readonly train: Part;
  readonly validation: Part;
  readonly test: Part;
  /** What a network of the user's own has to take and to give. */
  readonly inputs: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly dtype: string;
    readonly vocabulary?: number;
  }[];
  readonly outputs: number;
  readonly usual: Omit<Plan, 'learningRate'> & { readonly linearRate: number; readonly rates: readonly number[] };
  /** What everyone would try first. */
  readonly linear: (seed: number) => Model;
  readonly deep: (seed: number, size: NetworkSize) => Model;
  /** What serving needs to know, put inside of the model. */
  readonly keepIn: (net: Model) => void;
  /** Probabilities (rows, classes), or numbers in the target's own unit. */
  readonly answers: (net: Model, x: readonly Tensor[]) => Promise<Float64Array>;
  /** What is true, in the same unit: places of classes, labels (rows, classes), or numbers. */
  readonly truth: (y: Tensor) => Promise<Float64Array>;
  /** The same rows with one input column shuffled, by its name: how much the model needs it. */
  readonly shuffledColumns?: {
    readonly names: readonly string[];
    readonly encode: (name: string, order: readonly number[]) => readonly Tensor[];
  };
  /** One of the rows for the end, by its place among them. */
  readonly example: (index: number) => Example;
  /** Its text in words, and the model's inputs with all of them and without each: which of them speak for an answer. */
  readonly withoutWords?: (index: number) => { readonly words: readonly string[]; readonly x: readonly Tensor[] };
}

/** Epochs at the most: small sets need more of them for as many steps. */
export const moreForFew = (rows: number, usual: number): number => Math.min(60, Math.max(usual, Math.round(100_000 / rows)));
