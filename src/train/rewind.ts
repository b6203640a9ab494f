import { ValueError } from '../core/errors.ts';
import { wholeNumber } from '../tensor/options.ts';
import type { Values } from './arrays.ts';
import { fitBatches } from './batches.ts';
import { type BatchSource, isBatchSource } from './batchSource.ts';
import { checkpointFolder } from './checkpointFolder.ts';
import { fitRows } from './fit.ts';
import type { FitOptions } from './fitOptions.ts';
import { Model } from './model.ts';
import { Moment } from './resume.ts';

export interface RewindOptions extends Omit<FitOptions, 'resume'> {
  /** Where `callbacks.checkpoints` wrote. */
  readonly directory: string;
  /** Steps since the training began after which the model is wanted. 0 is the beginning. */
  readonly step: number;
}

/** More epochs than any training has. */
const manyEpochs = 2 ** 31;

/**
 * Puts a model into the state that it had after a step of a training: loads the nearest checkpoint before it, and trains the steps in
 * between again, to the same bits. The data must be those of the training; batch size, order, seed and steps of an epoch come from the
 * checkpoint. Give the callbacks that change the training (schedulers of rates, not loggers), class and sample weights, and the validation
 * that such callbacks look at.
 *
 * What it gives is the moment from which `fit({ resume })` goes on: as the training went, or on another branch.
 *
 * @throws ValueError where no checkpoint is as old as the step, and for other data; FormatError for another model.
 * @example
 * await net.fit(x, y, { epochs: 10, callbacks: [callbacks.checkpoints({ directory: 'runs/a', everySteps: 500 })] });
 * const moment = await rewind(net, x, y, { directory: 'runs/a', step: 1234 });
 * net.learningRate = 1e-4;
 * const branch = await net.fit(x, y, { epochs: 10, resume: moment });
 */
export function rewind(model: Model, x: Values, y: Values, options: RewindOptions): Promise<Moment>;
export function rewind(model: Model, batches: BatchSource, options: RewindOptions): Promise<Moment>;
export async function rewind(model: Model, x: Values | BatchSource, y: Values | RewindOptions, last?: RewindOptions): Promise<Moment> {
  const { directory, step, ...given } = (isBatchSource(x) ? y : last) as RewindOptions;
  if (typeof directory !== 'string' || directory === '')
    throw new ValueError("rewind needs the folder of the checkpoints: rewind(net, x, y, { directory: 'runs/a', step: 1000 }).");
  const until = wholeNumber('rewind', 'step', step);
  const folder = checkpointFolder(directory);
  const checkpoint = await folder.latest(until);
  if (checkpoint === undefined) {
    const [first] = await folder.steps();
    throw new ValueError(
      `rewind finds no checkpoint of step ${until} or before in '${directory}': ${first === undefined ? 'there are none' : `the first one is of step ${first}`}. Train with callbacks.checkpoints({ directory: '${directory}' }).`,
    );
  }
  const { batchSize, shuffle, stepsPerEpoch } = checkpoint.state.settings;
  const options: FitOptions = {
    ...(typeof batchSize === 'number' && !isBatchSource(x) ? { batchSize } : {}),
    ...(typeof shuffle === 'boolean' && !isBatchSource(x) ? { shuffle } : {}),
    ...(typeof stepsPerEpoch === 'number' ? { stepsPerEpoch } : {}),
    ...{ epochs: manyEpochs, verbose: 'silent', ...given },
  };
  const core = Model.core(model);
  const goal = { until, point: { state: checkpoint.state, checkpoint } };
  const history: Record<string, number[]> = { loss: [] };
  return core.alone('rewind', async () => {
    const state = isBatchSource(x)
      ? await fitBatches(model, core, x, options, history, goal)
      : await fitRows(model, core, x, y as Values, options, history, goal);
    return new Moment(state);
  });
}
