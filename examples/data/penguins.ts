// Which penguin is it? From a CSV file with missing values to a trained model, each step of the pipeline to be seen.
// GRADUS_DATA=../shared/data node examples/data/penguins.ts
import { codesOf, columnOf, dataset, datasets } from '../../src/data/index.ts';
import { layers, sequential, tensor } from '../../src/index.ts';

const { table } = await datasets.penguins();
const { codes, levels } = codesOf(columnOf(table, 'species'));
const inputs = ['bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g'].map(
  name => columnOf(table, name).values as Float64Array,
);
const rows = Array.from({ length: table.count }, (_, row) => ({
  x: Float32Array.from(inputs, values => values[row] ?? NaN),
  species: codes[row] ?? -1,
}));
const whole = rows.filter(({ x }) => !x.some(Number.isNaN));

const mean = inputs.map((_, at) => whole.reduce((sum, { x }) => sum + (x[at] as number), 0) / whole.length);
const spread = inputs.map((_, at) =>
  Math.sqrt(whole.reduce((sum, { x }) => sum + ((x[at] as number) - (mean[at] as number)) ** 2, 0) / whole.length),
);

// Every species has its share in both parts; training rows come in another order each epoch.
const parts = dataset(whole).stratifiedSplit(0.8, { by: ({ species }) => species, seed: 1 });
const [train, test] = parts.map(part =>
  part.map(({ x, species }) => [x.map((value, at) => (value - (mean[at] as number)) / (spread[at] as number)), species]),
);
if (train === undefined || test === undefined) throw new Error('a split has two parts');

const net = sequential([layers.dense(16, { activation: 'relu' }), layers.dense(levels.length, { activation: 'softmax' })], {
  inputShape: [4],
  seed: 1,
});
net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
const batches = train.shuffle({ seed: 1 }).batch(16).prefetch();
await net.fit(batches, { epochs: 30, validationData: test.batch(64), verbose: 'silent' });

const { waitedShare } = batches.statistics();
console.log('Test:', await net.evaluate(test.batch(64)));
console.log(`Training waited for data ${(100 * waitedShare).toFixed(0)} % of the time.`);
const scores = await (
  await net.predict(tensor([[39.1, 18.7, 181, 3750].map((value, at) => (value - (mean[at] as number)) / (spread[at] as number))]))
).array();
console.log('The first penguin:', levels[scores[0].indexOf(Math.max(...scores[0]))]);
