import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff/gradients.ts';
import { evaluate } from '../../src/backends/reference/evaluate.ts';
import type { Value } from '../../src/backends/reference/value.ts';
import { wasmDevice } from '../../src/backends/wasm/device.ts';
import * as g from '../../src/graph/build.ts';
import { input, type Node } from '../../src/graph/node.ts';
import { mismatch } from '../support/compare.ts';
import { convolve } from '../support/convolve.ts';
import { runOn } from '../support/devices.ts';
import { fill, floats, type InputDescription, integers } from '../support/inputs.ts';

const product = (a: Node, b: Node, turned: readonly [boolean, boolean] = [false, false]): Node =>
  g.contraction(a, b, { batch: [[], []], contract: [[turned[0] ? 0 : 1], [turned[1] ? 1 : 0]] });
const relu = (x: Node): Node => g.where(g.less(0, x), x, 0);

/** Sizes at which work is cut: long reductions in two steps, products in parts, blocks of rows and columns, chunks for threads. */
const cases: Readonly<Record<string, { inputs: readonly InputDescription[]; build: (inputs: readonly Node[]) => Node }>> = {
  'sum of columns': { inputs: [floats([96, 45, 33], 1)], build: ([x]) => g.sum(x as Node, [0, 1]) },
  'sum of everything': { inputs: [floats([250, 301], 2)], build: ([x]) => g.sum(x as Node, [0, 1]) },
  'max of columns': { inputs: [floats([300, 127], 3)], build: ([x]) => g.max(x as Node, [0]) },
  'rows that sum to a prime': { inputs: [floats([251, 200], 4)], build: ([x]) => g.sum(g.mul(x as Node, x as Node), [0]) },
  'centred columns': {
    inputs: [floats([240, 150], 5)],
    build: ([x]) => g.sub(x as Node, g.div(g.sum(x as Node, [0], { keepDims: true }), 240)),
  },
  'a product in parts': { inputs: [floats([9, 4096], 6), floats([4096, 33], 7)], build: ([a, b]) => product(a as Node, b as Node) },
  'a product of columns': {
    inputs: [floats([300, 170], 8), floats([300, 77], 9)],
    build: ([a, b]) => relu(product(a as Node, b as Node, [true, false])),
  },
  'blocks of rows and columns, with a bias': {
    inputs: [floats([331, 65], 10), floats([65, 203], 11), floats([203], 12)],
    build: ([a, b, c]) => g.tanh(g.add(product(a as Node, b as Node), c as Node)),
  },
  'few rows against many columns': {
    inputs: [floats([5, 300], 13), floats([400, 300], 14)],
    build: ([a, b]) => product(a as Node, b as Node, [false, true]),
  },
  'one row': { inputs: [floats([1, 500], 15), floats([300, 500], 16)], build: ([a, b]) => product(a as Node, b as Node, [false, true]) },
  'a strided convolution': {
    inputs: [floats([3, 21, 18, 8], 17), floats([3, 3, 8, 12], 18)],
    build: ([x, w]) => convolve(x as Node, w as Node, { strides: [2, 3] }),
  },
  'a transposed convolution': {
    inputs: [floats([3, 9, 7, 8], 19), floats([4, 3, 8, 12], 20)],
    build: ([x, w]) =>
      convolve(x as Node, w as Node, {
        inputDilation: [2, 3],
        padding: [
          [2, 1],
          [-1, 2],
        ],
      }),
  },
  'a depthwise convolution with two filters a channel': {
    inputs: [floats([4, 15, 14, 24], 21), floats([3, 5, 1, 48], 22)],
    build: ([x, w]) => convolve(x as Node, w as Node, { groups: 24, strides: [2, 1] }),
  },
  'rows looked up': {
    inputs: [floats([50, 70], 23), integers([900], 24, 0, 50)],
    build: ([x, i]) => g.gather(x as Node, i as Node, { axis: 0, batchDims: 0 }),
  },
};

const threads = { threads: 3, smallestChunk: 50, startAfter: 0 };
/** Until the threads are there. */
const started = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 120));

describe.each(Object.entries(cases))('%s, and its gradient', (_, { inputs, build }) => {
  const values = inputs.map(description => fill(description));
  const nodes = values.map(({ shape, dtype }) => input(shape, dtype));
  const result = build(nodes);
  const wrt = nodes.filter(({ dtype }) => dtype === 'float32');
  // A gradient that differs from place to place.
  const seed = g.sin(g.mul(g.cast(g.iota([g.countOf(result, [...result.shape.keys()])], 0, 'int32'), 'float32'), 0.1));
  const outputs = [result, ...gradients([result], [g.reshape(seed, result.shape)], wrt).filter(node => node !== null)];
  const expected = evaluate(outputs, new Map(nodes.map((node, k): [Node, Value] => [node, values[k] as Value])));

  test.each(Object.entries({ fast: {}, wide: { wide: true }, reproducible: { numerics: 'reproducible' } } as const))(
    'is the oracle’s, and has the same bits on three threads (%s)',
    async (_mode, options) => {
      const alone = await runOn(wasmDevice(options), nodes, values, outputs);
      alone.forEach(({ data }, k) => {
        const oracle = (expected[k] as Value).data;
        const largest = oracle.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
        expect(mismatch(data, oracle, { absolute: 3e-6 * largest, relative: 1e-4 }), `output ${k}`).toBeUndefined();
      });
      const together = wasmDevice({ ...options, ...threads });
      // Again and again: the other threads come in while it runs.
      for (let run = 0; run < 6; run++) {
        if (run === 1) await started();
        (await runOn(together, nodes, values, outputs)).forEach(({ data }, k) => {
          const same = (alone[k] as Value).data;
          expect(
            data.every((x, index) => Object.is(x, same[index])),
            `output ${k}`,
          ).toBe(true);
        });
      }
    },
  );
});

test.each([
  ['argMax', g.argMax],
  ['argMin', g.argMin],
] as const)('%s of long rows, with ties and NaN', async (_, op) => {
  for (const length of [63, 64, 65, 130, 1000]) {
    const { data } = fill(integers([3, length], length, -2, 3));
    const values = [
      { shape: [3, length], dtype: 'float32' as const, data: Float64Array.from(data, (x, i) => (i % 331 === 40 ? Number.NaN : Number(x))) },
    ];
    const x = input([3, length], 'float32');
    const outputs = [op(x, 1), op(g.cast(x, 'int32'), 1)];
    const expected = evaluate(outputs, new Map([[x, values[0] as Value]]));
    const found = await runOn(wasmDevice(), [x], values, outputs);
    found.forEach(({ data: places }, k) => expect(Array.from(places), `length ${length}`).toEqual(Array.from((expected[k] as Value).data)));
  }
});

test('a script that used threads ends by itself', () => {
  const root = join(import.meta.dirname, '../..');
  const script = `
    import { wasmDevice } from './src/backends/wasm/device.ts';
    import { contraction } from './src/graph/build.ts';
    import { input } from './src/graph/node.ts';
    const device = wasmDevice({ threads: 3 });
    const [a, b] = [input([300, 300], 'float32'), input([300, 300], 'float32')];
    const product = contraction(a, b, { batch: [[], []], contract: [[1], [0]] });
    const executable = device.compile({ inputs: [a, b], outputs: [product], donated: [-1] });
    const buffers = [device.allocate('float32', 90000), device.allocate('float32', 90000)];
    for (let i = 0; i < 200; i++) device.free(device.run(executable, buffers)[0]);
    console.log('done');`;
  const node = join(root, 'node_modules/.bin/node');
  const output = execFileSync(node, ['--input-type=module-typescript', '--eval', script], { cwd: root, encoding: 'utf8', timeout: 60_000 });
  expect(output).toBe('done\n');
});
