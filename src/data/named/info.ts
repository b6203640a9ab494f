import { unknownName } from '../../core/errors.ts';

/** What is known about a data set besides its data. */
export interface DataSetInfo {
  readonly name: string;
  readonly title: string;
  /** SPDX where there is one; otherwise the terms in words. */
  readonly licence: string;
  readonly citation: string;
  readonly homepage: string;
  /** What it holds. */
  readonly content: string;
}

/** A data set's name. */
export type DataSetName =
  | 'mnist'
  | 'fashionMnist'
  | 'kmnist'
  | 'emnist'
  | 'cifar10'
  | 'cifar100'
  | 'digits'
  | 'iris'
  | 'penguins'
  | 'diamonds'
  | 'concrete'
  | 'wdbc'
  | 'californiaHousing'
  | 'tissueGeneExpression'
  | 'tinyShakespeare'
  | 'clinc150'
  | 'foods'
  | 'imdb'
  | 'fsdd'
  | 'ecg';

const table: Readonly<Record<DataSetName, Omit<DataSetInfo, 'name'>>> = {
  mnist: {
    title: 'MNIST, handwritten digits',
    licence: 'CC-BY-SA-3.0',
    citation: 'Y. LeCun, C. Cortes, C. J. C. Burges (1998): The MNIST database of handwritten digits.',
    homepage: 'http://yann.lecun.com/exdb/mnist/',
    content: '60,000 + 10,000 grey images of 28 x 28, 10 classes',
  },
  fashionMnist: {
    title: 'Fashion-MNIST, pieces of clothing',
    licence: 'MIT',
    citation:
      'H. Xiao, K. Rasul, R. Vollgraf (2017): Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms. arXiv:1708.07747.',
    homepage: 'https://github.com/zalandoresearch/fashion-mnist',
    content: '60,000 + 10,000 grey images of 28 x 28, 10 classes',
  },
  kmnist: {
    title: 'Kuzushiji-MNIST, cursive Japanese letters',
    licence: 'CC-BY-SA-4.0',
    citation:
      'T. Clanuwat, M. Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto, D. Ha (2018): Deep learning for classical Japanese literature. arXiv:1812.01718.',
    homepage: 'http://codh.rois.ac.jp/kmnist/',
    content: '60,000 + 10,000 grey images of 28 x 28, 10 classes',
  },
  emnist: {
    title: 'EMNIST, handwritten letters and digits',
    licence: 'Public domain (work of the United States government, NIST)',
    citation:
      'G. Cohen, S. Afshar, J. Tapson, A. van Schaik (2017): EMNIST: an extension of MNIST to handwritten letters. arXiv:1702.05373.',
    homepage: 'https://www.nist.gov/itl/products-and-services/emnist-dataset',
    content: 'grey images of 28 x 28; balanced: 112,800 + 18,800, 47 classes; letters: 124,800 + 20,800, 26 classes; and others',
  },
  cifar10: {
    title: 'CIFAR-10, small photographs',
    licence: 'No licence stated; free to use with the citation',
    citation: 'A. Krizhevsky (2009): Learning multiple layers of features from tiny images. Technical report, University of Toronto.',
    homepage: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    content: '50,000 + 10,000 colour images of 32 x 32, 10 classes',
  },
  cifar100: {
    title: 'CIFAR-100, small photographs',
    licence: 'No licence stated; free to use with the citation',
    citation: 'A. Krizhevsky (2009): Learning multiple layers of features from tiny images. Technical report, University of Toronto.',
    homepage: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    content: '50,000 + 10,000 colour images of 32 x 32, 100 classes in 20 groups',
  },
  digits: {
    title: 'Optical recognition of handwritten digits',
    licence: 'CC-BY-4.0',
    citation:
      'E. Alpaydin, C. Kaynak (1998): Optical recognition of handwritten digits. UCI Machine Learning Repository, doi:10.24432/C50P49.',
    homepage: 'https://archive.ics.uci.edu/dataset/80',
    content: '1,797 grey images of 8 x 8, 10 classes; embedded, needs no download',
  },
  iris: {
    title: 'Iris flowers',
    licence: 'CC-BY-4.0',
    citation: 'R. A. Fisher (1936): The use of multiple measurements in taxonomic problems. Annals of Eugenics 7, 179-188.',
    homepage: 'https://archive.ics.uci.edu/dataset/53',
    content: '150 rows, 4 numbers, 3 classes; embedded, needs no download',
  },
  penguins: {
    title: 'Palmer penguins',
    licence: 'CC0-1.0',
    citation:
      'A. M. Horst, A. P. Hill, K. B. Gorman (2020): palmerpenguins: Palmer Archipelago (Antarctica) penguin data. doi:10.5281/zenodo.3960218.',
    homepage: 'https://allisonhorst.github.io/palmerpenguins/',
    content: '344 rows, 7 columns with missing values; target species',
  },
  diamonds: {
    title: 'Prices of diamonds',
    licence: 'MIT',
    citation: 'H. Wickham (2016): ggplot2: Elegant graphics for data analysis. Springer.',
    homepage: 'https://ggplot2.tidyverse.org/reference/diamonds.html',
    content: '53,940 rows, 10 columns; target price in US dollars',
  },
  concrete: {
    title: 'Compressive strength of concrete',
    licence: 'CC-BY-4.0',
    citation:
      'I.-C. Yeh (1998): Modeling of strength of high-performance concrete using artificial neural networks. Cement and Concrete Research 28(12), 1797-1808.',
    homepage: 'https://archive.ics.uci.edu/dataset/165',
    content: '1,030 rows, 8 numbers; target strength in megapascals',
  },
  wdbc: {
    title: 'Breast cancer Wisconsin (diagnostic)',
    licence: 'CC-BY-4.0',
    citation:
      'W. N. Street, W. H. Wolberg, O. L. Mangasarian (1993): Nuclear feature extraction for breast tumor diagnosis. UCI, doi:10.24432/C5DW2B.',
    homepage: 'https://archive.ics.uci.edu/dataset/17',
    content: '569 rows, 30 numbers; malignant or benign',
  },
  californiaHousing: {
    title: 'California housing, 1990 census',
    licence: 'Public domain (census data)',
    citation: 'R. K. Pace, R. Barry (1997): Sparse spatial autoregressions. Statistics and Probability Letters 33, 291-297.',
    homepage: 'https://www.dcc.fc.up.pt/~ltorgo/Regression/cal_housing.html',
    content: '20,640 rows, 8 numbers; target the median house value in US dollars',
  },
  tissueGeneExpression: {
    title: 'Gene expression of tissues',
    licence: 'Artistic-2.0',
    citation: 'R. A. Irizarry, A. Gill: dslabs: Data science labs (R package), tissue_gene_expression.',
    homepage: 'https://cran.r-project.org/package=dslabs',
    content: '189 rows, 500 genes; 7 tissues',
  },
  tinyShakespeare: {
    title: 'Tiny Shakespeare',
    licence: 'Public domain',
    citation: 'A. Karpathy (2015): The unreasonable effectiveness of recurrent neural networks; plays by W. Shakespeare.',
    homepage: 'https://github.com/karpathy/char-rnn',
    content: '1.1 MB of plays; the last tenth is for validation',
  },
  clinc150: {
    title: 'CLINC150, intents and out of scope',
    licence: 'CC-BY-3.0',
    citation:
      'S. Larson et al. (2019): An evaluation dataset for intent classification and out-of-scope prediction. EMNLP-IJCNLP, 1311-1316.',
    homepage: 'https://github.com/clinc/oos-eval',
    content: '15,000 + 3,000 + 4,500 questions in 150 intents, and 1,200 out of scope',
  },
  foods: {
    title: 'Reviews of foods',
    licence: 'CC0-1.0',
    citation:
      'J. J. McAuley, J. Leskovec (2013): From amateurs to connoisseurs. WWW, 897-908; subset small_fine_foods of the R package modeldata.',
    homepage: 'https://modeldata.tidymodels.org/reference/small_fine_foods.html',
    content: '4,000 + 1,000 reviews; score great or other',
  },
  imdb: {
    title: 'Large movie review dataset',
    licence: 'No licence stated; free to use with the citation',
    citation:
      'A. L. Maas, R. E. Daly, P. T. Pham, D. Huang, A. Y. Ng, C. Potts (2011): Learning word vectors for sentiment analysis. ACL, 142-150.',
    homepage: 'https://ai.stanford.edu/~amaas/data/sentiment/',
    content: '25,000 + 25,000 reviews; negative or positive',
  },
  fsdd: {
    title: 'Free spoken digit dataset',
    licence: 'CC-BY-SA-4.0',
    citation: 'Z. Jackson et al. (2018): Jakobovski/free-spoken-digit-dataset, v1.0.8. doi:10.5281/zenodo.1342401.',
    homepage: 'https://github.com/Jakobovski/free-spoken-digit-dataset',
    content: '3,000 recordings at 8 kHz, 10 digits, 6 speakers',
  },
  ecg: {
    title: 'MIT-BIH arrhythmia database, 12 records',
    licence: 'ODC-By-1.0',
    citation:
      'G. B. Moody, R. G. Mark (2001): The impact of the MIT-BIH arrhythmia database. IEEE Engineering in Medicine and Biology 20(3), 45-50.',
    homepage: 'https://physionet.org/content/mitdb/',
    content: '12 half hours of lead 0 at 360 Hz, with each beat and whether it is premature',
  },
};

export const dataSetNames: readonly DataSetName[] = Object.keys(table) as DataSetName[];

/** Licence, citation and content of a named data set. @throws ValueError for an unknown name, with the nearest. */
export const dataSetInfo = (name: string): DataSetInfo => {
  if (!Object.hasOwn(table, name)) throw unknownName('data set', name, dataSetNames);
  return { name, ...table[name as DataSetName] };
};
