import { imageFolder, readImage } from '../../data/index.ts';
import { FormatError, layers, type Model, sequential, type Tensor, tensor, ValueError } from '../../index.ts';
import type { Settings } from '../settings.ts';
import { splitRows } from '../training/split.ts';
import { moreForFew, type NetworkSize, type Part, type Prepared } from './prepared.ts';

/** What a model of images was trained for; kept inside of it. */
export interface ImageTask {
  readonly classes: readonly string[];
  readonly size: readonly [height: number, width: number];
  readonly channels: number;
}

export interface Images {
  /** (images, height, width, channels), uint8. */
  readonly pixels: Uint8Array;
  readonly labels: readonly number[];
  readonly task: ImageTask;
}

/** Larger images are made smaller: details beyond that cost time and seldom decide. */
const largestSide = 64;

/** The images of a folder in one size; without a known task that of the first one, at most 64 a side. */
export const readImages = async (folder: string, known?: ImageTask): Promise<Images> => {
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
  const classes = known?.classes ?? source.classes;
  const unknown = source.classes.find(name => !classes.includes(name));
  if (unknown !== undefined)
    throw new ValueError(`${folder} has a class '${unknown}', which the model does not know: ${classes.join(', ')}.`);
  const labels: number[] = [];
  const parts: Uint8Array[] = [];
  for await (const { image, label } of source) {
    labels.push(classes.indexOf(source.classes[label] as string));
    parts.push((await image.data()) as Uint8Array);
  }
  const each = size[0] * size[1] * 3;
  const pixels = new Uint8Array(parts.length * each);
  parts.forEach((part, index) => pixels.set(part, index * each));
  return { pixels, labels, task: { classes, size, channels: 3 } };
};

export const pixelsOf = ({ size, channels }: ImageTask): number => size[0] * size[1] * channels;

const partOf = ({ pixels, labels, task }: Images, rows: readonly number[]): Part => {
  const each = pixelsOf(task);
  const chosen = new Uint8Array(rows.length * each);
  rows.forEach((row, index) => chosen.set(pixels.subarray(row * each, (row + 1) * each), index * each));
  return {
    x: [tensor(chosen, { shape: [rows.length, ...task.size, task.channels] })],
    y: tensor(Int32Array.from(rows, row => labels[row] as number)),
    rows,
  };
};

/** Blocks of a convolution, batch normalization and pooling until the image is small; shifted a little in training. */
const deepNetwork = ({ classes, size, channels }: ImageTask, seed: number, { width, depth, dropout }: NetworkSize): Model => {
  const most = Math.floor(Math.log2(Math.min(...size) / 4));
  const blocks = Math.max(1, Math.min(4 + depth, most));
  const convolutions = Array.from({ length: blocks }, (_, block) => [
    layers.conv2d(Math.round(Math.min(96, 24 * 2 ** block) * width), 3, { padding: 'same', useBias: false }),
    layers.batchNormalization({ momentum: 0.9 }),
    layers.activation('relu'),
    layers.maxPool2d(2),
  ]).flat();
  const head = [
    layers.flatten(),
    layers.dropout(dropout),
    layers.dense(Math.round(96 * width), { activation: 'relu' }),
    layers.dropout(dropout),
  ];
  return sequential(
    [
      layers.rescaling(1 / 127.5, { offset: -1 }),
      layers.randomTranslation(0.05, 0.05),
      ...convolutions,
      ...head,
      layers.dense(classes.length),
    ],
    { inputShape: [...size, channels], seed },
  );
};

const linearNetwork = ({ classes, size, channels }: ImageTask, seed: number): Model =>
  sequential([layers.rescaling(1 / 127.5, { offset: -1 }), layers.flatten(), layers.dropout(0.2), layers.dense(classes.length)], {
    inputShape: [...size, channels],
    seed,
  });

export const probabilitiesOf = async (net: Model, x: readonly Tensor[]): Promise<Float64Array> =>
  Float64Array.from(await (await net.predict(x[0] as Tensor, { batchSize: 128 })).softmax(-1).data());

/** Images, ready to train on; `test`: those that were set aside by whoever made the data. */
export const prepareImages = async (source: string, images: Images, settings: Settings, test?: Images): Promise<Prepared> => {
  const { labels, task } = images;
  const { classes, size, channels } = task;
  if (classes.length < 2) throw new ValueError(`${source} has only the class '${classes[0]}': there is nothing to tell apart.`);
  const made = await splitRows(
    labels.map((_, row) => row),
    row => String(labels[row]),
    settings.seed,
  );
  const split = test === undefined ? made : { ...made, train: [...made.train, ...made.test], test: test.labels.map((_, row) => row) };
  if (split.test.length === 0 || split.validation.length === 0)
    throw new ValueError(`${source} has too few images of each class: ${labels.length} in ${classes.length} classes.`);
  const judged = test ?? images;
  const shown = `${size[0]} x ${size[1]}`;
  const count = labels.length + (test?.labels.length ?? 0);
  return {
    ...{ source, kind: 'images', task: 'classification', target: 'class', classes },
    about: [
      `${source}: ${count.toLocaleString('en-US')} images of ${classes.length} classes (${classes.slice(0, 8).join(', ')}${classes.length > 8 ? ', …' : ''}), seen as ${shown}`,
      `${split.train.length} to train on, ${split.validation.length} to choose by, ${split.test.length} for the end\n`,
    ],
    columns: [{ name: 'images', use: `${shown}, ${channels === 1 ? 'one channel' : `${channels} channels`}` }],
    ...{ train: partOf(images, split.train), validation: partOf(images, split.validation), test: partOf(judged, split.test) },
    inputs: [{ name: 'images', shape: [...size, channels], dtype: 'uint8' }],
    outputs: classes.length,
    usual: {
      ...{
        epochs: moreForFew(split.train.length, 15),
        batchSize: Math.min(split.train.length < 20_000 ? 32 : 64, Math.max(8, 2 ** Math.round(Math.log2(split.train.length / 30)))),
        weightDecay: 0.02,
      },
      ...{ size: { width: 1, depth: 0, dropout: 0.3 }, linearRate: 1e-3, rates: [7e-4, 2e-3, 6e-3] },
    },
    linear: seed => linearNetwork(task, seed),
    deep: (seed, networkSize) => deepNetwork(task, seed, networkSize),
    keepIn: net => {
      net.metadata = { ...net.metadata, images: { classes: [...classes], size: [...size], channels } };
    },
    answers: probabilitiesOf,
    truth: async y => Float64Array.from(await y.data()),
    example: index => {
      const row = split.test[index] as number;
      const each = pixelsOf(task);
      return {
        caption: `image ${row + 1}`,
        image: { width: size[1], height: size[0], channels, pixels: judged.pixels.subarray(row * each, (row + 1) * each) },
      };
    },
  };
};
