import { mkdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { imageFolder, readImage } from '../../data/index.ts';
import {
  callbacks,
  FormatError,
  layers,
  losses,
  type Model,
  optimizers,
  schedules,
  sequential,
  type Tensor,
  tensor,
  ValueError,
} from '../../index.ts';
import { stamp, writeWhole } from '../files.ts';
import type { Output } from '../output.ts';
import { reportPage } from '../table/report.ts';
import { classificationScores, confusionOf, type Scores } from '../table/scores.ts';
import { splitRows } from '../table/split.ts';
import type { Command } from '../usage.ts';

/** What a model of images was trained for; kept inside of it. */
interface ImageTask {
  readonly classes: readonly string[];
  readonly size: readonly [height: number, width: number];
}

interface Images {
  /** (images, height, width, 3), uint8. */
  readonly pixels: Uint8Array;
  readonly labels: readonly number[];
  readonly task: ImageTask;
}

/** Larger images are made smaller: details beyond that cost time and seldom decide. */
const largestSide = 64;

export const isFolder = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
};

/** The images of a folder in one size; without a size that of the first one, at most 64 a side. */
const readImages = async (folder: string, known?: ImageTask): Promise<Images> => {
  let size = known?.size;
  if (size === undefined) {
    for await (const { path } of await imageFolder(folder)) {
      const { height, width } = await readImage(path);
      const scale = Math.min(1, largestSide / Math.max(height, width));
      size = [Math.max(8, Math.round(height * scale)), Math.max(8, Math.round(width * scale))];
      break;
    }
  }
  if (size === undefined) throw new FormatError(`${folder} holds no images.`);
  const source = await imageFolder(folder, { size, channels: 3 });
  const unknown = known === undefined ? undefined : source.classes.find(name => !known.classes.includes(name));
  if (unknown !== undefined)
    throw new ValueError(`${folder} has a class '${unknown}', which the model does not know: ${known?.classes.join(', ')}.`);
  const classes = known?.classes ?? source.classes;
  const labels: number[] = [];
  const parts: Uint8Array[] = [];
  for await (const { image, label } of source) {
    labels.push(classes.indexOf(source.classes[label] as string));
    parts.push((await image.data()) as Uint8Array);
  }
  const each = size[0] * size[1] * 3;
  const pixels = new Uint8Array(parts.length * each);
  parts.forEach((part, index) => pixels.set(part, index * each));
  return { pixels, labels, task: { classes, size } };
};

const rowsOf = ({ pixels, labels, task: { size } }: Images, rows: readonly number[]): { x: Tensor; y: Tensor } => {
  const each = size[0] * size[1] * 3;
  const chosen = new Uint8Array(rows.length * each);
  rows.forEach((row, index) => chosen.set(pixels.subarray(row * each, (row + 1) * each), index * each));
  return { x: tensor(chosen, { shape: [rows.length, ...size, 3] }), y: tensor(Int32Array.from(rows, row => labels[row] as number)) };
};

/** Blocks of a convolution, batch normalization and pooling until the image is small; shifted a little in training. */
const network = ({ classes, size }: ImageTask, seed: number): Model => {
  const blocks = Math.max(1, Math.min(4, Math.floor(Math.log2(Math.min(...size) / 4))));
  const convolutions = Array.from({ length: blocks }, (_, block) => [
    layers.conv2d(Math.min(96, 24 * 2 ** block), 3, { padding: 'same', useBias: false }),
    layers.batchNormalization({ momentum: 0.9 }),
    layers.activation('relu'),
    layers.maxPool2d(2),
  ]).flat();
  const head = [
    layers.flatten(),
    layers.dropout(0.3),
    layers.dense(96, { activation: 'relu' }),
    layers.dropout(0.3),
    layers.dense(classes.length),
  ];
  return sequential([layers.rescaling(1 / 127.5, { offset: -1 }), layers.randomTranslation(0.08, 0.08), ...convolutions, ...head], {
    inputShape: [...size, 3],
    seed,
  });
};

const probabilitiesOf = async (net: Model, x: Tensor): Promise<Float64Array> =>
  Float64Array.from(await (await net.predict(x, { batchSize: 128 })).softmax(-1).data());

/** Trains on a folder of images with a folder for each class, and leaves a run folder. */
export const trainFolder = async (path: string, command: Command, output: Output, signal: AbortSignal): Promise<void> => {
  const started = performance.now();
  const images = await readImages(path);
  const { labels, task } = images;
  const { classes, size } = task;
  if (classes.length < 2) throw new ValueError(`${path} has only the class '${classes[0]}': there is nothing to tell apart.`);
  const split = await splitRows(
    labels.map((_, row) => row),
    row => String(labels[row]),
    command.seed,
  );
  if (split.test.length === 0 || split.validation.length === 0)
    throw new ValueError(`${path} has too few images of each class: ${labels.length} in ${classes.length} classes.`);
  output.say(
    `${basename(path)}: ${labels.length.toLocaleString('en-US')} images of ${classes.length} classes (${classes.slice(0, 8).join(', ')}${classes.length > 8 ? ', …' : ''}), seen as ${size[0]} x ${size[1]}`,
  );
  output.say(`${split.train.length} to train on, ${split.validation.length} to choose by, ${split.test.length} for the end\n`);
  const [train, validation, test] = [rowsOf(images, split.train), rowsOf(images, split.validation), rowsOf(images, split.test)];
  const epochs = command.given.epochs ?? 20;
  const batchSize = command.given.batchSize ?? Math.min(64, Math.max(8, 2 ** Math.round(Math.log2(split.train.length / 30))));
  const net = network(task, command.seed);
  const decaySteps = epochs * Math.ceil(split.train.length / batchSize);
  net.compile({
    optimizer: optimizers.adamW({
      learningRate: schedules.cosineDecay({ initialLearningRate: command.given.learningRate ?? 2e-3, decaySteps }),
      weightDecay: 0.02,
    }),
    loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: ['accuracy'],
  });
  output.event({
    event: 'start',
    data: path,
    task: 'images',
    classes: classes.length,
    samples: labels.length,
    epochs,
    batchSize,
    seed: command.seed,
  });
  const history = await net.fit(train.x, train.y, {
    ...{ epochs, batchSize, seed: command.seed, signal, validationData: [validation.x, validation.y] as const, validationBatchSize: 128 },
    verbose: output.json ? 'silent' : 'auto',
    callbacks: [callbacks.earlyStopping({ patience: Math.max(6, Math.round(epochs / 4)), restoreBestWeights: true })],
  });
  const truth = await test.y.data();
  const shares = new Float64Array(classes.length);
  for (const row of split.train) shares[labels[row] as number] = (shares[labels[row] as number] as number) + 1 / split.train.length;
  const probabilities = await probabilitiesOf(net, test.x);
  const same = Float64Array.from({ length: truth.length * classes.length }, (_, index) => shares[index % classes.length] as number);
  const rows: Record<string, Scores> = {
    'always the same': classificationScores(truth, same, classes.length),
    'neural network': classificationScores(truth, probabilities, classes.length),
  };
  const folder = command.out ?? join('runs', `${basename(path)}-${stamp()}`);
  await mkdir(folder, { recursive: true });
  net.metadata = { images: { classes: [...classes], size: [...size] } };
  await net.save(join(folder, 'model.gradus'));
  const seconds = (performance.now() - started) / 1000;
  const result = {
    data: path,
    task: 'images',
    epochs,
    batchSize,
    seed: command.seed,
    kept: 'neural network',
    test: rows,
    history,
    seconds,
  };
  await writeWhole(join(folder, 'history.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  const confusion = { names: classes, matrix: confusionOf(truth, probabilities, classes.length) };
  await writeWhole(
    join(folder, 'report.html'),
    reportPage({
      title: basename(path),
      target: 'class',
      task: 'classification',
      rows,
      history,
      confusion,
      columns: [`images of ${size[0]} x ${size[1]}, three channels`],
      kept: 'neural network',
      summary: net.summary({ print: false }),
    }),
  );
  output.say('\nOn the images that were kept for the end:');
  for (const [name, scores] of Object.entries(rows))
    output.say(
      `  ${name.padEnd(16)} accuracy ${(scores.accuracy as number).toFixed(4)}   balancedAccuracy ${(scores.balancedAccuracy as number).toFixed(4)}`,
    );
  output.say(`\nRun folder: ${folder} (model.gradus, history.json, report.html), ${seconds.toFixed(1)} s in all`);
  output.event({ event: 'end', test: rows, folder, seconds });
};

/** Figures of a model on a folder of images. */
export const evaluateFolder = async (net: Model, path: string, output: Output): Promise<void> => {
  const task = net.metadata?.images as unknown as ImageTask | undefined;
  if (task === undefined) throw new ValueError('the model was not trained on a folder of images: it does not say which classes it knows.');
  const images = await readImages(path, task);
  const { x, y } = rowsOf(
    images,
    images.labels.map((_, row) => row),
  );
  const scores = classificationScores(await y.data(), await probabilitiesOf(net, x), task.classes.length);
  for (const [name, value] of Object.entries(scores)) output.say(`${name.padEnd(22)} ${value.toFixed(4)}`);
  output.event({ event: 'evaluation', data: path, images: images.labels.length, ...scores });
};
