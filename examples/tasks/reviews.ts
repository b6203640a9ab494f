// Food reviews: is it a great one? Accuracy on foods_test.csv beside Keras with the same design (keras_baselines.py reviews).
//   GRADUS_DATA=… node examples/tasks/reviews.ts
//
// Words and pairs of a vocabulary that the training texts give, embedded, averaged, dropout, one output.
import { readCsv, textColumn } from '../../src/data/index.ts';
import { configure, layers, losses, optimizers, sequential, type Tensor, tensor } from '../../src/index.ts';
import { dataFile } from './common.ts';

const [words, length, epochs, seeds, bar] = [20_000, 400, 10, 3, 0.8];

await configure({ wideSimd: 'auto' });
const read = async (name: string): Promise<{ texts: string[]; labels: Tensor }> => {
  const table = await readCsv(dataFile(`text/${name}.csv`));
  const labels = textColumn(table, 'score').map(score => (score === 'great' ? 1 : 0));
  return { texts: [...textColumn(table, 'review')], labels: tensor(Float32Array.from(labels), { shape: [labels.length, 1] }) };
};
const [train, test] = [await read('foods_train'), await read('foods_test')];
const vectorize = layers.textVectorization({ maxTokens: words, outputSequenceLength: length, ngrams: 2 });
await vectorize.adapt(train.texts);
const [trainX, testX] = [vectorize.apply(train.texts) as Tensor, vectorize.apply(test.texts) as Tensor];

const results: number[] = [];
for (let seed = 0; seed < seeds; seed++) {
  const net = sequential(
    [layers.embedding(words, 32, { maskZero: true }), layers.globalAveragePool1d(), layers.dropout(0.5), layers.dense(1)],
    { inputShape: [length], inputDtype: 'int32', seed },
  );
  net.compile({ optimizer: optimizers.adam({ learningRate: 3e-3 }), loss: losses.binaryCrossentropy({ fromLogits: true }) });
  const started = performance.now();
  await net.fit(trainX, train.labels, { epochs, batchSize: 64, verbose: 'silent' });
  const logits = await (await net.predict(testX, { batchSize: 500 })).data();
  const truth = await test.labels.data();
  const accuracy = logits.reduce((hits, value, row) => hits + (value > 0 === (truth[row] === 1) ? 1 : 0), 0) / truth.length;
  results.push(accuracy);
  console.log(`seed ${seed}: test accuracy ${(100 * accuracy).toFixed(1)} %, ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
const mean = results.reduce((a, b) => a + b) / results.length;
console.log(`food reviews: ${(100 * mean).toFixed(1)} % over ${seeds} seeds (bar ${100 * bar} %)`);
process.exitCode = mean >= bar ? 0 : 1;
