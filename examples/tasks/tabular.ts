// Regression on tables: diamonds (price) and concrete (strength), R² on a tenth of the rows that is held out.
//   GRADUS_DATA=… node examples/tasks/tabular.ts [diamonds|concrete]
//
// Numbers are standardised by the training rows, categories become one-hot, the target is standardised (diamonds: its logarithm).
// Two hidden layers of 64 with batch normalization, Adam with cosine decay.

import { numberColumn, readCsv, textColumn } from '../../src/data/index.ts';
import { configure, layers, optimizers, schedules, sequential, type Tensor, tensor } from '../../src/index.ts';
import { dataFile, shuffledPlaces } from './common.ts';

interface Task {
  readonly target: string;
  readonly isLogarithmic: boolean;
  readonly epochs: number;
  readonly batchSize: number;
  /** What Keras reaches with the same design (examples/tasks/keras_baselines.py). */
  readonly bar: number;
}

const tasks: Readonly<Record<string, Task>> = {
  diamonds: { target: 'price', isLogarithmic: true, epochs: 20, batchSize: 128, bar: 0.975 },
  concrete: { target: 'compressive_strength', isLogarithmic: false, epochs: 300, batchSize: 32, bar: 0.88 },
};

const standardised = (values: Float64Array, rows: Int32Array): { values: Float64Array; mean: number; deviation: number } => {
  const known = Array.from(rows, row => values[row] as number);
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length) || 1;
  return { values: values.map(value => (value - mean) / deviation), mean, deviation };
};

const run = async (name: string, { target, isLogarithmic, epochs, batchSize, bar }: Task): Promise<boolean> => {
  const table = await readCsv(dataFile(`tabular/${name}.csv`));
  const order = shuffledPlaces(table.rows.length, 1);
  const cut = Math.floor(order.length * 0.9);
  const [trainRows, testRows] = [order.subarray(0, cut), order.subarray(cut)];
  const columns: Float64Array[] = [];
  for (const column of table.columns) {
    if (column === target) continue;
    const texts = textColumn(table, column);
    if (texts.every(text => text !== '' && Number.isFinite(Number(text)))) {
      columns.push(standardised(Float64Array.from(numberColumn(table, column)), trainRows).values);
      continue;
    }
    for (const category of [...new Set(texts)].sort()) columns.push(Float64Array.from(texts, text => (text === category ? 1 : 0)));
  }
  const raw = Float64Array.from(numberColumn(table, target), value => (isLogarithmic ? Math.log(value) : value));
  const scaled = standardised(raw, trainRows);
  const pick = (rows: Int32Array): { x: Tensor; y: Tensor } => {
    const x = new Float32Array(rows.length * columns.length);
    rows.forEach((row, index) => {
      columns.forEach((column, place) => {
        x[index * columns.length + place] = column[row] as number;
      });
    });
    return {
      x: tensor(x, { shape: [rows.length, columns.length] }),
      y: tensor(
        Float32Array.from(rows, row => scaled.values[row] as number),
        { shape: [rows.length, 1] },
      ),
    };
  };
  const [train, test] = [pick(trainRows), pick(testRows)];
  const net = sequential(
    [
      ...[layers.dense(64, { activation: 'relu' }), layers.batchNormalization()],
      ...[layers.dense(64, { activation: 'relu' }), layers.dense(1)],
    ],
    { inputShape: [columns.length], seed: 1 },
  );
  const decaySteps = epochs * Math.ceil(cut / batchSize);
  net.compile({
    optimizer: optimizers.adam({ learningRate: schedules.cosineDecay({ initialLearningRate: 3e-3, decaySteps }) }),
    loss: 'mse',
  });
  const started = performance.now();
  await net.fit(train.x, train.y, { epochs, batchSize, verbose: 'silent' });
  const seconds = (performance.now() - started) / 1000;
  const predicted = await (await net.predict(test.x, { batchSize: 1024 })).data();
  // R² of the price itself, not of its logarithm.
  const unscaled = (value: number): number =>
    isLogarithmic ? Math.exp(value * scaled.deviation + scaled.mean) : value * scaled.deviation + scaled.mean;
  const truth = Array.from(testRows, row => unscaled(scaled.values[row] as number));
  const mean = truth.reduce((a, b) => a + b, 0) / truth.length;
  const residual = truth.reduce((sum, value, index) => sum + (value - unscaled(predicted[index] as number)) ** 2, 0);
  const r2 = 1 - residual / truth.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  console.log(
    `${name}: R² ${r2.toFixed(4)} on ${testRows.length} rows held out (bar ${bar}), ${seconds.toFixed(1)} s for ${epochs} epochs of ${cut} rows`,
  );
  return r2 >= bar;
};

await configure({ wideSimd: 'auto' });
const chosen = process.argv[2];
let isDone = true;
for (const [name, task] of Object.entries(tasks)) if (chosen === undefined || chosen === name) isDone = (await run(name, task)) && isDone;
process.exitCode = isDone ? 0 : 1;
