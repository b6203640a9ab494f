import { platform } from '../core/platform.ts';
import type { Logs } from './logs.ts';
import type { Model } from './model.ts';
import type { Verbosity } from './progress.ts';

/** What a callback may do with the training that it watches. */
export interface TrainingContext {
  readonly model: Model;
  readonly epochs: number;
  /** Ends the training after this epoch. */
  stop(): void;
  /** For messages to the user; silent where `fit` is. */
  say(text: string): void;
}

/** The context of one training, and whether a callback has ended it. */
export const trainingContext = (
  model: Model,
  epochs: number,
  verbose: Verbosity,
): { readonly context: TrainingContext; stopped(): boolean } => {
  let stopped = false;
  const context: TrainingContext = {
    model,
    epochs,
    stop: () => {
      stopped = true;
    },
    say: text => {
      if (verbose !== 'silent') platform().write(`${text}\n`);
    },
  };
  return { context, stopped: () => stopped };
};

/** Functions that `fit` calls, and waits for. Epochs and steps count from 0. */
export interface Callback {
  onTrainBegin?(context: TrainingContext): void | Promise<void>;
  onEpochBegin?(epoch: number, context: TrainingContext): void | Promise<void>;
  /** After each slice of about 50 ms: the steps done in the epoch, and its figures so far. */
  onBatchEnd?(steps: number, logs: Logs, context: TrainingContext): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs, context: TrainingContext): void | Promise<void>;
  onTrainEnd?(logs: Logs, context: TrainingContext): void | Promise<void>;
}
