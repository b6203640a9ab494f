import { FormatError } from '../../core/errors.ts';
import { tensor } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { readNpz } from '../arrays/npy.ts';
import { readText } from '../files/text.ts';
import { codesOf, columnOf, type Table, type TableColumn } from '../table/column.ts';
import { csv } from '../table/csvReader.ts';
import { rowsOfTable, type TableDataset } from '../table/dataset.ts';
import { type NamedFile, namedFile } from './files.ts';

/** A table with the column that is to be predicted. */
export interface TableData {
  readonly table: Table;
  readonly target: string;
  /** The table's rows as a data set. */
  readonly rows: TableDataset;
}

/** A table of numbers only: ready to train on. */
export interface NumericData extends TableData {
  /** (rows, features) float32 */
  readonly x: Tensor;
  /** (rows): classes as int32, or values as float32. */
  readonly y: Tensor;
  readonly features: readonly string[];
  /** The classes' names; none for values. */
  readonly classes: readonly string[];
}

const tableData = (table: Table, target: string): TableData => ({ table, target, rows: rowsOfTable(table) });

/** The numbers of all columns but the target. @throws FormatError for a column that holds others. */
const numericData = (table: Table, target: string): NumericData => {
  const inputs = table.columns.filter(({ name }) => name !== target);
  const other = inputs.find(({ kind }) => kind !== 'number');
  if (other !== undefined)
    throw new FormatError(`column '${other.name}' should hold numbers, and holds ${other.kind}. Fetch the file again.`);
  const x = new Float32Array(table.count * inputs.length);
  for (const [at, { values }] of inputs.entries())
    for (let row = 0; row < table.count; row++) x[row * inputs.length + at] = values[row] as number;
  const column = columnOf(table, target);
  const { codes, levels } = column.kind === 'number' ? { codes: undefined, levels: [] } : codesOf(column);
  return {
    ...tableData(table, target),
    x: tensor(x, { shape: [table.count, inputs.length] }),
    y: codes === undefined ? tensor(Float32Array.from(column.values as Float64Array)) : tensor(codes),
    features: inputs.map(({ name }) => name),
    classes: levels,
  };
};

const csvFile = (
  title: string,
  folder: string,
  name: string,
  bytes: number,
  sha256: string,
  addresses: readonly string[] = [],
): NamedFile => ({
  ...{ title, folder, name, bytes, sha256, addresses },
});

const penguinsFile = csvFile(
  'penguins',
  'tabular',
  'penguins.csv',
  13_823,
  '939f47058ab74ec9321309ec91e60c642e8ba1de38a65fc99eea53a935707331',
);
const diamondsFile = csvFile(
  'diamonds',
  'tabular',
  'diamonds.csv',
  2_502_424,
  '0b8f06b2a34087cae429b30f6d25a15a5d052800506bf117fcb03787218769ac',
);
const concreteFile = csvFile(
  'concrete',
  'tabular',
  'concrete.csv',
  41_463,
  '58b8342e76c87e5afe5dc62f90a5a6d7adc4a603a703414f02491a8141663d47',
);
const wdbcFile = csvFile(
  'breast cancer',
  'biomed',
  'wdbc_sklearn.csv',
  119_913,
  'fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed',
  ['https://raw.githubusercontent.com/scikit-learn/scikit-learn/main/sklearn/datasets/data/breast_cancer.csv'],
);
const tissueFile = csvFile(
  ...(['gene expression', 'biomed', 'tissue_gene_expression.csv', 674_260] as const),
  '8c1f1a9e4f015bc5011bcf08bc0f3eeacf48fc77140f19f2c3d94e4f9ad0779f',
);

export const loadPenguins = async (): Promise<TableData> => tableData(await csv(await namedFile(penguinsFile)).read(), 'species');

export const loadDiamonds = async (): Promise<TableData> => tableData(await csv(await namedFile(diamondsFile)).read(), 'price');

export const loadConcrete = async (): Promise<NumericData> =>
  numericData(await csv(await namedFile(concreteFile)).read(), 'compressive_strength');

export const loadTissue = async (): Promise<NumericData> => numericData(await csv(await namedFile(tissueFile)).read(), 'tissue');

const measures = [
  'radius',
  'texture',
  'perimeter',
  'area',
  'smoothness',
  'compactness',
  'concavity',
  'concave points',
  'symmetry',
  'fractal dimension',
];
const wdbcFeatures = ['mean', 'error', 'worst'].flatMap(kind => measures.map(measure => `${kind} ${measure}`));

/** scikit-learn's file: a first line of counts and the classes' names, then numbers and the class of each row. */
export const loadWdbc = async (): Promise<NumericData> => {
  const text = await readText(await namedFile(wdbcFile));
  const [, , ...classes] = text.slice(0, text.indexOf('\n')).trim().split(',');
  const body = new TextEncoder().encode(text.slice(text.indexOf('\n') + 1));
  const numbers = await csv(body, { header: false, names: [...wdbcFeatures, 'diagnosis'] }).read();
  const columns = numbers.columns.map((column): TableColumn => {
    if (column.name !== 'diagnosis') return column;
    return { name: 'diagnosis', kind: 'category', values: Array.from(column.values as Float64Array, code => classes[code] ?? null) };
  });
  const data = numericData({ count: numbers.count, columns }, 'diagnosis');
  // As in the file (and scikit-learn): 0 malignant, 1 benign.
  return { ...data, classes, y: tensor(Int32Array.from(columnOf(numbers, 'diagnosis').values as Float64Array)) };
};

const irisFeatures = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];
const species = ['setosa', 'versicolor', 'virginica'];

/** In centimetres; part of the package. */
export const loadIris = async (): Promise<NumericData> => {
  const { irisMillimetres } = await import('./embedded/iris.ts');
  const rows = irisMillimetres.split(' ').map(row => row.split(',').map(Number));
  const columns: TableColumn[] = irisFeatures.map((name, at) => ({
    ...{ name, kind: 'number' },
    values: Float64Array.from(rows, row => (row[at] as number) / 10),
  }));
  columns.push({ name: 'species', kind: 'category', values: rows.map((_, row) => species[Math.floor(row / 50)] as string) });
  return numericData({ count: rows.length, columns }, 'species');
};

/** Keras's copy; digest: its datasets/california_housing.py. */
const californiaFile: NamedFile = {
  ...{ title: 'California housing', folder: 'california-housing', name: 'california_housing.npz' },
  sha256: '1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f',
  addresses: ['https://storage.googleapis.com/tensorflow/tf-keras-datasets/california_housing.npz'],
};

const californiaFeatures = ['MedInc', 'HouseAge', 'AveRooms', 'AveBedrms', 'Population', 'AveOccup', 'Latitude', 'Longitude'];

/** A table of the arrays x (rows, 8) and y (rows) of an npz file. */
export const parseCalifornia = async (file: Parameters<typeof readNpz>[0]): Promise<NumericData> => {
  const { x, y } = await readNpz(file);
  if (x === undefined || y === undefined || x.shape[1] !== californiaFeatures.length || x.shape[0] !== y.shape[0])
    throw new FormatError('the California housing file should hold x (rows, 8) and y (rows). Fetch it again.');
  const [values, prices] = [await x.data(), await y.data()];
  const count = y.shape[0] as number;
  const columns: TableColumn[] = californiaFeatures.map((name, at) => ({
    ...{ name, kind: 'number' },
    values: Float64Array.from({ length: count }, (_, row) => values[row * californiaFeatures.length + at] as number),
  }));
  columns.push({ name: 'MedHouseVal', kind: 'number', values: Float64Array.from(prices) });
  return numericData({ count, columns }, 'MedHouseVal');
};

export const loadCalifornia = async (): Promise<NumericData> => parseCalifornia(await namedFile(californiaFile));

const foodsFiles = {
  train: csvFile('foods', 'text', 'foods_train.csv', 1_670_703, '5fadd64255e08d7142e9d2c87cbf0f66f0f82e30d8aabcc2b9a36618662666c3'),
  test: csvFile('foods', 'text', 'foods_test.csv', 429_257, '2785a14188ced4f955ea9499f08043cbe74ed8166a199e1fac8131dea7a75c13'),
};

export const loadFoods = async (): Promise<{ readonly train: TableData; readonly test: TableData }> => {
  const types = { product: 'text', review: 'text', score: 'category' } as const;
  const part = async (file: NamedFile): Promise<TableData> =>
    tableData(await csv(await namedFile(file), { types, missing: [] }).read(), 'score');
  return { train: await part(foodsFiles.train), test: await part(foodsFiles.test) };
};
