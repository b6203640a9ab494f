import { platform } from '../core/platform.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Json } from './json.ts';
import type { Logs } from './logs.ts';
import type { Model } from './model.ts';
import type { Verbosity } from './progress.ts';

/** What a training was asked for. */
export interface TrainingParams {
  readonly epochs: number;
  /** Steps of an epoch; undefined for a stream whose end is not known. */
  readonly steps: number | undefined;
  /** Whether epochs are validated, so that there are figures such as `valLoss`. */
  readonly hasValidation: boolean;
}

/** What a callback may do with the training that it watches. */
export interface TrainingContext {
  readonly model: Model;
  readonly epochs: number;
  readonly params: TrainingParams;
  /** Steps done since the training began, also those before it was broken off and resumed. */
  readonly step: number;
  /** Rows of this epoch that are done. */
  readonly samples: number;
  /** Where a training that is resumed goes on: epochs and steps that are done. Undefined for one that begins. */
  readonly resumedAt: { readonly epoch: number; readonly step: number } | undefined;
  /** Ends the training: in `onBatchEnd` after this slice of steps, otherwise after this epoch. The epoch is still validated and recorded. */
  stop(): void;
  /** For messages to the user; silent where `fit` is. */
  say(text: string): void;
  /** This moment of the training as the bytes of a file, from which `fit({ resume })` goes on. */
  checkpoint(): Promise<Uint8Array>;
}

type Awaitable<T> = T | Promise<T>;

/**
 * Functions that `fit` calls, and waits for. Epochs and steps count from 0. What a callback adds to the logs of an epoch's end stands in
 * the history and is seen by the callbacks after it.
 *
 * @example net.fit(x, y, { callbacks: [{ onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) }] })
 */
export interface Callback {
  /** By which its state is found again in a checkpoint. Default: its place among those without a name. */
  readonly name?: string;
  onTrainBegin?(context: TrainingContext): Awaitable<void>;
  onEpochBegin?(epoch: number, context: TrainingContext): Awaitable<void>;
  /** Before each slice of steps: how many of the epoch are done. */
  onBatchBegin?(steps: number, context: TrainingContext): Awaitable<void>;
  /** After each slice of about 50 ms: the steps done in the epoch, and its figures so far. */
  onBatchEnd?(steps: number, logs: Logs, context: TrainingContext): Awaitable<void>;
  /** Before and after a validation. */
  onTestBegin?(context: TrainingContext): Awaitable<void>;
  onTestEnd?(logs: Logs, context: TrainingContext): Awaitable<void>;
  onEpochEnd?(epoch: number, logs: Logs, context: TrainingContext): Awaitable<void>;
  /** Not called where the training ends with an error. */
  onTrainEnd?(logs: Logs, context: TrainingContext): Awaitable<void>;
  /** At a loss that is no finite number: true ends the training quietly, where `fit` otherwise fails with an error. */
  onNonFinite?(steps: number, logs: Logs, context: TrainingContext): Awaitable<boolean>;
  /** A slice is one step: `onBatchBegin` and `onBatchEnd` come once a step. Costs speed. Default false. */
  readonly everyStep?: boolean;
  /** Slices end after each so many steps of the training, so that `onBatchEnd` comes there, too. */
  readonly everySteps?: number;
  /** Comes after the other callbacks, however they are listed: for what looks at the state that they leave. */
  readonly isLast?: boolean;
  /** What it remembers, for checkpoints: plain JSON. */
  state?(): Json;
  /** Tensors that it remembers, for checkpoints. */
  tensors?(): readonly Tensor[];
  /** Takes up what it remembered, after `onTrainBegin`. */
  restore?(state: Json, tensors: readonly Tensor[]): Awaitable<void>;
  /** A folder of checkpoints that `fit` goes on from where there are any. */
  readonly resumeFrom?: string;
}

/** What the loop knows, and its context tells. */
export interface ContextSource {
  readonly model: Model;
  readonly params: TrainingParams;
  readonly verbose: Verbosity;
  readonly resumedAt: TrainingContext['resumedAt'];
  step(): number;
  samples(): number;
  stop(): void;
  checkpoint(): Promise<Uint8Array>;
}

/** The context of one training. */
export const trainingContext = ({ model, params, verbose, resumedAt, stop, checkpoint, ...source }: ContextSource): TrainingContext => ({
  ...{ model, params, resumedAt, epochs: params.epochs, stop, checkpoint },
  get step() {
    return source.step();
  },
  get samples() {
    return source.samples();
  },
  say(text) {
    if (verbose !== 'silent') platform().write(`${text}\n`);
  },
});
