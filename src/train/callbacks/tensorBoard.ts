import { ValueError } from '../../core/errors.ts';
import { platform } from '../../core/platform.ts';
import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import { tensorsFrom } from '../../tensor/program.ts';
import { tensorsIn } from '../../tensor/trees.ts';
import type { Callback } from '../callback.ts';
import type { Json } from '../json.ts';
import type { Logs } from '../logs.ts';
import { Model } from '../model.ts';
import { EventFile } from '../tensorboard/eventFile.ts';
import { graphEvent, histogramEvent, imageEvent, scalarEvent } from '../tensorboard/events.ts';
import { graphDef } from '../tensorboard/graph.ts';
import { type HyperparameterValue, hparamsEnd, hparamsEvents } from '../tensorboard/hparams.ts';
import { weightImages } from '../tensorboard/weightImages.ts';

export interface TensorBoardOptions {
  /** Files come into its folders `train` and `validation`. Default 'logs'. */
  readonly logDir?: string;
  /** Histograms of all weights after every so many epochs; 0: none. Default 0. */
  readonly histogramFreq?: number;
  /** The graph of layers. Default true. */
  readonly writeGraph?: boolean;
  /** Weights as images, where their histograms are written. Default false. */
  readonly writeImages?: boolean;
  /** How many steps a second each epoch had. Default false. */
  readonly writeStepsPerSecond?: boolean;
  /** 'epoch', or figures as well after each step ('batch'; slow) or so many steps. Default 'epoch'. */
  readonly updateFreq?: 'epoch' | 'batch' | number;
  /** Hyperparameters of this training, for the tab HPARAMS. */
  readonly hparams?: Readonly<Record<string, HyperparameterValue>>;
}

const optionNames = ['logDir', 'histogramFreq', 'writeGraph', 'writeImages', 'writeStepsPerSecond', 'updateFreq', 'hparams'];

/** The rate of the next step, also a schedule's. */
const rateOf = async (model: Model): Promise<number> => {
  if (model.learningRate !== undefined) return model.learningRate;
  const core = Model.core(model);
  const state = tensorsFrom(core.optimizerTemplate(), core.optimizerBuffers, { copy: true });
  return core.objective('tensorBoard').optimizer.currentLearningRate(state).item();
};

const isOfValidation = (name: string): boolean => /^val[A-Z]/.test(name);
const plain = (name: string): string => name.charAt(3).toLowerCase() + name.slice(4);

/**
 * Writes event files for TensorBoard (`tensorboard --logdir logs`): the figures of each epoch, of training and validation in folders of
 * their own, with the learning rate; on demand figures of steps, histograms and images of weights, the graph of layers, hyperparameters.
 * A training that is resumed goes on with its files.
 *
 * Tags are Keras': `epoch_loss`, `batch_loss`, `evaluation_loss_vs_iterations`, `dense/kernel/histogram`.
 *
 * Source: Keras' TensorBoard, without profiles (see GRADUS_PROFILE) and embeddings.
 * @throws ValueError for unknown options; FileError where a file cannot be written.
 * @example net.fit(x, y, { callbacks: [callbacks.tensorBoard({ logDir: 'logs/run1', histogramFreq: 1, hparams: { units: 16 } })] })
 */
export const tensorBoard = (given: string | TensorBoardOptions = {}): Callback => {
  const what = 'callbacks.tensorBoard';
  const options: TensorBoardOptions = typeof given === 'string' ? { logDir: given } : given;
  unknownOptions(what, options, optionNames);
  const { logDir = 'logs', writeGraph = true, writeImages = false, writeStepsPerSecond = false, updateFreq = 'epoch', hparams } = options;
  const histogramFreq = wholeNumber(what, 'histogramFreq', options.histogramFreq ?? 0);
  if (typeof updateFreq !== 'number' && updateFreq !== 'epoch' && updateFreq !== 'batch')
    throw new ValueError(`${what} needs updateFreq to be 'epoch', 'batch' or a number of steps, got ${JSON.stringify(updateFreq)}.`);
  const everySteps = updateFreq === 'batch' ? 1 : updateFreq === 'epoch' ? undefined : wholeNumber(what, 'updateFreq', updateFreq, 1);
  let files = { train: new EventFile(''), validation: new EventFile(''), session: new EventFile('') };
  let begun = { step: 0, time: 0 };

  const scalars = (step: number, logs: Logs, prefix: string, suffix = ''): Uint8Array[] =>
    Object.entries(logs).map(([name, value]) => scalarEvent(step, `${prefix}${name}${suffix}`, value));
  const writeWeights = async (epoch: number, model: Model): Promise<void> => {
    for (const { path, leaf } of tensorsIn(model.weights)) {
      const tag = path.replaceAll('.', '/');
      const values = await leaf.data();
      await files.train.write(histogramEvent(epoch, `${tag}/histogram`, values));
      const images = writeImages ? weightImages(leaf.shape, values) : undefined;
      if (images !== undefined) await files.train.write(imageEvent(epoch, `${tag}/image`, images.width, images.height, images.files));
    }
  };
  return {
    name: 'tensorBoard',
    ...(everySteps === undefined ? {} : { everySteps }),
    async onTrainBegin({ model, resumedAt, params }) {
      files = {
        train: new EventFile(platform().joinPath(logDir, 'train')),
        validation: new EventFile(platform().joinPath(logDir, 'validation')),
        session: new EventFile(logDir),
      };
      if (resumedAt !== undefined) return;
      if (writeGraph) await files.train.write(graphEvent(graphDef(Model.core(model).network)));
      const figures = Model.core(model)
        .objective(what)
        .figures.map(({ name }) => name);
      const both = params.hasValidation
        ? [...figures, ...figures.map(name => `val${name.charAt(0).toUpperCase()}${name.slice(1)}`)]
        : figures;
      if (hparams !== undefined) await files.session.write(...hparamsEvents(hparams, both));
    },
    onEpochBegin(_, { step }) {
      begun = { step, time: performance.now() };
    },
    async onBatchEnd(_, logs, { step }) {
      if (everySteps !== undefined && step % everySteps === 0) await files.train.write(...scalars(step, logs, 'batch_'));
    },
    async onTestEnd(logs, { model }) {
      await files.validation.write(...scalars(Model.core(model).updates, logs, 'evaluation_', '_vs_iterations'));
    },
    async onEpochEnd(epoch, logs, { model, step }) {
      const own = Object.entries(logs).filter(([name]) => !isOfValidation(name));
      const validated = Object.entries(logs).filter(([name]) => isOfValidation(name));
      const rate = { learningRate: await rateOf(model) };
      const speed = writeStepsPerSecond ? { stepsPerSecond: ((step - begun.step) * 1000) / (performance.now() - begun.time) } : {};
      await files.train.write(...scalars(epoch, { ...Object.fromEntries(own), ...rate, ...speed }, 'epoch_'));
      const renamed = Object.fromEntries(validated.map(([name, value]) => [plain(name), value]));
      if (validated.length > 0) await files.validation.write(...scalars(epoch, renamed, 'epoch_'));
      if (histogramFreq > 0 && epoch % histogramFreq === 0) await writeWeights(epoch, model);
    },
    async onTrainEnd() {
      if (hparams !== undefined) await files.session.write(hparamsEnd());
    },
    state: (): Json => ({ train: files.train.state(), validation: files.validation.state(), session: files.session.state() }),
    async restore(state) {
      const { train, validation, session } = state as { train: Json; validation: Json; session: Json };
      await files.train.restore(train);
      await files.validation.restore(validation);
      await files.session.restore(session);
    },
  };
};
