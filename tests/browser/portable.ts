// What runs the same in Node and in a browser: imported by tests on both sides.
import { gradients } from '../../src/autodiff/gradients.ts';
import { evaluate } from '../../src/backends/reference/evaluate.ts';
import type { Value } from '../../src/backends/reference/value.ts';
import { wasmDevice } from '../../src/backends/wasm/device.ts';
import { isFloat } from '../../src/core/dtype.ts';
import { sha256, toHex } from '../../src/core/sha256.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import * as g from '../../src/graph/build.ts';
import { input, type Node } from '../../src/graph/node.ts';
import { configure, layers, sequential, tensor } from '../../src/index.ts';
import { sweep } from '../support/cases/sweep.ts';
import { mismatch, tolerances } from '../support/compare.ts';
import { convolve } from '../support/convolve.ts';
import { runOn } from '../support/devices.ts';
import { fill, floats, mulberry32 } from '../support/inputs.ts';

/** All conformance cases on the WebAssembly device against the oracle; the names of those that differ. */
export const conformance = async (): Promise<{ readonly cases: number; readonly failures: readonly string[] }> => {
  const device = wasmDevice();
  const failures: string[] = [];
  for (const { name, inputs, build } of sweep) {
    const values = inputs.map(description => fill(description));
    const nodes = values.map(({ shape, dtype }) => input(shape, dtype));
    const outputs = build(nodes);
    const expected = evaluate(outputs, new Map(nodes.map((node, k): [Node, Value] => [node, values[k] as Value])));
    const found = await runOn(device, nodes, values, outputs);
    found.forEach((value, k) => {
      const half = value.dtype === 'float16' || value.dtype === 'bfloat16';
      const tolerance = half ? tolerances.half : isFloat(value.dtype) ? tolerances.float32 : tolerances.exact;
      const difference = mismatch(value.data, (expected[k] as Value).data, tolerance);
      if (difference !== undefined) failures.push(`${name}: ${difference}`);
    });
  }
  return { cases: sweep.length, failures };
};

/**
 * SHA-256 over the bits of all weights and Adam's state after 100 training steps of a small convolutional network with dropout,
 * in reproducible mode.
 */
export const stateAfterTraining = async (): Promise<string> => {
  const device = wasmDevice({ numerics: 'reproducible' });
  const shapes: readonly Shape[] = [[3, 3, 1, 5], [5], [3, 3, 5, 7], [7], [63, 17], [17], [17, 10], [10]];
  const batch = 13;
  const weights = shapes.map(shape => input(shape, 'float32'));
  const [first, second] = [0, 1].map(() => shapes.map(shape => input(shape, 'float32'))) as [Node[], Node[]];
  const step = input([], 'float32');
  const [x, labels] = [input([batch, 6, 6, 1], 'float32'), input([batch], 'int32')];
  const [k1, b1, k2, b2, w3, b3, w4, b4] = weights as [Node, Node, Node, Node, Node, Node, Node, Node];
  const relu = (a: Node): Node => g.where(g.less(0, a), a, 0);
  const dense = (a: Node, w: Node, b: Node): Node => g.add(g.contraction(a, w, { batch: [[], []], contract: [[1], [0]] }), b);
  const windows = { axes: [1, 2], sizes: [2, 2], strides: [2, 2], dilations: [1, 1] };
  const features = g.max(g.window(relu(g.add(convolve(relu(g.add(convolve(x, k1), b1)), k2), b2)), windows), [4, 5]);
  const key = g.concat(
    [g.constant(7, 'int32'), g.cast(step, 'int32')].map(a => g.reshape(a, [1])),
    0,
  );
  const hidden = g.tanh(dense(g.reshape(features, [batch, 63]), w3, b3));
  const kept = g.less(g.randomBits(key, hidden.shape, 24), 0.8 * 2 ** 24);
  const logits = dense(g.where(kept, g.div(hidden, 0.8), 0), w4, b4);
  const shifted = g.sub(logits, g.max(logits, [1], { keepDims: true }));
  const logProbabilities = g.sub(shifted, g.log(g.sum(g.exp(shifted), [1], { keepDims: true })));
  const chosen = g.equal(g.broadcast(g.reshape(labels, [batch, 1]), [batch, 10]), g.iota([batch, 10], 1, 'int32'));
  const loss = g.div(g.neg(g.sum(g.where(chosen, logProbabilities, 0), [0, 1])), batch);
  const adjoints = gradients([loss], [g.constant(1, 'float32')], weights) as Node[];
  const count = g.add(step, 1);
  const m = first.map((slot, i) => g.add(g.mul(slot, 0.9), g.mul(adjoints[i] as Node, 0.1)));
  const v = second.map((slot, i) => g.add(g.mul(slot, 0.999), g.mul(g.mul(adjoints[i] as Node, adjoints[i] as Node), 0.001)));
  const updated = weights.map((w, i) => {
    const [mean, variance] = [g.div(m[i] as Node, g.sub(1, g.pow(0.9, count))), g.div(v[i] as Node, g.sub(1, g.pow(0.999, count)))];
    return g.sub(w, g.mul(0.003, g.div(mean, g.add(g.sqrt(variance), 1e-7))));
  });
  const state = [...weights, ...first, ...second, step];
  const executable = device.compile({
    inputs: [x, labels, ...state],
    outputs: [...updated, ...m, ...v, count],
    donated: state.map((_, i) => i + 2),
  });
  const upload = (node: Node, data: ArrayBufferView) => {
    const buffer = device.allocate(node.dtype, sizeOf(node.shape));
    device.write(buffer, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return buffer;
  };
  const random = (shape: Shape, seed: number): Float32Array => Float32Array.from(fill(floats(shape, seed, -0.4, 0.4)).data);
  const draw = mulberry32(99);
  const data = [
    upload(x, random(x.shape, 1)),
    upload(
      labels,
      Int32Array.from({ length: batch }, () => Math.floor(draw() * 10)),
    ),
  ];
  const buffers = state.map((node, i) =>
    upload(node, i < weights.length ? random(node.shape, 10 + i) : new Float32Array(sizeOf(node.shape))),
  );
  device.run(executable, [...data, ...buffers], { repeat: 100 });
  const bytes = await Promise.all(buffers.map(buffer => device.read(buffer)));
  const all = new Uint8Array(bytes.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of bytes) {
    all.set(part, at);
    at += part.length;
  }
  return toHex(sha256(all));
};

/** Losses of a small convolutional network through `fit`, on the device that is the default here; the same bits everywhere. */
export const lossesOfFit = async (): Promise<readonly number[]> => {
  await configure({ numerics: 'reproducible' });
  const net = sequential(
    [
      layers.conv2d(4, 3, { activation: 'relu' }),
      layers.maxPool2d(2),
      layers.flatten(),
      layers.dropout(0.2),
      layers.dense(3, { activation: 'softmax' }),
    ],
    { inputShape: [8, 8, 1], seed: 1 },
  );
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
  const next = mulberry32(3);
  const x = tensor(
    Float32Array.from({ length: 64 * 64 }, () => next()),
    { shape: [64, 8, 8, 1] },
  );
  const y = tensor(Int32Array.from({ length: 64 }, (_, row) => row % 3));
  const { loss } = await net.fit(x, y, { epochs: 4, batchSize: 16, verbose: 'silent' });
  await configure({ numerics: 'fast' });
  return loss;
};

/** What an index outside of a tensor is answered with. */
export const messageOfWrongIndex = async (): Promise<string> => {
  try {
    await tensor([1, 2, 3])
      .gather(tensor([5], { dtype: 'int32' }), 0)
      .data();
    return 'no error';
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
};
