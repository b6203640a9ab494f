import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callbacks, configure, losses, type Model, optimizers, schedules, unknownName } from '../index.ts';
import { loadDataNamed, titleOf } from './data.ts';
import { drawImages } from './digits.ts';
import { stamp, writeWhole } from './files.ts';
import { isFolder, trainFolder } from './folder/train.ts';
import { networkNamed } from './networks.ts';
import type { Output } from './output.ts';
import { isTablePath } from './table/read.ts';
import { trainTable } from './table/train.ts';
import { type Command, UsageError } from './usage.ts';

const oneOperand = ({ name, operands }: Command): string => {
  const [operand, ...more] = operands;
  if (operand === undefined || more.length > 0)
    throw new UsageError(`gradus ${name} takes one data set, got ${operands.length}. See gradus --help.`);
  return operand;
};

/** The learning rate falls to 0 along half a cosine. */
const optimizerFor = (
  { optimizer, learningRate: initialLearningRate, epochs, batchSize }: Pick<Command, 'optimizer' | 'learningRate' | 'epochs' | 'batchSize'>,
  rows: number,
) => {
  const known = { sgd: optimizers.sgd, adam: optimizers.adam, adamW: optimizers.adamW };
  if (!Object.hasOwn(known, optimizer)) throw new UsageError(unknownName('optimizer', optimizer, Object.keys(known)).message);
  const learningRate = schedules.cosineDecay({ initialLearningRate, decaySteps: epochs * Math.ceil(rows / batchSize) });
  return known[optimizer as keyof typeof known]({ learningRate });
};

const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;

/** Ten test images with the network's answers. */
const showAnswers = async (net: Model, data: Awaited<ReturnType<typeof loadDataNamed>>, output: Output): Promise<void> => {
  const side = data.test.x.shape[1] as number;
  const first = data.test.x.slice([0, 0, 0], [10, side, side]);
  const answers = await (await net.predict(first)).argMax(-1).data();
  const [images, labels] = [await first.data(), await data.test.y.slice([0], [10]).data()];
  const { stdout } = process;
  const lines = drawImages(
    { images: Array.from(images), side, labels: Array.from(labels), answers: Array.from(answers) },
    { columns: stdout.columns || 80, colors: stdout.isTTY === true && stdout.hasColors(256) },
  );
  output.say(`\nTen test images, and what the network says:\n${lines.join('\n')}`);
};

/** What a run was begun with: it goes on with the same. */
interface Run {
  readonly data: string;
  readonly model: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: string;
  readonly learningRate: number;
  readonly seed: number;
  readonly reproducible: boolean;
}

const runFile = 'run.json';

/** The settings of a run, from its folder or from the command line. */
const settingsOf = async (command: Command): Promise<Run> => {
  if (command.resume === undefined) {
    const { model, epochs, batchSize, optimizer, learningRate, seed, reproducible } = command;
    return { data: oneOperand(command), model, epochs, batchSize, optimizer, learningRate, seed, reproducible };
  }
  if (command.operands.length > 0) throw new UsageError('gradus train --resume DIR takes no data set: the run knows its own.');
  try {
    return JSON.parse(await readFile(join(command.resume, runFile), 'utf8')) as Run;
  } catch (error) {
    throw new UsageError(`${command.resume} is no folder of an interrupted run on images: ${(error as Error).message}`);
  }
};

/** Trains a named network on a named data set, and leaves a run folder. */
export const train = async (command: Command, output: Output, signal: AbortSignal): Promise<void> => {
  if (command.resume === undefined) {
    const name = oneOperand(command);
    const isTable = isTablePath(name);
    if (isTable || (await isFolder(name))) {
      await configure({ wideSimd: !command.reproducible, numerics: command.reproducible ? 'reproducible' : 'fast', ...threadsOf(command) });
      return (isTable ? trainTable : trainFolder)(name, command, output, signal);
    }
  }
  const run = await settingsOf(command);
  const { data: name, epochs, batchSize, seed, reproducible } = run;
  await configure({ wideSimd: !reproducible, numerics: reproducible ? 'reproducible' : 'fast', ...threadsOf(command) });
  const started = performance.now();
  const data = await loadDataNamed(name);
  const net = networkNamed(run.model, data.train.x.shape[1] as number, data.classes, seed);
  const count = data.train.x.shape[0] as number;
  net.compile({
    optimizer: optimizerFor(run, count),
    loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: ['accuracy'],
  });
  output.say(
    `${titleOf(name)}: ${count.toLocaleString('en-US')} images to train on, ${(data.test.x.shape[0] as number).toLocaleString('en-US')} to test`,
  );
  if (!output.json) net.summary({ batchSize });
  const folder = command.resume ?? command.out ?? join('runs', `${name}-${stamp()}`);
  const checkpoints = join(folder, 'checkpoints');
  await mkdir(folder, { recursive: true });
  await writeWhole(join(folder, runFile), `${JSON.stringify(run, undefined, 2)}\n`);
  output.event({ event: 'start', data: name, model: run.model, epochs, batchSize, seed, samples: count });
  signal.addEventListener('abort', () => process.stderr.write(`\nTo go on: gradus train --resume ${folder}\n`), { once: true });
  const history = await net.fit(data.train.x, data.train.y, {
    ...{ epochs, batchSize, seed, signal },
    verbose: output.json ? 'silent' : 'auto',
    callbacks: [
      callbacks.backupAndRestore({
        directory: checkpoints,
        saveFreq: Math.max(50, Math.ceil(count / batchSize / 4)),
        deleteCheckpoint: true,
      }),
      { onEpochEnd: (epoch, logs) => output.event({ event: 'epoch', epoch: epoch + 1, ...logs }) },
    ],
  });
  const test = await net.evaluate(data.test.x, data.test.y, { batchSize: 250 });
  await net.save(join(folder, 'model.gradus'));
  const seconds = (performance.now() - started) / 1000;
  await writeWhole(join(folder, 'history.json'), `${JSON.stringify({ ...run, history, test, seconds }, undefined, 2)}\n`);
  output.say(`\nTest accuracy ${percent(test.accuracy as number)}, loss ${(test.loss as number).toFixed(4)}`);
  if (!output.json) await showAnswers(net, data, output);
  output.say(`\nRun folder: ${folder} (model.gradus, history.json), ${seconds.toFixed(1)} s in all`);
  output.event({ event: 'end', test, folder, seconds });
};

const threadsOf = ({ threads }: Command): { threads?: number } => (threads === undefined ? {} : { threads });
