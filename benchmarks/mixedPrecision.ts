// Memory, time and final loss with and without mixed precision: node benchmarks/mixedPrecision.ts [--write]. The networks of W3, W4 and W6,
// in layers, on MNIST and on this repository's texts; each training in a process of its own.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { configure, input, layers, losses, type Model, model, optimizers, sequential, type Tensor, tensor } from 'gradus';
import { datasets } from 'gradus/data';

const types = ['float32', 'float16', 'bfloat16'] as const;
type Type = (typeof types)[number];

interface Run {
  readonly peak: string;
  readonly residentMb: number;
  readonly stepMs: number;
  readonly loss: number;
}

interface Workload {
  readonly batchSize: number;
  readonly epochs: number;
  readonly make: () => Model;
  readonly data: () => Promise<{ readonly x: Tensor; readonly y: Tensor }>;
}

const images = async (): Promise<{ x: Tensor; y: Tensor }> => {
  const { train } = await datasets.mnist();
  return { x: train.x.slice([0], [12_800]), y: train.y.slice([0], [12_800]) };
};

/** Letters of this repository's texts, and the ones after them. */
const letters = async (): Promise<{ x: Tensor; y: Tensor }> => {
  const [context, rows] = [64, 1024];
  const files = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'docs/architecture.md', 'docs/numerics.md', 'docs/parity.md'];
  const text = files.map(file => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')).join('\n');
  const codes = Array.from(text, letter => Math.min(127, letter.charCodeAt(0)));
  const from = (shift: number): Tensor => {
    const step = Math.floor((codes.length - context - 1) / rows);
    const places = Array.from({ length: rows * context }, (_, i) => Math.floor(i / context) * step + (i % context) + shift);
    return tensor(
      Int32Array.from(places, place => codes[place] as number),
      { shape: [rows, context] },
    );
  };
  return { x: from(0), y: from(1) };
};

const shaped = [layers.rescaling(1 / 255)];
const workloads: Readonly<Record<string, Workload>> = {
  'MLP 784-1024-1024-10, batch 256': {
    ...{ batchSize: 256, epochs: 4, data: images },
    make: () =>
      sequential(
        [...shaped, layers.flatten(), ...[1024, 1024].map(units => layers.dense(units, { activation: 'relu' })), layers.dense(10)],
        {
          ...{ inputShape: [28, 28], seed: 0 },
        },
      ),
  },
  'CNN 28x28, batch 64': {
    ...{ batchSize: 64, epochs: 3, data: images },
    make: () =>
      sequential(
        [
          ...[...shaped, layers.reshape([28, 28, 1])],
          ...[layers.conv2d(32, 3, { activation: 'relu' }), layers.conv2d(64, 3, { activation: 'relu' }), layers.maxPool2d(2)],
          ...[layers.flatten(), layers.dense(128, { activation: 'relu' }), layers.dense(10)],
        ],
        { inputShape: [28, 28], seed: 0 },
      ),
  },
  'GPT of 4 blocks of 128, 64 steps, batch 16': {
    ...{ batchSize: 16, epochs: 4, data: letters },
    make: () => {
      const tokens = input([64], { dtype: 'int32' });
      const embedded = layers.embedding(128, 128)(tokens);
      let hidden = layers.add()([embedded, layers.positionEmbedding(64)(embedded)]);
      for (let block = 0; block < 4; block++)
        hidden = layers.transformerDecoder(512, 4, { normalizeFirst: true, activation: 'gelu' })(hidden);
      return model({ inputs: tokens, outputs: layers.dense(128)(layers.layerNormalization()(hidden)), seed: 0 });
    },
  },
};

const measure = async (name: string, mixedPrecision: Type): Promise<Run> => {
  await configure({ wideSimd: true });
  const { batchSize, epochs, make, data } = workloads[name] as Workload;
  const { x, y } = await data();
  const net = make();
  net.compile({ optimizer: optimizers.adam(), loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }), mixedPrecision });
  const peak = /needs ([\d.]+ \w+) at its peak/.exec(net.summary({ print: false, batchSize }))?.[1] as string;
  const fit = (from: number, to: number): ReturnType<Model['fit']> =>
    net.fit(x, y, { initialEpoch: from, epochs: to, batchSize, seed: 1, verbose: 'silent' });
  await fit(0, 1);
  const start = performance.now();
  const { loss } = await fit(1, epochs);
  const steps = (epochs - 1) * Math.ceil((x.shape[0] as number) / batchSize);
  const stepMs = (performance.now() - start) / steps;
  return { peak, residentMb: process.resourceUsage().maxRSS / 1024, stepMs, loss: loss?.at(-1) as number };
};

const [name, type] = process.argv.slice(2);
if (type !== undefined) console.log(JSON.stringify(await measure(name as string, type as Type)));
else {
  const lines = [
    '# Mixed precision',
    '',
    `Made by \`node benchmarks/mixedPrecision.ts --write\` on ${new Date().toISOString().slice(0, 10)}: ${os.cpus()[0]?.model}, ${os.availableParallelism()} threads, Node ${process.version}.`,
    "What a step needs at its peak (`summary`), the whole process's largest resident memory, time a step, and the last epoch's mean loss.",
    '',
    '| network | forward values wait in | a step, at its peak | process, MB | ms a step | final loss |',
    '| --- | --- | ---: | ---: | ---: | ---: |',
  ];
  for (const network of Object.keys(workloads))
    for (const each of types) {
      const out = execFileSync(process.execPath, [fileURLToPath(import.meta.url), network, each], { encoding: 'utf8' });
      const { peak, residentMb, stepMs, loss } = JSON.parse(out) as Run;
      lines.push(`| ${network} | ${each} | ${peak} | ${residentMb.toFixed(0)} | ${stepMs.toFixed(2)} | ${loss.toFixed(4)} |`);
      console.log(lines.at(-1));
    }
  if (name === '--write') writeFileSync(new URL('MIXED_PRECISION.md', import.meta.url), `${lines.join('\n')}\n`);
}
