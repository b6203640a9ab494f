import { ValueError } from '../core/errors.ts';
import { platform } from '../core/platform.ts';
import { tensor } from '../tensor/create.ts';
import { addTotals } from './batchEvaluator.ts';
import { type Batch, type BatchSource, BatchWalk, rowsOfBatch, type WalkPlace } from './batchSource.ts';
import type { ModelCore } from './core.ts';
import { debugWatch } from './debugging/watch.ts';
import { type FitOptions, fitSettings, type Rows } from './fitOptions.ts';
import type { Json } from './json.ts';
import { type EpochSource, runEpochs, type SourceRun } from './loop.ts';
import type { Model } from './model.ts';
import { figuresFrom } from './objective.ts';
import { findPoint, type Goal, seedOf } from './resume.ts';
import { checkRows } from './rows.ts';
import type { RunState } from './runState.ts';
import { NonFiniteLossError, Trainer } from './trainer.ts';
import { validation } from './validation.ts';

/** A trainer that has one batch for its rows; programs of equal batches are shared. */
const trainerFor = (core: ModelCore, { count, ...data }: Rows, seed: number): Trainer =>
  new Trainer(core, data, count, { batchSize: count, shuffle: false, seed, slots: 1 });

const refused = ['validationSplit', 'classWeight', 'sampleWeight', 'shuffle', 'batchSize'] as const;

/** Trains on batches as they come, one call of the program each. Figures are those of all rows: of sums over the batches. */
export const fitBatches = async (
  model: Model,
  core: ModelCore,
  batches: BatchSource,
  options: FitOptions,
  history: Record<string, number[]>,
  goal?: Goal,
): Promise<RunState> => {
  const settings = fitSettings(options);
  for (const name of refused)
    if (options[name] !== undefined)
      throw new ValueError(`fit on batches cannot take ${name}: the batches decide that. Give x and y, or change the batches.`);
  core.objective('fit');
  const validate = await validation(core, options, undefined, settings.batchSize);
  const point = goal?.point ?? (await findPoint(options));
  const seed = seedOf(options, core, point);
  const watch = debugWatch(core, options, seed);
  const source = new Batches(core, batches, options, seed);
  return runEpochs({ model, core, options, settings, source, validate, history, watch, point, until: goal?.until });
};

/** Milliseconds of an epoch below which waiting is not worth a word. */
const worthTelling = 500;

/** The steps of batches as they come. */
class Batches implements EpochSource {
  readonly steps: number | undefined;
  readonly samples = undefined;
  readonly together = 1;
  readonly settings: Readonly<Record<string, Json>>;
  readonly #core: ModelCore;
  readonly #options: FitOptions;
  readonly #seed: number;
  readonly #walk: BatchWalk;
  #totals: Float64Array[] = [];
  #hasBatches = false;
  /** Whether it was said that training waits. */
  #hasWaited = false;

  constructor(core: ModelCore, batches: BatchSource, options: FitOptions, seed: number) {
    this.#core = core;
    this.#options = options;
    this.#seed = seed;
    this.#walk = new BatchWalk(batches);
    this.steps = options.stepsPerEpoch;
    this.settings = { seed, stepsPerEpoch: options.stepsPerEpoch ?? null };
  }

  get totals(): readonly Float64Array[] {
    return this.#totals;
  }

  get place(): Json {
    return { ...this.#walk.place };
  }

  async resume(place: Json): Promise<void> {
    await this.#walk.goTo(place as unknown as WalkPlace);
  }

  logs(_: number, samples: number): ReturnType<EpochSource['logs']> {
    return figuresFrom(this.#core.objective('fit'), this.#totals, samples, (values, shape) => tensor(values, { shape }));
  }

  async run({ epoch, from, limit, onBegin, onSlice }: SourceRun): Promise<void> {
    const { stepsPerEpoch = Infinity, signal } = this.#options;
    this.#totals = (from?.totals ?? []).map(total => Float64Array.from(total));
    let step = from?.step ?? 0;
    if (limit?.(step) === 0) return;
    const begun = performance.now();
    let waited = 0;
    const next = async (): Promise<Batch | undefined> => {
      const asked = performance.now();
      const batch = await this.#walk.next();
      waited += performance.now() - asked;
      return batch;
    };
    while (step < stepsPerEpoch) {
      // Where the round before ended with the epoch before, this is the first batch of another one.
      const batch = (await next()) ?? (step === 0 ? await next() : undefined);
      if (batch === undefined) break;
      signal?.throwIfAborted();
      const rows = rowsOfBatch('fit', this.#core, batch);
      await checkRows(this.#core, rows);
      await onBegin?.(step, () => rows);
      const trainer = trainerFor(this.#core, rows, this.#seed);
      try {
        await trainer.run(epoch, 1, () => undefined);
      } catch (error) {
        if (!(error instanceof NonFiniteLossError)) throw error;
        addTotals(this.#totals, trainer.tally.totals);
        throw new NonFiniteLossError(epoch, step);
      }
      addTotals(this.#totals, trainer.tally.totals);
      this.#hasBatches = true;
      step++;
      if (!(await onSlice(step, rows.count))) return;
    }
    if (step === 0)
      throw new ValueError(
        this.#hasBatches
          ? 'fit got no batch in its second epoch: the iterable can be walked only once. Give one that begins anew, such as a dataset.'
          : 'fit got no batch: the data set is empty.',
      );
    this.#tellWaiting(waited, performance.now() - begun);
    if (step < stepsPerEpoch && Number.isFinite(stepsPerEpoch) && this.#options.verbose !== 'silent')
      platform().write(`The batches are used up after step ${step} of ${stepsPerEpoch}: the next epoch begins them anew.\n`);
  }

  /** Says once that the data come too slowly. */
  #tellWaiting(waited: number, whole: number): void {
    const share = waited / whole;
    if (this.#hasWaited || this.#options.verbose === 'silent' || whole < worthTelling || share < 0.2) return;
    this.#hasWaited = true;
    platform().write(
      `Training waited for data ${Math.round(100 * share)} % of this epoch: prepare ahead (.prefetch()), keep what is prepared (.cache()), or map several at a time (.map(f, { parallel: 4 })).\n`,
    );
  }
}
