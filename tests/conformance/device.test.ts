import { describe, expect, test } from 'vitest';
import type { Buffer, Device } from '../../src/backends/device.ts';
import { decode, encode } from '../../src/backends/reference/value.ts';
import type { DType } from '../../src/core/dtype.ts';
import { IndexError } from '../../src/core/errors.ts';
import * as g from '../../src/graph/build.ts';
import { input, type Node } from '../../src/graph/node.ts';
import { devices } from '../support/devices.ts';

const upload = (device: Device, values: readonly number[], dtype: DType = 'float32'): Buffer => {
  const buffer = device.allocate(dtype, values.length);
  device.write(buffer, encode({ shape: [values.length], dtype, data: Float64Array.from(values) }));
  return buffer;
};

const download = async (device: Device, buffer: Buffer): Promise<number[]> => [
  ...decode(await device.read(buffer), [buffer.elements], buffer.dtype).data,
];

describe.each(devices)('$name', device => {
  test('reads back what was written, in each element type', async () => {
    const values = { float32: 0.1, float64: 0.1, float16: 0.1, bfloat16: 0.1, int32: -7, uint8: 200, bool: 1 } as const;
    for (const [dtype, value] of Object.entries(values) as [DType, number][]) {
      const bytes = encode({ shape: [2], dtype, data: Float64Array.of(value, 0) });
      const buffer = device.allocate(dtype, 2);
      device.write(buffer, bytes);
      expect(await device.read(buffer), dtype).toEqual(bytes);
    }
  });

  test('runs one executable on many buffers, and leaves its inputs alone', async () => {
    const x = input([3], 'float32');
    const executable = device.compile({ inputs: [x], outputs: [g.mul(x, 2)], donated: [-1] });
    const buffer = upload(device, [1, 2, 3]);
    const [once] = device.run(executable, [buffer]) as [Buffer];
    const [twice] = device.run(executable, [once]) as [Buffer];
    expect(await download(device, twice)).toEqual([4, 8, 12]);
    expect(await download(device, once)).toEqual([2, 4, 6]);
    expect(await download(device, buffer)).toEqual([1, 2, 3]);
  });

  test('gives a donated input to its output, so often as asked', async () => {
    const [w, step] = [input([3], 'float32'), input([], 'float32')] as [Node, Node];
    const executable = device.compile({ inputs: [w, step], outputs: [g.add(w, step)], donated: [0] });
    const by = upload(device, [0.5]);
    const [after] = device.run(executable, [upload(device, [1, 2, 3]), by], { repeat: 10 }) as [Buffer];
    expect(await download(device, after)).toEqual([6, 7, 8]);
    expect(await download(device, by)).toEqual([0.5]);
  });

  test('swaps two donated inputs', async () => {
    const [a, b] = [input([2], 'float32'), input([2], 'float32')];
    const executable = device.compile({ inputs: [a, b], outputs: [b, a], donated: [0, 1] });
    const swapped = device.run(executable, [upload(device, [1, 2]), upload(device, [3, 4])], { repeat: 3 });
    expect(await Promise.all(swapped.map(buffer => download(device, buffer)))).toEqual([
      [3, 4],
      [1, 2],
    ]);
  });

  test.each([7, -1, 2147483647])('says which index lies outside: %i', async index => {
    const [x, indices] = [input([7, 2], 'float32'), input([3], 'int32')];
    const looked = g.gather(x, indices, { axis: 0, batchDims: 0 });
    const added = g.scatter(x, indices, looked, { axis: 0, batchDims: 0, mode: 'add' });
    for (const output of [looked, added]) {
      const executable = device.compile({ inputs: [x, indices], outputs: [g.sum(output, [1])], donated: [-1] });
      const results = device.run(executable, [
        upload(
          device,
          Array.from({ length: 14 }, (_, k) => k),
        ),
        upload(device, [0, index, 6], 'int32'),
      ]);
      const error = await device.read(results[0] as Buffer).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(IndexError);
      expect((error as Error).message).toContain(`index ${index}`);
      expect((error as Error).message).toContain('size 7');
      await expect(device.finish(results)).rejects.toThrow(IndexError);
    }
  });

  test('fails at what is computed from a failure, and only there', async () => {
    const [x, indices] = [input([3], 'float32'), input([2], 'int32')];
    const lookup = device.compile({ inputs: [x, indices], outputs: [g.gather(x, indices, { axis: 0, batchDims: 0 })], donated: [-1] });
    const y = input([2], 'float32');
    const double = device.compile({ inputs: [y], outputs: [g.mul(y, 2)], donated: [-1] });
    const table = upload(device, [5, 6, 7]);
    const [bad] = device.run(lookup, [table, upload(device, [0, 3], 'int32')]) as [Buffer];
    const [worse] = device.run(double, [bad]) as [Buffer];
    const [good] = device.run(lookup, [table, upload(device, [0, 2], 'int32')]) as [Buffer];
    await expect(device.read(worse)).rejects.toThrow(/index 3/);
    expect(await download(device, good)).toEqual([5, 7]);
  });

  test('an index that no element is taken at fails nothing', async () => {
    const [x, indices] = [input([3, 0], 'float32'), input([0], 'int32')];
    const executable = device.compile({ inputs: [x, indices], outputs: [g.gather(x, indices, { axis: 0, batchDims: 0 })], donated: [-1] });
    const [none] = device.run(executable, [upload(device, []), upload(device, [], 'int32')]) as [Buffer];
    expect(await download(device, none)).toEqual([]);
  });
});
