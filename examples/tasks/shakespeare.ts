// A small GPT that writes like Shakespeare, letter by letter: validation loss <= 1.65 nats a letter.
//   GRADUS_DATA=… node examples/tasks/shakespeare.ts [--minutes 25] [--out FOLDER]
//
// 4 blocks of 4 heads, width 128, 128 letters of context (0.8 million parameters), AdamW with warm-up and cosine decay. The first 90 %
// of tinyshakespeare.txt are learned from, the last 10 % are held out.
import { configure, input, layers, losses, model, optimizers, schedules, tensor } from '../../src/index.ts';
import { option, readText } from './common.ts';

const minutes = Number(option('minutes', '25'));
const [context, width, heads, blocks, batchSize, stride] = [128, 128, 4, 4, 32, 24];

await configure({ wideSimd: 'auto' });
const text = await readText('text/tinyshakespeare.txt');
const letters = [...new Set(text)].sort();
const numberOf = new Map(letters.map((letter, index) => [letter, index]));
const codes = Int32Array.from(text, letter => numberOf.get(letter) as number);
const cut = Math.floor(codes.length * 0.9);

/** Windows of the text with the letters that follow each of theirs. */
const windows = (part: Int32Array, step: number): { x: ReturnType<typeof tensor>; y: ReturnType<typeof tensor> } => {
  const count = Math.floor((part.length - 1 - context) / step) + 1;
  const [x, y] = [new Int32Array(count * context), new Int32Array(count * context)];
  for (let row = 0; row < count; row++) {
    x.set(part.subarray(row * step, row * step + context), row * context);
    y.set(part.subarray(row * step + 1, row * step + context + 1), row * context);
  }
  return { x: tensor(x, { shape: [count, context] }), y: tensor(y, { shape: [count, context] }) };
};
const train = windows(codes.subarray(0, cut), stride);
const held = windows(codes.subarray(cut), context);

const tokens = input([context], { dtype: 'int32' });
const embedded = layers.embedding(letters.length, width, {
  embeddingsInitializer: { kind: 'randomNormal', config: { standardDeviation: 0.02 } },
})(tokens);
let hidden = layers.add()([
  embedded,
  layers.positionEmbedding(context, { initializer: { kind: 'randomNormal', config: { standardDeviation: 0.02 } } })(embedded),
]);
for (let block = 0; block < blocks; block++)
  hidden = layers.transformerDecoder(4 * width, heads, { normalizeFirst: true, activation: 'gelu' })(hidden);
const logits = layers.dense(letters.length, { useBias: false })(layers.layerNormalization({ epsilon: 1e-5 })(hidden));
const net = model({ inputs: tokens, outputs: logits, seed: 1 });

const stepsPerEpoch = Math.floor((train.x.shape[0] as number) / batchSize);
const crossEntropy = losses.sparseCategoricalCrossentropy({ fromLogits: true });
const compileFor = (steps: number): void =>
  net.compile({
    optimizer: optimizers.adamW({
      learningRate: schedules.cosineDecay({
        initialLearningRate: 0,
        warmupTarget: 2e-3,
        warmupSteps: Math.round(steps / 20),
        decaySteps: Math.round(steps * 0.95),
        alpha: 0.05,
      }),
      ...{ weightDecay: 0.1, excludeFromWeightDecay: ['bias', 'gamma', 'beta', 'embeddings'], beta2: 0.99, globalClipNorm: 1 },
    }),
    loss: crossEntropy,
  });

// How long a step takes here decides how many there are, so that the rate reaches its end in time.
compileFor(1000);
const rows = batchSize * 8;
await net.fit(train.x.slice([0], [rows]), train.y.slice([0], [rows]), { batchSize, shuffle: false, verbose: 'silent' });
const started = performance.now();
await net.fit(train.x.slice([0], [rows]), train.y.slice([0], [rows]), { batchSize, epochs: 2, shuffle: false, verbose: 'silent' });
const seconds = (performance.now() - started) / 16_000;
const epochs = Math.max(1, Math.floor((minutes * 60) / (seconds * stepsPerEpoch)));
compileFor(epochs * stepsPerEpoch);
console.log(
  `${((batchSize * context) / seconds).toFixed(0)} letters/s; ${epochs} epochs of ${stepsPerEpoch} steps in about ${((epochs * stepsPerEpoch * seconds) / 60).toFixed(1)} minutes`,
);

const begun = performance.now();
for (let epoch = 0; epoch < epochs; epoch++) {
  const history = await net.fit(train.x, train.y, { batchSize, initialEpoch: epoch, epochs: epoch + 1, stepsPerEpoch, verbose: 'silent' });
  const { loss } = await net.evaluate(held.x, held.y, { batchSize: 64 });
  console.log(
    `epoch ${epoch + 1}/${epochs}: loss ${history.loss[0]?.toFixed(4)}, held out ${loss?.toFixed(4)} nats, ${((performance.now() - begun) / 60_000).toFixed(1)} minutes`,
  );
}
const { loss } = await net.evaluate(held.x, held.y, { batchSize: 64 });
console.log(`validation loss ${loss?.toFixed(4)} nats a letter (bar 1.65)`);

const prompt = Array.from('\n', letter => numberOf.get(letter) as number);
let written = '';
for await (const token of net.generate(prompt, { maxNewTokens: 600, temperature: 0.8, topK: 40, seed: 3 })) written += letters[token];
console.log(`\n${written}`);
const out = option('out', '');
if (out !== '') await net.save(`${out}/shakespeare.gradus`);
process.exitCode = (loss as number) <= 1.65 ? 0 : 1;
