import type { Buffer } from '../backends/device.ts';
import { GradusError } from '../core/errors.ts';
import { foldIn, HostRandom, hostKey } from '../nn/hostRandom.ts';
import { lendBuffers, type Program } from '../tensor/program.ts';
import { currentDevice } from '../tensor/runtime.ts';
import { tensorsIn } from '../tensor/trees.ts';
import type { ModelCore } from './core.ts';
import { type Logs, readNumbers, writeInteger } from './logs.ts';
import { placeholder, placeholderLike } from './placeholder.ts';
import { type Batching, type Resident, type TrainState, trainProgram } from './programs.ts';
import { HostTally } from './tally.ts';

export interface TrainerOptions {
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly seed: number;
  /** Epochs that one run may span. */
  readonly slots: number;
  readonly stepsPerEpoch?: number | undefined;
}

/** A loss that is no finite number. The weights are those from before the step. */
export class NonFiniteLossError extends GradusError {
  /** Both from 0. */
  readonly epoch: number;
  readonly step: number;

  constructor(epoch: number, step: number) {
    super(
      `training stopped: the loss of epoch ${epoch + 1}, step ${step + 1} is not a finite number. The weights are those from before that step. Make the learning rate smaller, clip gradients (clipNorm), or look at the data. fit({ debug: true }) says where the number arises.`,
    );
    this.epoch = epoch;
    this.step = step;
  }
}

/** How far a run goes at once, and from where. */
export interface RunBounds {
  /** Steps of the epoch that are done already, and what was counted in them. */
  readonly from?: { readonly step: number; readonly totals: readonly Float64Array[] } | undefined;
  /** How many steps the next call may take at most, after so many of the epoch; 0 ends the run. */
  readonly limit?: ((done: number) => number) | undefined;
  /** Before each call, with the steps that are done. */
  readonly onBegin?: ((done: number) => Promise<void>) | undefined;
}

/** Steps of one size in an epoch. */
interface Phase {
  readonly program: Program<TrainState, undefined>;
  readonly steps: number;
  readonly size: number;
}

const describe = (tree: unknown): string =>
  tensorsIn(tree)
    .map(({ path, leaf }) => `${path}:${leaf.dtype}${leaf.shape}`)
    .join(';');

/** Trains a model on rows that lie on the device. A run is one epoch, or several short ones in one go. */
export class Trainer {
  readonly steps: number;
  /** Rows of an epoch. */
  readonly samples: number;
  readonly tally: HostTally;
  readonly #core: ModelCore;
  readonly #phases: readonly Phase[];
  readonly #others: readonly Buffer[];
  readonly #order: Buffer | undefined;
  readonly #rows: number;
  readonly #size: number;
  readonly #seed: number;
  readonly #isShuffled: boolean;
  #failed: Buffer;

  constructor(core: ModelCore, data: Omit<Resident, 'order'>, rows: number, options: TrainerOptions) {
    const { shuffle, seed, slots } = options;
    this.#core = core;
    this.#rows = rows;
    this.#seed = seed;
    this.#isShuffled = shuffle;
    this.#size = options.batchSize;
    const size = Math.min(options.batchSize, rows);
    const whole = size === rows;
    const allSteps = Math.ceil(rows / size);
    this.steps = Math.min(allSteps, options.stepsPerEpoch ?? allSteps);
    const rest = this.steps === allSteps ? rows % size : 0;
    const fullSteps = rest === 0 ? this.steps : this.steps - 1;
    this.samples = fullSteps * size + rest;
    const withOrder = !whole && (shuffle || slots > 1); // several epochs without a change of order: the same again and again
    const device = currentDevice();
    const resident: Resident = {
      x: data.x.map(placeholderLike),
      y: data.y.map(placeholderLike),
      ...(data.sampleWeight === undefined ? {} : { sampleWeight: placeholderLike(data.sampleWeight) }),
      ...(withOrder ? { order: placeholder([slots * rows], 'int32') } : {}),
    };
    this.#order = withOrder ? device.allocate('int32', slots * rows) : undefined;
    const word = device.allocate('int32', 1);
    writeInteger(word, foldIn(hostKey(seed), 1)[0]);
    this.#others = [...lendBuffers(data), ...(this.#order === undefined ? [] : [this.#order]), word];
    const batching: Batching = { size, whole, rowsPerEpoch: this.samples, slots };
    const objective = core.objective('fit');
    this.tally = new HostTally(objective, batching);
    this.#failed = device.allocate('int32', 1);
    writeInteger(this.#failed, -1);
    const state: TrainState = {
      weights: core.memory.template,
      optimizer: core.optimizerTemplate(),
      tally: this.tally.template,
      failed: placeholder([], 'int32'),
    };
    const compile = (batch: Batching): Program<TrainState, undefined> =>
      core.program(`train ${JSON.stringify(batch)} ${describe(resident)}`, () =>
        trainProgram(
          {
            ...{ network: core.network, objective, batching: batch },
            ...{ trainable: core.memory.trainable, frozen: core.memory.frozenLayers },
          },
          state,
          resident,
          placeholder([], 'int32'),
        ),
      );
    this.#phases = [
      ...(fullSteps > 0 ? [{ program: compile(batching), steps: fullSteps, size }] : []),
      ...(rest > 0 ? [{ program: compile({ ...batching, size: rest, whole: false }), steps: 1, size: rest }] : []),
    ];
  }

  /** The places of an epoch's rows in the order in which it takes them: the same seed and epoch, the same order. */
  rowOrder(epoch: number): Int32Array {
    const random = new HostRandom(foldIn(foldIn(hostKey(this.#seed), 2), epoch));
    return this.#isShuffled ? random.permutation(this.#rows) : Int32Array.from({ length: this.#rows }, (_, row) => row);
  }

  #writeOrder(epoch: number, epochs: number): void {
    if (this.#order === undefined) return;
    const order = new Int32Array(this.#order.elements);
    for (let slot = 0; slot < epochs; slot++) order.set(this.rowOrder(epoch + slot).subarray(0, this.samples), slot * this.samples);
    currentDevice().write(this.#order, new Uint8Array(order.buffer));
  }

  /**
   * Runs epochs, in calls of about 50 ms. After each call `onSlice` hears how many steps are done; false ends the run there.
   * @throws NonFiniteLossError: names epoch and step.
   */
  async run(
    epoch: number,
    epochs: number,
    onSlice: (steps: number, added: number) => unknown,
    { from, limit, onBegin }: RunBounds = {},
  ): Promise<void> {
    this.tally.begin();
    this.#writeOrder(epoch, epochs);
    const { pacer } = this.#core;
    let done = from?.step ?? 0;
    if (from !== undefined) this.tally.resume(this.rowsIn(from.step), from.totals);
    const first = this.#core.updates - done;
    let passed = 0;
    for (const { program, steps, size } of this.#phases) {
      const before = Math.min(steps * epochs, Math.max(0, done - passed)); // done already
      passed += steps * epochs;
      for (let remaining = steps * epochs - before; remaining > 0; ) {
        if (onBegin !== undefined) await onBegin(done);
        const count = pacer.stepsFor(program, limit === undefined ? remaining : Math.min(remaining, limit(done)));
        if (count === 0) return;
        const start = performance.now();
        this.#call(program, count);
        const finite = await this.tally.collect();
        pacer.measured(program, count, performance.now() - start);
        remaining -= count;
        done += count;
        if (!finite) await this.#explainFailure(epoch, first);
        if ((await onSlice(done, count * size)) === false) return;
        await pacer.breathe();
      }
    }
  }

  /** Rows of the first steps of an epoch. */
  rowsIn(steps: number): number {
    return Math.min(this.samples, steps * Math.min(this.#size, this.#rows));
  }

  #call(program: Program<TrainState, undefined>, count: number): void {
    const { memory } = this.#core;
    const [weights, optimizer] = [memory.buffers, this.#core.optimizerBuffers];
    const tally = this.tally.buffers;
    const { state } = program.run([...weights, ...optimizer, ...tally, this.#failed], this.#others, count);
    const ends = [weights.length, weights.length + optimizer.length, weights.length + optimizer.length + tally.length] as const;
    memory.buffers = state.slice(0, ends[0]);
    this.#core.optimizerBuffers = state.slice(ends[0], ends[1]);
    this.tally.buffers = state.slice(ends[1], ends[2]);
    this.#failed = state[ends[2]] as Buffer;
    this.#core.updates += count;
  }

  async #explainFailure(epoch: number, first: number): Promise<void> {
    const [failed] = (await readNumbers(this.#failed)) as Int32Array;
    if (failed === undefined || failed < 0) return;
    const step = failed - first; // from 0, since the epoch began
    this.#core.updates = failed;
    writeInteger(this.#failed, -1);
    throw new NonFiniteLossError(epoch + Math.floor(step / this.steps), step % this.steps);
  }

  /** The figures of an epoch of the run. */
  logs(slot: number, samples: number = this.samples): Promise<Logs> | Logs {
    return this.tally.logs(samples, slot);
  }
}
