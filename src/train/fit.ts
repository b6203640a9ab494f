import { ValueError } from '../core/errors.ts';
import { platform } from '../core/platform.ts';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkFinite, checkInputs, checkLabels, checkLookups, type Values } from './arrays.ts';
import { trainingContext } from './callback.ts';
import type { ModelCore } from './core.ts';
import { evaluateRows } from './evaluator.ts';
import { type FitOptions, fitSettings, type Rows, rowsFrom, splitRows } from './fitOptions.ts';
import { type Logs, validationLogs } from './logs.ts';
import type { Model } from './model.ts';
import { type ProgressReporter, progressReporter } from './progress.ts';
import { Trainer } from './trainer.ts';

/** Figures by name, one number an epoch: `loss`, `accuracy`, `valLoss`, … */
export type History = { readonly loss: number[] } & { readonly [figure: string]: number[] };

/** Epochs that one run may span where nothing has to happen between them; their sums are kept apart in vectors of this length. */
const runEpochs = 128;
/** Epochs of more steps than this are run one by one. */
const shortEpoch = 64;

/** Refuses what would spoil the training, before anything is changed. */
const checkRows = async (core: ModelCore, rows: Rows): Promise<void> => {
  checkInputs('fit', core.network, rows.x);
  await checkFinite('fit', 'x', rows.x);
  await checkLookups('fit', core.network, rows.x);
  await checkFinite('fit', 'y', rows.y);
  if (rows.sampleWeight !== undefined) await checkFinite('fit', 'sampleWeight', [rows.sampleWeight]);
  const shapes = core.network.outputs.map(({ shape }) => shape);
  await checkLabels('fit', core.objective('fit'), shapes, rows.y);
};

/** The weight of each row by its class; classes that are not named count 1. */
const withClassWeight = async (rows: Rows, classWeight: Readonly<Record<number, number>> | undefined): Promise<Rows> => {
  if (classWeight === undefined) return rows;
  const [y, ...more] = rows.y as [Tensor, ...Tensor[]];
  if (more.length > 0) throw new ValueError('fit takes classWeight for models of one output. Give sampleWeight instead.');
  const isOneHot = y.rank === 2 && (y.shape[1] as number) > 1;
  const labels = await (isOneHot ? y.argMax(-1) : y).data();
  if (labels.length !== rows.count) throw new ValueError('fit needs one class a row for classWeight. Give sampleWeight instead.');
  const weights = tensor(Float32Array.from(labels, label => classWeight[label] ?? 1));
  return { ...rows, sampleWeight: rows.sampleWeight === undefined ? weights : rows.sampleWeight.mul(weights) };
};

const record = (history: Record<string, number[]>, logs: Logs): void => {
  for (const [name, value] of Object.entries(logs)) {
    history[name] ??= [];
    history[name].push(value);
  }
};

const validationRows = (core: ModelCore, { validationData }: FitOptions): Rows | undefined => {
  if (validationData === undefined) return undefined;
  const [x, y, weight] = validationData;
  return rowsFrom('validationData', core.network.inputs.length, core.network.outputs.length, x, y, weight);
};

const reporterFor = (options: FitOptions, steps: number | undefined): ProgressReporter =>
  progressReporter({
    ...{ epochs: options.epochs ?? 1, initialEpoch: options.initialEpoch ?? 0, steps },
    ...{ verbose: options.verbose ?? 'auto', output: platform() },
  });

/** Trains a model on rows that are all there. */
export const fitRows = async (
  model: Model,
  core: ModelCore,
  x: Values,
  y: Values,
  options: FitOptions,
  history: Record<string, number[]>,
): Promise<void> => {
  const { epochs, batchSize, initialEpoch, shuffle, validationSplit } = fitSettings(options);
  core.objective('fit');
  const given = rowsFrom('fit', core.network.inputs.length, core.network.outputs.length, x, y, options.sampleWeight);
  await checkRows(core, given);
  const [training, split] = splitRows(given, validationSplit);
  const validation = split ?? validationRows(core, options);
  if (validation !== undefined && split === undefined) await checkRows(core, validation);
  const rows = await withClassWeight(training, options.classWeight);

  const { callbacks = [], signal, verbose = 'auto' } = options;
  const steps = Math.min(Math.ceil(rows.count / batchSize), options.stepsPerEpoch ?? Infinity);
  const isEven = rows.count <= batchSize || rows.count % batchSize === 0 || steps < Math.ceil(rows.count / batchSize);
  const mayJoin = callbacks.length === 0 && validation === undefined && isEven && core.objective('fit').onlyMeans && steps <= shortEpoch;
  const { x: xs, y: ys, sampleWeight } = rows;
  const trainer = new Trainer(core, { x: xs, y: ys, ...(sampleWeight === undefined ? {} : { sampleWeight }) }, rows.count, {
    ...{ batchSize, shuffle, seed: options.seed ?? core.seed, slots: mayJoin ? runEpochs : 1 },
    stepsPerEpoch: options.stepsPerEpoch,
  });
  const { context, stopped } = trainingContext(model, epochs, verbose);
  const reporter = reporterFor(options, trainer.steps);
  let logs: Logs = {};
  try {
    for (const callback of callbacks) await callback.onTrainBegin?.(context);
    for (let epoch = initialEpoch; epoch < epochs && !stopped(); ) {
      signal?.throwIfAborted();
      for (const callback of callbacks) await callback.onEpochBegin?.(epoch, context);
      const together = mayJoin ? Math.min(runEpochs, epochs - epoch) : 1;
      let samplesDone = 0;
      await trainer.run(epoch, together, async (done, added) => {
        samplesDone += added;
        if (together === 1) {
          const soFar = await trainer.logs(0, samplesDone);
          reporter.step(added, done, soFar);
          for (const callback of callbacks) await callback.onBatchEnd?.(done, soFar, context);
        }
        signal?.throwIfAborted();
      });
      for (let slot = 0; slot < together; slot++) {
        const figures = trainer.logs(slot);
        logs = figures instanceof Promise ? await figures : figures; // a short epoch is over in less time than a turn of promises
        if (together > 1) reporter.step(trainer.samples, trainer.steps, logs);
        if (validation !== undefined) {
          const size = options.validationBatchSize ?? batchSize;
          const values = await evaluateRows(core, rowData(validation), validation.count, size, () => signal?.throwIfAborted());
          logs = { ...logs, ...validationLogs(values) };
        }
        record(history, logs);
        reporter.endEpoch(logs);
        for (const callback of callbacks) await callback.onEpochEnd?.(epoch + slot, logs, context);
      }
      epoch += together;
    }
    for (const callback of callbacks) await callback.onTrainEnd?.(logs, context);
  } finally {
    reporter.close();
  }
};

/** What programs read of rows. */
export const rowData = ({ x, y, sampleWeight }: Rows): Omit<Rows, 'count'> => ({
  x,
  y,
  ...(sampleWeight === undefined ? {} : { sampleWeight }),
});
