// How work grows with size: node benchmarks/scaling.ts [--write]. Training steps of dense and attention networks; the trend is the time that
// the neighbours at twice and half the size predict (their geometric mean), so that a cliff shows as a ratio far above 1.
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { configure, dotProductAttention, jit, ready, type Tensor, tensor, valueAndGrad } from 'gradus';
import { uniform } from './data.ts';
import { median } from './measure.ts';

await configure({ wideSimd: true });

/** Uniform numbers whose products keep their size from layer to layer: vanishing ones would be subnormal, and slow. */
const random = (...shape: number[]): Tensor => {
  const bound = Math.sqrt(6 / (shape.at(-2) ?? 1));
  const size = shape.reduce((product, length) => product * length, 1);
  return tensor(uniform(size, -bound, bound, shape.length), { shape });
};

interface Measured {
  readonly size: number;
  readonly microseconds: number;
  readonly firstMs: number;
}

type Weights = readonly Tensor[];

/** Median time of a step of gradient descent with donated weights; and the first one's. */
const measure = async (size: number, weights: Weights, loss: (weights: Weights) => Tensor): Promise<Measured> => {
  const step = jit(
    (current: Weights) => {
      const [, gradients] = valueAndGrad(loss)(current);
      return current.map((weight, index) => weight.sub((gradients as Weights)[index]?.mul(1e-3) as Tensor));
    },
    { donate: [0] },
  );
  let current = weights;
  const run = async (): Promise<void> => {
    current = step(current);
    await ready(current);
  };
  const start = performance.now();
  await run();
  const firstMs = performance.now() - start;
  // Until optimised code is there and the threads are awake.
  for (const end = performance.now() + 250; performance.now() < end; ) await run();
  const times: number[] = [];
  for (const end = performance.now() + 350; performance.now() < end || times.length < 3; ) {
    const begin = performance.now();
    await run();
    times.push((performance.now() - begin) * 1000);
  }
  return { size, microseconds: median(times), firstMs };
};

const dense = (batch: number, width: number, depth: number): [Weights, (weights: Weights) => Tensor] => {
  const x = random(batch, width).mul(Math.sqrt(batch / 6));
  return [
    Array.from({ length: depth }, () => random(width, width)),
    weights =>
      weights
        .reduce((h, w) => h.matmul(w).relu(), x)
        .square()
        .mean(),
  ];
};

const attention = (time: number): [Weights, (weights: Weights) => Tensor] => {
  const x = random(1, time, 128);
  const heads = (h: Tensor): Tensor => h.reshape([1, time, 4, 32]).permute([0, 2, 1, 3]);
  return [
    [random(128, 384), random(128, 128)],
    ([qkv, out]) => {
      const [q, k, v] = x
        .matmul(qkv as Tensor)
        .split(3, 2)
        .map(heads) as [Tensor, Tensor, Tensor];
      const attended = dotProductAttention(q, k, v, { isCausal: true }).permute([0, 2, 1, 3]).reshape([1, time, 128]);
      return attended
        .matmul(out as Tensor)
        .square()
        .mean();
    },
  ];
};

const doubling = (from: number, to: number): number[] => {
  const sizes: number[] = [];
  for (let size = from; size <= to; size *= 2) sizes.push(size);
  return sizes;
};

const series: Readonly<Record<string, { sizes: readonly number[]; network: (size: number) => [Weights, (weights: Weights) => Tensor] }>> = {
  'batch (width 256, depth 3)': { sizes: doubling(1, 1024), network: size => dense(size, 256, 3) },
  'width (batch 64, depth 3)': { sizes: doubling(32, 4096), network: size => dense(64, size, 3) },
  'depth (batch 64, width 128)': { sizes: [1, 2, 4, 8, 16, 24, 48], network: size => dense(64, 128, size) },
  'sequence (attention, 4 heads of 32)': { sizes: doubling(16, 2048), network: attention },
};

const lines = [
  '# How work grows with size',
  '',
  `Made by \`node benchmarks/scaling.ts --write\` on ${new Date().toISOString().slice(0, 10)}: ${os.cpus()[0]?.model}, ${os.cpus().length} cores, Node ${process.version}.`,
  'One training step (gradient descent, donated weights). "trend": the geometric mean of the neighbours, where sizes double.',
];
for (const [name, { sizes, network }] of Object.entries(series)) {
  const found: Measured[] = [];
  for (const size of sizes) found.push(await measure(size, ...network(size)));
  lines.push('', `## ${name}`, '', '| size | µs a step | beside the trend | first step, ms |', '| ---: | ---: | ---: | ---: |');
  found.forEach(({ size, microseconds, firstMs }, index) => {
    const [before, after] = [found[index - 1], found[index + 1]];
    const even = before !== undefined && after !== undefined && size / before.size === after.size / size;
    const ratio = even ? (microseconds / Math.sqrt(before.microseconds * after.microseconds)).toFixed(2) : '';
    lines.push(`| ${size} | ${microseconds.toFixed(1)} | ${ratio} | ${firstMs.toFixed(0)} |`);
  });
  process.stdout.write(`${lines.slice(-found.length - 4).join('\n')}\n`);
}
if (process.argv.includes('--write')) writeFileSync(new URL('SCALING.md', import.meta.url), `${lines.join('\n')}\n`);
