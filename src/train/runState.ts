import type { CallbackState } from './callbackList.ts';
import type { Json } from './json.ts';
import type { Logs } from './logs.ts';

/** Where a training stands between two steps, besides weights and optimizer. */
export interface RunState {
  /** The epoch that runs or comes next, from 0. */
  readonly epoch: number;
  /** Steps and rows of it that are done. */
  readonly step: number;
  readonly samples: number;
  /** Steps since the training began. */
  readonly steps: number;
  /** Whether it has been ended, so that no further epoch comes. */
  readonly stopped: boolean;
  /** The sums of the epoch so far. */
  readonly totals: readonly Float64Array[];
  /** Where an iterable of batches stands. */
  readonly place: Json;
  readonly history: Readonly<Record<string, readonly number[]>>;
  /** Figures of the last epoch. */
  readonly logs: Logs;
  /** What must be the same to go on: batches, order, seed. */
  readonly settings: Readonly<Record<string, Json>>;
  /** As it was set; undefined where a schedule decides. */
  readonly learningRate: number | undefined;
  readonly callbacks: readonly CallbackState[];
}

/** A number for JSON, which has neither NaN nor infinities. */
export const toJson = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

/** A number from what `toJson` made. */
export const fromJson = (value: Json | undefined): number =>
  typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
