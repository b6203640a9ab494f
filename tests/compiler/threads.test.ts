import { expect, test } from 'vitest';
import { buildModule } from '../../src/backends/wasm/module.ts';
import { meeting } from '../../src/backends/wasm/parallel.ts';
import { Workers } from '../../src/backends/wasm/workers.ts';
import { planProgram } from '../../src/compiler/program.ts';
import * as g from '../../src/graph/build.ts';
import { input } from '../../src/graph/node.ts';

const until = async (condition: () => boolean): Promise<void> => {
  for (let tries = 0; !condition() && tries < 500; tries++) await new Promise(resolve => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
};

test('workers do a whole job by themselves, and sleep before and after it', async () => {
  const size = 1000;
  const x = input([size], 'float32');
  const parallelism = { threads: 3, smallestChunk: 1e-6 };
  const program = planProgram([x], [g.add(x, 1)], [-1], { parallelism });
  const module = buildModule(program, 1, 1, { relaxed: false, threads: 3 });
  expect(module.sharedKernels).toBe(1);
  const [step] = program.steps;
  const { split, arrays } = step as Extract<typeof step, { kind: 'call' }>;
  const chunks = split?.chunks as number;
  expect(chunks).toBeGreaterThan(2);

  const memory = new WebAssembly.Memory({ initial: 32, maximum: 65536, shared: true });
  const words = new Int32Array(memory.buffer);
  const [from, to] = [1 << 17, (1 << 17) + 8192];
  new Float32Array(memory.buffer, from, size).forEach((_, i, values) => {
    values[i] = i;
  });
  const workers = new Workers(memory, 3, 0);
  words[meeting.program / 4] = workers.add(new WebAssembly.Module(module.bytes));
  workers.run(() => undefined);
  const asleep = (): boolean => Atomics.load(words, meeting.sleepers / 4) === 2;
  await until(asleep);

  // What `fork` does, without the first thread's part of the work: the two others take its range, too.
  arrays.forEach((node, index) => {
    words[meeting.addresses / 4 + index] = node === x ? from : to;
  });
  words[meeting.kernel / 4] = 0;
  const ranges = new BigUint64Array(memory.buffer);
  for (let thread = 0; thread < 3; thread++) {
    const [first, end] = [Math.floor((thread * chunks) / 3), Math.floor(((thread + 1) * chunks) / 3)];
    ranges[(meeting.ranges + thread * meeting.rangeBytes) / 8] = (1n << 32n) | BigInt((end << 16) | first);
  }
  Atomics.store(words, meeting.job / 4, 1);
  Atomics.notify(words, meeting.job / 4);
  await until(() => Atomics.load(words, meeting.done / 4) === chunks);
  expect(new Float32Array(memory.buffer, to, size).every((value, i) => value === i + 1)).toBe(true);
  await until(asleep);
});
