import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Dataset, datasets, readTable, recordEndings, type Table, tableOf, textFolder } from '../../data/index.ts';
import { FileError, FormatError, type Tensor, unknownName } from '../../index.ts';
import type { Settings } from '../settings.ts';
import { UsageError } from '../usage.ts';
import { prepareAudio, readSounds } from './audio.ts';
import { type Images, prepareImages, readImages } from './images.ts';
import type { Prepared } from './prepared.ts';
import { prepareTable, tableOfTexts } from './table.ts';

const endingOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1).toLowerCase();

/** Whether a path looks like a table that can be read: also one that is packed. */
export const isTablePath = (path: string): boolean => recordEndings.includes(endingOf(path.replace(/\.(gz|xz)$/i, '')));

export const isFolder = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
};

const endings = { audio: ['wav', 'flac'], text: ['txt', 'md'] };

/** What a folder with a folder for each class holds: what its first file is; images where that tells nothing. */
export const folderKind = async (folder: string): Promise<'images' | 'audio' | 'text'> => {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    for (const name of await readdir(join(folder, entry.name))) {
      const ending = endingOf(name);
      if (endings.audio.includes(ending)) return 'audio';
      if (endings.text.includes(ending)) return 'text';
      if (!name.startsWith('.') && ending !== name) return 'images';
    }
  }
  return 'images';
};

/** A table from a file. @throws FormatError for what is no table, with path and line. */
export const openTable = async (path: string, encoding?: string): Promise<Table> => {
  const table = await readTable(path, encoding === undefined ? {} : { encoding });
  if (table.count === 0) throw new FormatError(`${path} has no rows below its header.`);
  return table;
};

const images = async (part: { readonly x: Tensor; readonly y: Tensor }, classes: readonly string[], scale = 1): Promise<Images> => {
  const [, height, width, channels = 1] = part.x.shape as [number, number, number, number?];
  const pixels = (await part.x.data()) as Uint8Array;
  return {
    pixels: scale === 1 ? pixels : pixels.map(value => Math.min(255, value * scale)),
    labels: Array.from(await part.y.data()),
    task: { classes, size: [height, width], channels },
  };
};

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

type Open = (source: string, settings: Settings) => Promise<Prepared>;

const splitImages =
  (
    load: () => Promise<{ readonly train: { x: Tensor; y: Tensor }; readonly test: { x: Tensor; y: Tensor } }>,
    classes: readonly string[],
  ): Open =>
  async (source, settings) => {
    const { train, test } = await load();
    return prepareImages(source, await images(train, classes), settings, await images(test, classes));
  };

const named =
  (load: () => Promise<{ readonly table: Table; readonly target: string }>): Open =>
  async (source, settings) => {
    const { table, target } = await load();
    return prepareTable(source, table, settings.target === undefined ? { ...settings, target } : settings);
  };

const texts =
  (
    load: () => Promise<{
      readonly train: Dataset<{ text: string; label: number }>;
      readonly test: Dataset<{ text: string; label: number }>;
      readonly classes: readonly string[];
    }>,
  ): Open =>
  async (source, settings) => {
    const { train, test, classes } = await load();
    return prepareTable(source, await tableOfTexts(train, classes), settings, await tableOfTexts(test, classes));
  };

/** Data sets by their names on the command line; mnist and fashion-mnist have networks of their own. */
const loaders: Readonly<Record<string, Open>> = {
  kmnist: splitImages(datasets.kmnist, numbered(10)),
  emnist: splitImages(datasets.emnist, numbered(47)),
  cifar10: splitImages(datasets.cifar10, ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']),
  cifar100: splitImages(datasets.cifar100, numbered(100)),
  digits: async (source, settings) => {
    const { classes, ...all } = await datasets.digits();
    return prepareImages(source, await images(all, classes, 16), settings);
  },
  iris: named(datasets.iris),
  penguins: named(datasets.penguins),
  diamonds: named(datasets.diamonds),
  concrete: named(datasets.concrete),
  wdbc: named(datasets.wdbc),
  'california-housing': named(datasets.californiaHousing),
  'tissue-gene-expression': named(datasets.tissueGeneExpression),
  foods: async (source, settings) => {
    const { train, test } = await datasets.foods();
    return prepareTable(source, train.table, { target: train.target, ...settings }, test.table);
  },
  clinc150: texts(datasets.clinc150),
  imdb: texts(datasets.imdb),
  ecg: async (source, settings) => {
    const rows: { signal: number[]; record: string; beat: string }[] = [];
    for await (const { signal, label, record } of (await datasets.ecg()).beats())
      rows.push({
        signal: Array.from(signal, value => Number(value.toFixed(3))),
        record: `record ${record}`,
        beat: label === 1 ? 'premature' : 'normal',
      });
    // A person's beats are all in one part, unless something else is asked for.
    return prepareTable(source, await tableOf(rows), {
      target: 'beat',
      ...(settings.time === undefined ? { group: 'record' } : {}),
      ...settings,
    });
  },
  fsdd: async (source, settings) => {
    const { recordings, sampleRate } = await datasets.fsdd();
    const [samples, labels]: [Float32Array[], number[]] = [[], []];
    for await (const recording of recordings) {
      samples.push(recording.samples);
      labels.push(recording.label);
    }
    return prepareAudio(source, { samples, labels, classes: numbered(10), sampleRate }, settings);
  },
};

/** Names of data sets that `open` knows. */
export const namedData: readonly string[] = Object.keys(loaders);

const kebab = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);

/** Whether it is a file, a folder or a name that becomes a prepared task. */
export const isPrepared = async (data: string): Promise<boolean> =>
  isTablePath(data) || /[./\\]/.test(data) || (await isFolder(data)) || Object.hasOwn(loaders, kebab(data));

/** Data of any kind, ready to train on. */
export const open = async (settings: Settings): Promise<Prepared> => {
  const { data } = settings;
  if (isTablePath(data)) return prepareTable(basename(data), await openTable(data, settings.encoding), settings);
  if (await isFolder(data)) {
    const source = basename(data);
    const kind = await folderKind(data);
    if (kind === 'audio') return prepareAudio(source, await readSounds(data), settings);
    if (kind === 'images') return prepareImages(source, await readImages(data), settings);
    const folder = await textFolder(data, settings.encoding === undefined ? {} : { encoding: settings.encoding });
    return prepareTable(source, await tableOfTexts(folder, folder.classes), settings);
  }
  if (/[./\\]/.test(data)) throw new FileError(`there is no file or folder '${data}'. Check the path.`);
  const load = Object.hasOwn(loaders, kebab(data)) ? loaders[kebab(data)] : undefined;
  if (load === undefined) throw new UsageError(unknownName('data set', data, [...namedData, 'mnist', 'fashion-mnist']).message);
  return load(kebab(data), settings);
};
