import type { Logs } from './logs.ts';
import type { Model } from './model.ts';

/** What a callback may do with the training that it watches. */
export interface TrainingContext {
  readonly model: Model;
  readonly epochs: number;
  /** Ends the training after this epoch. */
  stop(): void;
  /** For messages to the user; silent where `fit` is. */
  say(text: string): void;
}

/** Functions that `fit` calls, and waits for. Epochs and steps count from 0. */
export interface Callback {
  onTrainBegin?(context: TrainingContext): void | Promise<void>;
  onEpochBegin?(epoch: number, context: TrainingContext): void | Promise<void>;
  /** After each slice of about 50 ms: the steps done in the epoch, and its figures so far. */
  onBatchEnd?(steps: number, logs: Logs, context: TrainingContext): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs, context: TrainingContext): void | Promise<void>;
  onTrainEnd?(logs: Logs, context: TrainingContext): void | Promise<void>;
}
