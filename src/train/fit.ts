import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Values } from './arrays.ts';
import type { ModelCore } from './core.ts';
import { debugWatch } from './debugging/watch.ts';
import { type FitOptions, fitSettings, type Rows, rowsFrom, splitRows } from './fitOptions.ts';
import { type EpochSource, runEpochs } from './loop.ts';
import type { Model } from './model.ts';
import { findPoint, type Goal, seedOf } from './resume.ts';
import { checkRows, rowData, withClassWeight } from './rows.ts';
import type { RunState } from './runState.ts';
import { Trainer } from './trainer.ts';
import { validation } from './validation.ts';

/** Figures by name, one number an epoch: `loss`, `accuracy`, `valLoss`, … */
export type History = { readonly loss: number[] } & { readonly [figure: string]: number[] };

/** Epochs that one run may span where nothing has to happen between them; their sums are kept apart in vectors of this length. */
const runEpochsAtOnce = 128;
/** Epochs of more steps than this are run one by one. */
const shortEpoch = 64;

/** Trains a model on rows that are all there. */
export const fitRows = async (
  model: Model,
  core: ModelCore,
  x: Values,
  y: Values,
  options: FitOptions,
  history: Record<string, number[]>,
  goal?: Goal,
): Promise<RunState> => {
  const settings = fitSettings(options);
  const { batchSize, shuffle, validationSplit } = settings;
  core.objective('fit');
  const given = rowsFrom('fit', core.network.inputs.length, core.network.outputs.length, x, y, options.sampleWeight);
  await checkRows(core, given);
  const [training, split] = splitRows(given, validationSplit);
  const validate = await validation(core, options, split, batchSize);
  const rows = await withClassWeight(training, options.classWeight);
  const point = goal?.point ?? (await findPoint(options));
  const watch = debugWatch(core, options, seedOf(options, core, point));
  const source = rowSource(core, rows, options, {
    ...{ batchSize, shuffle, seed: seedOf(options, core, point), stepsPerEpoch: options.stepsPerEpoch },
    mayJoin: (options.callbacks ?? []).length === 0 && validate === undefined && goal === undefined && watch === undefined,
  });
  return runEpochs({ model, core, options, settings, source, validate, history, watch, point, until: goal?.until });
};

interface RowSourceOptions {
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly stepsPerEpoch: number | undefined;
  readonly mayJoin: boolean;
}

/** The steps of rows that lie on the device. */
const rowSource = (core: ModelCore, rows: Rows, options: FitOptions, { mayJoin, ...how }: RowSourceOptions): EpochSource => {
  const { batchSize, shuffle, seed, stepsPerEpoch } = how;
  const steps = Math.min(Math.ceil(rows.count / batchSize), stepsPerEpoch ?? Infinity);
  const isEven = rows.count <= batchSize || rows.count % batchSize === 0 || steps < Math.ceil(rows.count / batchSize);
  const isJoined = mayJoin && options.resume === undefined && isEven && core.objective('fit').onlyMeans && steps <= shortEpoch;
  const trainer = new Trainer(core, rowData(rows), rows.count, { ...how, slots: isJoined ? runEpochsAtOnce : 1 });
  return {
    ...{ steps: trainer.steps, samples: trainer.samples, together: isJoined ? runEpochsAtOnce : 1 },
    settings: { rows: rows.count, batchSize, shuffle, seed, stepsPerEpoch: trainer.steps },
    async run({ epoch, together, from, limit, onBegin, onSlice }) {
      const batch = (done: number): Rows => {
        const places = tensor(trainer.rowOrder(epoch).slice(trainer.rowsIn(done), trainer.rowsIn(done + 1)));
        const take = (values: Tensor): Tensor => values.gather(places, 0);
        const { sampleWeight } = rows;
        return {
          ...{ x: rows.x.map(take), y: rows.y.map(take), count: places.size },
          ...(sampleWeight === undefined ? {} : { sampleWeight: take(sampleWeight) }),
        };
      };
      await trainer.run(epoch, together, onSlice, {
        ...{ from, limit },
        ...(onBegin === undefined ? {} : { onBegin: done => onBegin(done, () => batch(done)) }),
      });
    },
    logs: (slot, samples) => trainer.logs(slot, samples),
    get totals() {
      return trainer.tally.totals;
    },
    place: null,
    resume: async () => undefined,
  };
};
