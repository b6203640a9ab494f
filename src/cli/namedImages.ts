import { join } from 'node:path';
import { callbacks, losses, type Model } from '../index.ts';
import { loadDataNamed, titleOf } from './data.ts';
import { drawImages } from './digits.ts';
import { makeFolder, stamp, writeWhole } from './files.ts';
import { networkNamed } from './networks.ts';
import type { Output } from './output.ts';
import { runFile, type Settings } from './settings.ts';
import { optimizerFor } from './training/fit.ts';
import { ownNetwork } from './training/run.ts';

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

/**
 * Trains a named network on MNIST or Fashion-MNIST, on all images that are there for training, for so many epochs; draws some answers,
 * and leaves a run folder.
 */
export const trainDigits = async (
  settings: Settings,
  output: Output,
  signal: AbortSignal,
  folder: string = join('runs', `${settings.data}-${stamp()}`),
): Promise<void> => {
  const { data: name, seed, epochs = 3, batchSize = 64, learningRate = 0.002, optimizer = 'adam', model = 'cnn' } = settings;
  const started = performance.now();
  const data = await loadDataNamed(name);
  const [count, side] = data.train.x.shape as [number, number];
  const net = /[./\\]/.test(model)
    ? (await ownNetwork(model))({
        inputs: [{ name: 'images', shape: [side, side], dtype: 'uint8' }],
        ...{ outputs: data.classes, task: 'classification', seed },
        classes: Array.from({ length: data.classes }, (_, index) => String(index)),
      })
    : networkNamed(model, side, data.classes, seed);
  net.compile({
    optimizer: optimizerFor(optimizer, { epochs, batchSize, learningRate, weightDecay: 0.01 }, count),
    loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
    ...{ metrics: ['accuracy'], mixedPrecision: settings.mixedPrecision ?? 'float32' },
  });
  output.say(
    `${titleOf(name)}: ${count.toLocaleString('en-US')} images to train on, ${(data.test.x.shape[0] as number).toLocaleString('en-US')} to test`,
  );
  if (!output.json) net.summary({ batchSize });
  const checkpoints = join(folder, 'checkpoints');
  await makeFolder(folder);
  await writeWhole(join(folder, runFile), `${JSON.stringify(settings, undefined, 2)}\n`);
  output.event({ event: 'start', data: name, model, epochs, batchSize, seed, samples: count });
  signal.addEventListener('abort', () => process.stderr.write(`\nTo go on: gradus train --resume ${folder}\n`), { once: true });
  const history = await net.fit(data.train.x, data.train.y, {
    ...{ epochs, batchSize, seed, signal },
    verbose: output.json ? 'silent' : 'auto',
    callbacks: [
      callbacks.backupAndRestore({ directory: checkpoints, saveFreq: Math.max(50, Math.ceil(count / batchSize / 4)) }),
      { onEpochEnd: (epoch, logs) => output.event({ event: 'epoch', epoch: epoch + 1, ...logs }) },
    ],
  });
  const test = await net.evaluate(data.test.x, data.test.y, { batchSize: 250 });
  await net.save(join(folder, 'model.gradus'));
  const seconds = (performance.now() - started) / 1000;
  const run = { ...settings, model, epochs, batchSize, optimizer, learningRate };
  await writeWhole(join(folder, 'history.json'), `${JSON.stringify({ ...run, history, test, seconds }, undefined, 2)}\n`);
  output.say(`\nTest accuracy ${percent(test.accuracy as number)}, loss ${(test.loss as number).toFixed(4)}`);
  if (!output.json) await showAnswers(net, data, output);
  output.say(`\nRun folder: ${folder} (model.gradus, history.json), ${seconds.toFixed(1)} s in all`);
  output.event({ event: 'end', test, folder, seconds });
};
