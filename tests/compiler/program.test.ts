import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff/gradients.ts';
import { evaluate } from '../../src/backends/reference/evaluate.ts';
import type { Value } from '../../src/backends/reference/value.ts';
import { wasmDevice } from '../../src/backends/wasm/device.ts';
import { buildModule } from '../../src/backends/wasm/module.ts';
import { planProgram, type Step } from '../../src/compiler/program.ts';
import { sizeOf } from '../../src/core/shape.ts';
import * as g from '../../src/graph/build.ts';
import { input, type Node } from '../../src/graph/node.ts';
import { mismatch } from '../support/compare.ts';
import { runOn } from '../support/devices.ts';
import { fill, floats } from '../support/inputs.ts';

const kinds = (steps: readonly Step[]): string[] => steps.map(step => (step.kind === 'call' ? step.kernel.kind : step.kind));
const planOf = (inputs: readonly Node[], outputs: readonly Node[], donated: readonly number[] = outputs.map(() => -1)) =>
  planProgram(inputs, outputs, donated);

const softmax = (x: Node): Node => {
  const e = g.exp(g.sub(x, g.max(x, [1], { keepDims: true })));
  return g.div(e, g.sum(e, [1], { keepDims: true }));
};

const dense = (x: Node, w: Node): Node => g.contraction(x, w, { batch: [[], []], contract: [[1], [0]] });

describe('fusion', () => {
  test('softmax is one nest of three passes', () => {
    const x = input([33, 65], 'float32');
    const { steps } = planOf([x], [softmax(x)]);
    expect(kinds(steps)).toEqual(['loops']);
    const [step] = steps;
    expect(step?.kind === 'call' && step.kernel.kind === 'loops' && step.kernel.stages.length).toBe(3);
  });

  test('a chain of maps with views between is one nest without temporaries', () => {
    const x = input([8, 6], 'float32');
    const y = g.tanh(g.permute(g.mul(g.slice(g.exp(x), [1, 1], [5, 4]), 3), [1, 0]));
    const { steps, arenaBytes } = planOf([x], [y]);
    expect(kinds(steps)).toEqual(['loops']);
    expect(arenaBytes).toBe(0);
  });

  test('a small product fuses with bias and activation, a large one is tiled', () => {
    const product = (rows: number) => {
      const [x, w, b] = [input([rows, 16], 'float32'), input([16, 24], 'float32'), input([24], 'float32')];
      return kinds(planOf([x, w, b], [g.tanh(g.add(dense(x, w), b))]).steps);
    };
    expect(product(2)).toEqual(['loops']);
    expect(product(64)).toContain('tiles');
  });

  test.each([
    ['rows in several blocks, sums in several parts', 200, 500, 20],
    ['one block', 17, 40, 33],
    ['a convolution’s rows', 0, 0, 0],
  ])('bias, activation and residual run on blocks of a product: %s', async (_name, m, k, n) => {
    const convolved = m === 0;
    const x = input(convolved ? [3, 11, 13, 5] : [m, k], 'float32');
    const w = input(convolved ? [3, 3, 5, 9] : [k, n], 'float32');
    const both: [number, number] = [1, 1];
    const product = convolved
      ? g.convolution(x, w, { strides: [1, 1], padding: [both, both], inputDilation: [1, 1], dilation: [1, 1], groups: 1 })
      : dense(x, w);
    const bias = input([product.shape.at(-1) as number], 'float32');
    const residual = input(product.shape, 'float32');
    const outputs = [g.add(g.tanh(g.add(product, bias)), residual)];
    const inputs = [x, w, bias, residual];
    const { steps } = planOf(inputs, outputs);
    const last = steps.at(-1);
    expect(last?.kind === 'call' && last.kernel.kind === 'tiles' && last.kernel.epilogue?.arrays.length).toBe(4);
    const values = inputs.map(({ shape }, i) => fill(floats(shape, i + 1)));
    const [found] = await runOn(wasmDevice(), inputs, values, outputs);
    const [expected] = evaluate(outputs, new Map(inputs.map((node, i): [Node, Value] => [node, values[i] as Value])));
    expect(mismatch((found as Value).data, (expected as Value).data, { absolute: 2e-5, relative: 2e-5 })).toBeUndefined();
  });

  test('a weight is updated in place while its gradient is computed, but not while the gradient still needs it', () => {
    const [w, a, b] = [input([64, 48], 'float32'), input([64, 80], 'float32'), input([80, 48], 'float32')];
    const updated = g.sub(w, g.mul(0.1, dense(a, b)));
    const inPlace = planOf([w, a, b], [updated], [0]);
    expect(inPlace.locations.get([...inPlace.state][0] as Node)?.base).toBe('input');
    const square = input([64, 64], 'float32');
    const own = planOf([square], [g.sub(square, dense(square, square))], [0]);
    expect(kinds(own.steps)).toContain('copy');
  });

  test('Adam’s moments and weight come from one nest, in place', () => {
    const [w, m, v, dw] = Array.from({ length: 4 }, () => input([40, 30], 'float32')) as [Node, Node, Node, Node];
    const nextM = g.add(g.mul(m, 0.9), g.mul(dw, 0.1));
    const nextV = g.add(g.mul(v, 0.999), g.mul(g.mul(dw, dw), 0.001));
    const nextW = g.sub(w, g.div(g.mul(nextM, 0.01), g.add(g.sqrt(nextV), 1e-7)));
    const program = planOf([w, m, v, dw], [nextW, nextM, nextV], [0, 1, 2]);
    expect(kinds(program.steps)).toEqual(['loops']);
    expect(program.arenaBytes).toBe(0);
    expect([...program.state].map(node => program.locations.get(node)?.base)).toEqual(['input', 'input', 'input']);
  });

  test('state that is still read after its update is not overwritten before', async () => {
    const device = wasmDevice();
    const [a, b] = [input([9], 'float32'), input([9], 'float32')];
    const executable = device.compile({ inputs: [a, b], outputs: [g.flip(b, [0]), g.flip(a, [0])], donated: [0, 1] });
    const values = [Float32Array.from({ length: 9 }, (_, i) => i), Float32Array.from({ length: 9 }, (_, i) => 10 * i)] as const;
    const buffers = values.map(data => {
      const buffer = device.allocate('float32', 9);
      device.write(buffer, new Uint8Array(data.buffer));
      return buffer;
    });
    device.run(executable, buffers);
    const [first, second] = await Promise.all(buffers.map(async buffer => [...new Float32Array((await device.read(buffer)).buffer)]));
    expect(first).toEqual([...values[1]].reverse());
    expect(second).toEqual([...values[0]].reverse());
  });
});

describe('code', () => {
  /** A stack of equal residual blocks, trained by gradient descent. */
  const kernelsOf = (depth: number): { kernels: number; bytes: number } => {
    const x = input([32, 48], 'float32');
    const weights = Array.from({ length: depth }, () => input([48, 48], 'float32'));
    const top = weights.reduce((h, w) => g.add(h, g.tanh(dense(h, w))), x as Node);
    const adjoints = gradients([g.sum(g.mul(top, top), [0, 1])], [g.constant(1, 'float32')], weights) as Node[];
    const updated = weights.map((w, i) => g.sub(w, g.mul(0.1, adjoints[i] as Node)));
    const inputs = [x, ...weights];
    const program = planOf(
      inputs,
      updated,
      weights.map((_, i) => i + 1),
    );
    const module = buildModule(program, inputs.length, updated.length, { relaxed: true });
    return { kernels: module.kernelCount, bytes: module.bytes.length };
  };

  test('twelve equal blocks cost hardly more code than four', () => {
    const [four, twelve] = [kernelsOf(4), kernelsOf(12)];
    expect(twelve.kernels).toBeLessThanOrEqual(four.kernels + 2);
    expect(twelve.bytes).toBeLessThan(1.5 * four.bytes);
  });
});

describe('memory', () => {
  test('arrays that do not live at the same time share their place', () => {
    const x = input([64, 64], 'float32');
    let y: Node = x;
    for (let i = 0; i < 10; i++) y = g.tanh(dense(y, y));
    const one = 64 * 64 * 4;
    expect(planOf([x], [g.sum(y, [0, 1])]).arenaBytes).toBeLessThan(5 * one);
  });

  test('subnormal state is flushed, NaN and ordinary results are not', async () => {
    const device = wasmDevice();
    const v = input([7], 'float32');
    const decayed = g.mul(v, 0.5);
    const executable = device.compile({ inputs: [v], outputs: [decayed, g.mul(v, 0.25)], donated: [0, -1] });
    const buffer = device.allocate('float32', 7);
    const start = Float32Array.from([1e-40, 2e-38, 4e-38, -1e-39, NaN, 1, -8]);
    device.write(buffer, new Uint8Array(start.buffer));
    const [state, plain] = device.run(executable, [buffer]);
    const read = async (from: typeof state) => [...new Float32Array((await device.read(from as never)).buffer)];
    expect(await read(state)).toEqual([0, 0, Math.fround(Math.fround(4e-38) * 0.5), -0, NaN, 0.5, -4].map(x => (Object.is(x, -0) ? 0 : x)));
    expect((await read(plain))[0]).toBe(Math.fround(Math.fround(1e-40) * 0.25));
  });

  test('a repeated run leaves what as many runs leave', async () => {
    const device = wasmDevice();
    const [w, x] = [input([5, 3], 'float32'), input([3], 'float32')];
    const executable = device.compile({ inputs: [w, x], outputs: [g.add(g.mul(w, 0.9), x)], donated: [0] });
    const upload = (node: Node, value: number) => {
      const buffer = device.allocate('float32', sizeOf(node.shape));
      device.write(buffer, new Uint8Array(new Float32Array(sizeOf(node.shape)).fill(value).buffer));
      return buffer;
    };
    const [once, often] = [upload(w, 1), upload(w, 1)];
    device.run(executable, [once, upload(x, 2)], { repeat: 17 });
    for (let i = 0; i < 17; i++) device.run(executable, [often, upload(x, 2)]);
    expect(await device.read(once)).toEqual(await device.read(often));
  });
});
