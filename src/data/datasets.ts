import { tensor } from '../tensor/create.ts';
import { fashionMnistSource, type LabelledImages, loadMnistLike, type MnistLike, mnistSource } from './mnist.ts';
import {
  type Digits,
  type EmnistPart,
  type Examples,
  loadCifar10,
  loadCifar100,
  loadDigits,
  loadEmnist,
  loadKmnist,
  type SplitExamples,
} from './named/images.ts';
import { type DataSetInfo, type DataSetName, dataSetInfo, dataSetNames } from './named/info.ts';
import { type Ecg, loadEcg, loadFsdd, type SpokenDigits } from './named/signals.ts';
import {
  loadCalifornia,
  loadConcrete,
  loadDiamonds,
  loadFoods,
  loadIris,
  loadPenguins,
  loadTissue,
  loadWdbc,
  type NumericData,
  type TableData,
} from './named/tables.ts';
import { type Clinc, loadClinc, loadImdb, loadShakespeare, type Reviews, type Shakespeare } from './named/texts.ts';

export type { Examples, SplitExamples } from './named/images.ts';

const examples = ({ images, labels, count, side }: LabelledImages): Examples => ({
  x: tensor(images, { shape: [count, side, side] }),
  y: tensor(labels, { shape: [count] }),
});

const imageSet = (source: MnistLike) => async (): Promise<SplitExamples> => {
  const { train, test } = await loadMnistLike(source);
  return { train: examples(train), test: examples(test) };
};

/**
 * Named data sets, verified by SHA-256 wherever they come from: a package, the folder that the environment variable GRADUS_DATA names,
 * the cache, or a download, which goes on where it was cut. Licences and citations: `datasets.info(name)`.
 */
export const datasets: {
  /** Handwritten digits: x uint8 (60000, 28, 28), y uint8 (60000); 10,000 for testing. LeCun, Cortes, Burges 1998; CC BY-SA 3.0. */
  readonly mnist: () => Promise<SplitExamples>;
  /** Pieces of clothing, in MNIST's format. Xiao, Rasul, Vollgraf 2017; MIT licence. */
  readonly fashionMnist: () => Promise<SplitExamples>;
  /** Cursive Japanese letters, in MNIST's format. Clanuwat et al. 2018; CC BY-SA 4.0. */
  readonly kmnist: () => Promise<SplitExamples>;
  /** Handwritten letters and digits, upright, x uint8 (count, 28, 28); 'balanced' (47 classes) unless another part is said. Cohen et al. 2017. */
  readonly emnist: (part?: EmnistPart) => Promise<SplitExamples>;
  /** Photographs: x uint8 (50000, 32, 32, 3), y uint8 (50000), 10 classes; 10,000 for testing. Krizhevsky 2009. */
  readonly cifar10: () => Promise<SplitExamples>;
  /** The same with 100 classes. */
  readonly cifar100: () => Promise<SplitExamples>;
  /** Small digits: x uint8 (1797, 8, 8) from 0 to 16, y uint8 (1797). Part of the package. Alpaydin, Kaynak 1998; CC BY 4.0. */
  readonly digits: () => Promise<Digits>;
  /** Flowers: x (150, 4) in centimetres, y (150), 3 classes. Part of the package. Fisher 1936; CC BY 4.0. */
  readonly iris: () => Promise<NumericData>;
  /** 344 penguins, 7 columns, some values missing; target species. Horst et al. 2020; CC0. */
  readonly penguins: () => Promise<TableData>;
  /** 53,940 diamonds, 10 columns; target price. ggplot2; MIT. */
  readonly diamonds: () => Promise<TableData>;
  /** Concrete: x (1030, 8), y (1030) in megapascals. Yeh 1998; CC BY 4.0. */
  readonly concrete: () => Promise<NumericData>;
  /** Breast cancer: x (569, 30), y (569), 0 malignant, 1 benign. Street, Wolberg, Mangasarian 1993; CC BY 4.0. */
  readonly wdbc: () => Promise<NumericData>;
  /** Houses: x (20640, 8), y (20640) in US dollars. Pace, Barry 1997. */
  readonly californiaHousing: () => Promise<NumericData>;
  /** Genes: x (189, 500), y (189), 7 tissues. dslabs; Artistic 2.0. */
  readonly tissueGeneExpression: () => Promise<NumericData>;
  /** Plays as one text; the last tenth is for validation. Public domain. */
  readonly tinyShakespeare: () => Promise<Shakespeare>;
  /** Questions in 150 intents, and out of scope. Larson et al. 2019; CC BY 3.0. */
  readonly clinc150: () => Promise<Clinc>;
  /** Reviews of foods: columns product, review, score (great, other). McAuley, Leskovec 2013; CC0. */
  readonly foods: () => Promise<{ readonly train: TableData; readonly test: TableData }>;
  /** Reviews of films, negative or positive: 25,000 and 25,000. Maas et al. 2011. */
  readonly imdb: () => Promise<Reviews>;
  /** Spoken digits: 3,000 recordings, by index or by speaker. Jackson et al. 2018; CC BY-SA 4.0. Needs the package `xz-decompress`. */
  readonly fsdd: () => Promise<SpokenDigits>;
  /** Hearts: 12 records with their beats, split by record. Moody, Mark 2001; ODC-By 1.0. Needs the package `xz-decompress`. */
  readonly ecg: () => Promise<Ecg>;
  /** Licence, citation and content. @throws ValueError for an unknown name. */
  readonly info: (name: string) => DataSetInfo;
  /** The names of all. */
  readonly names: readonly DataSetName[];
} = {
  mnist: imageSet(mnistSource),
  fashionMnist: imageSet(fashionMnistSource),
  kmnist: () => loadKmnist(),
  emnist: loadEmnist,
  cifar10: loadCifar10,
  cifar100: loadCifar100,
  digits: loadDigits,
  iris: loadIris,
  penguins: loadPenguins,
  diamonds: loadDiamonds,
  concrete: loadConcrete,
  wdbc: loadWdbc,
  californiaHousing: loadCalifornia,
  tissueGeneExpression: loadTissue,
  tinyShakespeare: loadShakespeare,
  clinc150: loadClinc,
  foods: loadFoods,
  imdb: loadImdb,
  fsdd: loadFsdd,
  ecg: loadEcg,
  info: dataSetInfo,
  names: dataSetNames,
};
