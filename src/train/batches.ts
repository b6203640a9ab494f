import { ValueError } from '../core/errors.ts';
import { platform } from '../core/platform.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { checkFinite, checkInputs, checkLabels, checkLookups, type Values } from './arrays.ts';
import { trainingContext } from './callback.ts';
import type { ModelCore } from './core.ts';
import { evaluateRows } from './evaluator.ts';
import { type FitOptions, fitSettings, type Rows, rowsFrom } from './fitOptions.ts';
import { type Logs, validationLogs } from './logs.ts';
import type { Model } from './model.ts';
import { progressReporter } from './progress.ts';
import { Trainer } from './trainer.ts';

/** One batch: [x, y] or [x, y, sampleWeight], also with names. */
export type Batch =
  | readonly [Values, Values]
  | readonly [Values, Values, Values]
  | readonly Tensor[]
  | { readonly x: Values; readonly y: Values; readonly sampleWeight?: Values };

/** Batches one after the other; each epoch begins them anew. */
export type BatchSource = AsyncIterable<Batch> | Iterable<Batch>;

export const isBatchSource = (value: unknown): value is BatchSource =>
  typeof value === 'object' &&
  value !== null &&
  !isTensor(value) &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value) &&
  (Symbol.asyncIterator in value || Symbol.iterator in value);

const rowsOfBatch = (core: ModelCore, batch: Batch): Rows => {
  if (Array.isArray(batch) && (batch.length < 2 || batch.length > 3))
    throw new ValueError(`fit takes batches [x, y] or [x, y, sampleWeight], and got one of ${batch.length} parts.`);
  const [x, y, weight] = Array.isArray(batch)
    ? (batch as unknown as readonly [Values, Values, Values?])
    : [(batch as { x: Values }).x, (batch as { y: Values }).y, (batch as { sampleWeight?: Values }).sampleWeight];
  return rowsFrom('fit', core.network.inputs.length, core.network.outputs.length, x, y, weight);
};

/** A trainer that has one batch for its rows; programs of equal batches are shared. */
const trainerFor = (core: ModelCore, { count, ...data }: Rows, seed: number): Trainer =>
  new Trainer(core, data, count, { batchSize: count, shuffle: false, seed, slots: 1 });

const checkBatch = async (core: ModelCore, rows: Rows): Promise<void> => {
  checkInputs('fit', core.network, rows.x);
  await checkFinite('fit', 'x', rows.x);
  await checkLookups('fit', core.network, rows.x);
  const shapes = core.network.outputs.map(({ shape }) => shape);
  await checkLabels('fit', core.objective('fit'), shapes, rows.y);
};

/** Means over batches, by their sizes. */
const addLogs = (sums: Logs, logs: Logs, samples: number): void => {
  for (const [name, value] of Object.entries(logs)) sums[name] = (sums[name] ?? 0) + value * samples;
};

const meanLogs = (sums: Logs, samples: number): Logs =>
  Object.fromEntries(Object.entries(sums).map(([name, value]) => [name, value / samples]));

const refused = ['validationSplit', 'classWeight', 'sampleWeight', 'shuffle', 'batchSize'] as const;

/** Trains on batches as they come, one call of the program each. Figures are means over the batches, weighted by their sizes. */
export const fitBatches = async (
  model: Model,
  core: ModelCore,
  batches: BatchSource,
  options: FitOptions,
  history: Record<string, number[]>,
): Promise<void> => {
  const { epochs, initialEpoch } = fitSettings(options);
  for (const name of refused)
    if (options[name] !== undefined)
      throw new ValueError(`fit on batches cannot take ${name}: the batches decide that. Give x and y, or change the batches.`);
  core.objective('fit');
  const { callbacks = [], signal, verbose = 'auto', stepsPerEpoch = Infinity } = options;
  const validation = options.validationData === undefined ? undefined : rowsOfBatch(core, options.validationData);
  const { context, stopped } = trainingContext(model, epochs, verbose);
  const steps = Number.isFinite(stepsPerEpoch) ? stepsPerEpoch : undefined;
  const reporter = progressReporter({ epochs, initialEpoch, steps, verbose, output: platform() });
  let logs: Logs = {};
  try {
    for (const callback of callbacks) await callback.onTrainBegin?.(context);
    for (let epoch = initialEpoch; epoch < epochs && !stopped(); epoch++) {
      for (const callback of callbacks) await callback.onEpochBegin?.(epoch, context);
      const sums: Logs = {};
      let [step, samples] = [0, 0];
      for await (const batch of batches) {
        signal?.throwIfAborted();
        const rows = rowsOfBatch(core, batch);
        await checkBatch(core, rows);
        const trainer = trainerFor(core, rows, options.seed ?? core.seed);
        await trainer.run(epoch, 1, () => {});
        addLogs(sums, await trainer.logs(0), rows.count);
        samples += rows.count;
        step++;
        const soFar = meanLogs(sums, samples);
        reporter.step(rows.count, step, soFar);
        for (const callback of callbacks) await callback.onBatchEnd?.(step, soFar, context);
        if (step >= stepsPerEpoch) break;
      }
      if (step === 0)
        throw new ValueError(
          epoch === initialEpoch
            ? 'fit got no batch: the data set is empty.'
            : 'fit got no batch in its second epoch: the iterable can be walked only once. Give one that begins anew, such as a dataset.',
        );
      logs = meanLogs(sums, samples);
      if (validation !== undefined) {
        const { count, ...data } = validation;
        logs = { ...logs, ...validationLogs(await evaluateRows(core, data, count, options.validationBatchSize ?? 32)) };
      }
      for (const [name, value] of Object.entries(logs)) {
        history[name] ??= [];
        history[name].push(value);
      }
      reporter.endEpoch(logs);
      for (const callback of callbacks) await callback.onEpochEnd?.(epoch, logs, context);
    }
    for (const callback of callbacks) await callback.onTrainEnd?.(logs, context);
  } finally {
    reporter.close();
  }
};
