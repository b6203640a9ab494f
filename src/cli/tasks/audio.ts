import { audioFolder } from '../../data/index.ts';
import { type Layer, layers, type Model, sequential, tensor, ValueError } from '../../index.ts';
import type { Settings } from '../settings.ts';
import { splitRows } from '../training/split.ts';
import { probabilitiesOf } from './images.ts';
import { moreForFew, type NetworkSize, type Part, type Prepared } from './prepared.ts';

/** What a model of sounds was trained for; kept inside of it. */
export interface AudioTask {
  readonly classes: readonly string[];
  readonly sampleRate: number;
  /** Samples that it hears; longer sounds are cut, shorter ones have silence around them. */
  readonly length: number;
}

export interface Sounds {
  readonly samples: readonly Float32Array[];
  readonly labels: readonly number[];
  readonly classes: readonly string[];
  readonly sampleRate: number;
}

/** Above that, speech and most noises have little that tells them apart. */
const highestRate = 16_000;
const longestSeconds = 4;

/** The recordings of a folder with a folder for each class, at one rate. */
export const readSounds = async (folder: string, known?: AudioTask): Promise<Sounds> => {
  let sampleRate = known?.sampleRate;
  if (sampleRate === undefined)
    for await (const first of await audioFolder(folder)) {
      sampleRate = Math.min(first.sampleRate, highestRate);
      break;
    }
  const source = await audioFolder(folder, { sampleRate: sampleRate as number });
  const classes = known?.classes ?? source.classes;
  const unknown = source.classes.find(name => !classes.includes(name));
  if (unknown !== undefined)
    throw new ValueError(`${folder} has a class '${unknown}', which the model does not know: ${classes.join(', ')}.`);
  const [samples, labels]: [Float32Array[], number[]] = [[], []];
  for await (const item of source) {
    samples.push(item.samples);
    labels.push(classes.indexOf(source.classes[item.label] as string));
  }
  return { samples, labels, classes, sampleRate: sampleRate as number };
};

/** A sound in the middle of so many samples, as loud as all others. */
export const heard = (samples: Float32Array, length: number): Float32Array => {
  const result = new Float32Array(length);
  const power = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / Math.max(1, samples.length)) || 1;
  const [from, to] = [Math.max(0, Math.floor((samples.length - length) / 2)), Math.max(0, Math.floor((length - samples.length) / 2))];
  const count = Math.min(length, samples.length);
  for (let at = 0; at < count; at++) result[to + at] = (0.1 * (samples[from + at] as number)) / power;
  return result;
};

const lengthFor = ({ samples, sampleRate }: Sounds): number => {
  const lengths = samples.map(({ length }) => length).sort((a, b) => a - b);
  const usual = lengths[Math.floor(lengths.length * 0.95)] as number;
  return Math.max(Math.round(sampleRate / 8), Math.min(longestSeconds * sampleRate, usual));
};

/** A mel spectrogram with a step of about 12 ms; its loudness and mean take no part. */
const spectrogram = ({ sampleRate }: AudioTask): readonly Layer[] => {
  const fftLength = sampleRate <= 12_000 ? 256 : 512;
  return [
    layers.melSpectrogram({
      ...{ fftLength, sequenceStride: fftLength / 2, sequenceLength: Math.min(fftLength, Math.round(sampleRate / 40)), numMelBins: 40 },
      ...{ samplingRate: sampleRate, topDb: 50, topDbOf: 'signal', minFreq: 80, maxFreq: sampleRate / 2 },
    }),
    layers.reshape([40, -1, 1]),
    layers.layerNormalization({ axis: [1, 2, 3], center: false, scale: false }),
  ];
};

const deepNetwork = (task: AudioTask, seed: number, { width, depth, dropout }: NetworkSize): Model => {
  const blocks = Array.from({ length: Math.max(2, 3 + depth) }, (_, block) => [
    layers.conv2d(Math.round(Math.min(72, 24 * (block + 1)) * width), 3, { padding: 'same', useBias: false }),
    layers.batchNormalization({ momentum: 0.9 }),
    layers.activation('relu'),
    layers.maxPool2d(2, { padding: 'same' }),
  ]).flat();
  return sequential(
    [
      ...spectrogram(task),
      ...[
        layers.randomTranslation(0.05, 0.1, { fillMode: 'constant' }),
        layers.randomErasing({ factor: 0.5, scale: [0.02, 0.15], fillValue: 0 }),
      ],
      ...[layers.gaussianNoise(0.1), ...blocks, layers.globalAveragePool2d(), layers.dropout(dropout), layers.dense(task.classes.length)],
    ],
    { inputShape: [task.length], seed },
  );
};

const linearNetwork = (task: AudioTask, seed: number): Model =>
  sequential([...spectrogram(task), layers.flatten(), layers.dropout(0.3), layers.dense(task.classes.length)], {
    inputShape: [task.length],
    seed,
  });

export const soundsPart = ({ samples, labels }: Pick<Sounds, 'samples' | 'labels'>, rows: readonly number[], length: number): Part => {
  const x = new Float32Array(rows.length * length);
  rows.forEach((row, index) => x.set(heard(samples[row] as Float32Array, length), index * length));
  return { x: [tensor(x, { shape: [rows.length, length] })], y: tensor(Int32Array.from(rows, row => labels[row] as number)), rows };
};

/** Sounds, ready to train on. */
export const prepareAudio = async (source: string, sounds: Sounds, settings: Settings): Promise<Prepared> => {
  const { labels, classes, sampleRate, samples } = sounds;
  if (classes.length < 2) throw new ValueError(`${source} has only the class '${classes[0]}': there is nothing to tell apart.`);
  const split = await splitRows(
    labels.map((_, row) => row),
    row => String(labels[row]),
    settings.seed,
  );
  if (split.test.length === 0 || split.validation.length === 0)
    throw new ValueError(`${source} has too few recordings of each class: ${labels.length} in ${classes.length} classes.`);
  const length = lengthFor(sounds);
  const task: AudioTask = { classes, sampleRate, length };
  const seconds = `${(length / sampleRate).toFixed(2)} s at ${(sampleRate / 1000).toLocaleString('en-US')} kHz`;
  return {
    ...{ source, kind: 'audio', task: 'classification', target: 'class', classes },
    about: [
      `${source}: ${labels.length.toLocaleString('en-US')} recordings of ${classes.length} classes (${classes.slice(0, 8).join(', ')}${classes.length > 8 ? ', …' : ''}), heard as ${seconds}`,
      `${split.train.length} to train on, ${split.validation.length} to choose by, ${split.test.length} for the end\n`,
    ],
    columns: [{ name: 'sound', use: `${seconds}, as a mel spectrogram of 40 bands` }],
    train: soundsPart(sounds, split.train, length),
    validation: soundsPart(sounds, split.validation, length),
    test: soundsPart(sounds, split.test, length),
    inputs: [{ name: 'sound', shape: [length], dtype: 'float32' }],
    outputs: classes.length,
    usual: {
      ...{
        epochs: moreForFew(split.train.length, 20),
        batchSize: Math.min(32, Math.max(8, 2 ** Math.round(Math.log2(split.train.length / 30)))),
        weightDecay: 0.02,
      },
      ...{ size: { width: 1, depth: 0, dropout: 0.2 }, linearRate: 1e-3, rates: [1e-3, 3e-3, 8e-3] },
    },
    linear: seed => linearNetwork(task, seed),
    deep: (seed, size) => deepNetwork(task, seed, size),
    keepIn: net => {
      net.metadata = { ...net.metadata, audio: { classes: [...classes], sampleRate, length } };
    },
    answers: probabilitiesOf,
    truth: async y => Float64Array.from(await y.data()),
    example: index => {
      const row = split.test[index] as number;
      return { caption: `recording ${row + 1}`, audio: { samples: heard(samples[row] as Float32Array, length), sampleRate } };
    },
  };
};
