import type { Bins, DiagramNode, PixelImage } from '../../plot/index.ts';

/** Some values, or their counts. */
export type LayerValues = { readonly name: string; readonly values: ArrayLike<number> } | { readonly name: string; readonly bins: Bins };

/** A word of a text, and how much it speaks for the answer (above zero) or against it. */
export interface MarkedWord {
  readonly text: string;
  readonly weight: number;
}

/** One row to look at. What is not given is not shown. */
export interface ExampleItem {
  readonly caption?: string;
  readonly truth?: string;
  readonly answer?: string;
  /** From 0 to 1. */
  readonly confidence?: number;
  readonly image?: PixelImage;
  readonly audio?: { readonly samples: Float32Array; readonly sampleRate: number };
  readonly words?: readonly MarkedWord[];
  readonly cells?: Readonly<Record<string, string | number>>;
}

/** Examples of one kind: most wrong, most typical, least sure. */
export interface ExampleList {
  readonly title: string;
  readonly note?: string;
  readonly items: readonly ExampleItem[];
}

/** What a training run left, as plain data. Each part is shown only if it is given. */
export interface RunReport {
  /** What it learned from, such as the name of the file. */
  readonly title: string;
  readonly target: string;
  readonly task: 'classification' | 'regression' | 'multiLabel';
  /** The name in `scores` of the model that was kept. */
  readonly kept?: string;
  /** Figures on the rows kept for the end, by model. */
  readonly scores?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Figures by epoch; `valLoss` is the partner of `loss`. */
  readonly history?: Readonly<Record<string, readonly number[]>>;
  readonly classes?: readonly string[];
  /** Of the rows kept for the end: labels, numbers, or (multiLabel) rows × classes of 0 and 1. */
  readonly truth?: ArrayLike<number>;
  /** Rows × classes. */
  readonly probabilities?: ArrayLike<number>;
  /** Numbers (regression), or labels where there are no probabilities. */
  readonly predictions?: ArrayLike<number>;
  readonly examples?: readonly ExampleList[];
  /** By permutation: how much `figure` falls when the column is shuffled. */
  readonly importance?: {
    readonly names: readonly string[];
    readonly means: readonly number[];
    readonly deviations?: readonly number[];
    readonly figure?: string;
    readonly repeats?: number;
  };
  readonly rateFinder?: { readonly rates: ArrayLike<number>; readonly losses: ArrayLike<number>; readonly chosen?: number };
  readonly weights?: readonly LayerValues[];
  readonly activations?: readonly LayerValues[];
  readonly network?: { readonly nodes: readonly DiagramNode[]; readonly edges: readonly (readonly [from: string, to: string])[] };
  /** `model.summary({ print: false })`. */
  readonly summary?: string;
  /** What was inferred of each column. */
  readonly columns?: readonly { readonly name: string; readonly use: string }[];
  /** Versions, processor, cores, seed, seconds. */
  readonly environment?: Readonly<Record<string, string | number>>;
  /** The command that gives this run again. */
  readonly command?: string;
}

/** A part of the page with a heading of its own. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly html: string;
}
