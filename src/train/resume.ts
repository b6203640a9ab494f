import { ValueError } from '../core/errors.ts';
import { platform } from '../core/platform.ts';
import { applyCheckpoint, type Checkpoint, checkSettings } from './checkpoint.ts';
import { checkpointFolder } from './checkpointFolder.ts';
import type { ModelCore } from './core.ts';
import type { FitOptions } from './fitOptions.ts';
import type { RunState } from './runState.ts';

/** A moment of a training, from which `fit({ resume })` goes on with the model as it stands: see `rewind`. */
export class Moment {
  /** The epoch, from 0, and how many of its steps are done. */
  readonly epoch: number;
  readonly step: number;
  /** Steps since the training began. */
  readonly steps: number;
  /** Loss and metrics of the epochs before. */
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly #state: RunState;

  /** @internal Made by `rewind`. */
  constructor(state: RunState) {
    this.epoch = state.epoch;
    this.step = state.step;
    this.steps = state.steps;
    this.history = state.history;
    this.#state = state;
  }

  /** @internal */
  static state(moment: Moment): RunState {
    return moment.#state;
  }
}

const folderOf = ({ resume, callbacks = [] }: FitOptions): string | undefined => {
  if (typeof resume === 'string') return resume;
  return callbacks.find(({ resumeFrom }) => resumeFrom !== undefined)?.resumeFrom;
};

/** Where a training goes on: in the model as it stands, or in that of a file. */
export interface ResumePoint {
  readonly state: RunState;
  readonly checkpoint: Checkpoint | undefined;
}

/** A step to go to from a point before it. */
export interface Goal {
  readonly point: ResumePoint;
  /** Steps since the training began. */
  readonly until: number;
}

/** Where `fit({ resume })`, or a callback such as `backupAndRestore`, goes on; undefined where the training begins. */
export const findPoint = async (options: FitOptions): Promise<ResumePoint | undefined> => {
  const { resume, verbose = 'auto' } = options;
  if (resume instanceof Moment) return { state: Moment.state(resume), checkpoint: undefined };
  if (resume !== undefined && (typeof resume !== 'string' || resume === ''))
    throw new ValueError(`fit needs resume to be a folder of checkpoints or what rewind gives, got ${JSON.stringify(resume)}.`);
  const path = folderOf(options);
  const checkpoint = path === undefined ? undefined : await checkpointFolder(path).latest();
  if (checkpoint !== undefined) return { state: checkpoint.state, checkpoint };
  if (resume !== undefined && verbose !== 'silent') platform().write(`There is no checkpoint in '${path}' yet: the training begins.\n`);
  return undefined;
};

/**
 * Puts the model into the state that it had there.
 * @throws ValueError for data and options other than those of the training before; FormatError for another model.
 */
export const goTo = async (
  { state, checkpoint }: ResumePoint,
  core: ModelCore,
  settings: RunState['settings'],
  say: (text: string) => void,
): Promise<void> => {
  checkSettings(checkpoint?.source ?? 'this moment', state.settings, settings);
  if (checkpoint === undefined) return;
  await applyCheckpoint(core, checkpoint);
  say(`Goes on from ${checkpoint.source}: epoch ${state.epoch + 1}, ${state.step} steps of it done.`);
};

/** The seed of the training, which a model made without one has another each time. */
export const seedOf = (options: FitOptions, core: ModelCore, point: ResumePoint | undefined): number => {
  const before = point?.state.settings.seed;
  return options.seed ?? (typeof before === 'number' ? before : core.seed);
};
