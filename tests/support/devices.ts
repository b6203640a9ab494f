import type { Device } from '../../src/backends/device.ts';
import { referenceDevice } from '../../src/backends/reference/device.ts';
import { decode, encode, type Value } from '../../src/backends/reference/value.ts';
import { type Connect, remoteDevice } from '../../src/backends/remote/device.ts';
import { Engine } from '../../src/backends/remote/serve.ts';
import { wasmDevice } from '../../src/backends/wasm/device.ts';
import type { Node } from '../../src/graph/node.ts';

/** An engine whose messages are copied as between threads, and come later. */
const loopback: Connect = hear => {
  const engine = new Engine(reply => queueMicrotask(() => hear(structuredClone(reply))));
  queueMicrotask(() => hear({ kind: 'ready' }));
  return { post: (request, transfer) => engine.handle(structuredClone(request, { transfer })) };
};

/** Every device that must give the oracle's numbers. */
export const devices: readonly Device[] = [
  referenceDevice(),
  wasmDevice(),
  { ...wasmDevice({ fusion: false }), name: 'wasm, unfused' },
  { ...wasmDevice({ numerics: 'reproducible' }), name: 'wasm, reproducible' },
  { ...remoteDevice({}, loopback), name: 'wasm, by messages' },
  { ...wasmDevice({ threads: 3, smallestChunk: 1e-6, startAfter: 0 }), name: 'wasm, three threads' },
];

/** Compiles a graph, runs it on the given inputs and reads all outputs. */
export const runOn = async (
  device: Device,
  inputs: readonly Node[],
  values: readonly Value[],
  outputs: readonly Node[],
): Promise<Value[]> => {
  const executable = device.compile({ inputs, outputs, donated: outputs.map(() => -1) });
  const buffers = values.map(value => {
    const buffer = device.allocate(value.dtype, value.data.length);
    device.write(buffer, encode(value));
    return buffer;
  });
  const results = device.run(executable, buffers);
  const read = await Promise.all(results.map(result => device.read(result)));
  for (const buffer of [...buffers, ...results]) device.free(buffer);
  return read.map((bytes, index) => decode(bytes, (outputs[index] as Node).shape, (outputs[index] as Node).dtype));
};
