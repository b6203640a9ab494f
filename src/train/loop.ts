import { platform } from '../core/platform.ts';
import type { Callback, TrainingContext } from './callback.ts';
import { trainingContext } from './callback.ts';
import { CallbackList } from './callbackList.ts';
import { encodeCheckpoint } from './checkpoint.ts';
import type { ModelCore } from './core.ts';
import type { DebugWatch } from './debugging/watch.ts';
import type { FitOptions, FitSettings, Rows } from './fitOptions.ts';
import type { Json } from './json.ts';
import { type Logs, validationLogs } from './logs.ts';
import type { Model } from './model.ts';
import { progressReporter } from './progress.ts';
import { goTo, type ResumePoint } from './resume.ts';
import type { RunState } from './runState.ts';
import { NonFiniteLossError } from './trainer.ts';

/** What a source hears of while it runs an epoch. */
export interface SourceRun {
  readonly epoch: number;
  /** Epochs in one go. */
  readonly together: number;
  /** Steps of the epoch that are done already, and what was counted in them. */
  readonly from: { readonly step: number; readonly samples: number; readonly totals: readonly Float64Array[] } | undefined;
  /** How many steps the next call may take at most, after so many of the epoch. */
  readonly limit: ((done: number) => number) | undefined;
  /** Before each call, where somebody wants to know: the steps done, and the rows that the next one takes. */
  readonly onBegin: ((done: number, rows: () => Rows) => Promise<void>) | undefined;
  /** After each call: the steps done, and the rows of this call. False ends the epoch. */
  readonly onSlice: (done: number, added: number) => Promise<boolean>;
}

/** Where the steps of an epoch come from: rows that are all there, or batches as they come. */
export interface EpochSource {
  readonly steps: number | undefined;
  /** Rows of an epoch, where they are known. */
  readonly samples: number | undefined;
  /** Epochs that may be run in one go where nothing has to happen between them. */
  readonly together: number;
  /** What a checkpoint must have in common with this training. */
  readonly settings: Readonly<Record<string, Json>>;
  run(run: SourceRun): Promise<void>;
  /** The figures of an epoch of the run, of so many rows. */
  logs(slot: number, samples: number): Promise<Logs> | Logs;
  readonly totals: readonly Float64Array[];
  /** Where an iterable stands, for checkpoints, and how it gets there again. */
  readonly place: Json;
  resume(place: Json): Promise<void>;
}

export interface LoopSetup {
  readonly model: Model;
  readonly core: ModelCore;
  readonly options: FitOptions;
  readonly settings: FitSettings;
  readonly source: EpochSource;
  /** The figures of a validation. */
  readonly validate: (() => Promise<Logs>) | undefined;
  readonly history: Record<string, number[]>;
  readonly watch: DebugWatch | undefined;
  /** Where the training goes on. */
  readonly point: ResumePoint | undefined;
  /** Ends quietly after so many steps of the training, and says where it stands. */
  readonly until?: number | undefined;
}

const record = (history: Record<string, number[]>, logs: Logs, known: Logs = {}): void => {
  for (const [name, value] of Object.entries(logs)) {
    if (name in known) continue;
    history[name] ??= [];
    history[name].push(value);
  }
};

/** Whether an epoch is validated, as Keras has `validation_freq`: every so many epochs, or after those named, from 1. */
const isValidated = (epoch: number, frequency: number | readonly number[]): boolean =>
  typeof frequency === 'number' ? (epoch + 1) % frequency === 0 : frequency.includes(epoch + 1);

/** Runs the epochs of a training, with its callbacks. Gives where it stands when it ends. */
export const runEpochs = async (setup: LoopSetup): Promise<RunState> => {
  const { model, core, options, source, validate, history, watch, until } = setup;
  const { epochs, initialEpoch } = setup.settings;
  const { signal, verbose = 'auto', validationFreq = 1 } = options;
  const callbacks: readonly Callback[] = options.callbacks ?? [];
  const list = new CallbackList(callbacks);
  const point = setup.point?.state;
  const now = {
    ...{ epoch: point?.epoch ?? initialEpoch, step: point?.step ?? 0, samples: point?.samples ?? 0 },
    ...{ steps: point?.steps ?? 0, stopped: point?.stopped ?? false, ended: false },
  };
  let logs: Logs = { ...point?.logs };
  for (const [name, values] of Object.entries(point?.history ?? {})) history[name] = [...values];
  let from = point !== undefined && point.step > 0 ? { step: point.step, samples: point.samples, totals: point.totals } : undefined;

  const state = (): RunState => ({
    ...{ epoch: now.epoch, step: now.step, samples: now.samples, steps: now.steps, stopped: now.stopped, logs },
    ...{ totals: now.step === 0 ? [] : source.totals, place: source.place, settings: source.settings },
    ...{ history, learningRate: core.learningRate, callbacks: list.states() },
  });
  const context: TrainingContext = trainingContext({
    ...{ model, verbose, params: { epochs, steps: source.steps, hasValidation: validate !== undefined } },
    resumedAt: point === undefined ? undefined : { epoch: point.epoch, step: point.step },
    step: () => now.steps,
    samples: () => now.samples,
    stop: () => {
      now.stopped = true;
    },
    checkpoint: () => encodeCheckpoint(core, state()),
  });
  if (setup.point !== undefined) await goTo(setup.point, core, source.settings, context.say);
  const reporter = progressReporter({ epochs, initialEpoch: now.epoch, steps: source.steps, verbose, output: platform() });
  const isBusy = !list.isEmpty || watch !== undefined || until !== undefined || options.resume !== undefined;
  const mayJoin = !isBusy && validate === undefined;
  /** Resumed where it had been ended in the middle of an epoch: the epoch is over. */
  const isOver = now.stopped;
  /** Steps until a slice must end; 0 ends the epoch. */
  const limit = (): number =>
    Math.min(isOver ? 0 : Infinity, watch === undefined ? Infinity : 1, list.stepsUntil(now.steps), (until ?? Infinity) - now.steps);
  const hearsBegin = watch !== undefined || list.all.some(({ onBatchBegin }) => onBatchBegin !== undefined);

  const runEpoch = async (epoch: number, together: number): Promise<void> => {
    await source.run({
      ...{ epoch, together, from, limit: isBusy ? limit : undefined },
      onBegin: hearsBegin
        ? async (done, rows) => {
            for (const callback of list.all) await callback.onBatchBegin?.(done, context);
            await watch?.before(epoch, done, rows());
          }
        : undefined,
      onSlice: async (done, added) => {
        now.steps += done - now.step;
        now.step = done;
        now.samples += added;
        if (together === 1) {
          const soFar = await source.logs(0, now.samples);
          reporter.step(added, done, soFar);
          await watch?.after(epoch, done - 1);
          for (const callback of list.all) await callback.onBatchEnd?.(done, soFar, context);
        }
        signal?.throwIfAborted();
        now.ended = now.steps === until;
        return !now.ended && !now.stopped;
      },
    });
  };

  /** Epochs that ran in one go: nobody hears of them but the history. */
  const endTogether = async (together: number): Promise<void> => {
    for (let slot = 0; slot < together; slot++) {
      const figures = source.logs(slot, source.samples as number);
      logs = figures instanceof Promise ? await figures : figures; // a short epoch is over in less time than a turn of promises
      reporter.step(source.samples as number, source.steps as number, logs);
      record(history, logs);
      reporter.endEpoch(logs);
    }
    now.epoch += together;
  };

  const endEpoch = async (epoch: number): Promise<void> => {
    logs = await source.logs(0, now.samples);
    if (validate !== undefined && isValidated(epoch, validationFreq)) {
      for (const callback of list.all) await callback.onTestBegin?.(context);
      const values = await validate();
      for (const callback of list.all) await callback.onTestEnd?.(values, context);
      logs = { ...logs, ...validationLogs(values) };
    }
    record(history, logs);
    reporter.endEpoch(logs);
    now.epoch = epoch + 1;
    for (const callback of list.all) {
      now.step = now.samples = 0; // a checkpoint is of the next epoch's beginning
      const known = { ...logs };
      await callback.onEpochEnd?.(epoch, logs, context);
      record(history, logs, known);
    }
  };

  try {
    for (const callback of list.all) await callback.onTrainBegin?.(context);
    if (point !== undefined) {
      await source.resume(point.place);
      await list.restore(point.callbacks);
    }
    if (until !== undefined && now.steps >= until) return state();
    while (now.epoch < epochs && (!now.stopped || from !== undefined)) {
      signal?.throwIfAborted();
      const { epoch } = now;
      if (from === undefined) for (const callback of list.all) await callback.onEpochBegin?.(epoch, context);
      const together = mayJoin ? Math.min(source.together, epochs - epoch) : 1;
      try {
        await runEpoch(epoch, together);
      } catch (error) {
        if (!(error instanceof NonFiniteLossError)) throw error;
        if (!(await list.takesNonFinite(error.step, await source.logs(0, Math.max(1, now.samples)), context))) throw error;
        now.stopped = true;
      }
      if (now.ended) return state();
      from = undefined;
      if (together > 1) await endTogether(together);
      else await endEpoch(epoch);
      now.step = now.samples = 0;
    }
    for (const callback of list.all) await callback.onTrainEnd?.(logs, context);
    return state();
  } finally {
    reporter.close();
  }
};
