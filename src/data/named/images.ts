import { joinBytes } from '../../core/bytes.ts';
import { FormatError, ValueError } from '../../core/errors.ts';
import { platform } from '../../core/platform.ts';
import { tensor } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { tarEntries } from '../archive/tar.ts';
import { zipEntries } from '../archive/zip.ts';
import { type ByteSource, readBytes, unpacked } from '../files/bytes.ts';
import { readIdx } from '../idx.ts';
import { type NamedFile, namedBytes, namedFile } from './files.ts';

/** Inputs and targets. */
export interface Examples {
  readonly x: Tensor;
  readonly y: Tensor;
}

export interface SplitExamples {
  readonly train: Examples;
  readonly test: Examples;
}

/** Images and classes in IDX files of the same count. */
const idxExamples = (images: Uint8Array, labels: Uint8Array, name: string, transpose = false): Examples => {
  const [x, y] = [readIdx(images, `${name} images`), readIdx(labels, `${name} labels`)];
  if (x.shape.length !== 3 || y.shape.length !== 1 || x.shape[0] !== y.shape[0])
    throw new FormatError(
      `${name} needs images and as many labels: they have shapes (${x.shape.join(', ')}) and (${y.shape.join(', ')}). Fetch the files again.`,
    );
  const [images3d, classes] = [tensor(x.data, { shape: x.shape }), tensor(y.data, { shape: y.shape })];
  return { x: transpose ? images3d.transpose([0, 2, 1]) : images3d, y: classes };
};

const kmnistFile = (name: string, bytes: number, sha256: string): NamedFile => ({
  title: 'Kuzushiji-MNIST',
  folder: 'kmnist',
  ...{ name, bytes, sha256 },
  addresses: [`http://codh.rois.ac.jp/kmnist/dataset/kmnist/${name}`], // plain http, as its authors serve it: the digest makes it safe
});

type IdxFiles = Readonly<Record<'trainImages' | 'trainLabels' | 'testImages' | 'testLabels', NamedFile>>;

/** Lengths and digests: TensorFlow Datasets, url_checksums/kmnist.txt. */
const kmnistFiles: IdxFiles = {
  trainImages: kmnistFile('train-images-idx3-ubyte.gz', 18_165_135, '51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4'),
  trainLabels: kmnistFile('train-labels-idx1-ubyte.gz', 29_497, 'e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17'),
  testImages: kmnistFile('t10k-images-idx3-ubyte.gz', 3_041_136, 'edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5'),
  testLabels: kmnistFile('t10k-labels-idx1-ubyte.gz', 5_120, '20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c'),
};

/** Cursive Japanese letters: x uint8 (60000, 28, 28), y uint8 (60000); 10,000 for testing. */
export const loadKmnist = async (files: IdxFiles = kmnistFiles): Promise<SplitExamples> => {
  const bytesOf = async (file: NamedFile): Promise<Uint8Array> => platform().gunzip(await namedBytes(file));
  return {
    train: idxExamples(await bytesOf(files.trainImages), await bytesOf(files.trainLabels), 'Kuzushiji-MNIST training'),
    test: idxExamples(await bytesOf(files.testImages), await bytesOf(files.testLabels), 'Kuzushiji-MNIST test'),
  };
};

/** Length and digest: TensorFlow Datasets, url_checksums/emnist.txt. */
const emnistFile: NamedFile = {
  ...{ title: 'EMNIST', folder: 'emnist', name: 'gzip.zip', bytes: 561_753_746 },
  sha256: 'fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e',
  addresses: ['https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip', 'https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip'],
};

export const emnistParts = ['balanced', 'byclass', 'bymerge', 'digits', 'letters', 'mnist'] as const;
export type EmnistPart = (typeof emnistParts)[number];

/** One part of EMNIST from its archive; its images lie on their side there, and are turned. Letters are counted from 0 as the rest. */
export const parseEmnist = async (archive: ByteSource, part: EmnistPart): Promise<SplitExamples> => {
  const entries = await zipEntries(archive);
  const bytesOf = async (half: string, what: string): Promise<Uint8Array> => {
    const entry = entries.find(({ path }) => path.endsWith(`emnist-${part}-${half}-${what}-ubyte.gz`));
    if (entry === undefined) throw new FormatError(`${archive.name} holds no part '${part}' of EMNIST. Fetch the file again.`);
    return readBytes(unpacked(entry));
  };
  const half = async (name: string): Promise<Examples> => {
    const { x, y } = idxExamples(await bytesOf(name, 'images-idx3'), await bytesOf(name, 'labels-idx1'), `EMNIST ${part} ${name}`, true);
    return { x, y: part === 'letters' ? y.sub(1) : y };
  };
  return { train: await half('train'), test: await half('test') };
};

export const loadEmnist = async (part: EmnistPart = 'balanced'): Promise<SplitExamples> => {
  if (!emnistParts.includes(part)) throw new ValueError(`emnist has the parts ${emnistParts.join(', ')}, not '${part}'.`);
  return parseEmnist(await namedFile(emnistFile), part);
};

/** Lengths and digests: TensorFlow Datasets, url_checksums/cifar10.txt and cifar100.txt. */
const cifarFile = (name: string, bytes: number, sha256: string): NamedFile => ({
  title: name.startsWith('cifar-100') ? 'CIFAR-100' : 'CIFAR-10',
  folder: 'cifar',
  ...{ name, bytes, sha256 },
  addresses: [`https://www.cs.toronto.edu/~kriz/${name}`],
});
const cifar10File = cifarFile('cifar-10-binary.tar.gz', 170_052_171, 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd');
const cifar100File = cifarFile('cifar-100-binary.tar.gz', 168_513_733, '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec');

const side = 32;
const plane = side * side;

/** Records of labels and three planes of 32 x 32, as images (count, 32, 32, 3) and the last label of each. */
const cifarRecords = (bytes: Uint8Array, labels: number, name: string): { images: Uint8Array; classes: Uint8Array } => {
  const record = labels + 3 * plane;
  if (bytes.length === 0 || bytes.length % record !== 0)
    throw new FormatError(`${name} has ${bytes.length} bytes, which are no whole records of ${record}. Fetch the archive again.`);
  const count = bytes.length / record;
  const [images, classes] = [new Uint8Array(count * 3 * plane), new Uint8Array(count)];
  for (let item = 0; item < count; item++) {
    const begin = item * record + labels;
    classes[item] = bytes[begin - 1] as number;
    for (let channel = 0; channel < 3; channel++)
      for (let pixel = 0; pixel < plane; pixel++)
        images[(item * plane + pixel) * 3 + channel] = bytes[begin + channel * plane + pixel] as number;
  }
  return { images, classes };
};

/** CIFAR from its archive for C programs. `labels`: 1 of CIFAR-10; 2 (group and class) of CIFAR-100. */
export const parseCifar = async (archive: ByteSource, labels: 1 | 2): Promise<SplitExamples> => {
  const files = new Map<string, ReturnType<typeof cifarRecords>>();
  for await (const entry of tarEntries(archive))
    if (entry.path.endsWith('.bin'))
      files.set(entry.path.split('/').at(-1) as string, cifarRecords(await readBytes(entry), labels, entry.name));
  const half = (isTest: boolean): Examples => {
    const parts = [...files].filter(([name]) => /^test/.test(name) === isTest).sort(([a], [b]) => (a < b ? -1 : 1));
    if (parts.length === 0)
      throw new FormatError(`${archive.name} holds no ${isTest ? 'test' : 'training'} part of CIFAR. Fetch the file again.`);
    const [images, classes] = [joinBytes(parts.map(([, part]) => part.images)), joinBytes(parts.map(([, part]) => part.classes))];
    return { x: tensor(images, { shape: [classes.length, side, side, 3] }), y: tensor(classes) };
  };
  return { train: half(false), test: half(true) };
};

export const loadCifar10 = async (): Promise<SplitExamples> => parseCifar(await namedFile(cifar10File), 1);
export const loadCifar100 = async (): Promise<SplitExamples> => parseCifar(await namedFile(cifar100File), 2);

export interface Digits extends Examples {
  readonly classes: readonly string[];
}

/** 1,797 digits of 8 x 8 pixels from 0 to 16: x uint8 (1797, 8, 8), y uint8 (1797). Part of the package. */
export const loadDigits = async (): Promise<Digits> => {
  const { packedDigits } = await import('./embedded/digits.ts');
  const packed = Uint8Array.from(atob(packedDigits), letter => letter.charCodeAt(0));
  const bytes = await platform().gunzip(packed);
  const count = bytes.length / 65;
  return {
    x: tensor(bytes.subarray(0, count * 64), { shape: [count, 8, 8] }),
    y: tensor(bytes.subarray(count * 64)),
    classes: Array.from({ length: 10 }, (_, digit) => String(digit)),
  };
};
