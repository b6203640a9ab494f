import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type AudioOptions, readAudio } from '../audio/read.ts';
import { dataset, streamStage } from '../dataset.ts';
import type { FileInput } from '../files/bytes.ts';
import { byteSource } from '../files/bytes.ts';
import { type EncodingOptions, lineChunks, readText } from '../files/text.ts';
import { datasetOf } from '../pipeline/build.ts';
import type { Dataset } from '../pipeline/interface.ts';
import { columnOf } from '../table/column.ts';
import { csv } from '../table/csvReader.ts';
import { type ImageOptions, imageTensor, readImage } from './images.ts';
import { type LabelledFile, type LabelledFolder, labelledByTable, labelledFolder } from './listing.ts';

/** A data set whose items have classes. */
export interface ClassifiedDataset<T> extends Dataset<T> {
  /** The classes' names; an item's `label` is a place in it. */
  readonly classes: readonly string[];
}

export interface FolderOptions {
  /** A CSV file with the classes, where they are not the folders' names: its columns `file` (relative to the folder) and `label`. */
  readonly labels?: FileInput;
  /** Files that are read at once. Default 4. */
  readonly parallel?: number;
}

const found = async (folder: string, endings: readonly string[], what: string, labels: FileInput | undefined): Promise<LabelledFolder> => {
  if (labels === undefined) return labelledFolder(folder, endings, what);
  const table = await csv(labels, { types: { file: 'text', label: 'text' } }).read();
  return labelledByTable(
    folder,
    columnOf(table, 'file').values as readonly (string | null)[],
    columnOf(table, 'label').values as readonly (string | null)[],
  );
};

const decoded = <T>(
  { classes, files }: LabelledFolder,
  parallel: number,
  decode: (file: LabelledFile) => Promise<T>,
): ClassifiedDataset<T> =>
  Object.assign(dataset(files).map(file => decode(file as LabelledFile), { parallel }) as unknown as Dataset<T>, { classes });

const imageEndings = ['png', 'jpg', 'jpeg', 'webp', 'gif', 'avif', 'tif', 'tiff', 'bmp'];

/**
 * The images of a folder with a folder for each class (`folder/CLASS/FILE.png`), or with a table of labels, as { image, label, path }:
 * image uint8 (height, width, channels). Say a `size` where they differ, so that they can be batched. Files are listed now and decoded
 * when they are reached; shuffling and splitting read none.
 *
 * @throws FileError where there is no such folder; FormatError where it holds no images, and later for damaged ones.
 * @example (await imageFolder('pets', { size: [64, 64] })).shuffle().map(({ image, label }) => [image.div(255), label]).batch(32)
 */
export const imageFolder = async (
  folder: string,
  options: ImageOptions & FolderOptions = {},
): Promise<ClassifiedDataset<{ readonly image: Tensor; readonly label: number; readonly path: string }>> => {
  unknownOptions('imageFolder', options, ['size', 'fit', 'channels', 'labels', 'parallel']);
  const { labels, parallel = 4, ...imageOptions } = options;
  wholeNumber('imageFolder', 'parallel', parallel, 1);
  return decoded(await found(folder, imageEndings, 'images', labels), parallel, async ({ path, label }) => ({
    image: imageTensor(await readImage(path, imageOptions)),
    label,
    path,
  }));
};

/**
 * The recordings of a folder (WAV, FLAC) by class, as { samples, sampleRate, label, path }: see `imageFolder` and `readAudio`.
 * @example (await audioFolder('words', { sampleRate: 8000 })).map(({ samples, label }) => ({ samples, label })).paddedBatch(32)
 */
export const audioFolder = async (
  folder: string,
  options: Pick<AudioOptions, 'sampleRate'> & FolderOptions = {},
): Promise<
  ClassifiedDataset<{ readonly samples: Float32Array; readonly sampleRate: number; readonly label: number; readonly path: string }>
> => {
  unknownOptions('audioFolder', options, ['sampleRate', 'labels', 'parallel']);
  const { labels, parallel = 4, ...audioOptions } = options;
  wholeNumber('audioFolder', 'parallel', parallel, 1);
  return decoded(await found(folder, ['wav', 'flac'], 'recordings', labels), parallel, async ({ path, label }) => {
    const { samples, sampleRate } = await readAudio(path, audioOptions);
    return { samples, sampleRate, label, path };
  });
};

/** The texts of a folder (one a file) by class, as { text, label, path }: see `imageFolder`. */
export const textFolder = async (
  folder: string,
  options: EncodingOptions & FolderOptions = {},
): Promise<ClassifiedDataset<{ readonly text: string; readonly label: number; readonly path: string }>> => {
  unknownOptions('textFolder', options, ['encoding', 'labels', 'parallel']);
  const { labels, parallel = 4, ...textOptions } = options;
  wholeNumber('textFolder', 'parallel', parallel, 1);
  return decoded(await found(folder, ['txt', 'md'], 'texts', labels), parallel, async ({ path, label }) => ({
    text: await readText(byteSource(path), textOptions),
    label,
    path,
  }));
};

/** The lines of a text file, without their ends, as it is walked through. @throws FormatError for another encoding. */
export const textLines = (input: FileInput, options: EncodingOptions = {}): Dataset<string> =>
  datasetOf(
    streamStage(async function* () {
      for await (const lines of lineChunks(byteSource(input), options)) yield* lines;
    }),
  );

/** A text file as one text. */
export const readTextFile = (input: FileInput, options: EncodingOptions = {}): Promise<string> => readText(byteSource(input), options);
