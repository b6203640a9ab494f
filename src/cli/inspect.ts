import os from 'node:os';
import { configure, loadModel, random, ready } from '../index.ts';
import { loadDataNamed } from './data.ts';
import type { Output } from './output.ts';
import { type Command, UsageError } from './usage.ts';

/** Loss and metrics of a saved model on the test part of a data set. */
export const evaluate = async ({ operands }: Command, output: Output): Promise<void> => {
  const [path, name, ...more] = operands;
  if (path === undefined || name === undefined || more.length > 0)
    throw new UsageError(`gradus evaluate takes a model file and a data set, got ${operands.length} names. See gradus --help.`);
  await configure({ wideSimd: true });
  const net = await loadModel(path);
  const { test } = await loadDataNamed(name);
  const logs = await net.evaluate(test.x, test.y, { batchSize: 250 });
  for (const [metric, value] of Object.entries(logs)) output.say(`${metric.padEnd(10)} ${value.toFixed(4)}`);
  output.event({ event: 'evaluation', model: path, data: name, ...logs });
};

/** The table of a saved model's layers. */
export const summary = async ({ operands }: Command, output: Output): Promise<void> => {
  const [path, ...more] = operands;
  if (path === undefined || more.length > 0)
    throw new UsageError(`gradus summary takes one model file, got ${operands.length}. See gradus --help.`);
  const text = (await loadModel(path)).summary({ print: false });
  output.say(text);
  output.event({ event: 'summary', model: path, text });
};

/** GFLOP/s of a matrix product of this size: the best of several. */
const measure = async (size: number): Promise<number> => {
  const [a, b] = [1, 2].map(seed => random.normal([size, size], { seed })) as [
    ReturnType<typeof random.normal>,
    ReturnType<typeof random.normal>,
  ];
  await ready([a, b]);
  let best = 0;
  for (let round = 0; round < 8; round++) {
    const start = performance.now();
    await ready(a.matmul(b));
    best = Math.max(best, (2 * size ** 3) / (performance.now() - start) / 1e6);
  }
  return best;
};

/** What this machine offers: engine, processor, and measured rates of the product that training spends its time in. */
export const doctor = async (_: Command, output: Output): Promise<void> => {
  const rates: Record<string, number> = {};
  for (const [mode, wideSimd] of [
    ['128-bit', false],
    ['256-bit pairs', true],
  ] as const) {
    await configure({ wideSimd });
    rates[mode] = await measure(512);
  }
  const [cpu] = os.cpus();
  const facts = { node: process.version, v8: process.versions.v8, processor: cpu?.model ?? 'unknown', cores: os.cpus().length };
  output.say(`Node ${facts.node}, V8 ${facts.v8}\n${facts.processor}, ${facts.cores} cores (one thread is used)`);
  for (const [mode, rate] of Object.entries(rates)) output.say(`matrix product 512, ${mode.padEnd(13)} ${rate.toFixed(0)} GFLOP/s`);
  output.event({ event: 'doctor', ...facts, gflops: rates });
};
