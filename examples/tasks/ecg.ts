// Premature ventricular beats in 12 records of the MIT-BIH arrhythmia database, split by record: no patient is on both sides.
//   GRADUS_DATA=… node examples/tasks/ecg.ts
//
// Four folds of three records each. A beat is 0.8 s around its R peak (every second sample), less the record's own median beat (which needs
// no labels), with the distances to the beats before and after; a small convolutional network over the steps.
import { datasets } from '../../src/data/index.ts';
import { configure, input, layers, losses, model, optimizers, schedules, type Tensor, tensor } from '../../src/index.ts';

const [half, stride, epochs] = [144, 2, 12];
const length = (2 * half) / stride;
const folds = [
  ['100', '106', '123'],
  ['102', '116', '121'],
  ['104', '119', '108'],
  ['105', '114', '200'],
];

interface Beats {
  readonly shapes: Float32Array[];
  readonly rhythm: number[][];
  readonly labels: number[];
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

/** The beats of a record, scaled by its own median beat. */
const beatsOf = (signal: ArrayLike<number>, peaks: readonly number[], isPremature: readonly number[]): Beats => {
  const places = peaks.map((peak, index) => ({ peak, index })).filter(({ peak }) => peak >= half && peak + half <= signal.length);
  const raw = places.map(({ peak }) => Float32Array.from({ length }, (_, step) => signal[peak - half + step * stride] as number));
  const usual = Float32Array.from({ length }, (_, step) => median(raw.slice(0, 400).map(beat => beat[step] as number)));
  const level = median(Array.from(usual));
  // Signed: in some leads the usual beat points down.
  const height = usual.reduce((most, value) => (Math.abs(value - level) > Math.abs(most) ? value - level : most), 0) || 1;
  // What differs from the usual beat, in units of how much beats of this record differ anyway: noise is no sign of anything.
  const differences = raw.map(beat => {
    const own = median(Array.from(beat));
    return Float32Array.from(beat, (value, step) => value - own - ((usual[step] as number) - level));
  });
  const noise = median(differences.map(difference => Math.sqrt(difference.reduce((sum, value) => sum + value * value, 0) / length)));
  const scale = Math.sign(height) * Math.max(Math.abs(height), 10 * noise);
  const shapes = differences.map(difference => difference.map(value => value / scale));
  const distance = (index: number): number => (peaks[index] ?? Number.NaN) - (peaks[index - 1] ?? Number.NaN);
  const rhythm = places.map(({ index }) => {
    const around = Array.from({ length: 11 }, (_, step) => distance(index - 5 + step)).filter(Number.isFinite);
    const usualDistance = median(around);
    const [before, after] = [distance(index) / usualDistance, distance(index + 1) / usualDistance];
    return [before, after].map(value => (Number.isFinite(value) ? Math.max(-2, Math.min(2, value - 1)) : 0));
  });
  return { shapes, rhythm, labels: places.map(({ index }) => isPremature[index] as number) };
};

const network = (seed: number) => {
  const shape = input([length, 1]);
  const rhythm = input([2]);
  const convolved = [
    ...[layers.gaussianNoise(0.05), layers.conv1d(16, 7, { padding: 'same', activation: 'relu' }), layers.maxPool1d(2)],
    ...[layers.conv1d(32, 5, { padding: 'same', activation: 'relu' }), layers.maxPool1d(2)],
    ...[layers.conv1d(32, 5, { padding: 'same', activation: 'relu' }), layers.maxPool1d(2), layers.flatten(), layers.dropout(0.5)],
    layers.dense(32, { activation: 'relu' }),
  ].reduce((value, layer) => layer(value), shape);
  const both = layers.concatenate()([convolved, layers.dense(8, { activation: 'relu' })(rhythm)]);
  return model({
    inputs: [shape, rhythm],
    outputs: layers.dense(1)(layers.dropout(0.3)(layers.dense(16, { activation: 'relu' })(both))),
    seed,
  });
};

const joined = (parts: readonly Beats[]): { x: readonly [Tensor, Tensor]; labels: number[] } => {
  const labels = parts.flatMap(part => part.labels);
  const shapes = new Float32Array(labels.length * length);
  parts.flatMap(part => part.shapes).forEach((beat, index) => shapes.set(beat, index * length));
  const rhythm = Float32Array.from(parts.flatMap(part => part.rhythm.flat()));
  return { x: [tensor(shapes, { shape: [labels.length, length, 1] }), tensor(rhythm, { shape: [labels.length, 2] })], labels };
};

await configure({ wideSimd: 'auto' });
const { records } = await datasets.ecg();
const beats = new Map(
  records.map(({ name, signal, beats: peaks, premature }) => [name, beatsOf(signal, Array.from(peaks), Array.from(premature))]),
);
const total = { found: 0, missed: 0, false: 0, right: 0 };
for (const [fold, held] of folds.entries()) {
  const train = joined([...beats].filter(([name]) => !held.includes(name)).map(([, part]) => part));
  const test = joined(held.map(name => beats.get(name) as Beats));
  const net = network(fold);
  const steps = epochs * Math.ceil(train.labels.length / 128);
  net.compile({
    optimizer: optimizers.adamW({
      learningRate: schedules.cosineDecay({ initialLearningRate: 2e-3, decaySteps: steps }),
      weightDecay: 0.02,
    }),
    loss: losses.binaryCrossentropy({ fromLogits: true }),
  });
  await net.fit(train.x, tensor(Float32Array.from(train.labels), { shape: [train.labels.length, 1] }), {
    ...{ epochs, batchSize: 128, verbose: 'silent' },
    classWeight: { 0: 1, 1: 2 },
  });
  const logits = await (await net.predict(test.x, { batchSize: 1024 })).data();
  const count = { found: 0, missed: 0, false: 0, right: 0 };
  test.labels.forEach((label, row) => {
    const says = (logits[row] as number) > 0;
    count[label === 1 ? (says ? 'found' : 'missed') : says ? 'false' : 'right']++;
  });
  for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += count[name];
  console.log(
    `records ${held.join(' ')}: ${count.found} of ${count.found + count.missed} premature beats found, ${count.false} of ${count.false + count.right} others taken for one`,
  );
}
const sensitivity = total.found / (total.found + total.missed);
const precision = total.found / (total.found + total.false);
const specificity = total.right / (total.right + total.false);
console.log(
  `all four folds: sensitivity ${(100 * sensitivity).toFixed(1)} %, specificity ${(100 * specificity).toFixed(2)} %, positive predictive value ${(100 * precision).toFixed(1)} % (bar: sensitivity 90 %, specificity 97 %)`,
);
process.exitCode = sensitivity >= 0.9 && specificity >= 0.97 ? 0 : 1;
