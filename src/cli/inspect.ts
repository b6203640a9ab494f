import { availableParallelism, cpus } from 'node:os';
import { configure, loadModel, random, ready, runtime } from '../index.ts';
import type { Output } from './output.ts';
import { type Command, UsageError } from './usage.ts';

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

/** What this machine offers: engine, processor, what was chosen, and measured rates of the product that training spends its time in. */
export const doctor = async (_: Command, output: Output): Promise<void> => {
  const cores = availableParallelism();
  const rates: { mode: string; threads: number; gflops: number; peak?: number }[] = [];
  for (const [mode, wideSimd] of [
    ['128-bit', false],
    ['256-bit pairs', true],
  ] as const)
    for (const threads of new Set([1, cores])) {
      await configure({ wideSimd, threads });
      const { tile, wideSimd: isWide } = runtime();
      if (wideSimd && !isWide) continue;
      rates.push({ mode, threads, gflops: await measure(1024), ...(tile === undefined ? {} : { peak: tile.gflops * threads }) });
    }
  const { tile, wideSimd } = runtime();
  const [cpu] = cpus();
  const facts = { node: process.version, v8: process.versions.v8, processor: cpu?.model ?? 'unknown', cores };
  output.say(`Node ${facts.node}, V8 ${facts.v8}\n${facts.processor}, ${facts.cores} cores: as many threads are used`);
  output.say(
    wideSimd && tile !== undefined
      ? `vectors are paired into 256 bits; register tile ${tile.rows} x ${tile.columns}, ${tile.gflops.toFixed(0)} GFLOP/s a thread in the cache`
      : 'vectors of 128 bits: this engine or processor cannot pair them',
  );
  for (const { mode, threads, gflops, peak } of rates) {
    const share =
      peak === undefined ? '' : `, ${((100 * gflops) / peak).toFixed(0)} % of ${threads === 1 ? 'the tile' : `${threads} tiles`}`;
    output.say(
      `matrix product 1024, ${mode.padEnd(13)} ${threads} thread${threads === 1 ? ' ' : 's'} ${gflops.toFixed(0).padStart(4)} GFLOP/s${share}`,
    );
  }
  output.event({ event: 'doctor', ...facts, wideSimd, tile: tile ?? null, rates });
};
