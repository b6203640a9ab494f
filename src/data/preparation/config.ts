import type { TokenizerConfig } from '../text/tokenizer.ts';

/** How a column of numbers is brought to numbers around 0. */
export type Scale = 'standard' | 'logarithm' | 'quantile' | 'none';

/** How one column becomes numbers: plain data, kept inside of the model. */
export type Step =
  | {
      readonly kind: 'number';
      readonly name: string;
      readonly scale: Scale;
      /** Of the values, or of their logarithms. */
      readonly mean: number;
      readonly deviation: number;
      /** Values at equal shares of the rows, ascending: for quantiles. */
      readonly quantiles?: readonly number[];
      /** A second number that is 1 where the value is missing. */
      readonly withMissing: boolean;
    }
  | { readonly kind: 'category'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'embedded'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'hashed'; readonly name: string; readonly buckets: number }
  | { readonly kind: 'date'; readonly name: string; readonly mean: number; readonly deviation: number }
  | {
      readonly kind: 'text';
      readonly name: string;
      readonly tokenizer: TokenizerConfig;
      /** Codes of a row; longer texts are cut. */
      readonly length: number;
      /** Whether unknown words are left out: averages of words are better without them. */
      readonly skipsUnknown: boolean;
    }
  | {
      /** A list of numbers in each row: a signal, a series. */
      readonly kind: 'sequence';
      readonly name: string;
      readonly mean: number;
      readonly deviation: number;
      /** Numbers of a row; longer lists are cut, shorter ones have the mean behind them. */
      readonly length: number;
    };

/** What is predicted. Answers of a regression stay between `least` and `most`: what training saw, and a tenth more. */
export type Target =
  | { readonly task: 'classification'; readonly name: string; readonly classes: readonly string[] }
  | {
      readonly task: 'multiLabel';
      readonly name: string;
      readonly classes: readonly string[];
      /** One column of yes and no for each class, or one column that lists them, with what stands between. */
      readonly columns: readonly string[];
      readonly separator?: string;
    }
  | {
      readonly task: 'regression';
      readonly name: string;
      readonly mean: number;
      readonly deviation: number;
      readonly logarithm: boolean;
      readonly least: number;
      readonly most: number;
    };

/** What is predicted, and how. */
export type Task = Target['task'];

/** Everything that turns rows into a model's inputs, and its outputs into answers. */
export interface PreparationConfig {
  readonly version: 2;
  readonly steps: readonly Step[];
  readonly target: Target | null;
  /** Columns that are not used, and why. */
  readonly ignored: readonly { readonly name: string; readonly why: string }[];
}
